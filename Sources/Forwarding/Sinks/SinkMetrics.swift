internal import Glibc
internal import Telemetry

/// What a follower counts.
struct SinkMetrics {
    private let lagEvents: Gauge
    private let lagSeconds: Gauge
    private let paused: Gauge
    private let delivered: Counter
    private let dead: Counter
    private let stored: Counter
    private let accepted: Counter
    private let later: Counter
    private let refused: Counter
    private let bad: Counter

    init(registry: MetricsRegistry, sink: String) {
        func requests(_ name: String) -> Counter {
            registry.counter(.sinkRequests, labels: [("sink", sink), ("class", name)])
        }
        lagEvents = registry.gauge(.sinkLagEvents, labels: [("sink", sink)])
        lagSeconds = registry.gauge(.sinkLagSeconds, labels: [("sink", sink)])
        paused = registry.gauge(.sinkPaused, labels: [("sink", sink)])
        delivered = registry.counter(.sinkEvents, labels: [("sink", sink), ("outcome", "delivered")])
        dead = registry.counter(.sinkEvents, labels: [("sink", sink), ("outcome", "dead")])
        stored = requests("stored")
        accepted = requests("accepted")
        later = requests("later")
        refused = requests("refused")
        bad = requests("bad")
    }

    func answered(_ verdict: Verdict) {
        switch verdict {
        case .stored: stored.increment()
        case .accepted: accepted.increment()
        case .later: later.increment()
        case .refused: refused.increment()
        case .bad, .unclear: bad.increment()
        }
    }

    func finished(events: Int) { delivered.increment(by: events) }

    func buried(_ count: Int) { dead.increment(by: count) }

    func show(_ status: SinkStatus) {
        lagEvents.set(Double(status.lagEvents))
        paused.set(status.state == .paused ? 1 : 0)
        guard let since = status.oldestWaitingSince else { return lagSeconds.set(0) }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        lagSeconds.set(max(0, Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - Double(since) / 1e6))
    }
}
