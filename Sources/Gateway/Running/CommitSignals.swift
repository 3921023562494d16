internal import AuditLog
internal import Forwarding
internal import Logging
internal import Synchronization
internal import Telemetry

/// Tells of each commit: to the metrics, to the followers, to health, and in the log when things turn bad or good again.
final class CommitSignals: Sendable {
    private struct Listeners: Sendable {
        let health: Health
        let forwarder: Forwarder
        let logger: Logger
    }

    private let commits: Counter
    private let duration: Histogram
    private let size: Histogram
    private let listeners = Mutex<Listeners?>(nil)

    init(_ metrics: MetricsRegistry) {
        commits = metrics.counter(.commits)
        duration = metrics.histogram(.commitDuration)
        size = metrics.histogram(.commitEvents)
    }

    func connect(health: Health, forwarder: Forwarder, logger: Logger) {
        listeners.withLock { $0 = Listeners(health: health, forwarder: forwarder, logger: logger) }
    }

    /// Called on the writer's thread after each commit.
    func report(_ report: GroupCommit.Report) {
        commits.increment()
        duration.observe(seconds: report.seconds)
        size.observe(count: report.events)
        guard let listeners = listeners.withLock({ $0 }) else { return }
        if report.hasNewEvents { listeners.forwarder.notifyAppended() }
        guard listeners.health.note(report.error) else { return }
        if let error = report.error {
            listeners.logger.error("Events cannot be stored", metadata: ["error": "\(error)"])
        } else {
            listeners.logger.warning("Events are stored again")
        }
    }
}
