internal import GRDBSQLite

/// A SQLite file spoken to in SQLite's own calls, so that nothing but SQLite is measured.
final class SQLiteFile {
    private let connection: OpaquePointer
    private let path: String

    init(_ path: String, isReadOnly: Bool = false) throws(BenchError) {
        self.path = path
        var connection: OpaquePointer?
        let flags = (isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
        let code = sqlite3_open_v2(path, &connection, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let connection else {
            sqlite3_close_v2(connection)
            throw BenchError(
                code: .store,
                message: "cannot open '\(path)': SQLite \(code), \(String(cString: sqlite3_errstr(code)))"
            )
        }
        self.connection = connection
        sqlite3_busy_timeout(connection, 5000)
    }

    deinit { sqlite3_close_v2(connection) }

    func execute(_ sql: String) throws(BenchError) {
        guard sqlite3_exec(connection, sql, nil, nil, nil) == SQLITE_OK else { throw error }
    }

    func prepare(_ sql: String) throws(BenchError) -> SQLiteStatementHandle {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(connection, sql, -1, &statement, nil) == SQLITE_OK, let statement else { throw error }
        return SQLiteStatementHandle(statement, file: self)
    }

    var error: BenchError {
        BenchError(code: .store, message: "'\(path)': \(String(cString: sqlite3_errmsg(connection)))")
    }
}

/// A prepared statement; what is bound must stay in place until it has been run.
final class SQLiteStatementHandle {
    private let statement: OpaquePointer
    private let file: SQLiteFile

    fileprivate init(_ statement: OpaquePointer, file: SQLiteFile) {
        self.statement = statement
        self.file = file
    }

    deinit { sqlite3_finalize(statement) }

    func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(statement, index, value) }

    func bind(blob bytes: UnsafeRawBufferPointer, at index: Int32) {
        sqlite3_bind_blob(statement, index, bytes.baseAddress, Int32(bytes.count), nil)
    }

    func bind(text bytes: UnsafeRawBufferPointer, at index: Int32) {
        sqlite3_bind_text(
            statement,
            index,
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(bytes.count),
            nil
        )
    }

    /// Whether there is a row.
    func step() throws(BenchError) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw file.error
        }
    }

    /// Runs a statement without rows, and makes it ready for the next time.
    func run() throws(BenchError) {
        _ = try step()
        sqlite3_reset(statement)
    }

    /// The bytes of a column of the row, valid until the next step.
    func bytes(at column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }
}

extension Arrivals {
    /// The events that a gateway's store holds.
    init(storeAt path: String) throws(BenchError) {
        self.init()
        let file = try SQLiteFile(path, isReadOnly: true)
        let statement = try file.prepare("SELECT event FROM event")
        while try statement.step() { note(Payload.id(in: statement.bytes(at: 0))) }
    }
}
