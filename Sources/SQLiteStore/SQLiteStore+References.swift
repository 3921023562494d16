internal import AuditLog
internal import GRDB

/// The newest event of a log that something in the store beside the events refers to.
struct LogReference: Equatable, Sendable {
    /// What refers to it, for a person: `a deduplication key`.
    let name: String
    let sequence: UInt64
}

extension SQLiteStore {
    /// What the store knows of a log beside its events; none refers to an event that is not stored in the same transaction
    /// or before, so that one behind the log's head tells of events that were taken away.
    ///
    /// Reads whole tables: for `verify`, not for serving. Takes what stands there for what it is, as it may be damaged.
    static func references(to log: LogID, in database: Database) throws(StoreError) -> [LogReference] {
        func value(_ sql: String, _ parameters: Int64...) throws(StoreError) -> Int64? {
            let find = try RawStatement(sql, in: database)
            for (index, parameter) in parameters.enumerated() { find.bind(parameter, at: Int32(index) + 1) }
            defer { find.reset() }
            return try find.step() && !find.isNull(at: 0) ? find.integer(at: 0) : nil
        }
        func newestEvent(_ sql: String) throws(StoreError) -> UInt64? {
            try value(sql, EventRow.first(of: log).rawValue, EventRow.last(of: log).rawValue)
                .map { EventRow(rawValue: $0).sequence }
        }
        func newestOfLists(_ table: String) throws(StoreError) -> UInt64? {
            let rows = try RawStatement("SELECT events FROM \(table) WHERE log = ?", in: database)
            rows.bind(Int64(log.rawValue), at: 1)
            defer { rows.reset() }
            var newest: UInt64?
            while try rows.step() {
                let listed = SequenceList.decode(rows.bytes(at: 0)).max()
                newest = [newest, listed].compactMap { $0 }.max()
            }
            return newest
        }
        let found: [(String, UInt64?)] = [
            (
                "a deduplication key",
                try newestEvent("SELECT max(event) FROM deduplication WHERE event BETWEEN ? AND ?")
            ),
            ("a raw delivery", try newestEvent("SELECT max(last) FROM raw WHERE first BETWEEN ? AND ?")),
            (
                "a sink's cursor",
                try value("SELECT max(sequence) FROM cursor WHERE log = ?", Int64(log.rawValue))
                    .map { UInt64(clamping: $0) }
            ),
            ("an asynchronous request", try newestOfLists("request")),
            ("a search", try newestOfLists("search")),
            ("a dead letter", try newestEvent("SELECT max(event) FROM dead_letter WHERE event BETWEEN ? AND ?")),
        ]
        return found.compactMap { name, sequence in sequence.map { LogReference(name: name, sequence: $0) } }
    }
}
