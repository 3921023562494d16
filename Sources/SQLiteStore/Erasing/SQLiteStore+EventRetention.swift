internal import AuditLog
internal import Foundation
internal import GRDB
internal import JSON

/// Retention of events: each log's own, and those of tenants.
///
/// A log's rules walk it from the oldest event on, each with a place of its own where it goes on, so that every event is
/// looked at once a rule. What has been erased in a round is told by one event at its end.
extension SQLiteStore {
    /// From the beginning of a round to that of the next: each can leave an event behind.
    private static let roundInterval: Int64 = 3600 * 1_000_000
    /// Events that one step looks at, and how many it erases.
    private static let walkedRows = 2000
    private static let erasedRows = 200

    /// One step of the retention of events; true when there is more to do.
    func sweepEvents(_ retention: RetentionPeriods, now: Int64) throws(StoreError) -> Bool {
        for log in retention.logs where log.events != nil || !log.tenants.isEmpty {
            let hasMore = try transaction { database throws(StoreError) in
                do {
                    return try sweepEvents(log, now: now, in: database)
                } catch {
                    throw StoreError(error, doing: "erase what is past its retention")
                }
            }
            if hasMore { return true }
        }
        return false
    }

    /// The tenants that share a period, or all those without one of their own.
    private struct Rule {
        let period: Int64
        /// Nil for every tenant that no other rule names.
        let tenants: Set<String>?
        let others: Set<String>

        /// Another name for other tenants: a rule that changes begins anew.
        func task(_ log: LogID) -> String {
            let names = (tenants ?? others).sorted().map { "\($0.utf8.count):\($0)" }.joined()
            return "retention:\(log.rawValue):\(tenants == nil ? "others of" : "") \(names)"
        }

        func takes(_ tenant: String?) -> Bool {
            guard let tenants else { return tenant.map { !others.contains($0) } ?? true }
            return tenant.map { tenants.contains($0) } ?? false
        }
    }

    private func rules(_ log: LogRetention) -> [Rule] {
        let named = Dictionary(grouping: log.tenants.keys) { log.tenants[$0] ?? 0 }
        var rules = named.sorted { $0.key < $1.key }.map { Rule(period: $0.key, tenants: Set($0.value), others: []) }
        if let events = log.events { rules.append(Rule(period: events, tenants: nil, others: Set(log.tenants.keys))) }
        return rules
    }

    private func sweepEvents(_ log: LogRetention, now: Int64, in database: Database) throws -> Bool {
        var round = try storedRound(log.log, in: database)
        if !round.isOpen {
            // A clock that was ahead and went back must not stop the rounds.
            guard !(round.began..<round.began + SQLiteStore.roundInterval).contains(now) else { return false }
            round = Round(began: now, isOpen: true)
        }
        let followed = try slowestFollower(log, in: database)
        for rule in rules(log) {
            let step = try step(rule, log, now: now, before: followed, in: database)
            round.add(step.erased)
            guard step.hasMore else { continue }
            try store(round, log.log, in: database)
            return true
        }
        if let told = round.told { _ = try append(log.record(told), now: now, in: database) }
        try store(Round(began: round.began, isOpen: false), log.log, in: database)
        if round.count > 0 { wantsTruncation() }
        return false
    }

    private func step(
        _ rule: Rule,
        _ log: LogRetention,
        now: Int64,
        before followed: EventRow,
        in database: Database
    ) throws -> (erased: [UInt64], hasMore: Bool) {
        let task = rule.task(log.log)
        let stored = try Data.fetchOne(database, sql: "SELECT position FROM progress WHERE task = ?", arguments: [task])
        let place =
            stored.flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? EventRow.first(of: log.log).rawValue
        let old = try boundary(log.log, atOrAfter: now - rule.period, in: database) ?? EventRow.last(of: log.log)
        let end = min(old, followed)
        let tenant = log.tenants.isEmpty ? "NULL" : "json_extract(event, '$.tenant_id')"
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT id, event IS NULL, \(tenant) FROM event WHERE id > ? AND id < ?
                ORDER BY id LIMIT \(SQLiteStore.walkedRows)
                """,
            arguments: [place, end.rawValue]
        )
        guard !rows.isEmpty else { return ([], false) }
        var due: [UInt64] = []
        var next = place
        for row in rows where due.count < SQLiteStore.erasedRows {
            next = row[0]
            let isErased: Bool = row[1]
            if !isErased, rule.takes(row[2] as String?) { due.append(EventRow(rawValue: next).sequence) }
        }
        let eraser = EventEraser(database: database, tools: tools, now: now)
        let erased = try eraser.erase(due, of: log.log, reason: SQLiteStore.retentionReason)
        try database.execute(
            sql: "INSERT OR REPLACE INTO progress (task, position) VALUES (?, ?)",
            arguments: [task, Data("\(next)".utf8)]
        )
        return (erased, true)
    }

    /// The first event that some follower has not had yet.
    private func slowestFollower(_ log: LogRetention, in database: Database) throws -> EventRow {
        var end = EventRow.last(of: log.log)
        for follower in log.followers {
            let cursor = try Int64.fetchOne(
                database,
                sql: "SELECT sequence FROM cursor WHERE follower = ? AND log = ?",
                arguments: [follower, Int64(log.log.rawValue)]
            )
            end = min(end, EventRow(log.log, UInt64(clamping: cursor ?? 0) + 1))
        }
        return end
    }

    // MARK: - Rounds

    private struct Round {
        var began: Int64
        var isOpen: Bool
        var count: UInt64 = 0
        var first: UInt64 = 0
        var last: UInt64 = 0

        mutating func add(_ erased: [UInt64]) {
            guard let low = erased.min(), let high = erased.max() else { return }
            first = count == 0 ? low : min(first, low)
            last = max(last, high)
            count += UInt64(erased.count)
        }

        var told: RetentionRound? { count > 0 ? RetentionRound(count: count, first: first, last: last) : nil }
    }

    private func storedRound(_ log: LogID, in database: Database) throws -> Round {
        let text = try Data.fetchOne(
            database,
            sql: "SELECT position FROM progress WHERE task = ?",
            arguments: ["retention-round:\(log.rawValue)"]
        ).map { String(decoding: $0, as: UTF8.self) }
        let numbers = (text ?? "").split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 5 else { return Round(began: .min / 2, isOpen: false) }
        return Round(
            began: numbers[0],
            isOpen: numbers[1] != 0,
            count: UInt64(clamping: numbers[2]),
            first: UInt64(clamping: numbers[3]),
            last: UInt64(clamping: numbers[4])
        )
    }

    private func store(_ round: Round, _ log: LogID, in database: Database) throws {
        let text = "\(round.began) \(round.isOpen ? 1 : 0) \(round.count) \(round.first) \(round.last)"
        try database.execute(
            sql: "INSERT OR REPLACE INTO progress (task, position) VALUES (?, ?)",
            arguments: ["retention-round:\(log.rawValue)", Data(text.utf8)]
        )
    }
}
