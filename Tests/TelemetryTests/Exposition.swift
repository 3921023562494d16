import Telemetry
import Testing

/// A strict reader of Prometheus' text format 0.0.4, for what the registry writes.
///
/// It records an issue for whatever a careful reader would refuse: a sample without HELP and TYPE before it, a metric
/// in two places, the same series twice, an unescaped character, buckets that fall or do not end with `+Inf`.
struct Exposition {
    struct Sample {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    private(set) var samples: [Sample] = []
    private(set) var types: [String: String] = [:]
    private(set) var helps: [String: String] = [:]
    private var family = ""

    init(_ registry: MetricsRegistry) {
        var output: [UInt8] = []
        registry.write(into: &output)
        self.init(String(decoding: output, as: UTF8.self))
    }

    init(_ text: String) {
        #expect(text.isEmpty || text.hasSuffix("\n"))
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            do {
                try read(String(line))
            } catch {
                Issue.record("\(error): \(line)")
            }
        }
        checkHistograms()
    }

    subscript(name: String, labels: [String: String]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private struct Malformed: Error { let reason: String }

    private mutating func read(_ line: String) throws {
        if line.hasPrefix("# HELP ") {
            let words = line.dropFirst(7).split(separator: " ", maxSplits: 1)
            guard words.count == 2, helps[String(words[0])] == nil else { throw Malformed(reason: "HELP") }
            family = String(words[0])
            helps[family] = try unescaped(words[1], quotes: false)
        } else if line.hasPrefix("# TYPE ") {
            let words = line.dropFirst(7).split(separator: " ")
            guard words.count == 2, words[0] == family, types[family] == nil,
                ["counter", "gauge", "histogram"].contains(words[1])
            else { throw Malformed(reason: "TYPE") }
            types[family] = String(words[1])
        } else {
            try readSample(line)
        }
    }

    private mutating func readSample(_ line: String) throws {
        var rest = Substring(line)
        let name = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") })
        rest = rest.dropFirst(name.count)
        guard let type = types[family] else { throw Malformed(reason: "no TYPE") }
        let suffixes = type == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard suffixes.contains(where: { name == family + $0 }) else { throw Malformed(reason: "outside its family") }
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while true {
                let label = String(rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
                rest = rest.dropFirst(label.count)
                guard !label.isEmpty, rest.hasPrefix("=\"") else { throw Malformed(reason: "label") }
                rest = rest.dropFirst(2)
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    value.append(character)
                    if character == "\\", let next = rest.popFirst() { value.append(next) }
                }
                guard labels.updateValue(try unescaped(value[...], quotes: true), forKey: label) == nil else {
                    throw Malformed(reason: "label twice")
                }
                let border = rest.popFirst()
                if border == "}" { break }
                guard border == "," else { throw Malformed(reason: "after a label") }
            }
        }
        guard rest.popFirst() == " ", let value = number(rest) else { throw Malformed(reason: "value") }
        guard self[name, labels] == nil else { throw Malformed(reason: "series twice") }
        samples.append(Sample(name: name, labels: labels, value: value))
    }

    private func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.e".contains($0)) } ? Double(text) : nil
        }
    }

    private func unescaped(_ text: Substring, quotes: Bool) throws -> String {
        var result = ""
        var rest = text
        while let character = rest.popFirst() {
            if character == "\"", quotes { throw Malformed(reason: "bare quotation mark") }
            guard character == "\\" else {
                result.append(character)
                continue
            }
            switch rest.popFirst() {
            case "\\": result.append("\\")
            case "n": result.append("\n")
            case "\"" where quotes: result.append("\"")
            default: throw Malformed(reason: "escape")
            }
        }
        return result
    }

    private func checkHistograms() {
        for family in types.keys where types[family] == "histogram" {
            let buckets = samples.filter { $0.name == family + "_bucket" }
            for (labels, series) in Dictionary(grouping: buckets, by: { $0.labels.filter { $0.key != "le" } }) {
                let bounds = series.map { number(Substring($0.labels["le"] ?? "")) ?? .nan }
                #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "\(family)")
                #expect(bounds.last == .infinity, "\(family)")
                #expect(zip(series, series.dropFirst()).allSatisfy { $0.value <= $1.value }, "\(family)")
                #expect(self[family + "_count", labels] == series.last?.value, "\(family)")
                #expect(self[family + "_sum", labels] != nil, "\(family)")
            }
        }
    }
}
