/// How fast SQLite alone takes the same rows: an event and its deduplication key, flushed to disk with every commit.
struct StoringLimit: Sendable {
    let rowsPerCommit: Int
    let rowsPerSecond: Double
    let processorSecondsPerMillion: Double
    /// How long commits take, in nanoseconds.
    let latency: Percentiles

    private static let schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA cache_size = -65536;
        PRAGMA wal_autocheckpoint = 4000;
        CREATE TABLE event (
            id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, event TEXT, hash BLOB NOT NULL, salt BLOB);
        CREATE TABLE deduplication (key BLOB PRIMARY KEY, event INTEGER NOT NULL) WITHOUT ROWID;
        """

    static func measure(rowsPerCommit: Int, seconds: Double, folder: String) throws(BenchError) -> StoringLimit {
        let file = try SQLiteFile("\(folder)/limit.db")
        try file.execute(schema)
        let begin = try file.prepare("BEGIN IMMEDIATE")
        let commit = try file.prepare("COMMIT")
        let insertEvent = try file.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?)")
        let insertKey = try file.prepare("INSERT OR IGNORE INTO deduplication VALUES (?, ?)")
        let text = [UInt8](repeating: UInt8(ascii: "e"), count: 600)
        var random = Xorshift()
        var fresh = [UInt64](repeating: 0, count: 11)
        var row: Int64 = 0
        var latencies: [Int64] = []
        let processorStart = Nanoseconds.ofThread()
        let start = Nanoseconds.now()
        let end = start + Int64(seconds * Double(Nanoseconds.second))
        var now = start
        while now < end {
            try begin.run()
            for _ in 0..<rowsPerCommit {
                row += 1
                for place in fresh.indices { fresh[place] = random.next() }
                try insert(row, text: text, fresh: &fresh, insertEvent, insertKey)
            }
            try commit.run()
            let done = Nanoseconds.now()
            latencies.append(done - now)
            now = done
            if Interruption.isRequested { throw .interrupted }
        }
        let used = Double(Nanoseconds.ofThread() - processorStart) / Double(Nanoseconds.second)
        return StoringLimit(
            rowsPerCommit: rowsPerCommit,
            rowsPerSecond: Double(row) / (Double(now - start) / Double(Nanoseconds.second)),
            processorSecondsPerMillion: used / Double(row) * 1e6,
            latency: Percentiles(latencies)
        )
    }

    private static func insert(
        _ row: Int64,
        text: [UInt8],
        fresh: inout [UInt64],
        _ insertEvent: SQLiteStatementHandle,
        _ insertKey: SQLiteStatementHandle
    ) throws(BenchError) {
        // A thousand events share a second, whose four bytes begin the key.
        fresh[8] = fresh[8] & ~0xFFFF_FFFF | UInt64(UInt32(truncatingIfNeeded: row / 1000).byteSwapped)
        var failure: BenchError?
        text.withUnsafeBytes { text in
            fresh.withUnsafeBytes { fresh in
                insertEvent.bind(row, at: 1)
                insertEvent.bind(row * 1000, at: 2)
                insertEvent.bind(text: text, at: 3)
                insertEvent.bind(blob: UnsafeRawBufferPointer(rebasing: fresh[0..<32]), at: 4)
                insertEvent.bind(blob: UnsafeRawBufferPointer(rebasing: fresh[32..<64]), at: 5)
                insertKey.bind(blob: UnsafeRawBufferPointer(rebasing: fresh[64..<84]), at: 1)
                insertKey.bind(row, at: 2)
                do throws(BenchError) {
                    try insertEvent.run()
                    try insertKey.run()
                } catch {
                    failure = error
                }
            }
        }
        if let failure { throw failure }
    }
}
