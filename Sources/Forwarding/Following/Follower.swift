internal import AuditLog
internal import Logging

/// Brings one log's events to one sink: reads from behind, keeps some requests on their way, moves the cursor.
///
/// Belongs to the forwarding thread. What decides is in values that do no I/O: ``FollowerState`` (what is done),
/// ``Circuit`` (may we send), ``Verdict`` (what an answer means). Memory is bounded by the requests at once and one body
/// read ahead, however long the sink is down.
final class Follower {
    typealias Moment = ContinuousClock.Instant

    /// When to look at a follower again though nothing happened to its requests.
    struct Wait {
        var until: Moment
        /// Whether new events would give it something to do.
        var needsEvents = false

        mutating func look(at moment: Moment) { until = min(until, moment) }
    }

    let options: SinkOptions
    let log: any ForwardingLog
    let metrics: SinkMetrics
    let logger: Logger
    /// 0 to 1, by chance.
    let chance: () -> Double
    private let multi: CurlMulti
    private let board: StatusBoard
    private let postURL: String

    var state: FollowerState?
    var circuit: Circuit
    let retry: RetryPolicy
    /// Waiting to be sent (again), by sequence.
    var queue: [Batch] = []
    /// Accepted by the sink, outcome not known.
    var polling: [Batch] = []
    var status: SinkStatus
    var isStopping = false
    private var letterGate = LogGate()
    var failureGate = LogGate()
    var refusalGate = LogGate()
    /// What the operator was told last, nil after good news.
    var loggedTrouble: Circuit.Trouble?
    /// Why the sink wants to be left alone.
    var holdReason = ""
    var letterBacklog = LetterBacklog()

    /// Which of the tokens is used, and how many were refused since one was taken.
    var token = 0
    var refusedTokens = 0

    // Reading; see Follower+Reading.
    var head: UInt64 = 0
    var isHeadStale = true
    /// When the event behind everything read was received, while nothing that was read waits.
    var oldestUnread: Int64?
    var nextTick: Moment
    var lingerUntil: Moment?
    /// Up to here nothing waits for company any more.
    var released: UInt64 = 0
    var reading = ReadingTrouble()
    var readingGate = LogGate()
    var spareBodies: [BodyBuffer] = []

    private var idle: [Transfer] = []
    private var busy: [Transfer] = []
    private var savedCursor: UInt64?
    private var nextSave: Moment

    /// Shortest time between two moves of the cursor.
    static let saveInterval = Duration.milliseconds(25)
    /// How often the head is looked at when nobody told us anything.
    static let tickInterval = Duration.seconds(1)

    init(
        options: SinkOptions,
        log: any ForwardingLog,
        multi: CurlMulti,
        board: StatusBoard,
        metrics: SinkMetrics,
        logger: Logger,
        now: Moment,
        chance: @escaping () -> Double
    ) {
        self.options = options
        self.log = log
        self.multi = multi
        self.board = board
        self.metrics = metrics
        var logger = logger
        logger[metadataKey: "sink"] = .string(options.name)
        self.logger = logger
        self.chance = chance
        postURL = options.base + options.endpoint.rawValue
        retry = RetryPolicy(base: .milliseconds(200), cap: options.maximumRetryDelay)
        circuit = Circuit(
            retry: retry,
            pause: RetryPolicy(base: .seconds(1), cap: options.maximumPauseDelay, floor: 0.5)
        )
        status = SinkStatus(name: options.name)
        nextTick = now
        nextSave = now
    }

    /// Requests with a body, on their way or waiting.
    var bodies: Int { queue.count + busy.count { $0.flight?.kind == .post } }
    var isBusy: Bool { !busy.isEmpty }
    var hasFreeConnection: Bool { busy.count < options.requestsAtOnce }

    /// Whether nothing more is to be waited for after ``isStopping``: polls that may not leave are not.
    func isDone(at now: Moment) -> Bool {
        busy.isEmpty && (polling.isEmpty || circuit.trouble != nil || circuit.hold(at: now) != nil)
    }

    func noteAppended() { isHeadStale = true }

    /// Starts whatever may be started now.
    func step(at now: Moment, _ wait: inout Wait) {
        guard open(at: now, &wait) else { return publish(at: now) }
        tick(at: now, &wait)
        startPolls(at: now, &wait)
        if !isStopping {
            startPosts(at: now, &wait)
            readAhead(at: now)
        }
        saveCursor(at: now, &wait)
        publish(at: now)
    }

    // MARK: - Requests

    private func startPosts(at now: Moment, _ wait: inout Wait) {
        while hasFreeConnection {
            guard let isTrial = permission(at: now, &wait) else { return }
            guard let batch = nextBatch(at: now, isTrial: isTrial, &wait) else { return }
            guard let contents = batch.contents, let transfer = takeTransfer(at: now, &wait) else {
                return enqueue(batch)
            }
            let lines = [
                authorization,
                "Content-Type: application/json",
                "Idempotency-Key: \(contents.key)",
                // libcurl would ask before it sends a large body, and wait a second for receivers that do not answer.
                "Expect:",
            ]
            transfer.preparePost(to: postURL, body: contents.body.bytes, headers: lines)
            start(transfer, Flight(kind: .post, batch: batch, isTrial: isTrial, token: token))
        }
    }

    private func startPolls(at now: Moment, _ wait: inout Wait) {
        for batch in polling {
            guard var pending = batch.pending, !pending.isOnItsWay else { continue }
            guard pending.nextPoll <= now else {
                wait.look(at: pending.nextPoll)
                continue
            }
            guard hasFreeConnection, let isTrial = permission(at: now, &wait) else { return }
            guard let transfer = takeTransfer(at: now, &wait) else { return }
            pending.isOnItsWay = true
            pending.polls += 1
            batch.pending = pending
            transfer.prepareGet(of: pending.url, headers: [authorization])
            start(transfer, Flight(kind: .poll, batch: batch, isTrial: isTrial, token: token))
        }
    }

    private var authorization: String { "Authorization: Bearer \(options.tokens[token].secret)" }

    /// Whether a request may go, and on trial; nil when none may.
    private func permission(at now: Moment, _ wait: inout Wait) -> Bool? {
        switch circuit.permission(at: now) {
        case .free: return false
        case .trial: return true
        case .wait(let until):
            if let until { wait.look(at: until) }
            return nil
        }
    }

    private func takeTransfer(at now: Moment, _ wait: inout Wait) -> Transfer? {
        if let transfer = idle.popLast() { return transfer }
        do throws(ForwardingError) {
            return try Transfer(follower: self)
        } catch {
            status.lastError = error.message
            wait.look(at: now + .seconds(1))
            return nil
        }
    }

    private func start(_ transfer: Transfer, _ flight: Flight) {
        if flight.isTrial { circuit.beginTrial() }
        transfer.flight = flight
        busy.append(transfer)
        multi.add(transfer.handle)
    }

    /// Takes a transfer back and returns what it carried.
    func take(back transfer: Transfer) -> Flight? {
        multi.remove(transfer.handle)
        busy.removeAll { $0 === transfer }
        idle.append(transfer)
        defer { transfer.flight = nil }
        return transfer.flight
    }

    /// Puts a batch where it belongs by its sequence.
    func enqueue(_ batch: Batch) {
        let index = queue.firstIndex { $0.range.lowerBound > batch.range.lowerBound } ?? queue.count
        queue.insert(batch, at: index)
    }

    // MARK: - The cursor

    /// Finds out where to begin; false while the store does not say.
    private func open(at now: Moment, _ wait: inout Wait) -> Bool {
        guard state == nil else { return true }
        guard isStoreReady(at: now, &wait), !isStopping else { return false }
        do throws(StoreError) {
            head = try log.head(of: options.log)
            let stored = try log.cursor(of: options.follower, log: options.log)
            reading.worked(.events)
            let begin = options.start.cursor(head: head)
            state = FollowerState(cursor: stored ?? begin)
            // Where it begins must hold after a crash too, 0 as well, or "now" would be later then.
            savedCursor = stored
            released = head
            status.state = .following
            logger.info("the sink is followed", metadata: ["cursor": "\(stored ?? begin)", "head": "\(head)"])
            return true
        } catch {
            readingFailed(.head, error, at: now, &wait)
            return false
        }
    }

    private func saveCursor(at now: Moment, _ wait: inout Wait) {
        guard let cursor = state?.cursor, cursor != savedCursor else { return }
        guard now >= nextSave else { return wait.look(at: nextSave) }
        nextSave = now + Follower.saveInterval
        moveCursor(to: cursor)
    }

    private func moveCursor(to cursor: UInt64) {
        savedCursor = cursor
        letterBacklog.moved(to: cursor)
        log.moveCursor(CursorMove(follower: options.follower, log: options.log, sequence: cursor))
    }

    /// Gives up on dead letters' events, together with the cursor if it passes them.
    func bury(_ letters: [DeadLetter], finishing range: ClosedRange<UInt64>?) {
        letterBacklog.add(letters.count)
        var move: CursorMove?
        if let range, let before = state?.cursor {
            state?.finish(range)
            if let cursor = state?.cursor, cursor != before {
                move = CursorMove(follower: options.follower, log: options.log, sequence: cursor)
                savedCursor = cursor
                letterBacklog.moved(to: cursor)
            }
        }
        log.addDeadLetters(letters, then: move)
        status.deadLetters += letters.count
        metrics.buried(letters.count)
        guard let first = letters.first, letterGate.opens(at: .now) else { return }
        logger.error(
            "events became dead letters",
            metadata: [
                "count": "\(letters.count)", "first": "\(first.sequence)", "cause": "\(first.cause)",
                "total": "\(status.deadLetters)",
            ]
        )
    }

    /// Ends: what is on its way is given up, the cursor is saved.
    func close() {
        for transfer in busy { _ = take(back: transfer) }
        idle = []
        if let cursor = state?.cursor, cursor != savedCursor { moveCursor(to: cursor) }
        let now = Moment.now
        publish(at: now)
        var last = shown(at: now)
        last.state = .stopped
        board.publish(last)
    }

    private func publish(at now: Moment) {
        let shown = shown(at: now)
        board.publish(shown)
        metrics.show(shown)
    }

    private func shown(at now: Moment) -> SinkStatus {
        var shown = status
        guard let state else {
            shown.lastError = reading.reason
            return shown
        }
        shown.cursor = state.cursor
        shown.lagEvents = head > state.cursor ? head - state.cursor : 0
        shown.oldestWaitingSince = shown.lagEvents == 0 ? nil : oldestWaiting ?? oldestUnread
        switch circuit.trouble {
        case .refusing: shown.state = .paused
        case .failing: shown.state = .retrying
        case nil:
            let delay = delayReason(at: now)
            shown.state = delay == nil ? .following : .retrying
            shown.lastError = delay ?? status.lastError
        }
        return shown
    }

    /// What keeps events waiting though the last request went well.
    private func delayReason(at now: Moment) -> String? {
        if circuit.hold(at: now) != nil { return holdReason }
        if let reason = reading.reason { return reason }
        return hasForgottenBatch ? Follower.forgottenOutcome : nil
    }

    /// Whether the sink keeps accepting something without ever knowing what became of it.
    private var hasForgottenBatch: Bool {
        queue.contains(where: \.isForgotten) || polling.contains(where: \.isForgotten)
            || busy.contains { $0.flight?.batch.isForgotten == true }
    }

    /// When the oldest event that was read and is not done was received.
    var oldestWaiting: Int64? {
        // Each list is short, and this runs with every step: no arrays.
        var oldest = Int64.max
        for batch in queue { oldest = min(oldest, batch.receivedAt ?? .max) }
        for batch in polling { oldest = min(oldest, batch.receivedAt ?? .max) }
        for transfer in busy { oldest = min(oldest, transfer.flight?.batch.receivedAt ?? .max) }
        return oldest == .max ? nil : oldest
    }
}
