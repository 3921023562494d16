import Synchronization

/// All series of the process: hands out the instrument of a metric and its labels, and writes them all.
///
/// Ask for an instrument when a source, sink or route is configured and keep it: counting is then one atomic addition,
/// without a lock or a look-up.
///
///     let stored = registry.counter(.records, labels: [("source", "okta"), ("outcome", "stored")])
///     stored.increment(by: 25)
package final class MetricsRegistry: Sendable {
    private enum Instrument {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
    }

    private struct Series {
        let labelValues: [String]
        let instrument: Instrument
    }

    /// The series of each metric by its name, in the order in which they were asked for.
    private let families = Mutex<[String: [Series]]>([:])
    private let describesProcess: Bool

    /// A registry without series of its own but those of the process, if `describesProcess`.
    package init(describesProcess: Bool = true) { self.describesProcess = describesProcess }

    /// The counter of a metric and its labels, the same one each time.
    ///
    /// `labels` are those of the metric, in their order.
    package func counter(_ metric: Metric, labels: [(String, String)] = []) -> Counter {
        guard case .counter(let counter) = instrument(metric, labels) else {
            preconditionFailure("\(metric.name) is no counter")
        }
        return counter
    }

    /// The gauge of a metric and its labels, the same one each time.
    package func gauge(_ metric: Metric, labels: [(String, String)] = []) -> Gauge {
        guard case .gauge(let gauge) = instrument(metric, labels) else {
            preconditionFailure("\(metric.name) is no gauge")
        }
        return gauge
    }

    /// The histogram of a metric and its labels, the same one each time.
    package func histogram(_ metric: Metric, labels: [(String, String)] = []) -> Histogram {
        guard case .histogram(let histogram) = instrument(metric, labels) else {
            preconditionFailure("\(metric.name) is no histogram")
        }
        return histogram
    }

    /// Appends all series in Prometheus' text format 0.0.4, metrics in the order of ``Metric/all``.
    ///
    /// Answer with ``contentType``.
    package func write(into output: inout [UInt8]) {
        let families = families.withLock { $0 }
        var text = ExpositionText()
        for metric in Metric.all {
            guard let series = families[metric.name] else { continue }
            text.beginFamily(metric)
            for series in series { write(series, of: metric, into: &text) }
        }
        if describesProcess { ProcessReading.current.write(into: &text) }
        output += text.bytes
    }

    /// The media type of what ``write(into:)`` appends.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private func write(_ series: Series, of metric: Metric, into text: inout ExpositionText) {
        let labels = Array(zip(metric.labels, series.labelValues))
        switch series.instrument {
        case .counter(let counter): text.sample(metric.name, labels, .integer(counter.value))
        case .gauge(let gauge): text.sample(metric.name, labels, .double(gauge.value))
        case .histogram(let histogram): text.histogram(metric.name, labels, histogram)
        }
    }

    private func instrument(_ metric: Metric, _ labels: [(String, String)]) -> Instrument {
        precondition(
            labels.map(\.0) == metric.labels,
            "\(metric.name) has the labels \(metric.labels), not \(labels.map(\.0))"
        )
        let labelValues = labels.map(\.1)
        return families.withLock { families in
            var series = families[metric.name] ?? []
            if let known = series.first(where: { $0.labelValues == labelValues }) { return known.instrument }
            let instrument: Instrument =
                switch metric.kind {
                case .counter: .counter(Counter())
                case .gauge: .gauge(Gauge())
                case .histogram(let buckets): .histogram(Histogram(buckets))
                }
            series.append(Series(labelValues: labelValues, instrument: instrument))
            families[metric.name] = series
            return instrument
        }
    }
}
