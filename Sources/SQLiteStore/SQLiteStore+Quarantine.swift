package import AuditLog
internal import Foundation
internal import GRDB

extension SQLiteStore {
    private static let columns = "id, source, cause, reason, body, context, first_at, last_at, count"

    package func quarantine(
        before id: Int64?,
        source: String?,
        limit: Int
    ) throws(StoreError) -> [StoredQuarantineEntry] {
        try read("list the quarantine") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(SQLiteStore.columns) FROM quarantine
                    WHERE id < ? AND (?2 IS NULL OR source = ?2) ORDER BY id DESC LIMIT ?
                    """,
                arguments: [id ?? .max, source, limit]
            ).compactMap { SQLiteStore.entry($0) }
        }
    }

    package func quarantineEntry(_ id: Int64) throws(StoreError) -> StoredQuarantineEntry? {
        try read("read the quarantine") { database in
            try Row.fetchOne(
                database,
                sql: "SELECT \(SQLiteStore.columns) FROM quarantine WHERE id = ?",
                arguments: [id]
            ).flatMap { SQLiteStore.entry($0) }
        }
    }

    private static func entry(_ row: Row) -> StoredQuarantineEntry? {
        QuarantineCause(rawValue: row[2]).map { cause in
            StoredQuarantineEntry(
                id: row[0],
                entry: QuarantineEntry(
                    source: row[1],
                    cause: cause,
                    reason: row[3],
                    body: [UInt8](row[4] as Data),
                    context: Array((row[5] as String).utf8)
                ),
                firstAt: row[6],
                lastAt: row[7],
                count: row[8]
            )
        }
    }

    package func deadLetters(sink: String?, limit: Int) throws(StoreError) -> [DeadLetter] {
        try read("list the dead letters") { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT sink, event, cause, answer, attempts FROM dead_letter
                    WHERE ?1 IS NULL OR sink = ?1 ORDER BY id DESC LIMIT ?2
                    """,
                arguments: [sink, limit]
            ).map { row in
                let event = EventRow(rawValue: row[1])
                return DeadLetter(
                    sink: row[0],
                    log: event.log,
                    sequence: event.sequence,
                    cause: row[2],
                    answer: row[3],
                    attempts: row[4]
                )
            }
        }
    }
}
