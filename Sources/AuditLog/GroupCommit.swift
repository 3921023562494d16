internal import DequeModule
internal import Foundation
internal import Schema
internal import Synchronization

/// Collects what is to be stored while a commit is under way, and stores it together on its own thread.
///
/// No timer decides when to commit: the writer takes everything that waits (up to ``Limits``, never half a request),
/// commits, answers all, and takes what arrived meanwhile. One durable commit costs nearly the same for one event as for
/// sixty-four kilobytes of them, so sharing it is what carries the throughput.
///
/// Cursors wait up to ``Limits/cursorLinger`` for a commit to travel with; losing one in a crash costs a repeated batch,
/// never an event.
package final class GroupCommit: Sendable {
    package struct Limits: Sendable {
        /// Most events that one transaction takes, unless a single request has more.
        package var transactionEvents = 1000
        /// Most bytes that one transaction takes, unless a single request has more.
        package var transactionBytes = 1 << 20
        /// Most bytes that wait in front of the writer; beyond it appends are refused as ``StoreError/Code/busy``.
        package var queueBytes = 16 << 20
        /// How long a cursor waits for a commit to travel with, in seconds.
        package var cursorLinger = 0.1

        package init() {}
    }

    /// What a commit did, for metrics and for followers.
    package struct Report: Sendable {
        package let requests: Int
        package let events: Int
        /// Seconds, from taking the batch to its being on disk.
        package let seconds: Double
        /// nil when the batch is on disk.
        package let error: StoreError?
        /// Whether the log grew, so that followers have something to do.
        package let hasNewEvents: Bool
        /// Seconds by which the newest event's receipt time is ahead of the clock, which has stepped back then.
        package let secondsAhead: Double
    }

    package typealias Completion = @Sendable (Result<[AppendOutcome], StoreError>) -> Void

    /// Requests that came together and are answered together.
    private struct Pending {
        let requests: [AppendRequest]
        let bytes: Int
        let events: Int
        let completion: Completion
    }

    private struct PendingSearch {
        let search: FrozenSearch
        let completion: @Sendable (Result<Void, StoreError>) -> Void
    }

    // Every access holds `condition`'s lock.
    private final class Queue: @unchecked Sendable {
        let condition = NSCondition()
        var appends = Deque<Pending>()
        var cursors: [CursorMove] = []
        var deadLetters: [DeadLetter] = []
        var searches: [PendingSearch] = []
        var isStopping = false
        var isStopped = false
    }

    private let store: any LogStore
    private let limits: Limits
    private let retention: RetentionPeriods
    private let clock: @Sendable () -> Int64
    private let report: @Sendable (Report) -> Void
    private let queue = Queue()
    private let waitingBytes = Atomic<Int>(0)

    /// - Parameters:
    ///   - store: where to; only this object may call its `commit` and `sweep`.
    ///   - limits: how much goes together and how much may wait.
    ///   - retention: how long what is stored for a time is kept.
    ///   - clock: microseconds since 1970.
    ///   - report: called on the writer's thread after each commit.
    package init(
        store: any LogStore,
        limits: Limits = Limits(),
        retention: RetentionPeriods,
        clock: @escaping @Sendable () -> Int64,
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.store = store
        self.limits = limits
        self.retention = retention
        self.clock = clock
        self.report = report
    }

    package func start() {
        start("audit-writer") { [self] in run() }
        start("audit-ckpt") { [self] in runCheckpoints() }
    }

    private func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        Thread {
            // Foundation tells the system only of a name that a thread gives itself.
            Thread.current.name = name
            body()
        }.start()
    }

    /// Bytes that wait to be stored.
    package var queuedBytes: Int { waitingBytes.load(ordering: .relaxed) }

    /// Whether `bytes` more would be refused.
    ///
    /// An empty queue takes a request of any size, and a half empty one too.
    package func isFull(for bytes: Int) -> Bool {
        // A large request asks for half of the queue at most: under a steady load there is never room for all of it, and
        // it would be refused for ever.
        let waiting = queuedBytes
        return waiting > 0 && waiting + min(bytes, limits.queueBytes / 2) > limits.queueBytes
    }

    /// Whether so much is as much as one transaction takes.
    package func isWholeTransaction(events: Int, bytes: Int) -> Bool {
        events >= limits.transactionEvents || bytes >= limits.transactionBytes
    }

    /// Calls `completion` on the writer's thread once some requests are on disk, or could not be stored.
    ///
    /// They share one transaction and one answer, with an outcome for each, so whoever has several at hand gives them
    /// together: that is cheaper for both sides.
    package func append(_ requests: [AppendRequest], completion: @escaping Completion) {
        let bytes = requests.reduce(0) { $0 + $1.byteCount }
        guard !isFull(for: bytes) else {
            return completion(.failure(StoreError(code: .busy, message: "too much waits to be stored; try again")))
        }
        let events = requests.reduce(0) { $0 + $1.events.count }
        let pending = Pending(requests: requests, bytes: bytes, events: events, completion: completion)
        let isAccepted = queue.condition.withLock {
            guard !queue.isStopping else { return false }
            queue.appends.append(pending)
            waitingBytes.add(bytes, ordering: .relaxed)
            queue.condition.signal()
            return true
        }
        guard !isAccepted else { return }
        completion(.failure(StoreError(code: .busy, message: "the gateway is stopping; try again")))
    }

    /// Remembers how far a follower is; durable with one of the next commits.
    package func moveCursor(_ move: CursorMove) {
        queue.condition.withLock {
            merge(move)
            queue.condition.signal()
        }
    }

    /// Stores dead letters, and in the same transaction the cursor that passes them.
    package func addDeadLetters(_ letters: [DeadLetter], then move: CursorMove?) {
        queue.condition.withLock {
            queue.deadLetters += letters
            if let move { merge(move) }
            queue.condition.signal()
        }
    }

    /// Keeps a search's answer; `completion` is called on the writer's thread once it is on disk.
    package func freeze(
        _ search: FrozenSearch,
        completion: @escaping @Sendable (Result<Void, StoreError>) -> Void
    ) {
        let isAccepted = queue.condition.withLock {
            guard !queue.isStopping else { return false }
            queue.searches.append(PendingSearch(search: search, completion: completion))
            queue.condition.signal()
            return true
        }
        guard !isAccepted else { return }
        completion(.failure(StoreError(code: .busy, message: "the gateway is stopping; try again")))
    }

    /// Stores everything that waits and stops; blocks until that is done.
    package func stop() {
        queue.condition.withLock {
            queue.isStopping = true
            queue.condition.broadcast()
            while !queue.isStopped { queue.condition.wait() }
        }
    }

    // The lock is held.
    private func merge(_ move: CursorMove) {
        if let index = queue.cursors.firstIndex(where: { $0.follower == move.follower && $0.log == move.log }) {
            if queue.cursors[index].sequence < move.sequence { queue.cursors[index] = move }
        } else {
            queue.cursors.append(move)
        }
    }
}

// MARK: - The writer's thread

extension GroupCommit {
    /// Seconds between two rounds of cleaning up.
    private static let sweepInterval = 30.0

    private struct Round {
        var batch = WriteBatch()
        var appends: [Pending] = []
        var searches: [PendingSearch] = []
        var bytes = 0
        var events = 0
        var isLast = false
    }

    /// Seconds between two tries of a store that failed.
    private static let probeInterval = 0.5

    private func run() {
        var nextSweep = Date(timeIntervalSinceNow: GroupCommit.sweepInterval)
        var hasFailed = false
        while true {
            let nextProbe = hasFailed ? Date(timeIntervalSinceNow: GroupCommit.probeInterval) : .distantFuture
            var round = waitForWork(until: min(nextSweep, nextProbe))
            if !round.batch.isEmpty {
                hasFailed = !commit(&round)
            } else if hasFailed && !round.isLast {
                hasFailed = !probe()
            }
            if round.isLast { break }
            if Date() >= nextSweep {
                // More to do comes back soon, but lets the requests that wait go first.
                let hasMore = (try? store.sweep(retention, now: clock())) ?? false
                nextSweep = Date(timeIntervalSinceNow: hasMore ? 0.01 : GroupCommit.sweepInterval)
            }
        }
        queue.condition.withLock {
            queue.isStopped = true
            queue.condition.broadcast()
        }
    }

    private func waitForWork(until sweep: Date) -> Round {
        queue.condition.lock()
        defer { queue.condition.unlock() }
        var cursorDeadline: Date?
        while queue.appends.isEmpty && queue.searches.isEmpty && !queue.isStopping {
            let now = Date()
            if !queue.deadLetters.isEmpty { break }
            if !queue.cursors.isEmpty {
                let deadline = cursorDeadline ?? now.addingTimeInterval(limits.cursorLinger)
                cursorDeadline = deadline
                if now >= deadline { break }
            }
            if now >= sweep { break }
            _ = queue.condition.wait(until: min(cursorDeadline ?? sweep, sweep))
        }
        return takeRound()
    }

    // The lock is held.
    private func takeRound() -> Round {
        var round = Round()
        while let next = queue.appends.first {
            guard
                round.appends.isEmpty
                    || (round.events + next.events <= limits.transactionEvents
                        && round.bytes + next.bytes <= limits.transactionBytes)
            else { break }
            round.appends.append(next)
            round.events += next.events
            round.bytes += next.bytes
            queue.appends.removeFirst()
        }
        round.batch.appends = round.appends.count == 1 ? round.appends[0].requests : round.appends.flatMap(\.requests)
        round.searches = queue.searches
        round.batch.searches = round.searches.map(\.search)
        round.batch.cursors = queue.cursors
        round.batch.deadLetters = queue.deadLetters
        queue.searches = []
        queue.cursors = []
        queue.deadLetters = []
        round.isLast = queue.isStopping && queue.appends.isEmpty
        return round
    }

    /// Tries whether a store that failed can be written again, so that it is known before the next request comes.
    private func probe() -> Bool {
        do throws(StoreError) {
            try store.probe()
            report(Report(requests: 0, events: 0, seconds: 0, error: nil, hasNewEvents: false, secondsAhead: 0))
            return true
        } catch {
            return false
        }
    }

    /// Stores a round and answers it; false when it could not be stored.
    private func commit(_ round: inout Round) -> Bool {
        let clock = ContinuousClock()
        let start = clock.now
        let now = self.clock()
        do throws(StoreError) {
            let outcomes = try store.commit(round.batch, now: now)
            waitingBytes.subtract(round.bytes, ordering: .relaxed)
            // Followers first: they work while the answers are written.
            let hasNewEvents = outcomes.contains { $0.events.contains { $0.disposition == .stored } }
            let newest = outcomes.last?.events.last?.receivedAt ?? 0
            let ahead = max(0, Double(newest - now) / 1_000_000)
            send(round, error: nil, since: start, hasNewEvents: hasNewEvents, secondsAhead: ahead)
            var rest = outcomes[...]
            for pending in round.appends {
                pending.completion(.success(Array(rest.prefix(pending.requests.count))))
                rest = rest.dropFirst(pending.requests.count)
            }
            for pending in round.searches { pending.completion(.success(())) }
            return true
        } catch {
            waitingBytes.subtract(round.bytes, ordering: .relaxed)
            send(round, error: error, since: start, hasNewEvents: false)
            queue.condition.withLock {
                for move in round.batch.cursors { merge(move) }
                queue.deadLetters = round.batch.deadLetters + queue.deadLetters
            }
            for pending in round.appends { pending.completion(.failure(error)) }
            for pending in round.searches { pending.completion(.failure(error)) }
            // What is put back would otherwise be tried again at once, for as long as the disk is full.
            if round.appends.isEmpty && !round.isLast { Thread.sleep(forTimeInterval: 0.25) }
            return false
        }
    }

    private func send(
        _ round: Round,
        error: StoreError?,
        since start: ContinuousClock.Instant,
        hasNewEvents: Bool,
        secondsAhead: Double = 0
    ) {
        let elapsed = start.duration(to: ContinuousClock().now).components
        report(
            Report(
                requests: round.batch.appends.count,
                events: round.events,
                seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18,
                error: error,
                hasNewEvents: hasNewEvents,
                secondsAhead: secondsAhead
            )
        )
    }
}

// MARK: - The checkpoint thread

extension GroupCommit {
    /// Copies the write-ahead log into the database behind the writer's back, so that the writer never stalls for it.
    private func runCheckpoints() {
        while true {
            let isStopped = queue.condition.withLock { queue.isStopped }
            guard !isStopped else { return }
            try? store.checkpoint()
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
}
