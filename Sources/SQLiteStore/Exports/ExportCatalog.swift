internal import AuditLog
internal import Foundation
internal import GRDB

/// The jobs that make files of events, and the links to these files, in a small SQLite file of their own.
///
/// Apart from the store, so that nothing here ever waits for the writer, nor the writer for it; whoever removes the folder
/// loses the files and no event. Each change is on disk when its call returns.
final class ExportCatalog: Sendable {
    /// How far a job's file is, as far as that is on disk.
    struct Progress: Sendable {
        /// In the export folder; made anew whenever the job begins anew.
        var file: String
        var bytes: Int64
        /// Sequences of a range, or elements of a list, that are done.
        var position: Int64
        var events: UInt64
        /// One more whenever the job begins anew, so that a runner of an earlier one changes nothing.
        let generation: Int64
        /// Events of the job's range that had been erased when it began.
        let erasures: Int64
    }

    struct Row: Sendable {
        let job: ExportJob
        var progress: Progress
    }

    private let database: DatabaseQueue

    init(path: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(
                sql: """
                    PRAGMA journal_mode = DELETE;
                    PRAGMA synchronous = FULL;
                    PRAGMA secure_delete = ON;
                    PRAGMA cache_size = -256;
                    PRAGMA temp_store = MEMORY;
                    """
            )
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write { try $0.execute(sql: ExportCatalog.tables) }
        } catch {
            throw StoreError(error, doing: "open the exports '\(path)'")
        }
    }

    private static let tables = """
        CREATE TABLE IF NOT EXISTS job (
            id TEXT PRIMARY KEY,
            token TEXT NOT NULL,
            log INTEGER NOT NULL,
            format TEXT NOT NULL,
            is_verbose INTEGER NOT NULL,
            -- Of a search: its id and what it found.
            search TEXT,
            list BLOB,
            -- Of an export: both NULL when nothing is in it.
            first INTEGER,
            last INTEGER,
            order_field TEXT,
            is_descending INTEGER NOT NULL,
            head INTEGER NOT NULL,
            published INTEGER NOT NULL,
            closed INTEGER NOT NULL,
            restriction TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            -- 0 running, 1 done, 2 failed.
            state INTEGER NOT NULL,
            problem TEXT NOT NULL,
            file TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            position INTEGER NOT NULL,
            events INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            erasures INTEGER NOT NULL
        );
        CREATE INDEX IF NOT EXISTS job_search ON job (search) WHERE search IS NOT NULL;
        CREATE TABLE IF NOT EXISTS link (
            -- SHA-256 of the link's secret, which is kept nowhere.
            secret_hash BLOB PRIMARY KEY,
            job TEXT NOT NULL,
            name TEXT NOT NULL,
            expires_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        """

    private func write<Value>(_ what: String, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try database.write(body) } catch { throw StoreError(error, doing: what) }
    }

    private func read<Value>(_ what: String, _ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try database.read(body) } catch { throw StoreError(error, doing: what) }
    }
}

// MARK: - Jobs

extension ExportCatalog {
    func insert(_ job: ExportJob, file: String, erasures: Int64) throws(StoreError) {
        var range: ClosedRange<UInt64>?
        var orderField: String?
        var isDescending = false
        var search: String?
        var list: Data?
        switch job.content {
        case .range(let sequences, let field, let descending):
            range = sequences
            orderField = field
            isDescending = descending
        case .list(let sequences, let id):
            search = id
            list = Data(SequenceList.encode(sequences))
        }
        let first = range.map { Int64(clamping: $0.lowerBound) }
        let last = range.map { Int64(clamping: $0.upperBound) }
        try write("accept an export") { database in
            try database.execute(
                sql: """
                    INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', ?, 0, 0, 0, 0, ?)
                    """,
                arguments: [
                    job.id, job.token, Int64(job.log.rawValue), job.format.rawValue, job.isVerbose, search, list, first,
                    last, orderField, isDescending, Int64(clamping: job.sizes.head),
                    Int64(clamping: job.sizes.published), Int64(clamping: job.sizes.closed),
                    String(decoding: job.restriction, as: UTF8.self), job.createdAt, job.expiresAt, file, erasures,
                ]
            )
        }
    }

    func job(_ id: String) throws(StoreError) -> Row? {
        try read("read an export") { database in
            try GRDB.Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id])
                .flatMap { ExportCatalog.row($0) }
        }
    }

    /// A search's file that was asked for before.
    func job(ofSearch search: String, _ format: ExportFormat, token: String) throws(StoreError) -> Row? {
        try read("read a download") { database in
            try GRDB.Row.fetchOne(
                database,
                sql: "SELECT * FROM job WHERE search = ? AND format = ? AND token = ? AND state <> 2",
                arguments: [search, format.rawValue, token]
            ).flatMap { ExportCatalog.row($0) }
        }
    }

    func jobs() throws(StoreError) -> [Row] {
        try read("list exports") { database in
            try GRDB.Row.fetchAll(database, sql: "SELECT * FROM job ORDER BY created_at")
                .compactMap { ExportCatalog.row($0) }
        }
    }

    func countOfRunning() throws(StoreError) -> Int {
        try read("count exports") { try Int.fetchOne($0, sql: "SELECT count(*) FROM job WHERE state = 0") ?? 0 }
    }

    /// Notes how far a job is; false when it began anew or is gone.
    func note(_ progress: Progress, of id: String, state: ExportJob.State) throws(StoreError) -> Bool {
        let number: Int
        var problem = ""
        switch state {
        case .running: number = 0
        case .done: number = 1
        case .failed(let reason):
            number = 2
            problem = reason
        }
        return try write("note an export's progress") { database in
            try database.execute(
                sql: """
                    UPDATE job SET bytes = ?, position = ?, events = ?, state = ?, problem = ?
                    WHERE id = ? AND generation = ?
                    """,
                arguments: [
                    progress.bytes, progress.position, Int64(clamping: progress.events), number, problem, id,
                    progress.generation,
                ]
            )
            return database.changesCount > 0
        }
    }

    /// Has a job begin anew in another file.
    func restart(_ id: String, file: String, erasures: Int64) throws(StoreError) {
        try write("begin an export anew") { database in
            try database.execute(
                sql: """
                    UPDATE job SET file = ?, bytes = 0, position = 0, events = 0, state = 0, problem = '', erasures = ?,
                        generation = generation + 1 WHERE id = ?
                    """,
                arguments: [file, erasures, id]
            )
        }
    }

    /// Removes the jobs and links that are over.
    ///
    /// - Returns: the names of files that nobody needs any more.
    func removeExpired(now: Int64) throws(StoreError) -> [String] {
        try write("remove expired exports") { database in
            // A link that is over is told apart from one that never was, for a day.
            try database.execute(
                sql: "DELETE FROM link WHERE expires_at <= ?",
                arguments: [now - ExportCatalog.expiredLinkLifetime]
            )
            let files = try String.fetchAll(
                database,
                sql: "SELECT file FROM job WHERE expires_at <= ?",
                arguments: [now]
            )
            try database.execute(sql: "DELETE FROM job WHERE expires_at <= ?", arguments: [now])
            return files
        }
    }

    /// Microseconds.
    private static let expiredLinkLifetime: Int64 = 24 * 3600 * 1_000_000

    private static func row(_ row: GRDB.Row) -> Row? {
        guard let format = ExportFormat(rawValue: row["format"]) else { return nil }
        let content: ExportJob.Content
        if let search = row["search"] as String? {
            content = .list(SequenceList.decode([UInt8]((row["list"] as Data?) ?? Data())), search: search)
        } else {
            var range: ClosedRange<UInt64>?
            if let first = row["first"] as Int64?, let last = row["last"] as Int64?, first <= last {
                range = UInt64(clamping: first)...UInt64(clamping: last)
            }
            content = .range(range, orderField: row["order_field"], isDescending: row["is_descending"])
        }
        var job = ExportJob(
            id: row["id"],
            token: row["token"],
            log: LogID(rawValue: row["log"]),
            format: format,
            isVerbose: row["is_verbose"],
            content: content,
            sizes: TreeSizes(
                head: UInt64(clamping: row["head"] as Int64),
                published: UInt64(clamping: row["published"] as Int64),
                closed: UInt64(clamping: row["closed"] as Int64)
            ),
            restriction: Array((row["restriction"] as String).utf8),
            createdAt: row["created_at"],
            expiresAt: row["expires_at"]
        )
        switch row["state"] as Int {
        case 0: job.state = .running
        case 1: job.state = .done
        default: job.state = .failed(row["problem"])
        }
        job.events = UInt64(clamping: row["events"] as Int64)
        let progress = Progress(
            file: row["file"],
            bytes: row["bytes"],
            position: row["position"],
            events: job.events,
            generation: row["generation"],
            erasures: row["erasures"]
        )
        return Row(job: job, progress: progress)
    }
}

// MARK: - Links

extension ExportCatalog {
    /// Makes a link to a job's file, which is kept at least as long.
    func insertLink(hash: [UInt8], job: String, name: String, expiresAt: Int64) throws(StoreError) {
        try write("make a link") { database in
            try database.execute(
                sql: "INSERT INTO link (secret_hash, job, name, expires_at) VALUES (?, ?, ?, ?)",
                arguments: [Data(hash), job, name, expiresAt]
            )
            try database.execute(
                sql: "UPDATE job SET expires_at = max(expires_at, ?) WHERE id = ?",
                arguments: [expiresAt, job]
            )
        }
    }

    func link(hash: [UInt8]) throws(StoreError) -> (job: String, name: String, expiresAt: Int64)? {
        try read("read a link") { database in
            try GRDB.Row.fetchOne(
                database,
                sql: "SELECT job, name, expires_at FROM link WHERE secret_hash = ?",
                arguments: [Data(hash)]
            ).map { ($0[0], $0[1], $0[2]) }
        }
    }
}
