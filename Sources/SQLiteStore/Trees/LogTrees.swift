internal import AuditLog
internal import GRDB
internal import Merkle

/// The right edges of a log's trees in the writer's hands.
///
/// True for the end of the newest transaction. One that fails is followed by reading everything anew: nothing of this is
/// stored by itself, as it follows from tiles, buffers and the newest events.
final class LogTrees {
    let publicTree: TreeBuilder
    private(set) var buffer: TreeBuilder
    let published: TreeBuilder
    /// Of the open buffer: how many were closed before it.
    private(set) var number: UInt64
    /// The sequence of its first event.
    private(set) var first: UInt64
    let logHash: TreeHash
    /// An open buffer with as many events closes by itself.
    private let maximumBufferEvents: UInt64
    private let log: LogID

    /// Reads the edges of the trees; at first of those events that fill whole tiles, the others come by ``grow(_:to:now:)``.
    init(_ tables: TreeTables, maximumBufferEvents: UInt64) throws(StoreError) {
        log = tables.log
        self.maximumBufferEvents = maximumBufferEvents
        logHash = LogEntry.logHash(configurationID: try tables.configurationID())
        let publicHasher = TreeHasher(.rfc6962)
        let width = UInt64(TileAddress.width)
        publicTree = try TreeBuilder(size: try tables.countOfTiles(.publicTree) * width, publicHasher) {
            (address, count) throws(StoreError) in try tables.publicTile(address, count: count, publicHasher)
        }
        let newest = try tables.newestBuffer()
        let number = newest.map { $0.number + 1 } ?? 0
        let first = newest.map { $0.sequences.upperBound + 1 } ?? 1
        let plain = TreeHasher(.plain)
        published = try TreeBuilder(size: number, plain) { (address, count) throws(StoreError) in
            try tables.publishedTile(address, count: count)
        }
        buffer = try TreeBuilder(size: try tables.countOfTiles(.buffer(number)) * width, plain) {
            (address, count) throws(StoreError) in
            try tables.bufferTile(number, first: first, address, count: count)
        }
        self.number = number
        self.first = first
    }

    /// The last sequence that is in both trees.
    var head: UInt64 { min(publicTree.size, first + buffer.size - 1) }

    /// Takes in events that are stored, up to a sequence.
    func grow(_ tables: TreeTables, to last: UInt64, now: Int64) throws(StoreError) {
        guard head < last else { return }
        let hasher = publicTree.hasher
        try tables.forEachLeaf(from: head + 1, count: Int(last - head)) { (leaf) throws(StoreError) in
            // One of the trees may be ahead: each has its own tiles.
            if leaf.entry.sequence > publicTree.size { try appendPublic(leaf.entry.leaf(hasher), tables) }
            guard leaf.entry.sequence >= first + buffer.size else { return }
            try appendToBuffer(leaf.hash, tables)
            try closeIfFull(tables, now: max(now, leaf.entry.receivedAt))
        }
    }

    func appendPublic(_ leaf: TreeHash, _ tables: TreeTables) throws(StoreError) {
        try publicTree.append(leaf) { (tile) throws(StoreError) in try tables.store(.publicTree, tile) }
    }

    func appendToBuffer(_ hash: TreeHash, _ tables: TreeTables) throws(StoreError) {
        try buffer.append(hash) { (tile) throws(StoreError) in try tables.store(.buffer(number), tile) }
    }

    func closeIfFull(_ tables: TreeTables, now: Int64) throws(StoreError) {
        if buffer.size >= maximumBufferEvents { _ = try close(tables, now: now) }
    }

    /// Closes the open buffer and publishes its root; nil when it is empty.
    func close(_ tables: TreeTables, now: Int64) throws(StoreError) -> PublishedRoot? {
        guard let root = buffer.root else { return nil }
        let edge = buffer.edge
        if !edge.isEmpty {
            let address = TileAddress(level: 0, number: buffer.size / UInt64(TileAddress.width))
            try tables.store(.buffer(number), TreeBuilder.ChangedTile(address: address, hashes: edge))
        }
        try published.append(root) { (tile) throws(StoreError) in try tables.store(.published, tile) }
        guard let publishedRoot = published.root else { preconditionFailure("a tree with a leaf has a root") }
        let closed = ClosedBuffer(
            number: number,
            sequences: first...first + buffer.size - 1,
            root: root,
            publishedRoot: publishedRoot,
            publishedAt: now
        )
        try tables.insert(closed)
        let forget = try RawStatement("DELETE FROM shown_root WHERE log = ?", in: tables.database)
        forget.bind(Int64(log.rawValue), at: 1)
        try forget.run()
        number += 1
        first = closed.sequences.upperBound + 1
        buffer = TreeBuilder(buffer.hasher)
        return try tables.root(closed)
    }

    // MARK: - Proofs for writers

    /// The proof of an event in the open buffer, nil for one that is published.
    ///
    /// With the root that the writer knows comes a proof from there; an unknown one is no error.
    func proof(
        of sequence: UInt64,
        previousRoot: TreeHash?,
        _ tables: TreeTables
    ) throws(StoreError) -> BufferProof? {
        guard sequence >= first, let root = buffer.root else { return nil }
        let view = buffer.view { [number, first] (address, count) throws(StoreError) in
            try tables.bufferTile(number, first: first, address, count: count)
        }
        var consistency: APIConsistencyProof?
        if let previousRoot, let old = try shownSize(of: previousRoot, tables) {
            consistency = try view.apiConsistencyProof(from: old, to: buffer.size)
        }
        try show(root, tables)
        return BufferProof(
            root: root,
            path: try view.path(index: sequence - first, inTreeOf: buffer.size),
            consistencyProof: consistency
        )
    }

    private func shownSize(of root: TreeHash, _ tables: TreeTables) throws(StoreError) -> UInt64? {
        let find = try RawStatement("SELECT size FROM shown_root WHERE log = ? AND root = ?", in: tables.database)
        find.bind(Int64(log.rawValue), at: 1)
        find.bind(copyOf: root.bytes, at: 2)
        defer { find.reset() }
        return try find.step() ? UInt64(clamping: find.integer(at: 0)) : nil
    }

    private func show(_ root: TreeHash, _ tables: TreeTables) throws(StoreError) {
        let insert = try RawStatement(
            "INSERT OR IGNORE INTO shown_root (log, root, size) VALUES (?, ?, ?)",
            in: tables.database
        )
        insert.bind(Int64(log.rawValue), at: 1)
        insert.bind(copyOf: root.bytes, at: 2)
        insert.bind(Int64(clamping: buffer.size), at: 3)
        try insert.run()
    }
}
