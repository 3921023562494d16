package import AuditLog
internal import Foundation
internal import GRDB

/// The newest event of a log that something in the store beside the events refers to.
package struct LogReference: Equatable, Sendable {
    /// What refers to it, for a person: `a deduplication key`.
    package let name: String
    package let sequence: UInt64
}

extension SQLiteStore {
    /// What the store knows of a log beside its events; none refers to an event that is not stored in the same transaction
    /// or before, so that one behind the log's head tells of events that were taken away.
    ///
    /// Reads whole tables: for `verify`, not for serving.
    package func references(to log: LogID) throws(StoreError) -> [LogReference] {
        let first = EventRow.first(of: log).rawValue
        let last = EventRow.last(of: log).rawValue
        return try read("look for references to events") { database in
            func newestEvent(_ sql: String) throws -> UInt64? {
                try Int64.fetchOne(database, sql: sql, arguments: [first, last]).map { EventRow(rawValue: $0).sequence }
            }
            func newestOfLists(_ table: String) throws -> UInt64? {
                let rows = try Row.fetchCursor(
                    database,
                    sql: "SELECT events FROM \(table) WHERE log = ?",
                    arguments: [Int64(log.rawValue)]
                )
                var newest: UInt64?
                while let row = try rows.next() {
                    let listed = SequenceList.decode([UInt8](row[0] as Data)).max()
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
                    try Int64.fetchOne(
                        database,
                        sql: "SELECT max(sequence) FROM cursor WHERE log = ?",
                        arguments: [Int64(log.rawValue)]
                    ).map { UInt64($0) }
                ),
                ("an asynchronous request", try newestOfLists("request")),
                ("a search", try newestOfLists("search")),
                ("a dead letter", try newestEvent("SELECT max(event) FROM dead_letter WHERE event BETWEEN ? AND ?")),
            ]
            return found.compactMap { name, sequence in sequence.map { LogReference(name: name, sequence: $0) } }
        }
    }
}
