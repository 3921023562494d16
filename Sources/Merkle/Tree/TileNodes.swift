/// All complete nodes above the hashes of one tile, up to its own root.
///
/// Each is hashed once, when its right child comes.
struct TileNodes: Sendable {
    /// By height above the tile's hashes: 256 at most, 128, … 1.
    private var rows: [[TreeHash]] = [[]]

    init() {}

    init(_ hashes: some Sequence<TreeHash>, _ hasher: TreeHasher) {
        for hash in hashes { append(hash, hasher) }
    }

    /// The tile's own hashes.
    var hashes: [TreeHash] { rows[0] }

    var isFull: Bool { rows[0].count == TileAddress.width }

    /// The hash above all 256; only of a full tile.
    var root: TreeHash { rows[TileAddress.height][0] }

    /// The complete node at a height (0 is the tile's own hashes) and index, both within the tile.
    func node(height: Int, index: Int) -> TreeHash { rows[height][index] }

    mutating func append(_ hash: TreeHash, _ hasher: TreeHasher) {
        rows[0].append(hash)
        var height = 0
        while rows[height].count.isMultiple(of: 2), height < TileAddress.height {
            let row = rows[height]
            let above = hasher.node(row[row.count - 2], row[row.count - 1])
            height += 1
            if height == rows.count { rows.append([]) }
            rows[height].append(above)
        }
    }

    /// Forgets all, and keeps the room.
    mutating func removeAll() {
        for height in rows.indices { rows[height].removeAll(keepingCapacity: true) }
    }
}
