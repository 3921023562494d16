internal import AuditLog
internal import Cryptography
internal import Foundation
internal import GRDB
internal import Merkle

/// Erases events inside of a writer's transaction: everything that an event said goes, what proves that it was there stays.
///
/// Of the row stay its time, its hash and its deduplication key, so that a repeat is still a duplicate; the commitment that
/// its leaf in the public tree is made of is kept in `erased`, so that every proof stays as it was. The connection's
/// `secure_delete` overwrites what is deleted. SQLite moves rows between pages as they fill, and what it moved away from
/// stays in a page's free part; so the rows around an erased one are written anew, which empties these pages.
struct EventEraser {
    let database: Database
    let tools: AppendTools
    let now: Int64

    /// Rows on each side of an erased one that are written anew, at most, and their bytes: four pages.
    private static let neighbours: Int64 = 64
    private static let neighbouringBytes = 4 * Int64(SQLiteStore.pageBytes)
    /// Hashes, salt and key of a row.
    private static let fixedRowBytes: Int64 = 100
    private static let neighbouringBlocks: Int64 = 4

    /// Erases events of a log.
    ///
    /// - Parameters:
    ///   - sequences: ascending.
    ///   - log: the log.
    ///   - reason: kept beside each.
    /// - Returns: those that were there and not erased yet.
    /// - Throws: ``StoreError``, which ends the transaction.
    func erase(_ sequences: [UInt64], of log: LogID, reason: String) throws(StoreError) -> [UInt64] {
        var erased: [UInt64] = []
        for sequence in sequences where try erase(EventRow(log, sequence), reason: reason) { erased.append(sequence) }
        guard !erased.isEmpty else { return [] }
        do {
            try eraseRawRecords(erased, of: log)
            try eraseSetAside(erased, of: log)
            for range in try windows(erased, of: log) {
                try rewrite("event", "id BETWEEN \(range.lowerBound) AND \(range.upperBound)")
            }
        } catch {
            throw StoreError(error, doing: "erase events")
        }
        return erased
    }

    /// Erases the row of an event; false when that is not there, or was erased before.
    private func erase(_ row: EventRow, reason: String) throws(StoreError) -> Bool {
        let find = try RawStatement(
            "SELECT hash, salt, raw_hash FROM event WHERE id = ? AND event IS NOT NULL",
            in: database
        )
        find.bind(row.rawValue, at: 1)
        guard try find.step() else {
            find.reset()
            return false
        }
        let hash = find.bytes(at: 0)
        let salt = find.bytes(at: 1)
        let rawHash = find.isNull(at: 2) ? nil : find.bytes(at: 2)
        find.reset()
        guard hash.count == 32, salt.count == 32, rawHash?.count ?? 32 == 32 else {
            throw TreeTables.damaged("event \(row.sequence)", of: row.log)
        }
        let commitment = hash.withUnsafeBytes { hash in
            salt.withUnsafeBytes { salt in
                guard let rawHash else {
                    return LogEntry.commitment(salt: salt, hash: hash, rawHash: nil, tools.hasher)
                }
                return rawHash.withUnsafeBytes {
                    LogEntry.commitment(salt: salt, hash: hash, rawHash: $0, tools.hasher)
                }
            }
        }
        let keep = try RawStatement(
            "INSERT INTO erased (event, commitment, erased_at, reason) VALUES (?, ?, ?, ?)",
            in: database
        )
        keep.bind(row.rawValue, at: 1)
        keep.bind(copyOf: commitment.bytes, at: 2)
        keep.bind(now, at: 3)
        keep.bind(copyOf: reason, at: 4)
        try keep.run()
        let clear = try RawStatement(
            """
            UPDATE event SET event = NULL, signature = NULL, public_key = NULL, err = NULL, salt = NULL, raw_hash = NULL
            WHERE id = ?
            """,
            in: database
        )
        clear.bind(row.rawValue, at: 1)
        try clear.run()
        return true
    }

    /// Cuts the vendors' records of events out of their compressed blocks.
    private func eraseRawRecords(_ sequences: [UInt64], of log: LogID) throws {
        var rest = sequences[...]
        while let next = rest.first {
            let found = try Row.fetchOne(
                database,
                sql: "SELECT first, last, content FROM raw WHERE first <= ? AND first >= ? ORDER BY first DESC LIMIT 1",
                arguments: [EventRow(log, next).rawValue, EventRow.first(of: log).rawValue]
            )
            guard let found, let last = found["last"] as Int64?, last >= EventRow(log, next).rawValue else {
                rest.removeFirst()
                continue
            }
            let first = EventRow(rawValue: found["first"])
            let inside = rest.prefix { EventRow(log, $0).rawValue <= last }
            rest.removeFirst(inside.count)
            try cut(Set(inside), first: first, content: [UInt8](found["content"] as Data))
            try rewriteBlocks(around: first, of: log)
        }
    }

    private func cut(_ sequences: Set<UInt64>, first: EventRow, content: [UInt8]) throws {
        // What cannot be read cannot be cut either: the whole row goes.
        guard var block = RawBlock.decompressed(content, first: first.sequence) else {
            return try database.execute(sql: "DELETE FROM raw WHERE first = ?", arguments: [first.rawValue])
        }
        guard block.remove(sequences) else { return }
        guard !block.deliveries.isEmpty else {
            return try database.execute(sql: "DELETE FROM raw WHERE first = ?", arguments: [first.rawValue])
        }
        let encoded = block.encoded(first: first.sequence)
        let compressed = try encoded.withUnsafeBytes { try tools.compressor.compress($0) }
        try database.execute(
            sql: "UPDATE raw SET content = ? WHERE first = ?",
            arguments: [Data(compressed), first.rawValue]
        )
    }

    /// Removes what was set aside of events: other content under the same id, and what sinks said of them.
    private func eraseSetAside(_ sequences: [UInt64], of log: LogID) throws {
        for sequence in sequences {
            let row = EventRow(log, sequence).rawValue
            try database.execute(sql: "DELETE FROM dead_letter WHERE event = ?", arguments: [row])
            let entries = try Int64.fetchAll(
                database,
                sql: "SELECT id FROM quarantine WHERE cause = ? AND event = ?",
                arguments: [QuarantineCause.conflict.rawValue, row]
            )
            for id in entries {
                try database.execute(sql: "DELETE FROM quarantine WHERE id = ?", arguments: [id])
                try rewriteQuarantine(around: id)
            }
        }
    }

    // MARK: - Free parts of pages

    /// Rows whose pages may hold copies of erased ones, as ranges that do not overlap.
    ///
    /// While an event was its log's newest, its neighbours were the first ones of the next log, so these belong to them.
    /// Known limit: an event among the very first of its log had neighbours in the log before it that nobody can tell.
    private func windows(_ sequences: [UInt64], of log: LogID) throws(StoreError) -> [ClosedRange<Int64>] {
        var windows: [ClosedRange<Int64>] = []
        for sequence in sequences {
            let row = EventRow(log, sequence).rawValue
            let window = try reach(from: row, isDescending: true)...reach(from: row, isDescending: false)
            if let last = windows.last, window.lowerBound <= last.upperBound {
                windows[windows.count - 1] = last.lowerBound...max(last.upperBound, window.upperBound)
            } else {
                windows.append(window)
            }
        }
        let end = EventRow.last(of: log).rawValue
        let next = try reach(from: end, isDescending: false)
        if next > end, windows.last.map({ $0.upperBound < end }) ?? true { windows.append(end...next) }
        return windows
    }

    /// The last of the rows on one side of a row that fill as many pages as rows move over when a page is split.
    private func reach(from row: Int64, isDescending: Bool) throws(StoreError) -> Int64 {
        let find = try RawStatement(
            """
            SELECT id, coalesce(length(event), 0) FROM event WHERE id \(isDescending ? "<" : ">") ?
            ORDER BY id \(isDescending ? "DESC" : "ASC") LIMIT \(EventEraser.neighbours)
            """,
            in: database
        )
        find.bind(row, at: 1)
        defer { find.reset() }
        var reach = row
        var bytes: Int64 = 0
        while bytes < EventEraser.neighbouringBytes, try find.step() {
            reach = find.integer(at: 0)
            // The rest of a long row lies on pages of its own.
            bytes += min(find.integer(at: 1), Int64(SQLiteStore.pageBytes)) + EventEraser.fixedRowBytes
        }
        return reach
    }

    private func rewriteBlocks(around first: EventRow, of log: LogID) throws {
        let count = EventEraser.neighbouringBlocks
        let bounds = try Row.fetchOne(
            database,
            sql: """
                SELECT (SELECT min(first) FROM (SELECT first FROM raw WHERE first <= ?1 ORDER BY first DESC LIMIT \(count))),
                    (SELECT max(first) FROM (SELECT first FROM raw WHERE first >= ?1 ORDER BY first LIMIT \(count)))
                """,
            arguments: [first.rawValue]
        )
        let from = (bounds?[0] as Int64?) ?? first.rawValue
        let to = (bounds?[1] as Int64?) ?? first.rawValue
        try rewrite(
            "raw",
            "first BETWEEN \(from) AND \(to) AND length(content) <= \(EventEraser.maximumRewrittenBytes)"
        )
    }

    private func rewriteQuarantine(around id: Int64) throws {
        try rewrite(
            "quarantine",
            "id BETWEEN \(id - 4) AND \(id + 4) AND length(body) <= \(EventEraser.maximumRewrittenBytes)"
        )
    }

    /// Most of a longer value lies on pages of its own, which are overwritten when they are freed.
    private static let maximumRewrittenBytes = 64 << 10

    private func rewrite(_ table: String, _ condition: String) throws {
        try database.execute(
            sql: """
                CREATE TEMP TABLE rewritten AS SELECT * FROM \(table) WHERE \(condition);
                DELETE FROM \(table) WHERE \(condition);
                INSERT INTO \(table) SELECT * FROM rewritten;
                DROP TABLE rewritten;
                """
        )
    }
}
