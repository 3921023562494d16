package import AuditLog
internal import Foundation
internal import GRDB

extension SQLiteStore {
    package func head(of log: LogID) throws(StoreError) -> UInt64 {
        try read("read a log's head") { try newestSequence(of: log, in: $0) }
    }

    func newestSequence(of log: LogID, in database: Database) throws(StoreError) -> UInt64 {
        let statement = try RawStatement("SELECT max(id) FROM event WHERE id BETWEEN ? AND ?", in: database)
        statement.bind(EventRow.first(of: log).rawValue, at: 1)
        statement.bind(EventRow.last(of: log).rawValue, at: 2)
        defer { statement.reset() }
        guard try statement.step(), !statement.isNull(at: 0) else { return 0 }
        return EventRow(rawValue: statement.integer(at: 0)).sequence
    }

    package func readEvents(
        of log: LogID,
        from sequence: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) throws(StoreError) -> [StoredEvent] {
        try read("read events") { database in
            let statement = try RawStatement(
                "\(SQLiteStore.columns) WHERE id BETWEEN ? AND ? AND event IS NOT NULL ORDER BY id LIMIT ?",
                in: database
            )
            statement.bind(EventRow(log, sequence).rawValue, at: 1)
            statement.bind(EventRow.last(of: log).rawValue, at: 2)
            statement.bind(Int64(maximumCount), at: 3)
            defer { statement.reset() }
            var events: [StoredEvent] = []
            var bytes = 0
            while try statement.step() {
                let event = SQLiteStore.event(statement)
                bytes += event.event.count
                if bytes > maximumBytes && !events.isEmpty { break }
                events.append(event)
            }
            return events
        }
    }

    package func scanEvents(
        of log: LogID,
        receivedAt: ClosedRange<Int64>,
        isDescending: Bool,
        _ body: (StoredEvent) -> Bool
    ) throws(StoreError) {
        // received_at ascends with the sequence, so a range of time is a range of sequences.
        var rest = try read("scan events") { database -> ClosedRange<Int64>? in
            guard let first = try boundary(log, atOrAfter: receivedAt.lowerBound, in: database) else { return nil }
            let end =
                receivedAt.upperBound == .max
                ? nil : try boundary(log, atOrAfter: receivedAt.upperBound + 1, in: database)
            let newest = try Int64.fetchOne(
                database,
                sql: "SELECT max(id) FROM event WHERE id BETWEEN ? AND ?",
                arguments: [first.rawValue, EventRow.last(of: log).rawValue]
            )
            let last = min(newest ?? 0, end.map { $0.rawValue - 1 } ?? .max)
            return first.rawValue <= last ? first.rawValue...last : nil
        }
        while let range = rest {
            try checkNotStopping()
            rest = try scanPage(of: range, isDescending: isDescending, body)
        }
    }

    /// Rows of a scan that share one reading transaction.
    ///
    /// A longer one would keep the write-ahead log from being used again. What a log holds up to a sequence never changes,
    /// so the pages are as good as one snapshot.
    private static let pageRows: Int64 = 10_000

    /// Scans the beginning of a range; the rest of it, nil when that was all.
    private func scanPage(
        of range: ClosedRange<Int64>,
        isDescending: Bool,
        _ body: (StoredEvent) -> Bool
    ) throws(StoreError) -> ClosedRange<Int64>? {
        let first = range.lowerBound
        let last = range.upperBound
        let isLastPage = last - first < SQLiteStore.pageRows
        let page =
            isLastPage
            ? range
            : isDescending ? last - SQLiteStore.pageRows + 1...last : first...first + SQLiteStore.pageRows - 1
        let goesOn = try read("scan events") { database in
            let order = isDescending ? "DESC" : "ASC"
            let statement = try RawStatement(
                "\(SQLiteStore.columns) WHERE id BETWEEN ? AND ? AND event IS NOT NULL ORDER BY id \(order)",
                in: database
            )
            statement.bind(page.lowerBound, at: 1)
            statement.bind(page.upperBound, at: 2)
            defer { statement.reset() }
            while try statement.step() {
                guard body(SQLiteStore.event(statement)) else { return false }
            }
            return true
        }
        guard goesOn, !isLastPage else { return nil }
        return isDescending ? first...page.lowerBound - 1 : page.upperBound + 1...last
    }

    package func events(of log: LogID, sequences: [UInt64]) throws(StoreError) -> [StoredEvent] {
        try read("read events") { try events(of: log, sequences: sequences, in: $0) }
    }

    func events(of log: LogID, sequences: [UInt64], in database: Database) throws(StoreError) -> [StoredEvent] {
        let statement = try RawStatement("\(SQLiteStore.columns) WHERE id = ? AND event IS NOT NULL", in: database)
        var events: [StoredEvent] = []
        for sequence in sequences {
            statement.bind(EventRow(log, sequence).rawValue, at: 1)
            defer { statement.reset() }
            if try statement.step() { events.append(SQLiteStore.event(statement)) }
        }
        return events
    }

    package func rawRecords(of log: LogID, sequences: ClosedRange<UInt64>) throws(StoreError) -> [RawRecord] {
        try read("read raw records") { database in
            // Blocks of a log ascend and do not overlap: the first that matters is the last that begins at or before the
            // range, and without it the range's own beginning.
            let statement = try RawStatement(
                """
                SELECT first, content FROM raw WHERE first <= ?1 AND first >= coalesce(
                    (SELECT max(first) FROM raw WHERE first BETWEEN ?3 AND ?2), ?2
                ) ORDER BY first
                """,
                in: database
            )
            statement.bind(EventRow(log, sequences.upperBound).rawValue, at: 1)
            statement.bind(EventRow(log, sequences.lowerBound).rawValue, at: 2)
            statement.bind(EventRow.first(of: log).rawValue, at: 3)
            defer { statement.reset() }
            var records: [RawRecord] = []
            while try statement.step() {
                let first = EventRow(rawValue: statement.integer(at: 0)).sequence
                // A damaged row is as good as none: its events are told of as having no record, the others go on.
                guard let block = RawBlock.decompressed(statement.bytes(at: 1), first: first) else { continue }
                for delivery in block.deliveries {
                    for record in delivery.records where sequences.contains(record.sequence) {
                        records.append(
                            RawRecord(sequence: record.sequence, bytes: [UInt8](delivery.body[record.range]))
                        )
                    }
                }
            }
            records.sort { $0.sequence < $1.sequence }
            return records
        }
    }

    package func cursor(of follower: String, log: LogID) throws(StoreError) -> UInt64? {
        try read("read a cursor") { database in
            try Int64.fetchOne(
                database,
                sql: "SELECT sequence FROM cursor WHERE follower = ? AND log = ?",
                arguments: [follower, Int64(log.rawValue)]
            ).map { UInt64($0) }
        }
    }

    package func storedRequest(_ id: String, now: Int64) throws(StoreError) -> StoredRequest? {
        try read("read a request") { database in
            try Row.fetchOne(
                database,
                sql: "SELECT token, is_verbose, events, log, expires_at FROM request WHERE id = ? AND expires_at > ?",
                arguments: [id, now]
            ).map { row in
                StoredRequest(
                    request: AsynchronousRequest(
                        id: id,
                        token: row[0],
                        isVerbose: row[1],
                        expiresAt: row[4]
                    ),
                    log: LogID(rawValue: row[3]),
                    sequences: SequenceList.decode([UInt8](row[2] as Data))
                )
            }
        }
    }

    package func frozenSearch(_ id: String, now: Int64) throws(StoreError) -> FrozenSearch? {
        try read("read a search") { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT token, log, events, is_verbose, restriction, expires_at FROM search
                    WHERE id = ? AND expires_at > ?
                    """,
                arguments: [id, now]
            ).map { row in
                FrozenSearch(
                    id: id,
                    token: row[0],
                    log: LogID(rawValue: row[1]),
                    sequences: SequenceList.decode([UInt8](row[2] as Data)),
                    isVerbose: row[3],
                    restriction: Array((row[4] as String).utf8),
                    expiresAt: row[5]
                )
            }
        }
    }

    private static let columns =
        "SELECT id, received_at, event, signature, public_key, hash, raw_hash IS NOT NULL, err FROM event"

    private static func event(_ statement: RawStatement) -> StoredEvent {
        let signature = statement.isNull(at: 3) ? nil : statement.bytes(at: 3)
        let publicKey = statement.isNull(at: 4) ? nil : statement.bytes(at: 4)
        return StoredEvent(
            sequence: EventRow(rawValue: statement.integer(at: 0)).sequence,
            receivedAt: statement.integer(at: 1),
            event: statement.bytes(at: 2),
            errors: statement.isNull(at: 7) ? nil : statement.bytes(at: 7),
            signature: signature == nil && publicKey == nil
                ? nil : ClientSignature(signature: signature, publicKey: publicKey),
            hash: statement.bytes(at: 5),
            hasRawRecord: statement.integer(at: 6) != 0
        )
    }
}
