internal import AuditLog
internal import Cryptography
internal import GRDB
internal import Merkle

/// Which tree a tile belongs to.
enum TreeKind: Equatable {
    /// RFC 6962, one leaf an event.
    case publicTree
    /// The audit API's, one leaf a closed buffer.
    case published
    /// The audit API's buffer of that number, one leaf an event.
    case buffer(UInt64)

    /// In the column `tree`.
    var number: Int64 {
        switch self {
        case .publicTree: 0
        case .published: 1
        case .buffer(let number): 2 + Int64(clamping: number)
        }
    }
}

/// A closed buffer as its row tells it.
struct ClosedBuffer {
    let number: UInt64
    let sequences: ClosedRange<UInt64>
    let root: TreeHash
    let publishedRoot: TreeHash
    /// Microseconds since 1970.
    let publishedAt: Int64

    var size: UInt64 { sequences.upperBound - sequences.lowerBound + 1 }
}

/// The rows of one log's trees, inside of a transaction of either kind.
struct TreeTables {
    let database: Database
    let log: LogID

    init(_ database: Database, log: LogID) {
        self.database = database
        self.log = log
    }

    static func damaged(_ what: String, of log: LogID) -> StoreError {
        StoreError(
            code: .unusable,
            message:
                "\(what) of log \(log.rawValue) is missing or damaged; run 'audit-gateway verify' or restore a backup"
        )
    }

    // MARK: - Tiles

    /// The hashes that are stored of a tile; nil when it has no row.
    func storedTile(_ tree: TreeKind, _ address: TileAddress) throws(StoreError) -> [TreeHash]? {
        let find = try RawStatement(
            "SELECT hashes FROM tile WHERE log = ? AND tree = ? AND level = ? AND number = ?",
            in: database
        )
        find.bind(Int64(log.rawValue), at: 1)
        find.bind(tree.number, at: 2)
        find.bind(Int64(address.level), at: 3)
        find.bind(Int64(clamping: address.number), at: 4)
        defer { find.reset() }
        return try find.step() ? find.withBytes(at: 0, TreeHash.list) : nil
    }

    func store(_ tree: TreeKind, _ tile: TreeBuilder.ChangedTile) throws(StoreError) {
        let insert = try RawStatement(
            "INSERT OR REPLACE INTO tile (log, tree, level, number, hashes) VALUES (?, ?, ?, ?, ?)",
            in: database
        )
        insert.bind(Int64(log.rawValue), at: 1)
        insert.bind(tree.number, at: 2)
        insert.bind(Int64(tile.address.level), at: 3)
        insert.bind(Int64(clamping: tile.address.number), at: 4)
        insert.bind(copyOf: TreeHash.bytes(tile.hashes), at: 5)
        try insert.run()
    }

    /// How many tiles of level 0 are stored, which without gaps are those from 0 on.
    func countOfTiles(_ tree: TreeKind) throws(StoreError) -> UInt64 {
        let find = try RawStatement(
            "SELECT max(number) FROM tile WHERE log = ? AND tree = ? AND level = 0",
            in: database
        )
        find.bind(Int64(log.rawValue), at: 1)
        find.bind(tree.number, at: 2)
        defer { find.reset() }
        guard try find.step(), !find.isNull(at: 0) else { return 0 }
        return UInt64(clamping: find.integer(at: 0)) + 1
    }

    // MARK: - Buffers

    /// The newest closed buffer.
    func newestBuffer() throws(StoreError) -> ClosedBuffer? {
        try buffer("ORDER BY number DESC LIMIT 1")
    }

    func buffer(number: UInt64) throws(StoreError) -> ClosedBuffer? {
        try buffer("AND number = ?", number)
    }

    /// The closed buffer that has a sequence; nil for one in the open buffer.
    func buffer(containing sequence: UInt64) throws(StoreError) -> ClosedBuffer? {
        guard let found = try buffer("AND first <= ? ORDER BY first DESC LIMIT 1", sequence),
            found.sequences.contains(sequence)
        else { return nil }
        return found
    }

    private func buffer(_ condition: String, _ value: UInt64? = nil) throws(StoreError) -> ClosedBuffer? {
        let find = try RawStatement(
            "SELECT number, first, last, root, published_root, published_at FROM buffer WHERE log = ? \(condition)",
            in: database
        )
        find.bind(Int64(log.rawValue), at: 1)
        if let value { find.bind(Int64(clamping: value), at: 2) }
        defer { find.reset() }
        guard try find.step() else { return nil }
        let first = UInt64(clamping: find.integer(at: 1))
        let last = UInt64(clamping: find.integer(at: 2))
        guard first <= last, let root = TreeHash(find.bytes(at: 3)), let published = TreeHash(find.bytes(at: 4)) else {
            throw TreeTables.damaged("a buffer", of: log)
        }
        return ClosedBuffer(
            number: UInt64(clamping: find.integer(at: 0)),
            sequences: first...last,
            root: root,
            publishedRoot: published,
            publishedAt: find.integer(at: 5)
        )
    }

    func insert(_ buffer: ClosedBuffer) throws(StoreError) {
        let insert = try RawStatement(
            """
            INSERT INTO buffer (log, number, first, last, root, published_root, published_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            in: database
        )
        insert.bind(Int64(log.rawValue), at: 1)
        insert.bind(Int64(clamping: buffer.number), at: 2)
        insert.bind(Int64(clamping: buffer.sequences.lowerBound), at: 3)
        insert.bind(Int64(clamping: buffer.sequences.upperBound), at: 4)
        insert.bind(copyOf: buffer.root.bytes, at: 5)
        insert.bind(copyOf: buffer.publishedRoot.bytes, at: 6)
        insert.bind(buffer.publishedAt, at: 7)
        try insert.run()
    }

    // MARK: - Leaves

    /// Event hashes from a sequence on, `count` of them.
    func eventHashes(from sequence: UInt64, count: Int) throws(StoreError) -> [TreeHash] {
        let find = try RawStatement("SELECT hash FROM event WHERE id BETWEEN ? AND ? ORDER BY id", in: database)
        find.bind(EventRow(log, sequence).rawValue, at: 1)
        find.bind(EventRow(log, sequence + UInt64(count) - 1).rawValue, at: 2)
        defer { find.reset() }
        var hashes: [TreeHash] = []
        while try find.step() {
            guard let hash = TreeHash(find.bytes(at: 0)) else { throw TreeTables.damaged("an event's hash", of: log) }
            hashes.append(hash)
        }
        guard hashes.count == count else { throw TreeTables.damaged("an event", of: log) }
        return hashes
    }

    /// Roots of closed buffers from a number on, `count` of them.
    func bufferRoots(from number: UInt64, count: Int) throws(StoreError) -> [TreeHash] {
        let find = try RawStatement(
            "SELECT root FROM buffer WHERE log = ? AND number BETWEEN ? AND ? ORDER BY number",
            in: database
        )
        find.bind(Int64(log.rawValue), at: 1)
        find.bind(Int64(clamping: number), at: 2)
        find.bind(Int64(clamping: number + UInt64(count) - 1), at: 3)
        defer { find.reset() }
        var roots: [TreeHash] = []
        while try find.step() {
            guard let root = TreeHash(find.bytes(at: 0)) else { throw TreeTables.damaged("a buffer's root", of: log) }
            roots.append(root)
        }
        guard roots.count == count else { throw TreeTables.damaged("a buffer", of: log) }
        return roots
    }

    /// What an event is in both trees.
    struct Leaf {
        /// In the buffer.
        let hash: TreeHash
        let entry: LogEntry
    }

    /// Calls `body` with the leaves of events from a sequence on, `count` of them.
    func forEachLeaf(
        from sequence: UInt64,
        count: Int,
        _ body: (Leaf) throws(StoreError) -> Void
    ) throws(StoreError) {
        let name = try configurationID()
        let logHash = LogEntry.logHash(configurationID: name)
        let hasher = SHA256Hasher()
        let find = try RawStatement(
            """
            SELECT event.id, event.received_at, event.hash, event.salt, event.raw_hash, erased.commitment
            FROM event LEFT JOIN erased ON erased.event = event.id WHERE event.id BETWEEN ? AND ? ORDER BY event.id
            """,
            in: database
        )
        find.bind(EventRow(log, sequence).rawValue, at: 1)
        find.bind(EventRow(log, sequence + UInt64(count) - 1).rawValue, at: 2)
        defer { find.reset() }
        var next = sequence
        while try find.step() {
            guard EventRow(rawValue: find.integer(at: 0)).sequence == next, let hash = TreeHash(find.bytes(at: 2)),
                let commitment = commitment(find, hasher)
            else { throw TreeTables.damaged("event \(next)", of: log) }
            let entry = LogEntry(
                sequence: next,
                receivedAt: find.integer(at: 1),
                log: logHash,
                commitment: commitment
            )
            try body(Leaf(hash: hash, entry: entry))
            next += 1
        }
        guard next == sequence + UInt64(count) else { throw TreeTables.damaged("event \(next)", of: log) }
    }

    /// Of the columns hash (2), salt, raw_hash and the kept commitment of an erased event.
    private func commitment(_ row: RawStatement, _ hasher: SHA256Hasher) -> TreeHash? {
        if !row.isNull(at: 5) { return TreeHash(row.bytes(at: 5)) }
        return row.withBytes(at: 2) { hash in
            row.withBytes(at: 3) { salt in
                guard salt.count == TreeHash.byteCount else { return nil }
                if row.isNull(at: 4) { return LogEntry.commitment(salt: salt, hash: hash, rawHash: nil, hasher) }
                return row.withBytes(at: 4) { raw in
                    guard raw.count == TreeHash.byteCount else { return nil }
                    return LogEntry.commitment(salt: salt, hash: hash, rawHash: raw, hasher)
                }
            }
        }
    }

    func configurationID() throws(StoreError) -> String {
        let find = try RawStatement("SELECT config_id FROM log WHERE id = ?", in: database)
        find.bind(Int64(log.rawValue), at: 1)
        defer { find.reset() }
        guard try find.step() else { throw TreeTables.damaged("the row", of: log) }
        return find.text(at: 0)
    }

    // MARK: - Views

    /// The public tree at a size.
    func publicTree(size: UInt64) -> TreeView<StoreError> {
        let hasher = TreeHasher(.rfc6962)
        return TreeView(size: size, hasher) { (address, count) throws(StoreError) in
            try publicTile(address, count: count, hasher)
        }
    }

    /// At least `count` hashes of a tile of the public tree.
    func publicTile(_ address: TileAddress, count: Int, _ hasher: TreeHasher) throws(StoreError) -> [TreeHash] {
        if let tile = try storedTile(.publicTree, address), tile.count >= count { return tile }
        guard address.level == 0 else { throw TreeTables.damaged("a tile", of: log) }
        var leaves: [TreeHash] = []
        let first = address.number * UInt64(TileAddress.width) + 1
        try forEachLeaf(from: first, count: count) { leaves.append($0.entry.leaf(hasher)) }
        return leaves
    }

    /// The tree of closed buffers at a size.
    func published(size: UInt64) -> TreeView<StoreError> {
        TreeView(size: size, TreeHasher(.plain)) { (address, count) throws(StoreError) in
            try publishedTile(address, count: count)
        }
    }

    /// At least `count` hashes of a tile of the published tree.
    func publishedTile(_ address: TileAddress, count: Int) throws(StoreError) -> [TreeHash] {
        if let tile = try storedTile(.published, address), tile.count >= count { return tile }
        guard address.level == 0 else { throw TreeTables.damaged("a tile", of: log) }
        return try bufferRoots(from: address.number * UInt64(TileAddress.width), count: count)
    }

    /// A buffer's tree at a size.
    func buffer(_ number: UInt64, first: UInt64, size: UInt64) -> TreeView<StoreError> {
        TreeView(size: size, TreeHasher(.plain)) { (address, count) throws(StoreError) in
            try bufferTile(number, first: first, address, count: count)
        }
    }

    /// At least `count` hashes of a tile of a buffer whose first event is `first`.
    func bufferTile(
        _ number: UInt64,
        first: UInt64,
        _ address: TileAddress,
        count: Int
    ) throws(StoreError) -> [TreeHash] {
        if let tile = try storedTile(.buffer(number), address), tile.count >= count { return tile }
        guard address.level == 0 else { throw TreeTables.damaged("a tile", of: log) }
        return try eventHashes(from: first + address.number * UInt64(TileAddress.width), count: count)
    }

    /// The published root of a size that there is, with its proof from the size before.
    func root(_ buffer: ClosedBuffer) throws(StoreError) -> PublishedRoot {
        let size = buffer.number + 1
        return PublishedRoot(
            size: size,
            hash: buffer.publishedRoot,
            publishedAt: buffer.publishedAt,
            consistencyProof: try published(size: size).apiConsistencyProof(from: size - 1, to: size)
        )
    }

    /// The newest checkpoint with its size and root.
    func newestCheckpoint() throws(StoreError) -> (size: UInt64, root: TreeHash, note: String)? {
        let find = try RawStatement(
            "SELECT size, root, note FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1",
            in: database
        )
        find.bind(Int64(log.rawValue), at: 1)
        defer { find.reset() }
        guard try find.step() else { return nil }
        guard let root = TreeHash(find.bytes(at: 1)) else { throw TreeTables.damaged("a checkpoint", of: log) }
        return (UInt64(clamping: find.integer(at: 0)), root, find.text(at: 2))
    }
}
