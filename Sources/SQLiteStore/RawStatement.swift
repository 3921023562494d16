internal import AuditLog
internal import GRDB
internal import GRDBSQLite
internal import Schema

/// A cached statement of GRDB's, bound and stepped through SQLite's own calls: no boxing, no copies.
///
/// Bound bytes are borrowed (`SQLITE_STATIC`): they must stay where they are until ``reset()``, which every user calls
/// before the bytes' scope ends.
struct RawStatement {
    let handle: SQLiteStatement
    private let database: Database

    init(_ sql: String, in database: Database) throws(StoreError) {
        self.database = database
        do {
            handle = try database.cachedStatement(sql: sql).sqliteStatement
        } catch {
            throw StoreError(error, doing: "prepare a statement")
        }
    }

    func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(handle, index, value) }
    func bindNull(at index: Int32) { sqlite3_bind_null(handle, index) }

    func bind(blob bytes: UnsafeRawBufferPointer, at index: Int32) {
        // A null pointer would bind NULL instead of an empty blob.
        guard let base = bytes.baseAddress else { sqlite3_bind_zeroblob(handle, index, 0); return }
        sqlite3_bind_blob64(handle, index, base, UInt64(bytes.count), nil)
    }

    func bind(text bytes: UnsafeRawBufferPointer, at index: Int32) {
        guard let base = bytes.bindMemory(to: CChar.self).baseAddress else {
            sqlite3_bind_text(handle, index, "", 0, nil)
            return
        }
        sqlite3_bind_text64(handle, index, base, UInt64(bytes.count), nil, UInt8(SQLITE_UTF8))
    }

    /// Binds a copy, for text that has no place of its own.
    func bind(copyOf text: String, at index: Int32) {
        var text = text
        text.withUTF8 { bytes in
            _ = UnsafeRawBufferPointer(bytes).withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(
                    handle,
                    index,
                    $0.baseAddress,
                    UInt64($0.count),
                    unsafeBitCast(-1, to: sqlite3_destructor_type.self),
                    UInt8(SQLITE_UTF8)
                )
            }
        }
    }

    func bind(copyOf bytes: [UInt8], at index: Int32) {
        bytes.withUnsafeBytes {
            guard let base = $0.baseAddress else { sqlite3_bind_zeroblob(handle, index, 0); return }
            sqlite3_bind_blob64(
                handle,
                index,
                base,
                UInt64($0.count),
                unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            )
        }
    }

    func bind(copyOf key: DeduplicationKey, at index: Int32) {
        key.withBytes { bytes in
            _ = sqlite3_bind_blob64(
                handle,
                index,
                bytes.baseAddress,
                UInt64(bytes.count),
                unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            )
        }
    }

    /// Whether a row is there to be read.
    func step() throws(StoreError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = StoreError(connection: sqlite3_db_handle(handle), doing: "run a statement")
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs a statement that gives no rows, and resets it.
    func run() throws(StoreError) {
        while try step() {}
        reset()
    }

    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    /// How many rows the statement that ran last on this connection changed.
    var changes: Int32 { sqlite3_changes(sqlite3_db_handle(handle)) }

    func integer(at column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func isText(at column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_TEXT }
    func isNull(at column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func bytes(at column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func withBytes<Result>(at column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(handle, column)
        return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
    }

    func text(at column: Int32) -> String { String(decoding: bytes(at: column), as: UTF8.self) }
}

extension StoreError {
    /// What SQLite's last call on a connection failed with.
    init(connection: OpaquePointer?, doing what: String) {
        self.init(
            resultCode: sqlite3_extended_errcode(connection),
            message: sqlite3_errmsg(connection).map { String(cString: $0) } ?? "no message",
            doing: what
        )
    }

    init(_ error: any Error, doing what: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError:
            self.init(
                resultCode: error.extendedResultCode.rawValue,
                message: error.message ?? "no message",
                doing: what
            )
        default: self.init(code: .unusable, message: "cannot \(what): \(error)")
        }
    }

    private init(resultCode: Int32, message: String, doing what: String) {
        let told = "cannot \(what): SQLite \(resultCode), \(message)"
        switch resultCode & 0xFF {
        case SQLITE_FULL:
            self.init(code: .full, message: "\(told); free some disk space, it goes on by itself")
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(code: .locked, message: "\(told); another program holds the store open for writing")
        case SQLITE_IOERR where resultCode == SQLITE_IOERR | (4 << 8) || resultCode == SQLITE_IOERR | (5 << 8):
            // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC, which are macros that Swift does not import.
            self.init(code: .flushFailed, message: "\(told); the disk did not confirm what was written")
        case SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN:
            self.init(code: .inputOutput, message: "\(told); look at the disk and the permissions of the store")
        default: self.init(code: .unusable, message: told)
        }
    }
}
