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
        /// How long a cursor waits for a commit to travel with.
        package var cursorLinger = Duration.milliseconds(100)

        package init() {}
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
        var tasks: [@Sendable () -> Void] = []
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
    /// When the commit under way began, in nanoseconds of ``epoch``; 0 without one.
    private let commitBegan = Atomic<Int64>(0)
    private let epoch = ContinuousClock.now

    /// - Parameters:
    ///   - store: where to; only this object may call its `commit` and `sweep`.
    ///   - limits: how much goes together and how much may wait.
    ///   - retention: how long what is stored for a time is kept.
    ///   - clock: microseconds since 1970.
    ///   - report: called after each commit on the writer's thread, and on this object's threads when other work fails.
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

    /// For how long the commit under way has not come back, in seconds; 0 without one.
    package var commitSeconds: Double {
        let began = commitBegan.load(ordering: .relaxed)
        return began == 0 ? 0 : max(0, Double(nanoseconds - began) / 1e9)
    }

    /// Since this object was made, never 0.
    private var nanoseconds: Int64 {
        let elapsed = epoch.duration(to: ContinuousClock.now).components
        return max(1, elapsed.seconds * 1_000_000_000 + elapsed.attoseconds / 1_000_000_000)
    }

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
        // By position: a loop over the elements would copy each of these large values.
        let bytes = requests.indices.reduce(0) { $0 + requests[$1].byteCount }
        guard !isFull(for: bytes) else {
            return completion(.failure(StoreError(code: .busy, message: "too much waits to be stored; try again")))
        }
        let events = requests.indices.reduce(0) { $0 + requests[$1].events.count }
        let pending = Pending(requests: requests, bytes: bytes, events: events, completion: completion)
        let isAccepted = queue.condition.withLock {
            guard !queue.isStopping else { return false }
            queue.appends.append(pending)
            waitingBytes.add(bytes, ordering: .relaxed)
            return true
        }
        // Outside of the lock, which the writer needs as soon as it wakes.
        guard !isAccepted else { return queue.condition.signal() }
        completion(.failure(GroupCommit.stopping))
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
        let isAccepted = add { $0.searches.append(PendingSearch(search: search, completion: completion)) }
        if !isAccepted { completion(.failure(GroupCommit.stopping)) }
    }

    /// Publishes a log's open buffer or signs its tree; `completion` is called on the writer's thread once that is on disk.
    package func seal(
        _ request: SealRequest,
        completion: @escaping @Sendable (Result<SealOutcome, StoreError>) -> Void
    ) {
        perform(
            { [store, clock] () throws(StoreError) in try store.seal(request, now: clock()) },
            completion: completion
        )
    }

    /// Runs other work that writes to the store on the writer's thread, between two commits.
    ///
    /// - Parameters:
    ///   - work: a transaction of its own, short enough that requests may wait for it.
    ///   - completion: called on the writer's thread with what the work gave.
    package func perform<Value: Sendable>(
        _ work: @escaping @Sendable () throws(StoreError) -> Value,
        completion: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let isAccepted = add { [report] queue in
            queue.tasks.append {
                let result = Result(catching: work)
                if case .failure(let error) = result { report(Report(.task, error: error)) }
                completion(result)
            }
        }
        if !isAccepted { completion(.failure(GroupCommit.stopping)) }
    }

    private static let stopping = StoreError(code: .busy, message: "the gateway is stopping; try again")

    /// Adds work for the writer and wakes it; false when it takes no more.
    private func add(_ work: (Queue) -> Void) -> Bool {
        queue.condition.withLock {
            guard !queue.isStopping else { return false }
            work(queue)
            queue.condition.signal()
            return true
        }
    }

    /// Tells that work other than a commit has added events, so that followers have something to do.
    package func noteNewEvents() { report(Report(.commit, hasNewEvents: true)) }

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
    /// Between two rounds of cleaning up.
    private static let sweepInterval = Duration.seconds(30)

    private struct Round {
        var batch = WriteBatch()
        var appends: [Pending] = []
        var searches: [PendingSearch] = []
        var tasks: [@Sendable () -> Void] = []
        var bytes = 0
        var events = 0
        var isLast = false
    }

    /// Between two tries of a store that failed.
    private static let probeInterval = Duration.milliseconds(500)

    private func run() {
        var nextSweep = ContinuousClock.now + GroupCommit.sweepInterval
        var hasFailed = false
        while true {
            let nextProbe = hasFailed ? ContinuousClock.now + GroupCommit.probeInterval : nextSweep
            var round = waitForWork(until: min(nextSweep, nextProbe))
            if !round.batch.isEmpty {
                hasFailed = !commit(&round)
            } else if hasFailed && !round.isLast {
                hasFailed = !probe()
            }
            for task in round.tasks { task() }
            if round.isLast {
                if !hasFailed { try? store.finish() }
                break
            }
            if ContinuousClock.now >= nextSweep {
                // More to do comes back soon, but lets the requests that wait go first.
                let sweep = self.sweep()
                if sweep.hasFailed { hasFailed = true }
                nextSweep = ContinuousClock.now + (sweep.hasMore ? .milliseconds(20) : GroupCommit.sweepInterval)
            }
        }
        queue.condition.withLock {
            queue.isStopped = true
            queue.condition.broadcast()
        }
    }

    /// Longest single wait: a condition waits by the wall clock, and one that is set back must not stretch it.
    private static let longestWait = 1.0

    private func waitForWork(until deadline: ContinuousClock.Instant) -> Round {
        queue.condition.lock()
        defer { queue.condition.unlock() }
        var cursorDeadline: ContinuousClock.Instant?
        while queue.appends.isEmpty && queue.searches.isEmpty && queue.tasks.isEmpty
            && !queue.isStopping
        {
            let now = ContinuousClock.now
            if !queue.deadLetters.isEmpty { break }
            if !queue.cursors.isEmpty {
                let latest = cursorDeadline ?? now + limits.cursorLinger
                cursorDeadline = latest
                if now >= latest { break }
            }
            if now >= deadline { break }
            let wait = (min(cursorDeadline ?? deadline, deadline) - now).seconds
            _ = queue.condition.wait(until: Date(timeIntervalSinceNow: min(wait, GroupCommit.longestWait)))
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
        round.tasks = queue.tasks
        queue.tasks = []
        round.isLast = queue.isStopping && queue.appends.isEmpty
        return round
    }

    /// Tries whether a store that failed can be written again, so that it is known before the next request comes.
    private func probe() -> Bool {
        do throws(StoreError) {
            try store.probe()
            report(Report(.probe))
            return true
        } catch {
            report(Report(.probe, error: error))
            return false
        }
    }

    private func sweep() -> (hasMore: Bool, hasFailed: Bool) {
        do throws(StoreError) {
            let heads = try heads()
            let hasMore = try store.sweep(retention, now: clock())
            // What retention erased is told by an event.
            if try heads != self.heads() { noteNewEvents() }
            return (hasMore, false)
        } catch {
            report(Report(.sweep, error: error))
            return (false, true)
        }
    }

    /// The newest events of the logs that get events of our own while the store is cleaned up.
    private func heads() throws(StoreError) -> [UInt64] {
        var heads: [UInt64] = []
        for log in retention.logs { heads.append(try store.head(of: log.log)) }
        return heads
    }

    /// Stores a round and answers it; false when it could not be stored.
    private func commit(_ round: inout Round) -> Bool {
        let start = ContinuousClock.now
        let now = clock()
        commitBegan.store(nanoseconds, ordering: .relaxed)
        defer { commitBegan.store(0, ordering: .relaxed) }
        do throws(StoreError) {
            let outcomes = try store.commit(round.batch, now: now)
            waitingBytes.subtract(round.bytes, ordering: .relaxed)
            // Followers first: they work while the answers are written.
            send(round, error: nil, since: start, newest: GroupCommit.newest(outcomes).map { $0 - now })
            var rest = outcomes[...]
            for pending in round.appends {
                pending.completion(.success(Array(rest.prefix(pending.requests.count))))
                rest = rest.dropFirst(pending.requests.count)
            }
            for pending in round.searches { pending.completion(.success(())) }
            return true
        } catch {
            waitingBytes.subtract(round.bytes, ordering: .relaxed)
            send(round, error: error, since: start, newest: nil)
            var refused = round.appends
            queue.condition.withLock {
                for move in round.batch.cursors { merge(move) }
                queue.deadLetters = round.batch.deadLetters + queue.deadLetters
                // While stopping, each further round would wait for the same store as long as this one did.
                guard queue.isStopping else { return }
                waitingBytes.subtract(queue.appends.reduce(0) { $0 + $1.bytes }, ordering: .relaxed)
                refused += queue.appends
                queue.appends.removeAll()
                round.isLast = true
            }
            for pending in refused { pending.completion(.failure(error)) }
            for pending in round.searches { pending.completion(.failure(error)) }
            // What is put back would otherwise be tried again at once, for as long as the disk is full.
            if round.appends.isEmpty && !round.isLast { Thread.sleep(forTimeInterval: 0.25) }
            return false
        }
    }

    /// When the newest event that a commit stored was received; nil without one.
    private static func newest(_ outcomes: [AppendOutcome]) -> Int64? {
        var newest: Int64?
        for outcome in outcomes {
            for event in outcome.events where event.disposition == .stored {
                newest = max(newest ?? event.receivedAt, event.receivedAt)
            }
        }
        return newest
    }

    /// - Parameters:
    ///   - round: what was committed.
    ///   - error: why it was not.
    ///   - start: when it was taken.
    ///   - newest: microseconds from the clock to the receipt of the newest event; nil when none was stored.
    private func send(_ round: Round, error: StoreError?, since start: ContinuousClock.Instant, newest: Int64?) {
        report(
            Report(
                .commit,
                requests: round.batch.appends.count,
                events: round.events,
                seconds: start.duration(to: ContinuousClock.now).seconds,
                error: error,
                hasNewEvents: newest != nil,
                secondsAhead: newest.map { max(0, Double($0) / 1_000_000) }
            )
        )
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

// MARK: - The checkpoint thread

extension GroupCommit {
    /// Copies the write-ahead log into the database behind the writer's back, so that the writer never stalls for it.
    private func runCheckpoints() {
        while true {
            let isStopped = queue.condition.withLock { queue.isStopped }
            guard !isStopped else { return }
            do throws(StoreError) {
                try store.checkpoint()
            } catch {
                report(Report(.checkpoint, error: error))
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
}
