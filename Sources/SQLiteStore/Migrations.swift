internal import GRDB

/// The store's tables, as numbered steps that only ever go forward.
///
/// A step that has been released is never edited; the tests open a store of every earlier version.
enum Migrations {
    /// The numbers of all steps in order; the last one is this version's.
    static let all = ["0001-log", "0002-recent-keys", "0003-trees", "0004-erasing"]

    static func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001-log") { try $0.execute(sql: log) }
        migrator.registerMigration("0002-recent-keys") { try $0.execute(sql: recentKeys) }
        migrator.registerMigration("0003-trees") { try $0.execute(sql: trees) }
        migrator.registerMigration("0004-erasing") { try $0.execute(sql: erasing) }
        return migrator
    }

    /// The first version.
    ///
    /// Sequence numbers, receipt times and hashes are fixed when an event is appended; its body may
    /// be erased later (`event` becomes NULL) while its hash stays. `salt` is kept from the start for the public tree;
    /// `mapping` tells which version of a mapping made the event, NULL for one that an application wrote.
    private static let log = """
        -- Ids that other things name are never given again.
        CREATE TABLE log (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            config_id TEXT NOT NULL UNIQUE,
            tree_name TEXT NOT NULL UNIQUE,
            created_at INTEGER NOT NULL
        );
        -- id is log << 40 | sequence; times are microseconds since 1970, UTC.
        CREATE TABLE event (
            id INTEGER PRIMARY KEY,
            received_at INTEGER NOT NULL,
            event TEXT,
            signature TEXT,
            public_key TEXT,
            err TEXT,
            hash BLOB NOT NULL,
            salt BLOB,
            raw_hash BLOB,
            mapping INTEGER
        );
        CREATE TABLE mapping_version (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            version TEXT NOT NULL UNIQUE
        );
        CREATE VIEW events AS
            SELECT log.name AS log, event.id & 1099511627775 AS sequence,
                strftime('%Y-%m-%dT%H:%M:%S', event.received_at / 1000000, 'unixepoch')
                    || printf('.%06dZ', event.received_at % 1000000) AS received_at,
                event.event, event.signature, event.public_key, lower(hex(event.hash)) AS hash
            FROM event JOIN log ON log.id = event.id >> 40;
        CREATE TABLE deduplication (
            key BLOB PRIMARY KEY,
            event INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE idempotency (
            key BLOB PRIMARY KEY,
            body_hash BLOB NOT NULL,
            events BLOB NOT NULL,
            created_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX idempotency_age ON idempotency (created_at);
        CREATE TABLE request (
            id TEXT PRIMARY KEY,
            token TEXT NOT NULL,
            is_verbose INTEGER NOT NULL,
            events BLOB NOT NULL,
            log INTEGER NOT NULL,
            expires_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX request_expiry ON request (expires_at);
        -- One row holds the deliveries of one commit and one log, compressed together; the two columns name its events.
        CREATE TABLE raw (
            first INTEGER PRIMARY KEY,
            last INTEGER NOT NULL,
            content BLOB NOT NULL
        );
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            source TEXT NOT NULL,
            cause TEXT NOT NULL,
            body_hash BLOB NOT NULL,
            reason TEXT NOT NULL,
            context TEXT NOT NULL,
            body BLOB NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            count INTEGER NOT NULL,
            UNIQUE (source, cause, body_hash)
        );
        CREATE INDEX quarantine_age ON quarantine (last_at);
        CREATE TABLE size (
            name TEXT PRIMARY KEY,
            bytes INTEGER NOT NULL
        ) WITHOUT ROWID;
        INSERT INTO size (name, bytes) VALUES ('quarantine', 0);
        CREATE TRIGGER quarantine_added AFTER INSERT ON quarantine BEGIN
            UPDATE size SET bytes = bytes + length(NEW.body) WHERE name = 'quarantine';
        END;
        CREATE TRIGGER quarantine_removed AFTER DELETE ON quarantine BEGIN
            UPDATE size SET bytes = bytes - length(OLD.body) WHERE name = 'quarantine';
        END;
        CREATE TABLE cursor (
            follower TEXT NOT NULL,
            log INTEGER NOT NULL,
            sequence INTEGER NOT NULL,
            PRIMARY KEY (follower, log)
        ) WITHOUT ROWID;
        CREATE TABLE dead_letter (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            sink TEXT NOT NULL,
            event INTEGER NOT NULL,
            cause TEXT NOT NULL,
            answer TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            UNIQUE (sink, event)
        );
        CREATE TABLE search (
            id TEXT PRIMARY KEY,
            token TEXT NOT NULL,
            log INTEGER NOT NULL,
            events BLOB NOT NULL,
            is_verbose INTEGER NOT NULL,
            restriction TEXT NOT NULL,
            expires_at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX search_expiry ON search (expires_at);
        -- The places of the two trees over each log: closed buffers with their published roots, tiles of 256 hashes,
        -- and the frontier that the next append continues. Nothing writes them yet.
        CREATE TABLE buffer (
            log INTEGER NOT NULL,
            number INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER,
            root BLOB,
            published_root BLOB,
            published_at INTEGER,
            PRIMARY KEY (log, number)
        ) WITHOUT ROWID;
        CREATE TABLE tile (
            log INTEGER NOT NULL,
            tree INTEGER NOT NULL,
            level INTEGER NOT NULL,
            number INTEGER NOT NULL,
            hashes BLOB NOT NULL,
            PRIMARY KEY (log, tree, level, number)
        ) WITHOUT ROWID;
        CREATE TABLE frontier (
            log INTEGER NOT NULL,
            tree INTEGER NOT NULL,
            size INTEGER NOT NULL,
            hashes BLOB NOT NULL,
            PRIMARY KEY (log, tree)
        ) WITHOUT ROWID;
        CREATE TABLE progress (
            task TEXT PRIMARY KEY,
            position BLOB NOT NULL
        ) WITHOUT ROWID;
        """

    /// An event's deduplication key stands in its own row first; up to `keys_moved`, a row of `event`, those of a log are in
    /// the table `deduplication`, where older versions put them at once.
    private static let recentKeys = """
        ALTER TABLE event ADD COLUMN key BLOB;
        ALTER TABLE log ADD COLUMN keys_moved INTEGER NOT NULL DEFAULT 0;
        UPDATE log SET keys_moved = coalesce(
            (SELECT max(id) FROM event WHERE event.id BETWEEN log.id << 40 AND (log.id << 40) + 1099511627775),
            0
        );
        """

    /// The trees over a log; those of a log that is older grow when it is opened.
    ///
    /// Of a tree, all full tiles are in `tile`; above level 0 the newest one too, however full. What a tile of level 0 at
    /// the right edge will hold stands in the rows of events or buffers. A frontier needs no place of its own: it follows
    /// from these.
    private static let trees = """
        DROP TABLE frontier;
        DROP TABLE buffer;
        -- Closed buffers of the API's tree; their number is the leaf index.
        CREATE TABLE buffer (
            log INTEGER NOT NULL,
            number INTEGER NOT NULL,
            first INTEGER NOT NULL,
            last INTEGER NOT NULL,
            root BLOB NOT NULL,
            published_root BLOB NOT NULL,
            published_at INTEGER NOT NULL,
            PRIMARY KEY (log, number)
        ) WITHOUT ROWID;
        CREATE INDEX buffer_first ON buffer (log, first);
        -- Roots of the open buffer that writers have seen; they go when it closes.
        CREATE TABLE shown_root (
            log INTEGER NOT NULL,
            root BLOB NOT NULL,
            size INTEGER NOT NULL,
            PRIMARY KEY (log, root)
        ) WITHOUT ROWID;
        -- What was signed of the public tree, before anybody gets it.
        CREATE TABLE checkpoint (
            log INTEGER NOT NULL,
            size INTEGER NOT NULL,
            root BLOB NOT NULL,
            note TEXT NOT NULL,
            signed_at INTEGER NOT NULL,
            PRIMARY KEY (log, size)
        ) WITHOUT ROWID;
        -- Keeps the leaf of an event whose salt is gone.
        CREATE TABLE erased (
            event INTEGER PRIMARY KEY,
            commitment BLOB NOT NULL,
            erased_at INTEGER NOT NULL,
            reason TEXT NOT NULL
        );
        -- The name under which a log's checkpoints are signed, for good.
        ALTER TABLE log ADD COLUMN origin TEXT;
        """

    /// An entry of the quarantine names the event that it contradicts, to be erased with it.
    ///
    /// Older entries say it in words.
    private static let erasing = """
        ALTER TABLE quarantine ADD COLUMN event INTEGER;
        UPDATE quarantine SET event = (
            SELECT event.id FROM log JOIN event ON event.id = log.id << 40 | CAST(
                substr(quarantine.reason, length('an event with this id is stored as sequence ') + 1) AS INTEGER
            ) ORDER BY log.id LIMIT 1
        ) WHERE cause = 'conflict' AND reason LIKE 'an event with this id is stored as sequence %'
            AND (SELECT count(*) FROM log) = 1;
        CREATE INDEX quarantine_event ON quarantine (event) WHERE event IS NOT NULL;
        CREATE INDEX dead_letter_event ON dead_letter (event);
        """
}
