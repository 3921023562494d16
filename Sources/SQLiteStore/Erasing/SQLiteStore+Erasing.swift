package import AuditLog
internal import GRDB

extension SQLiteStore {
    /// Why an event is gone whose retention was over; every other reason is a person's.
    static let retentionReason = "retention"

    /// Erases events and stores the event that tells of it, in one transaction; called by the writer's thread.
    ///
    /// Files that the events may still be in are not the store's to know of; the write-ahead log is cut down at the next
    /// ``checkpoint()`` that no reader hinders.
    ///
    /// - Returns: what was erased; it is on disk.
    /// - Throws: ``StoreError``, and then nothing was erased.
    package func erase(_ erasure: Erasure, now: Int64) throws(StoreError) -> ErasureOutcome {
        let outcome = try transaction { database throws(StoreError) in
            let eraser = EventEraser(database: database, tools: tools, now: now)
            let sequences = Set(erasure.sequences).sorted()
            let erased = try eraser.erase(sequences, of: erasure.log, reason: erasure.reason)
            guard !erased.isEmpty else { return ErasureOutcome(erased: [], record: nil) }
            let record = try append(erasure.record(erased), now: now, in: database)
            return ErasureOutcome(erased: erased, record: record)
        }
        if !outcome.erased.isEmpty { wantsTruncation() }
        return outcome
    }

    /// Stores an event of our own inside of a transaction.
    ///
    /// - Returns: its sequence.
    func append(_ request: AppendRequest, now: Int64, in database: Database) throws(StoreError) -> UInt64? {
        var batch = WriteBatch()
        batch.appends = [request]
        return try run(batch, now: now, in: database).first?.events.first?.sequence
    }

    /// The events of a range whose body is gone, in order, with the reason where there is one.
    package func erasedEvents(
        of log: LogID,
        sequences: ClosedRange<UInt64>,
        limit: Int
    ) throws(StoreError) -> [ErasedEvent] {
        try read("read erased events") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT event.id, event.received_at, erased.reason FROM event
                    LEFT JOIN erased ON erased.event = event.id
                    WHERE event.id BETWEEN ? AND ? AND event.event IS NULL ORDER BY event.id LIMIT ?
                    """,
                arguments: [
                    EventRow(log, sequences.lowerBound).rawValue, EventRow(log, sequences.upperBound).rawValue, limit,
                ]
            ).map { row in
                ErasedEvent(sequence: EventRow(rawValue: row[0]).sequence, receivedAt: row[1], reason: row[2])
            }
        }
    }
}
