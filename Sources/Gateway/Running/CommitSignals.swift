internal import AuditLog
internal import Forwarding
internal import Glibc
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
    private let failures: Counter
    private let duration: Histogram
    private let size: Histogram
    private let clockStepBack: Gauge
    private let isClockBehind = Atomic<Bool>(false)
    private let checkpointTold = Mutex<ContinuousClock.Instant?>(nil)
    private let listeners = Mutex<Listeners?>(nil)

    init(_ metrics: MetricsRegistry) {
        commits = metrics.counter(.commits)
        failures = metrics.counter(.commitFailures)
        duration = metrics.histogram(.commitDuration)
        size = metrics.histogram(.commitEvents)
        clockStepBack = metrics.gauge(.clockStepBack)
    }

    func connect(health: Health, forwarder: Forwarder, logger: Logger) {
        listeners.withLock { $0 = Listeners(health: health, forwarder: forwarder, logger: logger) }
    }

    /// Called on the writer's thread after each commit, and whenever other work of the store fails.
    func report(_ report: GroupCommit.Report) {
        if case .commit = report.work, report.requests > 0 { count(report) }
        guard let listeners = listeners.withLock({ $0 }) else { return }
        watchClock(report, listeners.logger)
        if report.hasNewEvents { listeners.forwarder.notifyAppended() }
        if report.error?.code == .flushFailed { CommitSignals.stopAtOnce(listeners.logger, report.error) }
        switch report.work {
        case .commit, .probe, .sweep: noteStore(report.error, listeners)
        // Who asked for it tells of it.
        case .task: break
        case .checkpoint: noteCheckpoint(report.error, listeners.logger)
        }
    }

    private func count(_ report: GroupCommit.Report) {
        guard report.error == nil else { return failures.increment() }
        commits.increment()
        duration.observe(seconds: report.seconds)
        size.observe(count: report.events)
    }

    private func noteStore(_ error: StoreError?, _ listeners: Listeners) {
        guard listeners.health.note(error) else { return }
        if let error {
            listeners.logger.error("Events cannot be stored", metadata: ["error": "\(error)"])
        } else {
            listeners.logger.warning("Events are stored again")
        }
    }

    /// The log is whole without it, but the write-ahead log grows: told of once a minute.
    private func noteCheckpoint(_ error: StoreError?, _ logger: Logger) {
        guard let error else { return }
        let now = ContinuousClock.now
        let isDue = checkpointTold.withLock { told in
            if let told, told + .seconds(60) > now { return false }
            told = now
            return true
        }
        guard isDue else { return }
        logger.error("The write-ahead log cannot be copied into the store", metadata: ["error": "\(error)"])
    }

    /// Ends the process, since what the system holds in memory can no longer be trusted to be what is on the disk.
    ///
    /// Nobody has had a 2xx for what is lost so; the next start begins from what the disk has.
    private static func stopAtOnce(_ logger: Logger, _ error: StoreError?) -> Never {
        logger.critical(
            "The disk did not confirm a commit; stopping, so that the next start reads what is really there",
            metadata: ["error": "\(error.map { "\($0)" } ?? "")"]
        )
        _exit(70)
    }

    /// Seconds by which the clock may be behind the newest event before somebody should look at it.
    private static let alarmSeconds = 5.0

    /// Receipt times never go back, so after the clock does they run ahead of it until it has caught up.
    private func watchClock(_ report: GroupCommit.Report, _ logger: Logger) {
        guard let ahead = report.secondsAhead else { return }
        clockStepBack.set(ahead)
        let isBehind = ahead > CommitSignals.alarmSeconds
        guard isClockBehind.exchange(isBehind, ordering: .relaxed) != isBehind, isBehind else { return }
        logger.error(
            "The clock has stepped back; receipt times run ahead of it until it has caught up",
            metadata: ["seconds": "\(ahead)"]
        )
    }
}
