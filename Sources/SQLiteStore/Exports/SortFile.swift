internal import AuditLog
internal import Foundation
internal import GRDB

/// Sorts sequences by a key on disk, in a few megabytes of memory however many there are.
///
/// The file holds text of events, so it lies in the data directory and not where SQLite would put temporary files, and is
/// removed with this object. Nothing of it needs to survive a crash: sorting then begins anew.
final class SortFile {
    private let database: DatabaseQueue
    private let path: String
    private let order: String
    private var waiting: [(key: [UInt8], sequence: Int64)] = []
    /// Sorted in memory first, so that neighbours enter the tree together.
    private static let batch = 20_000

    init(path: String, isDescending: Bool) throws(StoreError) {
        self.path = path
        let order = isDescending ? "DESC" : "ASC"
        self.order = order
        SortFile.remove(path)
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA journal_mode = OFF;
                    PRAGMA synchronous = OFF;
                    PRAGMA locking_mode = EXCLUSIVE;
                    PRAGMA cache_size = -8192;
                    """
            )
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            // Equal keys stay in the order of their receipt in both directions.
            try database.writeWithoutTransaction { database in
                try database.execute(
                    sql: """
                        CREATE TABLE sorted (key BLOB NOT NULL, sequence INTEGER NOT NULL,
                            PRIMARY KEY (key \(order), sequence)) WITHOUT ROWID
                        """
                )
            }
        } catch {
            throw StoreError(error, doing: "sort an export")
        }
        waiting.reserveCapacity(SortFile.batch)
    }

    deinit {
        try? database.close()
        SortFile.remove(path)
    }

    static func remove(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }

    func insert(_ key: [UInt8], sequence: UInt64) throws(StoreError) {
        waiting.append((key, Int64(clamping: sequence)))
        if waiting.count >= SortFile.batch { try flush() }
    }

    private func flush() throws(StoreError) {
        guard !waiting.isEmpty else { return }
        waiting.sort { $0.key == $1.key ? $0.sequence < $1.sequence : $0.key.lexicographicallyPrecedes($1.key) }
        do {
            try database.write { database in
                for entry in waiting {
                    let statement = try RawStatement("INSERT INTO sorted (key, sequence) VALUES (?, ?)", in: database)
                    statement.bind(copyOf: entry.key, at: 1)
                    statement.bind(entry.sequence, at: 2)
                    try statement.run()
                }
            }
        } catch {
            throw StoreError(error, doing: "sort an export")
        }
        waiting.removeAll(keepingCapacity: true)
    }

    /// Calls `body` with the sequences in order, some at a time, until it returns false.
    func forEachPage(of count: Int, _ body: ([UInt64]) throws -> Bool) throws {
        try flush()
        try database.read { database in
            let statement = try RawStatement(
                "SELECT sequence FROM sorted ORDER BY key \(order), sequence",
                in: database
            )
            defer { statement.reset() }
            var page: [UInt64] = []
            while try statement.step() {
                page.append(UInt64(clamping: statement.integer(at: 0)))
                guard page.count >= count else { continue }
                guard try body(page) else { return }
                page.removeAll(keepingCapacity: true)
            }
            if !page.isEmpty { _ = try body(page) }
        }
    }
}
