/// Prometheus' text format 0.0.4, written line by line.
///
///     # HELP audit_gateway_commits_total Transactions on disk that appended events.
///     # TYPE audit_gateway_commits_total counter
///     audit_gateway_commits_total 1027
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
struct ExpositionText {
    enum Number {
        case integer(UInt64)
        case double(Double)
    }

    private(set) var bytes: [UInt8] = []

    /// The two lines before the samples of a metric.
    mutating func beginFamily(_ metric: Metric) {
        append("# HELP \(metric.name) ")
        appendEscaped(metric.help, quotes: false)
        let type =
            switch metric.kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        append("\n# TYPE \(metric.name) \(type)\n")
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Number) {
        append(name)
        for (index, label) in labels.enumerated() {
            append(index == 0 ? "{" : ",")
            append(label.0)
            append("=\"")
            appendEscaped(label.1, quotes: true)
            append("\"")
        }
        append(labels.isEmpty ? " " : "} ")
        switch value {
        case .integer(let value): append(String(value))
        case .double(let value): append(Self.text(of: value))
        }
        append("\n")
    }

    /// One line a bucket, the last for everything, and then sum and count.
    mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
        let reading = histogram.reading
        let scale = histogram.buckets.unit.scale
        let bounds = histogram.buckets.bounds.map { Self.text(of: Double($0) / scale) } + ["+Inf"]
        for (bound, count) in zip(bounds, reading.cumulativeCounts) {
            sample(name + "_bucket", labels + [("le", bound)], .integer(count))
        }
        sample(name + "_sum", labels, .double(reading.sum))
        sample(name + "_count", labels, .integer(reading.cumulativeCounts.last ?? 0))
    }

    /// As Go reads it: `+Inf`, `NaN`, whole numbers without a fraction, others the shortest that read back the same.
    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Beyond 2^53 Int64's digits would claim a precision that a double has not.
        if value.magnitude < 0x1p53, let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Backslash and line feed are escaped everywhere, the quotation mark in labels only.
    private mutating func appendEscaped(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
