internal import AuditLog
internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// Keeps the write-ahead log small and in use again and again.
///
/// A file that only grows costs the writer twice: the system finds and clears a new page for each that is written. Written
/// over, the same commit takes half as long. SQLite begins at the front again once everything is copied into the database,
/// which a busy log never is by itself: the writer always adds while the copying thread copies. So that thread copies the
/// bulk without stopping anybody, and when the log has grown to ``recycledFrames`` the writer copies the little that is
/// left before it goes on.
///
/// SQLite's manual on `SQLITE_CHECKPOINT_PASSIVE`: "Checkpoint as many frames as possible without waiting for any database
/// readers or writers to finish".
final class WriteAheadLog: Sendable {
    /// Frames (pages) after which the writer finishes the copying: 16 MiB.
    private static let recycledFrames: Int32 = 4096
    /// Left over by the copying thread, so few that the writer may copy them: 4 MiB.
    private static let remainingFrames: Int32 = 1024
    /// From here on the writer copies whatever is left: 64 MiB.
    private static let maximumFrames: Int32 = 16384
    /// What the file is cut down to once it is used from the front again: 64 MiB.
    static let maximumKeptBytes = 64 << 20
    /// Fewer are not worth the flush that copying ends with, unless nothing else happens.
    private static let worthwhileFrames: Int32 = 256

    /// Frames in the log after the newest commit.
    private let frames = Atomic<Int32>(0)
    /// Frames that were copied when somebody last looked.
    private let copied = Atomic<Int32>(0)
    /// What ``frames`` was when the copying thread last looked, to see whether anything happens.
    private let seen = Atomic<Int32>(-1)

    /// Learns of each commit on the writer's connection.
    func watch(_ database: Database) {
        // The store owns this object and closes its connections before it lets go of it.
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<WriteAheadLog>.fromOpaque(context).takeUnretainedValue().note(pages)
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private func note(_ pages: Int32) {
        // Fewer than before: SQLite has begun at the front again.
        if pages < frames.exchange(pages, ordering: .relaxed) { copied.store(0, ordering: .relaxed) }
    }

    /// With the header of each frame (SQLite's file format, section 4.1).
    var bytesInUse: Int { Int(frames.load(ordering: .relaxed)) * (SQLiteStore.pageBytes + 24) }

    /// Whether the copying thread should copy now.
    var isWorthCopying: Bool {
        let count = frames.load(ordering: .relaxed)
        let remaining = count - copied.load(ordering: .relaxed)
        let isQuiet = seen.exchange(count, ordering: .relaxed) == count
        return remaining >= WriteAheadLog.worthwhileFrames || (remaining > 0 && isQuiet)
    }

    /// Copies what can be copied beside the writer; on the copying thread's connection.
    func copy(_ database: Database) throws {
        var logged: CInt = 0
        var done: CInt = 0
        let code = sqlite3_wal_checkpoint_v2(
            database.sqliteConnection,
            nil,
            SQLITE_CHECKPOINT_PASSIVE,
            &logged,
            &done
        )
        guard code == SQLITE_OK || code == SQLITE_BUSY else {
            throw StoreError(connection: database.sqliteConnection, doing: "checkpoint the store")
        }
        if code == SQLITE_OK, done >= 0 { copied.store(done, ordering: .relaxed) }
    }

    /// Copies everything and cuts the file to nothing, when nobody reads or writes just now.
    ///
    /// - Returns: whether that was so.
    /// - Throws: ``StoreError`` when the disk fails.
    func truncate(_ database: Database) throws -> Bool {
        // Neither readers nor the writer are waited for: there is another try in a moment.
        sqlite3_busy_timeout(database.sqliteConnection, 0)
        defer { sqlite3_busy_timeout(database.sqliteConnection, 2000) }
        let code = sqlite3_wal_checkpoint_v2(
            database.sqliteConnection,
            nil,
            SQLITE_CHECKPOINT_TRUNCATE,
            nil,
            nil
        )
        guard code == SQLITE_OK || code == SQLITE_BUSY || code == SQLITE_LOCKED else {
            throw StoreError(connection: database.sqliteConnection, doing: "cut the write-ahead log")
        }
        return code == SQLITE_OK
    }

    /// Finishes the copying when the log is long enough; on the writer's connection, after a commit.
    func recycle(_ database: Database) {
        let count = frames.load(ordering: .relaxed)
        guard count >= WriteAheadLog.recycledFrames else { return }
        let remaining = count - copied.load(ordering: .relaxed)
        guard remaining <= WriteAheadLog.remainingFrames || count >= WriteAheadLog.maximumFrames else { return }
        // Whatever keeps it from being whole (a reader, the other thread) is gone at one of the next commits.
        try? copy(database)
    }
}
