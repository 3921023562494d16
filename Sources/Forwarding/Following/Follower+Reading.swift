internal import AuditLog
internal import JSON
internal import Logging

// What to send next: a batch that waits for another try, or a new one from the log.
extension Follower {
    /// Most accepted requests whose outcome is waited for.
    private static let maximumPolling = 64
    /// Most batches' worth of sequences between the cursor and what is read, so that one batch that fails for ever does
    /// not make a restart repeat all of a day.
    private static let maximumSpanInBatches: UInt64 = 256

    /// Most dead letters that wait to be stored while more is read.
    private static let maximumWaitingLetters = 1000
    /// How often to look whether they are.
    private static let letterInterval = Duration.milliseconds(100)

    /// Most reads in a row that find nothing to send.
    private static let maximumEmptyReads = 8

    // MARK: - Choosing

    func nextBatch(at now: Moment, isTrial: Bool, _ wait: inout Wait) -> Batch? {
        // In order means that nothing is sent before all that came earlier is done.
        if options.isOrdered && (isBusy || !polling.isEmpty) { return nil }
        while let index = readyIndex(at: now, isTrial: isTrial, &wait) {
            // On trial, what has not failed yet is a fairer question than what has.
            if isTrial, !options.isOrdered, queue[index].attempts > 0, let batch = readBatch(at: now, &wait) {
                return batch
            }
            let batch = queue.remove(at: index)
            if batch.contents != nil { return batch }
            switch rewrite(batch, at: now, &wait) {
            case .written(let batch): return batch
            case .nothingLeft: continue
            case .storeFailed:
                enqueue(batch)
                return nil
            }
        }
        guard !options.isOrdered || queue.isEmpty else { return nil }
        return readBatch(at: now, &wait)
    }

    private func readyIndex(at now: Moment, isTrial: Bool, _ wait: inout Wait) -> Int? {
        let candidates = options.isOrdered ? queue.prefix(1) : queue[...]
        let ready = candidates.indices.filter { (queue[$0].notBefore ?? now) <= now }
        guard ready.isEmpty else {
            return isTrial ? ready.min { queue[$0].attempts < queue[$1].attempts } : ready.first
        }
        for moment in candidates.compactMap(\.notBefore) { wait.look(at: moment) }
        return nil
    }

    /// Writes the next batch while all connections are in use, if there is a whole one.
    func readAhead(at now: Moment) {
        guard !hasFreeConnection, circuit.trouble == nil, available >= options.eventsPerRequest else { return }
        guard !queue.contains(where: { $0.attempts == 0 }) else { return }
        var wait = Wait(until: now)
        guard let batch = readBatch(at: now, &wait) else { return }
        enqueue(batch)
    }

    // MARK: - The head

    /// Events known to wait in the log.
    private var available: Int {
        guard let state, head >= state.position else { return 0 }
        return Int(clamping: head - state.position + 1)
    }

    func tick(at now: Moment, _ wait: inout Wait) {
        if now >= nextTick {
            nextTick = now + Follower.tickInterval
            isHeadStale = true
            readHead(at: now, &wait)
            readOldest(at: now, &wait)
        }
        wait.look(at: nextTick)
    }

    /// Finds out how old the oldest event is that a sink in trouble keeps waiting, though nobody has read it yet.
    private func readOldest(at now: Moment, _ wait: inout Wait) {
        oldestUnread = nil
        guard let state, available > 0, oldestWaiting == nil, isStoreReady(at: now, &wait) else { return }
        do throws(StoreError) {
            let events = try log.readEvents(of: options.log, from: state.position, maximumCount: 1, maximumBytes: 1)
            oldestUnread = events.first?.receivedAt
        } catch {
            readingFailed(.events, error, at: now, &wait)
        }
    }

    private func readHead(at now: Moment, _ wait: inout Wait) {
        guard isHeadStale, isStoreReady(at: now, &wait) else { return }
        do throws(StoreError) {
            head = try log.head(of: options.log)
            isHeadStale = false
            reading.worked(.head)
        } catch {
            readingFailed(.head, error, at: now, &wait)
        }
    }

    func isStoreReady(at now: Moment, _ wait: inout Wait) -> Bool {
        guard let moment = reading.retryAt, moment > now else { return true }
        wait.look(at: moment)
        return false
    }

    func readingFailed(_ part: ReadingTrouble.Part, _ error: StoreError, at now: Moment, _ wait: inout Wait) {
        reading.failed(part, "cannot read the log: \(error.message)", at: now, chance: chance())
        if let moment = reading.retryAt { wait.look(at: moment) }
        guard !reading.isLogged, readingGate.opens(at: now) else { return }
        reading.isLogged = true
        logger.error("the log cannot be read for the sink; tried again", metadata: ["cause": "\(error.message)"])
    }

    // MARK: - Reading

    /// Whether what waits may leave: a whole batch at once, less only after the linger.
    private func mayLeave(at now: Moment, _ wait: inout Wait) -> Bool {
        if available < options.eventsPerRequest && lingerUntil == nil { readHead(at: now, &wait) }
        guard let state, available > 0 else {
            wait.needsEvents = true
            lingerUntil = nil
            return false
        }
        if available >= options.eventsPerRequest || state.position <= released {
            lingerUntil = nil
            return true
        }
        let until = lingerUntil ?? now + options.linger
        lingerUntil = until
        guard until <= now else {
            wait.look(at: until)
            return false
        }
        lingerUntil = nil
        // Company that came meanwhile goes along.
        readHead(at: now, &wait)
        released = head
        return true
    }

    /// The next events of the log as a batch; nil when none may leave now.
    private func readBatch(at now: Moment, _ wait: inout Wait) -> Batch? {
        guard bodies <= options.requestsAtOnce, polling.count < Follower.maximumPolling else { return nil }
        guard isStoreReady(at: now, &wait) else { return nil }
        for _ in 0..<Follower.maximumEmptyReads {
            guard hasRoomForLetters(at: now, &wait), mayLeave(at: now, &wait), let current = state else { return nil }
            let span = Follower.maximumSpanInBatches * UInt64(options.eventsPerRequest)
            guard current.position - current.cursor <= span else { return nil }
            let body = takeBody()
            do throws(StoreError) {
                let events = try log.readEvents(
                    of: options.log,
                    from: current.position,
                    maximumCount: options.eventsPerRequest,
                    // Raw records are some times larger than what is made of them.
                    maximumBytes: options.endpoint == .stream ? options.batchBytes / 4 : options.batchBytes
                )
                guard !events.isEmpty else {
                    reading.worked(.events)
                    // The head was read before: everything up to it is erased.
                    giveBack(body)
                    finish(take(through: head), events: 0)
                    continue
                }
                let written = try write(events, to: body)
                reading.worked(.events)
                let batch = Batch(range: take(through: written.last))
                if let batch = settle(batch, written, body) { return batch }
            } catch {
                giveBack(body)
                readingFailed(.events, error, at: now, &wait)
                return nil
            }
        }
        // The other sinks' turn first.
        wait.look(at: now)
        return nil
    }

    /// Whether the log has stored the dead letters that it was given, but for some; until then they are in memory.
    private func hasRoomForLetters(at now: Moment, _ wait: inout Wait) -> Bool {
        guard letterBacklog.waiting > Follower.maximumWaitingLetters else { return true }
        do throws(StoreError) {
            letterBacklog.stored(try log.cursor(of: options.follower, log: options.log) ?? 0)
        } catch {
            readingFailed(.events, error, at: now, &wait)
            return false
        }
        guard letterBacklog.waiting > Follower.maximumWaitingLetters else { return true }
        wait.look(at: now + Follower.letterInterval)
        return false
    }

    private func take(through last: UInt64) -> ClosedRange<UInt64> {
        guard var next = state else { preconditionFailure("a follower reads before it knows its cursor") }
        let range = next.take(through: last)
        state = next
        return range
    }

    private enum Rewriting {
        case written(Batch)
        case nothingLeft
        case storeFailed
    }

    /// Writes the body of a batch that was read before; what does not fit becomes a batch of its own.
    private func rewrite(_ batch: Batch, at now: Moment, _ wait: inout Wait) -> Rewriting {
        guard isStoreReady(at: now, &wait) else { return .storeFailed }
        let body = takeBody()
        do throws(StoreError) {
            let events = try log.readEvents(
                of: options.log,
                from: batch.range.lowerBound,
                maximumCount: min(batch.range.count, options.eventsPerRequest),
                maximumBytes: 1 << 30
            ).filter { batch.range.contains($0.sequence) }
            guard !events.isEmpty else {
                reading.worked(.events)
                giveBack(body)
                finish(batch.range, events: 0)
                return .nothingLeft
            }
            let written = try write(events, to: body)
            reading.worked(.events)
            var whole = batch
            if written.isCut && written.last < batch.range.upperBound {
                whole = batch.part(batch.range.lowerBound...written.last)
                enqueue(batch.part((written.last + 1)...batch.range.upperBound))
            }
            return settle(whole, written, body).map { .written($0) } ?? .nothingLeft
        } catch {
            giveBack(body)
            readingFailed(.events, error, at: now, &wait)
            return .storeFailed
        }
    }

    // MARK: - Writing

    private struct Written {
        /// The last event that was looked at, written or buried.
        var last: UInt64 = 0
        /// Not all events fitted.
        var isCut = false
        /// The first event that was written.
        var first: StoredEvent?
        var count = 0
        var key = ""
        var letters: [DeadLetter] = []
    }

    /// Buries what cannot be sent; nil when that is all of the batch.
    private func settle(_ batch: Batch, _ written: Written, _ body: BodyBuffer) -> Batch? {
        let letters = written.letters.filter { batch.buried.insert($0.sequence).inserted }
        guard let first = written.first else {
            giveBack(body)
            bury(letters, finishing: batch.range)
            return nil
        }
        if !letters.isEmpty { bury(letters, finishing: nil) }
        batch.contents = Batch.Contents(body: body, key: written.key)
        batch.events = written.count
        batch.first = first.sequence
        batch.receivedAt = first.receivedAt
        return batch
    }

    private func write(_ events: [StoredEvent], to body: BodyBuffer) throws(StoreError) -> Written {
        var writer = BatchWriter(options: options, body: body)
        var written = Written()
        if options.endpoint == .stream {
            try writeRecords(of: events, with: &writer, into: &written)
        } else {
            for event in events {
                guard writer.key.hasRoom else {
                    written.isCut = true
                    break
                }
                writer.append(event)
                written.last = event.sequence
            }
            written.first = events.first
        }
        writer.end()
        written.count = writer.count
        written.key = writer.key.text
        return written
    }

    private func writeRecords(
        of events: [StoredEvent],
        with writer: inout BatchWriter,
        into written: inout Written
    ) throws(StoreError) {
        guard let lowest = events.first, let highest = events.last else { return }
        let records = try log.rawRecords(of: options.log, sequences: lowest.sequence...highest.sequence)
        var next = records.makeIterator()
        var record = next.next()
        let document = JSONDocument()
        for event in events {
            while let candidate = record, candidate.sequence < event.sequence { record = next.next() }
            var cause: String?
            if let found = record, found.sequence == event.sequence {
                // Anything but an object could end the array, or add to it.
                if (try? document.parse(found.bytes)) != nil, document.root.isObject {
                    let isFull = writer.count > 0 && writer.body.count + found.bytes.count > options.batchBytes
                    guard !isFull, writer.key.hasRoom else {
                        written.isCut = true
                        return
                    }
                    writer.append(found)
                    written.first = written.first ?? event
                } else {
                    cause = "the raw record is no JSON object"
                }
            } else {
                cause =
                    event.hasRawRecord
                    ? "expired: the raw record is past its retention"
                    : "the event has no raw record"
            }
            if let cause { written.letters.append(letter(event.sequence, cause: cause)) }
            written.last = event.sequence
        }
    }

    private func letter(_ sequence: UInt64, cause: String) -> DeadLetter {
        DeadLetter(
            sink: options.name,
            log: options.log,
            sequence: sequence,
            cause: cause,
            answer: "",
            attempts: 0
        )
    }

    // MARK: - Memory

    private func takeBody() -> BodyBuffer {
        spareBodies.popLast() ?? BodyBuffer(capacity: 16 << 10)
    }

    /// Keeps a body for the next batch, unless one huge event has made it huge.
    func giveBack(_ body: BodyBuffer) {
        guard body.capacity <= options.batchBytes * 3, spareBodies.count <= options.requestsAtOnce else { return }
        body.removeAll()
        spareBodies.append(body)
    }
}
