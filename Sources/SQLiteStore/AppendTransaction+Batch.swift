internal import AuditLog
internal import Cryptography
internal import GRDB
internal import JSON
internal import Schema

// What a batch stores beside its events: raw deliveries, what is set aside, cursors, searches, and answers to come.
extension AppendTransaction {
    func insert(_ block: RawBlock, log: LogID) throws(StoreError) {
        let sequences = block.deliveries.flatMap { $0.records.map(\.sequence) }
        guard let first = sequences.first, let last = sequences.last else { return }
        let content: [UInt8]
        do {
            content = try block.encoded(first: first).withUnsafeBytes { bytes throws(CompressionError) in
                try tools.compressor.compress(bytes)
            }
        } catch {
            throw StoreError(code: .unusable, message: "cannot compress raw deliveries: \(error)")
        }
        let statement = try RawStatement("INSERT INTO raw (first, last, content) VALUES (?, ?, ?)", in: database)
        statement.bind(EventRow(log, first).rawValue, at: 1)
        statement.bind(EventRow(log, last).rawValue, at: 2)
        statement.bind(copyOf: content, at: 3)
        try statement.run()
    }

    func insert(_ entry: QuarantineEntry, contradicting row: EventRow? = nil) throws(StoreError) {
        let statement = try RawStatement(
            """
            INSERT INTO quarantine (source, cause, body_hash, reason, context, body, first_at, last_at, count, event)
            VALUES (?, ?, ?, ?, ?, ?, ?7, ?7, 1, ?8)
            ON CONFLICT (source, cause, body_hash) DO UPDATE
            SET last_at = excluded.last_at, count = count + 1, reason = excluded.reason
            """,
            in: database
        )
        tools.hasher.update(entry.identity ?? entry.body)
        statement.bind(copyOf: entry.source, at: 1)
        statement.bind(copyOf: entry.cause.rawValue, at: 2)
        statement.bind(copyOf: tools.hasher.finish(), at: 3)
        statement.bind(copyOf: entry.reason, at: 4)
        statement.bind(copyOf: String(decoding: entry.context, as: UTF8.self), at: 5)
        statement.bind(copyOf: entry.body, at: 6)
        statement.bind(now, at: 7)
        if let row { statement.bind(row.rawValue, at: 8) } else { statement.bindNull(at: 8) }
        try statement.run()
    }

    func insert(_ move: CursorMove) throws(StoreError) {
        let statement = try RawStatement(
            """
            INSERT INTO cursor (follower, log, sequence) VALUES (?, ?, ?)
            ON CONFLICT (follower, log) DO UPDATE SET sequence = excluded.sequence
            """,
            in: database
        )
        statement.bind(copyOf: move.follower, at: 1)
        statement.bind(Int64(move.log.rawValue), at: 2)
        statement.bind(Int64(clamping: move.sequence), at: 3)
        try statement.run()
    }

    func insert(_ letter: DeadLetter) throws(StoreError) {
        let statement = try RawStatement(
            """
            INSERT INTO dead_letter (sink, event, cause, answer, attempts, created_at) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (sink, event) DO UPDATE
            SET cause = excluded.cause, answer = excluded.answer, attempts = attempts + excluded.attempts
            """,
            in: database
        )
        statement.bind(copyOf: letter.sink, at: 1)
        statement.bind(EventRow(letter.log, letter.sequence).rawValue, at: 2)
        statement.bind(copyOf: letter.cause, at: 3)
        statement.bind(copyOf: letter.answer, at: 4)
        statement.bind(Int64(letter.attempts), at: 5)
        statement.bind(now, at: 6)
        try statement.run()
    }

    func insert(_ search: FrozenSearch) throws(StoreError) {
        let statement = try RawStatement(
            """
            INSERT INTO search (id, token, log, events, is_verbose, restriction, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            in: database
        )
        statement.bind(copyOf: search.id, at: 1)
        statement.bind(copyOf: search.token, at: 2)
        statement.bind(Int64(search.log.rawValue), at: 3)
        statement.bind(copyOf: SequenceList.encode(search.sequences), at: 4)
        statement.bind(search.isVerbose ? 1 : 0, at: 5)
        statement.bind(copyOf: String(decoding: search.restriction, as: UTF8.self), at: 6)
        statement.bind(search.expiresAt, at: 7)
        try statement.run()
    }

    func insert(
        _ request: AsynchronousRequest,
        log: LogID,
        sequences: [UInt64]
    ) throws(StoreError) {
        let statement = try RawStatement(
            "INSERT INTO request (id, token, is_verbose, events, log, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
            in: database
        )
        statement.bind(copyOf: request.id, at: 1)
        statement.bind(copyOf: request.token, at: 2)
        statement.bind(request.isVerbose ? 1 : 0, at: 3)
        statement.bind(copyOf: SequenceList.encode(sequences), at: 4)
        statement.bind(Int64(log.rawValue), at: 5)
        statement.bind(request.expiresAt, at: 6)
        try statement.run()
    }

    func insert(_ idempotency: RequestIdempotency, sequences: [UInt64]) throws(StoreError) {
        let statement = try RawStatement(
            "INSERT INTO idempotency (key, body_hash, events, created_at) VALUES (?, ?, ?, ?)",
            in: database
        )
        statement.bind(copyOf: idempotency.key, at: 1)
        statement.bind(copyOf: idempotency.bodyHash, at: 2)
        statement.bind(copyOf: SequenceList.encode(sequences), at: 3)
        statement.bind(now, at: 4)
        try statement.run()
    }

    /// The answer to a request whose idempotency key was seen before, or nil for a new key.
    func repeated(
        _ idempotency: RequestIdempotency,
        of request: AppendRequest
    ) throws(StoreError) -> AppendOutcome? {
        let statement = try RawStatement("SELECT body_hash, events FROM idempotency WHERE key = ?", in: database)
        statement.bind(copyOf: idempotency.key, at: 1)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        guard statement.bytes(at: 0) == idempotency.bodyHash else {
            var outcome = AppendOutcome(events: [])
            outcome.isIdempotencyMismatch = true
            return outcome
        }
        var events: [AppendOutcome.Event] = []
        for sequence in SequenceList.decode(statement.bytes(at: 1)) {
            let row = EventRow(request.log, sequence)
            findEvent.bind(row.rawValue, at: 1)
            defer { findEvent.reset() }
            guard try findEvent.step() else { continue }
            events.append(
                AppendOutcome.Event(
                    disposition: .duplicate,
                    sequence: sequence,
                    receivedAt: findEvent.integer(at: 0),
                    hash: findEvent.bytes(at: 1),
                    proof: try proof(of: row, for: request)
                )
            )
        }
        var outcome = AppendOutcome(events: events)
        outcome.isRepeat = true
        return outcome
    }
}
