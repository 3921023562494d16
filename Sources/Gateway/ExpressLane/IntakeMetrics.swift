internal import NIOCore
internal import Synchronization
internal import Telemetry

/// What the express lane counts, with every handle resolved once.
final class IntakeMetrics: Sendable {
    let queueRejections: Counter
    private let registry: MetricsRegistry
    private let durations: [Histogram]
    /// For each route one counter for each of ``commonStatuses``, which nobody has to lock for.
    private let common: [[Counter]]
    private let others = Mutex<[Int: Counter]>([:])
    private let violationCounters = Mutex<[String: Counter]>([:])

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        queueRejections = registry.counter(.queueRejections)
        common = Lane.names.map { route in
            IntakeMetrics.commonStatuses.map { IntakeMetrics.requests(registry, route, $0) }
        }
        durations = Lane.names.map { registry.histogram(.requestDuration, labels: [("route", $0)]) }
    }

    private static let commonStatuses = [200, 202, 400, 401, 403, 503]

    private static func requests(_ registry: MetricsRegistry, _ route: String, _ status: Int) -> Counter {
        registry.counter(.apiRequests, labels: [("route", route), ("status", String(status))])
    }

    /// Counts an answer and how long it took.
    func answered(_ request: RequestMark, _ status: Int) {
        let elapsed = NIODeadline.now() - request.startedAt
        durations[request.lane].observe(seconds: Double(elapsed.nanoseconds) / 1e9)
        if let index = IntakeMetrics.commonStatuses.firstIndex(of: status) {
            return common[request.lane][index].increment()
        }
        others.withLock { counters in
            let key = request.lane << 16 | status
            if let counter = counters[key] { return counter }
            let counter = IntakeMetrics.requests(registry, Lane.names[request.lane], status)
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
