package import AuditLog
internal import Foundation
internal import GRDB

extension SQLiteStore {
    /// Rows that one step of a sweep looks at, so that no request waits long behind it.
    private static let sweepRows = 2000

    package func sweep(_ retention: RetentionPeriods, now: Int64) throws(StoreError) -> Bool {
        try write("clean up") { database in
            try database.execute(
                sql: "DELETE FROM request WHERE expires_at <= ?; DELETE FROM search WHERE expires_at <= ?",
                arguments: [now, now]
            )
            try database.execute(
                sql: """
                    DELETE FROM idempotency WHERE key IN
                        (SELECT key FROM idempotency WHERE created_at < ? LIMIT \(SQLiteStore.sweepRows));
                    DELETE FROM quarantine WHERE id IN
                        (SELECT id FROM quarantine WHERE last_at < ? LIMIT \(SQLiteStore.sweepRows));
                    """,
                arguments: [now - retention.deduplication, now - retention.quarantine]
            )
            try trimQuarantine(to: retention.quarantineBytes, in: database)
            let removedRaw = try sweepRaw(before: now - retention.raw, in: database)
            let hasMoreKeys = try sweepKeys(before: now - retention.deduplication, in: database)
            return removedRaw || hasMoreKeys
        }
    }

    /// Removes the oldest entries until the bodies fit.
    private func trimQuarantine(to limit: Int64, in database: Database) throws {
        var bytes = try Int64.fetchOne(database, sql: "SELECT total(length(body)) FROM quarantine") ?? 0
        while bytes > limit {
            let oldest = try Row.fetchAll(
                database,
                sql: "SELECT id, length(body) FROM quarantine ORDER BY id LIMIT 100"
            )
            guard !oldest.isEmpty else { return }
            for row in oldest where bytes > limit {
                try database.execute(sql: "DELETE FROM quarantine WHERE id = ?", arguments: [row[0] as Int64])
                bytes -= row[1]
            }
        }
    }

    /// Removes raw deliveries of events received before a time; true when some were removed.
    private func sweepRaw(before time: Int64, in database: Database) throws -> Bool {
        var removed = 0
        for log in try logs(in: database) {
            let end = try boundary(log, atOrAfter: time, in: database) ?? EventRow.last(of: log)
            try database.execute(
                sql: "DELETE FROM raw WHERE first IN (SELECT first FROM raw WHERE first >= ? AND last < ? LIMIT 100)",
                arguments: [EventRow.first(of: log).rawValue, end.rawValue]
            )
            removed += database.changesCount
        }
        return removed > 0
    }

    /// Walks the deduplication keys from where the last step ended and removes those of events received before a time.
    ///
    /// The key's own time plays no part: an event dated 2020 that came today is kept as long as any other.
    private func sweepKeys(before time: Int64, in database: Database) throws -> Bool {
        var ends: [UInt32: EventRow] = [:]
        for log in try logs(in: database) {
            ends[log.rawValue] = try boundary(log, atOrAfter: time, in: database) ?? EventRow.last(of: log)
        }
        let position =
            try Data.fetchOne(database, sql: "SELECT position FROM progress WHERE task = 'sweep-keys'") ?? Data()
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT key, event FROM deduplication WHERE key > ? ORDER BY key LIMIT \(SQLiteStore.sweepRows)",
            arguments: [position]
        )
        for row in rows {
            let event = EventRow(rawValue: row[1])
            guard let end = ends[event.log.rawValue], event < end else { continue }
            try database.execute(sql: "DELETE FROM deduplication WHERE key = ?", arguments: [row[0] as Data])
        }
        let isWhole = rows.count < SQLiteStore.sweepRows
        let next: Data = isWhole ? Data() : (rows.last?[0] ?? Data())
        if next != position {
            try database.execute(
                sql: "INSERT OR REPLACE INTO progress (task, position) VALUES ('sweep-keys', ?)",
                arguments: [next]
            )
        }
        return !isWhole
    }

    private func logs(in database: Database) throws -> [LogID] {
        try UInt32.fetchAll(database, sql: "SELECT id FROM log").map { LogID(rawValue: $0) }
    }

    /// The first event of a log that was received at a time or later; nil when there is none.
    ///
    /// `received_at` ascends with the sequence, so this is a binary search over the primary key.
    func boundary(_ log: LogID, atOrAfter time: Int64, in database: Database) throws(StoreError) -> EventRow? {
        let next = try RawStatement(
            "SELECT id, received_at FROM event WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1",
            in: database
        )
        func event(from row: Int64) throws(StoreError) -> (row: Int64, time: Int64)? {
            next.bind(row, at: 1)
            next.bind(EventRow.last(of: log).rawValue, at: 2)
            defer { next.reset() }
            guard try next.step() else { return nil }
            return (next.integer(at: 0), next.integer(at: 1))
        }
        guard let first = try event(from: EventRow.first(of: log).rawValue) else { return nil }
        if first.time >= time { return EventRow(rawValue: first.row) }
        let newest = try RawStatement("SELECT max(id) FROM event WHERE id BETWEEN ? AND ?", in: database)
        newest.bind(EventRow.first(of: log).rawValue, at: 1)
        newest.bind(EventRow.last(of: log).rawValue, at: 2)
        defer { newest.reset() }
        guard try newest.step() else { return nil }
        // Invariant: everything up to `low` is older, and `high` is at or behind the answer.
        var low = first.row
        var high = newest.integer(at: 0) + 1
        while high - low > 1 {
            let middle = low + (high - low) / 2
            guard let found = try event(from: middle), found.row < high else { high = middle; continue }
            if found.time < time { low = found.row } else { high = middle }
        }
        return try event(from: high).map { EventRow(rawValue: $0.row) }
    }
}
