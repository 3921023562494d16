import AuditLog
import Foundation
import GRDBSQLite
import SQLiteStore
import Schema
import Testing

/// Many keys of one second, whose order in the table is random: they wait in their events' rows and are moved.
@Suite struct `Deduplication keys` {
    private static let retention = RetentionPeriods(
        deduplication: 1_000_000_000,
        raw: 1_000_000_000,
        quarantine: 1_000_000_000
    )

    private static func ids(_ numbers: Range<Int>) -> [String] {
        numbers.map { String(UInt64($0) &* 0x9E37_79B9_7F4A_7C15, radix: 16) }
    }

    /// Stores events with the ids of some numbers and returns how many were new.
    private static func store(_ numbers: Range<Int>, in fixture: StoreFixture) throws -> Int {
        let ids = ids(numbers)
        let outcome = try fixture.commit(fixture.request(ids, ids: ids, time: 1_700_000_000))
        return outcome[0].events.count { $0.disposition == .stored }
    }

    @Test func `are known while they wait, while they are moved and afterwards`() throws {
        let fixture = try StoreFixture()
        // More than wait at most, in batches that leave some of them behind.
        for start in stride(from: 0, to: 60_000, by: 750) {
            #expect(try Self.store(start..<start + 750, in: fixture) == 750)
            // What came just now, and what came long ago.
            #expect(try Self.store(start..<start + 10, in: fixture) == 0)
            #expect(try Self.store(start / 2..<start / 2 + 10, in: fixture) == 0)
        }
        let moved = try fixture.count("SELECT count(*) FROM deduplication")
        #expect(moved > 30_000 && moved < 60_000, "\(moved)")
        for start in stride(from: 0, to: 60_000, by: 5000) {
            #expect(try Self.store(start..<start + 5000, in: fixture) == 0)
        }
        #expect(try fixture.count("SELECT count(*) FROM event") == 60_000)
    }

    @Test(arguments: [10, 700, 17_000, 40_000])
    func `are known after the store is opened again`(count: Int) throws {
        let fixture = try StoreFixture()
        for start in stride(from: 0, to: count, by: 700) {
            let end = min(start + 700, count)
            #expect(try Self.store(start..<end, in: fixture) == end - start)
        }
        try fixture.reopen()
        #expect(try Self.store(0..<count + 5, in: fixture) == 5)
    }

    @Test func `of a transaction that failed are new again`() throws {
        let fixture = try StoreFixture()
        #expect(try Self.store(0..<10, in: fixture) == 10)
        try fixture.execute("CREATE TRIGGER refusal BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END")
        #expect(throws: StoreError.self) { try Self.store(10..<20, in: fixture) }
        // Half of a batch is undone with the rest.
        try fixture.execute("DROP TRIGGER refusal")
        try fixture.execute(
            """
            CREATE TRIGGER refusal BEFORE INSERT ON event WHEN (NEW.id & 1099511627775) > 25
            BEGIN SELECT RAISE(ABORT, 'no'); END
            """
        )
        #expect(throws: StoreError.self) { try Self.store(10..<30, in: fixture) }
        try fixture.execute("DROP TRIGGER refusal")
        #expect(try Self.store(0..<30, in: fixture) == 20)
        #expect(try Self.store(0..<30, in: fixture) == 0)
    }

    @Test func `are all in the table after a cleaning`() throws {
        let fixture = try StoreFixture()
        #expect(try Self.store(0..<5000, in: fixture) == 5000)
        #expect(try fixture.count("SELECT count(*) FROM deduplication") == 0)
        while try fixture.store.sweep(Self.retention, now: StoreFixture.start) {}
        #expect(try fixture.count("SELECT count(*) FROM deduplication") == 5000)
        #expect(try fixture.count("SELECT max(keys_moved) = max(event.id) FROM log, event") == 1)
        #expect(try Self.store(0..<5001, in: fixture) == 1)
    }

    @Test func `that an older version put into the table are known`() throws {
        let fixture = try StoreFixture()
        #expect(try Self.store(0..<100, in: fixture) == 100)
        while try fixture.store.sweep(Self.retention, now: StoreFixture.start) {}
        // The store as the first step of the migrations leaves it.
        try fixture.execute("ALTER TABLE event DROP COLUMN key; ALTER TABLE log DROP COLUMN keys_moved")
        try fixture.execute("DELETE FROM grdb_migrations WHERE identifier = '0002-recent-keys'")
        try fixture.reopen()
        #expect(try Self.store(50..<150, in: fixture) == 50)
        try fixture.reopen()
        #expect(try Self.store(0..<150, in: fixture) == 0)
    }
}

/// The writes of a commit go to the write-ahead log in one piece, and other programs must see each commit all the same.
@Suite struct `Gathered writes` {
    @Test(arguments: ["FULL", "NORMAL", "OFF"])
    func `show each commit to a connection that reads the files itself`(synchronous: String) throws {
        // Opening a store puts our files in place of SQLite's own.
        let fixture = try StoreFixture()
        let path = fixture.folder.appending(path: "other.db").path
        let writer = try Connection(path)
        // A cache of five pages: a transaction writes pages, reads them back and writes them again.
        try writer.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = \(synchronous); PRAGMA wal_autocheckpoint = 60;
            PRAGMA cache_size = 5; PRAGMA cache_spill = 1;
            CREATE TABLE t (id INTEGER PRIMARY KEY, round INTEGER, text TEXT);
            CREATE INDEX t_round ON t (round, text);
            """
        )
        let reader = try Connection(path, fileSystem: "unix")
        for round in 1...40 {
            try writer.execute(
                """
                BEGIN;
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
                INSERT INTO t (round, text) SELECT \(round), hex(randomblob(100)) FROM n;
                UPDATE t SET round = \(round) WHERE id % 3 = 0;
                """
            )
            #expect(try reader.value("SELECT count(*) FROM t") == Int64(round - 1) * 200)
            if round % 5 != 4 {
                try writer.execute("COMMIT")
            } else {
                try writer.execute("ROLLBACK; BEGIN; INSERT INTO t (round) VALUES (0); ROLLBACK")
                try writer.execute(
                    """
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
                    INSERT INTO t (round, text) SELECT \(round), 'short' FROM n
                    """
                )
            }
            #expect(try reader.value("SELECT count(*) FROM t") == Int64(round) * 200)
        }
        #expect(try reader.text("PRAGMA integrity_check") == "ok")
    }
}

/// A connection through SQLite's own calls.
final class Connection {
    private var handle: OpaquePointer?

    init(_ path: String, fileSystem: String? = nil) throws {
        try check(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, fileSystem))
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit { sqlite3_close(handle) }

    struct Failure: Error {
        let message: String
    }

    private var failure: Failure {
        Failure(message: sqlite3_errmsg(handle).map { String(cString: $0) } ?? "no message")
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw failure }
    }

    func execute(_ sql: String) throws { try check(sqlite3_exec(handle, sql, nil, nil, nil)) }

    func text(_ sql: String) throws -> String {
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v2(handle, sql, -1, &statement, nil))
        defer { sqlite3_finalize(statement) }
        guard sqlite3_step(statement) == SQLITE_ROW else { throw failure }
        return sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? ""
    }

    func value(_ sql: String) throws -> Int64 { Int64(try text(sql)) ?? -1 }
}

extension StoreFixture {
    func execute(_ sql: String) throws { try Connection(path).execute(sql) }
    func count(_ sql: String) throws -> Int64 { try Connection(path).value(sql) }
}
