package import AuditLog
internal import CSQLiteFiles
internal import Cryptography
internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// The log in one SQLite file: write-ahead log, flushed to disk at every commit, one writer and a few readers.
///
/// The data directory is the file's folder. A lock on it keeps a second process out, and a log's identity (its
/// `config_id` and tree name) is made once, when its name first appears.
package final class SQLiteStore: LogStore, @unchecked Sendable {
    // `heads` and `tools` belong to the writer's thread (LogStore promises one at a time); all else is
    // immutable or thread-safe by itself.

    /// The path of the database file.
    package let path: String
    private let lock: DirectoryLock?
    private let pool: DatabasePool
    private let checkpointer: DatabaseQueue?
    private var heads: [LogID: LogHead] = [:]
    let tools = AppendTools()
    private let wal = WriteAheadLog()
    private let isStopping = Atomic<Bool>(false)
    /// Whether the write-ahead log still holds what was erased.
    private let isTruncationWanted = Atomic<Bool>(false)

    /// Opens the store, creating the folder and the file when they are missing, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - path: the database file.
    ///   - isReadOnly: for tools beside a running gateway: takes no lock and changes nothing.
    /// - Throws: ``StoreError`` that says what to do.
    package init(path: String, isReadOnly: Bool = false) throws(StoreError) {
        // Through a link it is still the same store: the lock belongs beside the file itself.
        let path =
            realpath(path, nil).map { resolved in
                defer { free(resolved) }
                return String(cString: resolved)
            } ?? path
        self.path = path
        let directory = (path as NSString).deletingLastPathComponent
        let folder = directory.isEmpty ? "." : directory
        if isReadOnly {
            lock = nil
            guard FileManager.default.fileExists(atPath: path) else {
                throw StoreError(
                    code: .unusable,
                    message: "there is no store at '\(path)'; run 'audit-gateway serve' first"
                )
            }
        } else {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
            } catch {
                throw StoreError(
                    code: .unusable,
                    message: "cannot create the folder '\(folder)': \(error.localizedDescription)"
                )
            }
            lock = try DirectoryLock(directory: folder)
            // Audit events are nobody else's business on this machine, also in a folder that was there before.
            umask(0o077)
        }
        let gathering = audit_sqlite_gather_writes()
        guard gathering == SQLITE_OK else {
            throw StoreError(code: .unusable, message: "SQLite takes no file system of ours (code \(gathering))")
        }
        do {
            pool = try DatabasePool(path: path, configuration: SQLiteStore.configuration(isReadOnly: isReadOnly))
            if !isReadOnly {
                try SQLiteStore.prepare(pool)
                checkpointer = try DatabaseQueue(
                    path: path,
                    configuration: SQLiteStore.configuration(isReadOnly: false, cacheKiB: 256)
                )
                try pool.writeWithoutTransaction { database in
                    wal.watch(database)
                    try SQLiteStore.makeDurable(database)
                    // All that one transaction changes should fit, or SQLite writes it twice.
                    try database.execute(sql: "PRAGMA cache_size = -16384")
                }
            } else {
                checkpointer = nil
            }
        } catch {
            throw StoreError(error, doing: "open the store '\(path)'")
        }
    }

    /// Of a new store: a commit writes whole pages, and most of those of a small one are hardly filled.
    static let pageBytes = 4096

    private static func configuration(isReadOnly: Bool, cacheKiB: Int = 2048) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.foreignKeysEnabled = false
        // More than the threads that search, so that followers and short reads never wait for one.
        configuration.maximumReaderCount = 8
        // Readers never wait for the writer in WAL mode; this is for tools that open the file beside us.
        configuration.busyMode = .timeout(2)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA page_size = \(pageBytes);
                    PRAGMA synchronous = FULL;
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA cache_size = -\(cacheKiB);
                    PRAGMA temp_store = MEMORY;
                    """
            )
        }
        return configuration
    }

    /// Has every commit flushed to disk before it is over.
    ///
    /// GRDB sets `synchronous = NORMAL` when it opens a pool, after the configuration's own preparations, and then SQLite
    /// flushes the write-ahead log only at checkpoints. So this comes last, and looks whether it is so.
    private static func makeDurable(_ database: Database) throws {
        try database.execute(
            sql: """
                PRAGMA synchronous = FULL;
                PRAGMA secure_delete = ON;
                PRAGMA journal_size_limit = \(WriteAheadLog.maximumKeptBytes);
                """
        )
        let level = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode")
        guard level == 2, mode == "wal" else {
            throw StoreError(
                code: .unusable,
                message: "SQLite does not flush its commits (synchronous \(level ?? -1), journal \(mode ?? "none"))"
            )
        }
    }

    /// Ends scans that are under way, and refuses new ones: the gateway stops.
    package func stopScans() { isStopping.store(true, ordering: .relaxed) }

    func checkNotStopping() throws(StoreError) {
        guard isStopping.load(ordering: .relaxed) else { return }
        throw StoreError(code: .busy, message: "the gateway is stopping; try again")
    }

    private static func prepare(_ pool: DatabasePool) throws {
        let migrator = Migrations.migrator()
        try pool.write { database in
            if try database.tableExists("grdb_migrations") {
                let known = Set(Migrations.all)
                let applied = try String.fetchAll(database, sql: "SELECT identifier FROM grdb_migrations")
                if let unknown = applied.first(where: { !known.contains($0) }) {
                    throw StoreError(
                        code: .unusable,
                        message:
                            "the store was written by a newer version (step '\(unknown)'); use that version or restore a backup"
                    )
                }
            }
        }
        try migrator.migrate(pool)
    }

    /// Runs a reading transaction on one of the reader connections.
    func read<Value>(
        _ what: String,
        _ body: (Database) throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw StoreError(error, doing: what)
        }
    }

    /// Runs a writing transaction outside of commits: only for the writer's thread.
    func write<Value>(_ what: String, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do {
            return try pool.write(body)
        } catch {
            throw StoreError(error, doing: what)
        }
    }
}

// MARK: - Writing

extension SQLiteStore {
    /// The log of that name, or nil when nothing made it yet.
    package func findLog(named name: String) throws(StoreError) -> LogIdentity? {
        try read("look for the log '\(name)'") { try findLog(named: name, in: $0) }
    }

    private func findLog(named name: String, in database: Database) throws -> LogIdentity? {
        try Row.fetchOne(
            database,
            sql: "SELECT id, config_id, tree_name FROM log WHERE name = ?",
            arguments: [name]
        ).map { row in
            LogIdentity(id: LogID(rawValue: row[0]), name: name, configurationID: row[1], treeName: row[2])
        }
    }

    /// The log of that number; nil when there is none.
    func findLog(_ log: LogID, in database: Database) throws(StoreError) -> LogIdentity? {
        let find = try RawStatement("SELECT name, config_id, tree_name FROM log WHERE id = ?", in: database)
        find.bind(Int64(log.rawValue), at: 1)
        defer { find.reset() }
        guard try find.step() else { return nil }
        return LogIdentity(
            id: log,
            name: find.text(at: 0),
            configurationID: find.text(at: 1),
            treeName: find.text(at: 2)
        )
    }

    package func openLog(named name: String, maximumBufferEvents: Int?) throws(StoreError) -> LogIdentity {
        let identity = try write("open the log '\(name)'") { database in
            if let found = try findLog(named: name, in: database) { return found }
            let configurationID = SecureRandom.token(prefix: "pci_", characters: 32)
            let treeName = Hex.encode(SecureRandom.bytes(32))
            try database.execute(
                sql: "INSERT INTO log (name, config_id, tree_name, created_at) VALUES (?, ?, ?, ?)",
                arguments: [name, configurationID, treeName, Int64(Date().timeIntervalSince1970 * 1_000_000)]
            )
            return LogIdentity(
                id: LogID(rawValue: UInt32(database.lastInsertedRowID)),
                name: name,
                configurationID: configurationID,
                treeName: treeName
            )
        }
        if let maximumBufferEvents {
            tools.bufferEvents[identity.id] = UInt64(clamping: max(1, maximumBufferEvents))
        }
        try growTrees(of: identity.id)
        return identity
    }

    /// The names and sizes of logs that the store holds.
    package func logSizes() throws(StoreError) -> [(name: String, events: UInt64)] {
        let logs = try read("list the logs") { database in
            try Row.fetchAll(database, sql: "SELECT id, name FROM log ORDER BY id").map { row in
                (id: LogID(rawValue: row[0]), name: row[1] as String)
            }
        }
        var sizes: [(name: String, events: UInt64)] = []
        for log in logs { sizes.append((log.name, try head(of: log.id))) }
        return sizes
    }

    package func commit(_ batch: WriteBatch, now: Int64) throws(StoreError) -> [AppendOutcome] {
        try transaction { database throws(StoreError) in
            try run(batch, now: now, in: database)
        }
    }

    /// Runs a batch inside of a writer's transaction.
    func run(_ batch: WriteBatch, now: Int64, in database: Database) throws(StoreError) -> [AppendOutcome] {
        for log in batch.appends.indices.lazy.map({ batch.appends[$0].log }) { _ = try head(of: log, in: database) }
        try tools.recentKeys.load(from: database)
        var transaction = try AppendTransaction(database, heads: heads, tools: tools, now: now)
        let outcomes = try transaction.run(batch)
        heads = transaction.heads
        return outcomes
    }

    /// Runs a transaction of the writer that is on disk when this returns.
    func transaction<Value>(
        _ body: (Database) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = pool.writeWithoutTransaction { database in
            do throws(StoreError) {
                try execute("BEGIN IMMEDIATE", in: database)
                let value = try body(database)
                try execute("COMMIT", in: database)
                wal.recycle(database)
                return .success(value)
            } catch {
                // What we know of the logs may be ahead of the disk now: read it anew.
                heads.removeAll()
                tools.forget()
                sqlite3_exec(database.sqliteConnection, "ROLLBACK", nil, nil, nil)
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func execute(_ sql: String, in database: Database) throws(StoreError) {
        guard sqlite3_exec(database.sqliteConnection, sql, nil, nil, nil) == SQLITE_OK else {
            throw StoreError(connection: database.sqliteConnection, doing: "store events (\(sql))")
        }
    }

    /// A log's newest event, as the transaction under way sees it.
    func head(of log: LogID, in database: Database) throws(StoreError) -> LogHead {
        if let known = heads[log] { return known }
        let head = try readHead(of: log, in: database)
        heads[log] = head
        return head
    }

    private func readHead(of log: LogID, in database: Database) throws(StoreError) -> LogHead {
        let statement = try RawStatement(
            "SELECT id, received_at FROM event WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
            in: database
        )
        statement.bind(EventRow.first(of: log).rawValue, at: 1)
        statement.bind(EventRow.last(of: log).rawValue, at: 2)
        defer { statement.reset() }
        guard try statement.step() else { return LogHead(sequence: 0, receivedAt: 0) }
        return LogHead(
            sequence: EventRow(rawValue: statement.integer(at: 0)).sequence,
            receivedAt: statement.integer(at: 1)
        )
    }

    /// Has the write-ahead log cut to nothing at the next checkpoint that may: it holds what was just erased.
    func wantsTruncation() { isTruncationWanted.store(true, ordering: .relaxed) }

    package func checkpoint() throws(StoreError) {
        guard let checkpointer else { return }
        if isTruncationWanted.exchange(false, ordering: .relaxed) {
            do {
                let isDone = try checkpointer.inDatabase { try wal.truncate($0) }
                if !isDone { wantsTruncation() }
            } catch {
                wantsTruncation()
                throw StoreError(error, doing: "cut the write-ahead log")
            }
        }
        guard wal.isWorthCopying else { return }
        do {
            try checkpointer.inDatabase { try wal.copy($0) }
        } catch {
            throw StoreError(error, doing: "checkpoint the store")
        }
    }

    /// Bytes of the write-ahead log.
    package var walBytes: Int {
        var status = stat()
        return stat("\(path)-wal", &status) == 0 ? Int(status.st_size) : 0
    }

    /// Bytes of the write-ahead log as far as the newest commit wrote it; asks no disk.
    package var walBytesInUse: Int { wal.bytesInUse }

    package func probe() throws(StoreError) {
        try write("write to the store") { database in
            // Written for real: a full disk lets an empty transaction through.
            try database.execute(
                sql: "INSERT OR REPLACE INTO progress (task, position) VALUES ('probe', randomblob(8))"
            )
        }
    }
}
