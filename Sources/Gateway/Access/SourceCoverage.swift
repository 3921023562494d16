internal import JMESPath
internal import JSON
internal import Mapping
internal import Receiving
internal import Synchronization
internal import Telemetry

/// Counts how often each rule of a source's mapping gives a value, and which values of records no rule reads.
///
/// One delivery in a hundred is looked at, and of a busy source one in a thousand, so that the others pay one addition.
final class SourceCoverage: Sendable {
    private struct Series: Sendable {
        var rules: [String: Counter] = [:]
        var paths: [String: Counter] = [:]
    }

    /// One delivery of how many is looked at, until there were so many that fewer tell enough.
    static let interval = 100, busyInterval = 1000, busyCount = 10_000
    /// How many records of a delivery are looked at.
    static let maximumRecords = 20
    /// Labels of a source; what comes beyond is counted together.
    static let maximumPaths = 100, maximumRules = 200

    private let registry: MetricsRegistry
    private let source: String
    private let deliveries = Atomic<Int>(0)
    private let series = Mutex(Series())
    /// What is beyond the limits.
    private let others: Counter

    init(_ registry: MetricsRegistry, source: String) {
        self.registry = registry
        self.source = source
        others = registry.counter(.unreadValues, labels: [("source", source), ("path", "(others)")])
    }

    /// Looks at the records that a reader is about to map, if it is time for one; `end` comes behind the delivery.
    @inline(__always)
    func begin(_ reader: DeliveryReader, _ source: Source) {
        let number = deliveries.wrappingAdd(1, ordering: .relaxed).oldValue
        let interval = number < SourceCoverage.busyCount ? SourceCoverage.interval : SourceCoverage.busyInterval
        if number % interval == 0 { watch(reader, source) }
    }

    func end(_ reader: DeliveryReader) {
        if reader.onRecord != nil { reader.onRecord = nil }
    }

    @inline(never)
    private func watch(_ reader: DeliveryReader, _ source: Source) {
        let evaluation = Evaluation()
        evaluation.maximumSteps = source.limits.mappingSteps
        evaluation.maximumOutputBytes = source.limits.mappingOutputBytes
        var rest = SourceCoverage.maximumRecords
        reader.onRecord = { [self] record, root, _, context in
            guard rest > 0 else { return }
            rest -= 1
            count(
                MappingCoverage(of: source.mapping, record: record, root: root, context: context, in: evaluation)
            )
        }
    }

    private func count(_ coverage: MappingCoverage) {
        series.withLock { series in
            for (rule, outcome) in coverage.outcomes {
                let key = "\(rule) \(outcome.rawValue)"
                if series.rules[key] == nil, series.rules.count < SourceCoverage.maximumRules {
                    series.rules[key] = registry.counter(
                        .ruleResults,
                        labels: [("source", source), ("rule", rule), ("outcome", outcome.rawValue)]
                    )
                }
                series.rules[key]?.increment()
            }
            for path in coverage.unread {
                if series.paths[path] == nil, series.paths.count < SourceCoverage.maximumPaths {
                    series.paths[path] = registry.counter(.unreadValues, labels: [("source", source), ("path", path)])
                }
                (series.paths[path] ?? others).increment()
            }
        }
    }
}
