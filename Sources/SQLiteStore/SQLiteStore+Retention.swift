package import AuditLog
internal import Foundation
internal import GRDB

extension SQLiteStore {
    /// Rows that one step of a sweep looks at, so that no request waits long behind it.
    private static let sweepRows = 2000
    /// The keys are walked again when this part of their retention has passed, so that none lives much longer than it.
    private static let keyWalksPerRetention: Int64 = 100

    package func sweep(_ retention: RetentionPeriods, now: Int64) throws(StoreError) -> Bool {
        // Keys that still wait are not seen by what removes old ones.
        if try moveKeys() { return true }
        if try sweepEvents(retention, now: now) { return true }
        return try write("clean up") { database in
            var hasMore = try sweepExpired(retention, now: now, in: database)
            if try trimQuarantine(to: retention.quarantineBytes, in: database) { hasMore = true }
            if try sweepRaw(retention, now: now, in: database) { hasMore = true }
            if try sweepKeys(retention, now: now, in: database) { hasMore = true }
            return hasMore
        }
    }

    package func finish() throws(StoreError) { while try moveKeys() {} }

    /// Moves some deduplication keys that wait into their table; true when there are more.
    private func moveKeys() throws(StoreError) -> Bool {
        do throws(StoreError) {
            return try write("move deduplication keys") { try tools.recentKeys.move(in: $0) }
        } catch {
            tools.forget()
            throw error
        }
    }

    /// Removes what carries its own time; true when a step did not suffice.
    private func sweepExpired(_ retention: RetentionPeriods, now: Int64, in database: Database) throws -> Bool {
        let tables: [(sql: String, time: Int64)] = [
            ("DELETE FROM request WHERE id IN (SELECT id FROM request WHERE expires_at <= ?1 LIMIT ?2)", now),
            ("DELETE FROM search WHERE id IN (SELECT id FROM search WHERE expires_at <= ?1 LIMIT ?2)", now),
            (
                "DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE created_at < ?1 LIMIT ?2)",
                now - retention.deduplication
            ),
            (
                "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE last_at < ?1 LIMIT ?2)",
                now - retention.quarantine
            ),
        ]
        var hasMore = false
        for table in tables {
            try database.execute(sql: table.sql, arguments: [table.time, SQLiteStore.sweepRows])
            if database.changesCount >= SQLiteStore.sweepRows { hasMore = true }
        }
        return hasMore
    }

    /// Removes the oldest entries until the bodies fit; true when a step did not suffice.
    private func trimQuarantine(to limit: Int64, in database: Database) throws -> Bool {
        // Kept by triggers: adding up all bodies here would take longer with each of them.
        var bytes = try Int64.fetchOne(database, sql: "SELECT bytes FROM size WHERE name = 'quarantine'") ?? 0
        guard bytes > limit else { return false }
        let oldest = try Row.fetchAll(
            database,
            sql: "SELECT id, length(body) FROM quarantine ORDER BY last_at LIMIT ?",
            arguments: [SQLiteStore.sweepRows]
        )
        for row in oldest where bytes > limit {
            try database.execute(sql: "DELETE FROM quarantine WHERE id = ?", arguments: [row[0] as Int64])
            bytes -= row[1]
        }
        return bytes > limit
    }

    /// Removes raw deliveries of events received before their time, but none that a follower still needs; true when a
    /// step did not suffice.
    private func sweepRaw(_ retention: RetentionPeriods, now: Int64, in database: Database) throws -> Bool {
        let rows = 100
        var hasMore = false
        for log in try logs(in: database) {
            let period = retention.logs.first { $0.log == log }?.raw ?? retention.raw
            var end = try boundary(log, atOrAfter: now - period, in: database) ?? EventRow.last(of: log)
            for follower in retention.rawFollowers[log] ?? [] {
                let cursor = try Int64.fetchOne(
                    database,
                    sql: "SELECT sequence FROM cursor WHERE follower = ? AND log = ?",
                    arguments: [follower, Int64(log.rawValue)]
                )
                end = min(end, EventRow(log, UInt64(cursor ?? 0) + 1))
            }
            try database.execute(
                sql: "DELETE FROM raw WHERE first IN (SELECT first FROM raw WHERE first >= ? AND last < ? LIMIT ?)",
                arguments: [EventRow.first(of: log).rawValue, end.rawValue, rows]
            )
            if database.changesCount >= rows { hasMore = true }
        }
        return hasMore
    }

    /// Walks the deduplication keys from where the last step ended and removes those of events received before a time;
    /// true when a step did not suffice.
    ///
    /// The key's own time plays no part: an event dated 2020 that came today is kept as long as any other.
    private func sweepKeys(_ retention: RetentionPeriods, now: Int64, in database: Database) throws -> Bool {
        let position = try progress(of: "sweep-keys", in: database) ?? Data()
        if position.isEmpty {
            let walkedAt = try progress(of: "sweep-keys-at", in: database).flatMap {
                Int64(String(decoding: $0, as: UTF8.self))
            }
            let pause = retention.deduplication / SQLiteStore.keyWalksPerRetention
            // A clock that was ahead and went back must not stop the walks.
            if let walkedAt, (walkedAt..<walkedAt + pause).contains(now) { return false }
            try setProgress(of: "sweep-keys-at", to: Data("\(now)".utf8), in: database)
        }
        var ends: [UInt32: EventRow] = [:]
        for log in try logs(in: database) {
            let end = try boundary(log, atOrAfter: now - retention.deduplication, in: database)
            ends[log.rawValue] = end ?? EventRow.last(of: log)
        }
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT key, event FROM deduplication WHERE key > ? ORDER BY key LIMIT \(SQLiteStore.sweepRows)",
            arguments: [position]
        )
        let delete = try database.cachedStatement(sql: "DELETE FROM deduplication WHERE key = ?")
        for row in rows {
            let event = EventRow(rawValue: row[1])
            guard let end = ends[event.log.rawValue], event < end else { continue }
            try delete.execute(arguments: [row[0] as Data])
        }
        let isWhole = rows.count < SQLiteStore.sweepRows
        let next: Data = isWhole ? Data() : (rows.last?[0] ?? Data())
        if next != position { try setProgress(of: "sweep-keys", to: next, in: database) }
        return !isWhole
    }

    private func progress(of task: String, in database: Database) throws -> Data? {
        try Data.fetchOne(database, sql: "SELECT position FROM progress WHERE task = ?", arguments: [task])
    }

    private func setProgress(of task: String, to position: Data, in database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO progress (task, position) VALUES (?, ?)",
            arguments: [task, position]
        )
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
