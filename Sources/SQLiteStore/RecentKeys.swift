internal import AuditLog
internal import GRDB
internal import Schema

/// The deduplication keys of the newest events, which stand in those events' rows and not in the table of all keys yet.
///
/// Among the keys of one second the order is random, so that a key that enters the table with its event rewrites a page for
/// itself alone. Here keys wait until there are many, and enter the table sorted, when neighbours share a page. Each key is
/// durable from its event's commit on: whatever waited when the process ended is read back from the events.
///
/// Belongs to the writer's thread. What it knows is true for the end of the newest transaction, so one that fails is
/// followed by ``forget()``.
final class RecentKeys {
    /// Keys that enter the table together: sorted, they fill its pages.
    private static let moveKeys = 16384
    /// How many enter within one transaction, so that no request waits long for them.
    private static let stepKeys = 1024

    private var isLoaded = false
    /// The event rows of keys that came since the last move began.
    private var gathered: [DeduplicationKey: Int64] = [:]
    /// The event rows of keys that are on their way, and those keys in order.
    private var moving: [DeduplicationKey: Int64] = [:]
    private var order: [DeduplicationKey] = []
    private var movedCount = 0
    private var countSinceStep = 0
    /// No key of the table is greater; nil for an empty one.
    private var greatest: DeduplicationKey?

    /// Begins anew from what is on disk.
    func forget() {
        isLoaded = false
        gathered = [:]
        endMove()
        greatest = nil
    }

    /// Reads back what is not in the table yet, unless it is known; inside of a transaction.
    func load(from database: Database) throws(StoreError) {
        guard !isLoaded else { return }
        forget()
        let logs = try RawStatement("SELECT id, keys_moved FROM log", in: database)
        defer { logs.reset() }
        let events = try RawStatement(
            "SELECT id, key FROM event WHERE id > ? AND id <= ? AND key IS NOT NULL",
            in: database
        )
        while try logs.step() {
            let log = LogID(rawValue: UInt32(logs.integer(at: 0)))
            events.bind(max(logs.integer(at: 1), EventRow.first(of: log).rawValue - 1), at: 1)
            events.bind(EventRow.last(of: log).rawValue, at: 2)
            defer { events.reset() }
            while try events.step() {
                guard let key = events.withBytes(at: 1, DeduplicationKey.init(bytes:)) else { continue }
                gathered[key] = events.integer(at: 0)
            }
        }
        let last = try RawStatement("SELECT max(key) FROM deduplication", in: database)
        defer { last.reset() }
        if try last.step() { greatest = last.withBytes(at: 0, DeduplicationKey.init(bytes:)) }
        isLoaded = true
    }

    /// The event that has this key; nil for a new key.
    func event(of key: DeduplicationKey, in database: Database) throws(StoreError) -> EventRow? {
        if let row = gathered[key] ?? moving[key] { return EventRow(rawValue: row) }
        guard let greatest, key <= greatest else { return nil }
        let find = try RawStatement("SELECT event FROM deduplication WHERE key = ?", in: database)
        find.bind(copyOf: key, at: 1)
        defer { find.reset() }
        return try find.step() ? EventRow(rawValue: find.integer(at: 0)) : nil
    }

    /// Notes the key of an event that the transaction under way has stored.
    func add(_ key: DeduplicationKey, of row: EventRow) {
        gathered[key] = row.rawValue
        countSinceStep += 1
    }

    // MARK: - Into the table

    /// Moves some keys into the table when enough wait; inside of a transaction that stores events.
    func moveIfMany(in database: Database) throws(StoreError) {
        let isDue = isMoving || gathered.count >= RecentKeys.moveKeys
        guard isDue, countSinceStep >= RecentKeys.stepKeys / 2 else { return }
        countSinceStep = 0
        try step(in: database)
    }

    /// Moves some keys into the table, however few wait; inside of a transaction.
    ///
    /// - Returns: whether a step did not suffice.
    func move(in database: Database) throws(StoreError) -> Bool {
        try load(from: database)
        guard isMoving || !gathered.isEmpty else { return false }
        try step(in: database)
        return isMoving || !gathered.isEmpty
    }

    private var isMoving: Bool { !order.isEmpty }

    private func step(in database: Database) throws(StoreError) {
        if !isMoving {
            swap(&moving, &gathered)
            order = moving.keys.sorted()
        }
        let insert = try RawStatement("INSERT OR IGNORE INTO deduplication (key, event) VALUES (?, ?)", in: database)
        let end = min(movedCount + RecentKeys.stepKeys, order.count)
        for key in order[movedCount..<end] {
            guard let row = moving[key] else { continue }
            insert.bind(copyOf: key, at: 1)
            insert.bind(row, at: 2)
            try insert.run()
        }
        movedCount = end
        greatest = [greatest, order[end - 1]].compactMap { $0 }.max()
        guard end == order.count else { return }
        try noteMoved(in: database)
        endMove()
    }

    /// Notes for each log up to which event no key waits any more.
    private func noteMoved(in database: Database) throws(StoreError) {
        var newest: [LogID: Int64] = [:]
        for row in moving.values {
            let log = EventRow(rawValue: row).log
            newest[log] = max(newest[log] ?? 0, row)
        }
        let update = try RawStatement("UPDATE log SET keys_moved = ? WHERE id = ?", in: database)
        for (log, row) in newest {
            update.bind(row, at: 1)
            update.bind(Int64(log.rawValue), at: 2)
            try update.run()
        }
    }

    private func endMove() {
        moving.removeAll(keepingCapacity: true)
        order.removeAll(keepingCapacity: true)
        movedCount = 0
    }
}
