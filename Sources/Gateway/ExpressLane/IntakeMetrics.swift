internal import NIOCore
internal import Synchronization
internal import Telemetry

/// What the express lane counts, with every handle resolved once.
final class IntakeMetrics: Sendable {
    let queueRejections: Counter
    private let registry: MetricsRegistry
    private let durations: [Histogram]
    private let statuses = Mutex<[Int: Counter]>([:])
    private let violationCounters = Mutex<[String: Counter]>([:])

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        queueRejections = registry.counter(.queueRejections)
        durations = Lane.names.map { registry.histogram(.requestDuration, labels: [("route", $0)]) }
    }

    /// Counts an answer and how long it took.
    func answered(_ lane: Lane, _ status: Int, since start: NIODeadline) {
        let elapsed = NIODeadline.now() - start
        durations[lane.index].observe(seconds: Double(elapsed.nanoseconds) / 1e9)
        statuses.withLock { counters in
            let key = lane.index << 16 | status
            if let counter = counters[key] { return counter }
            let counter = registry.counter(
                .apiRequests,
                labels: [("route", Lane.names[lane.index]), ("status", String(status))]
            )
            counters[key] = counter
            return counter
        }.increment()
    }

    func violations(of subject: String, isDryRun: Bool) -> Counter {
        violationCounters.withLock { counters in
            let mode = isDryRun ? "dry-run" : "enforce"
            if let counter = counters[subject + mode] { return counter }
            let counter = registry.counter(.restrictionViolations, labels: [("subject", subject), ("mode", mode)])
            counters[subject + mode] = counter
            return counter
        }
    }
}

extension Lane {
    /// The routes as metrics name them: never with a source's name or secret.
    static let names = ["/in/{source}", "/v1/log_stream", "/v1/log", "/v2/log", "/v2/log_async"]

    var name: String { Lane.names[index] }

    var index: Int {
        switch self {
        case .source: 0
        case .logStream: 1
        case .log: 2
        case .bulkLog: 3
        case .asynchronousLog: 4
        }
    }
}
