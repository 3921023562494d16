internal import AuditLog
internal import Foundation
internal import GRDB

/// What a search by index reads of the store.
extension SQLiteStore {
    /// Rows of a range that share one reading transaction.
    ///
    /// A longer one would keep the write-ahead log from being used again. What a log holds up to a sequence never changes,
    /// so the pages are as good as one snapshot.
    private static let pageRows: UInt64 = 10_000

    /// The sequences that were given in a time; `received_at` ascends with them.
    func sequences(of log: LogID, receivedAt: ClosedRange<Int64>) throws(StoreError) -> ClosedRange<UInt64>? {
        try read("look for a time") { database in
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
            guard first.rawValue <= last else { return nil }
            return first.sequence...EventRow(rawValue: last).sequence
        }
    }

    func visit(
        _ range: ClosedRange<UInt64>,
        of log: LogID,
        isDescending: Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        var rest: ClosedRange<UInt64>? = range
        while let range = rest {
            try checkNotStopping()
            let isLastPage = range.upperBound - range.lowerBound < SQLiteStore.pageRows
            let page =
                isLastPage
                ? range
                : isDescending
                    ? range.upperBound - SQLiteStore.pageRows + 1...range.upperBound
                    : range.lowerBound...range.lowerBound + SQLiteStore.pageRows - 1
            let goesOn = try read("search events") { database in
                try visitRows(page, of: log, isDescending: isDescending, in: database, where: { _ in true }, body)
            }
            guard goesOn else { return false }
            rest =
                isLastPage
                ? nil : isDescending ? range.lowerBound...page.lowerBound - 1 : page.upperBound + 1...range.upperBound
        }
        return true
    }

    func visit(
        _ sequences: [UInt64],
        of log: LogID,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        guard let first = sequences.first, let last = sequences.last else { return true }
        try checkNotStopping()
        let range = min(first, last)...max(first, last)
        return try read("search events") { database in
            // To go on to the next row costs a quarter of looking for one.
            guard range.upperBound - range.lowerBound < 4 * UInt64(sequences.count) else {
                return try visitSingly(sequences, of: log, in: database, body)
            }
            var position = 0
            let isDescending = last < first
            return try visitRows(
                range,
                of: log,
                isDescending: isDescending,
                in: database,
                where: { sequence in
                    while position < sequences.count,
                        isDescending ? sequences[position] > sequence : sequences[position] < sequence
                    {
                        position += 1
                    }
                    return position < sequences.count && sequences[position] == sequence
                },
                body
            )
        }
    }

    private func visitRows(
        _ range: ClosedRange<UInt64>,
        of log: LogID,
        isDescending: Bool,
        in database: Database,
        where isWanted: (UInt64) -> Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        let statement = try RawStatement(
            """
            SELECT id, received_at, event FROM event WHERE id BETWEEN ? AND ? AND event IS NOT NULL
            ORDER BY id \(isDescending ? "DESC" : "ASC")
            """,
            in: database
        )
        statement.bind(EventRow(log, range.lowerBound).rawValue, at: 1)
        statement.bind(EventRow(log, range.upperBound).rawValue, at: 2)
        defer { statement.reset() }
        while try statement.step() {
            let sequence = EventRow(rawValue: statement.integer(at: 0)).sequence
            guard isWanted(sequence) else { continue }
            guard SQLiteStore.give(statement, sequence, body) else { return false }
        }
        return true
    }

    private func visitSingly(
        _ sequences: [UInt64],
        of log: LogID,
        in database: Database,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        let statement = try RawStatement(
            "SELECT id, received_at, event FROM event WHERE id = ? AND event IS NOT NULL",
            in: database
        )
        for sequence in sequences {
            statement.bind(EventRow(log, sequence).rawValue, at: 1)
            defer { statement.reset() }
            guard try statement.step() else { continue }
            guard SQLiteStore.give(statement, sequence, body) else { return false }
        }
        return true
    }

    private static func give(_ statement: RawStatement, _ sequence: UInt64, _ body: (SearchRow) -> Bool) -> Bool {
        let receivedAt = statement.integer(at: 1)
        return statement.withBytes(at: 2) {
            body(SearchRow(sequence: sequence, receivedAt: receivedAt, event: $0))
        }
    }

    /// The hash of an event, which stays when the event is erased; nil when the log never had that sequence.
    func hash(of log: LogID, sequence: UInt64) throws(StoreError) -> [UInt8]? {
        try read("read a hash") { database in
            try Data.fetchOne(
                database,
                sql: "SELECT hash FROM event WHERE id = ?",
                arguments: [EventRow(log, sequence).rawValue]
            ).map { [UInt8]($0) }
        }
    }
}
