internal import AuditLog
internal import Dispatch
internal import Forwarding
internal import SQLiteStore
internal import ServiceLifecycle
internal import Synchronization

/// Runs a part that has its own thread for as long as the gateway runs.
struct ThreadedService: Service {
    let start: @Sendable () throws -> Void
    let stop: @Sendable () async -> Void

    func run() async throws {
        try start()
        try? await gracefulShutdown()
        await stop()
    }
}

/// How much time there is left to stop in: one limit for everything, from the moment when it began.
final class StopClock: Sendable {
    private let limit: Duration
    private let deadline = Mutex<ContinuousClock.Instant?>(nil)

    init(limit: Duration) { self.limit = limit }

    func begin() { deadline.withLock { $0 = $0 ?? ContinuousClock.now + limit } }

    /// At least a moment, so that what is nearly done gets done.
    var remaining: Duration {
        let left = deadline.withLock { $0.map { ContinuousClock.now.duration(to: $0) } } ?? limit
        return max(left, .milliseconds(200))
    }
}

extension GroupCommit {
    /// Stores everything that waits and stops, on a thread that may block.
    func stopped() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.stop()
                continuation.resume()
            }
        }
    }
}

extension SearchIndexer {
    /// Stops, on a thread that may block.
    func stopped() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.stop()
                continuation.resume()
            }
        }
    }
}

extension Exporter {
    /// Leaves off what is under way, on a thread that may block.
    func stopped() async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.stop()
                continuation.resume()
            }
        }
    }
}

/// The store as the followers see it.
struct FollowedLog: ForwardingLog {
    let store: any LogStore
    let writer: GroupCommit

    func head(of log: LogID) throws(StoreError) -> UInt64 { try store.head(of: log) }

    func readEvents(
        of log: LogID,
        from sequence: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) throws(StoreError) -> [StoredEvent] {
        try store.readEvents(of: log, from: sequence, maximumCount: maximumCount, maximumBytes: maximumBytes)
    }

    func rawRecords(of log: LogID, sequences: ClosedRange<UInt64>) throws(StoreError) -> [RawRecord] {
        try store.rawRecords(of: log, sequences: sequences)
    }

    func cursor(of follower: String, log: LogID) throws(StoreError) -> UInt64? {
        try store.cursor(of: follower, log: log)
    }

    func moveCursor(_ move: CursorMove) { writer.moveCursor(move) }

    func addDeadLetters(_ letters: [DeadLetter], then move: CursorMove?) { writer.addDeadLetters(letters, then: move) }
}
