internal import Foundation
package import Logging
internal import Synchronization
package import Telemetry

/// Forwards logs to sinks: one follower a sink, all on one thread of their own.
///
/// Each follower reads the log from behind with a durable cursor. The cursor moves only over events that the sink has
/// acknowledged or that became dead letters, so a sink that is down costs nothing but the log's own disk, and a crash
/// costs at most some batches sent twice, under the same idempotency keys.
///
///     log ── readEvents ──▶ Batch ── POST ──▶ Verdict ─┬─ stored ──▶ FollowerState ──▶ cursor
///                             ▲                        ├─ later ───▶ Circuit, back into the queue
///                             └── halves ◀── bad ──────┴─ alone ──▶ dead letter, cursor
package final class Forwarder: Sendable {
    private enum Phase {
        case ready
        case running
        case ended
    }

    private struct Life {
        var phase = Phase.ready
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let sinks: [SinkOptions]
    private let log: any ForwardingLog
    private let metrics: MetricsRegistry
    private let logger: Logger
    private let signal: ForwardingSignal
    private let boards: [StatusBoard]
    private let life = Mutex(Life())

    /// - Parameters:
    ///   - sinks: with distinct names.
    ///   - log: where events are read and cursors kept.
    ///   - metrics: where to count.
    ///   - logger: where transitions are told; never a secret, an event at most as part of a sink's answer.
    /// - Throws: when a sink's options cannot work or libcurl cannot be started.
    package init(
        sinks: [SinkOptions],
        log: any ForwardingLog,
        metrics: MetricsRegistry,
        logger: Logger
    ) throws(ForwardingError) {
        for sink in sinks { try sink.validate() }
        guard Set(sinks.map(\.name)).count == sinks.count else {
            throw ForwardingError(code: .unusableOptions, message: "two sinks have the same name; give each its own")
        }
        self.sinks = sinks
        self.log = log
        self.metrics = metrics
        self.logger = logger
        signal = ForwardingSignal(multi: try CurlMulti())
        boards = sinks.map { StatusBoard(SinkStatus(name: $0.name)) }
    }

    /// Starts the thread; a second call does nothing.
    package func start() {
        let isFirst = life.withLock { life in
            guard life.phase == .ready else { return false }
            life.phase = .running
            return true
        }
        guard isFirst else { return }
        Thread { [self] in
            // For `top` and debuggers; a name given from outside reaches only Foundation.
            Thread.current.name = "forwarding"
            run()
        }.start()
    }

    /// Some log has new events; cheap enough for every commit, from any thread.
    package func notifyAppended() { signal.notifyAppended() }

    /// How the sinks are doing, in the order they were given.
    package func statuses() -> [SinkStatus] { boards.map(\.current) }

    /// Sends nothing more, waits for what is on its way, saves the cursors and ends the thread.
    ///
    /// - Parameter limit: what is not answered by then is given up, and sent again after the next start.
    package func stop(within limit: Duration) async {
        signal.stop(until: ContinuousClock.now + limit)
        await withCheckedContinuation { continuation in
            let isOver = life.withLock { life in
                if life.phase == .running {
                    life.waiters.append(continuation)
                    return false
                }
                life.phase = .ended
                return true
            }
            if isOver { continuation.resume() }
        }
    }

    private func run() {
        // Made here: followers belong to this thread.
        let followers = zip(sinks, boards).map { sink, board in
            Follower(
                options: sink,
                log: log,
                multi: signal.multi,
                board: board,
                metrics: SinkMetrics(registry: metrics, sink: sink.name),
                logger: logger,
                now: ContinuousClock.now,
                chance: { Double.random(in: 0..<1) }
            )
        }
        ForwardingLoop(followers: followers, signal: signal).run()
        let waiters = life.withLock { life in
            life.phase = .ended
            defer { life.waiters = [] }
            return life.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
