/// The right edge of a growing tree: takes leaves, and hands out each tile when it changes on disk.
///
/// Belongs to one thread. What it holds is a few kilobytes however large the tree is: of each level of tiles the one that
/// is being filled.
package final class TreeBuilder {
    /// A tile that is to be stored in the place of an earlier one.
    package struct ChangedTile {
        package let address: TileAddress
        package let hashes: [TreeHash]

        package init(address: TileAddress, hashes: [TreeHash]) {
            self.address = address
            self.hashes = hashes
        }
    }

    package private(set) var size: UInt64
    package let hasher: TreeHasher
    private var levels: [TileNodes]

    /// An empty tree.
    package init(_ hasher: TreeHasher) {
        self.hasher = hasher
        size = 0
        levels = [TileNodes()]
    }

    /// A tree of `size` leaves whose right edge is read from tiles.
    ///
    /// - Parameters:
    ///   - size: number of leaves.
    ///   - hasher: of the tree's rule.
    ///   - tile: gives at least `count` hashes of the tile at an address.
    /// - Throws: what `tile` throws.
    package init<Failure: Error>(
        size: UInt64,
        _ hasher: TreeHasher,
        tile: (_ address: TileAddress, _ count: Int) throws(Failure) -> [TreeHash]
    ) throws(Failure) {
        self.hasher = hasher
        self.size = size
        levels = []
        var entries = size
        repeat {
            let address = TileAddress(level: levels.count, number: entries >> UInt64(TileAddress.height))
            let count = Int(entries & UInt64(TileAddress.width - 1))
            levels.append(TileNodes(count == 0 ? [] : try tile(address, count).prefix(count), hasher))
            entries >>= UInt64(TileAddress.height)
        } while entries > 0
    }

    /// Adds a leaf, and calls `changed` with each tile to be stored: full ones of level 0, and those above whenever they
    /// grow, which is once in 256 leaves.
    package func append<Failure: Error>(
        _ leaf: TreeHash,
        changed: (ChangedTile) throws(Failure) -> Void
    ) throws(Failure) {
        var hash = leaf
        var level = 0
        while true {
            levels[level].append(hash, hasher)
            let number = (size >> UInt64(level * TileAddress.height)) >> UInt64(TileAddress.height)
            let isFull = levels[level].isFull
            if isFull || level > 0 {
                try changed(
                    ChangedTile(
                        address: TileAddress(level: level, number: number),
                        hashes: levels[level].hashes
                    )
                )
            }
            guard isFull else { break }
            hash = levels[level].root
            levels[level].removeAll()
            level += 1
            if level == levels.count { levels.append(TileNodes()) }
        }
        size += 1
    }

    /// The hashes of the tile at the right edge of level 0: the newest leaves, 255 at most.
    package var edge: [TreeHash] { levels[0].hashes }

    /// The tree as it is now, to read nodes from: the right edge stands here, full tiles are what `stored` gives.
    package func view<Failure: Error>(
        stored: @escaping (TileAddress, Int) throws(Failure) -> [TreeHash]
    ) -> TreeView<Failure> {
        TreeView(size: size, hasher, edge: levels, tile: stored)
    }

    /// The root over all leaves; nil of an empty tree.
    package var root: TreeHash? {
        // From the right: complete nodes grow towards the left.
        var root: TreeHash?
        for level in levels {
            var count = level.hashes.count
            var height = 0
            while count > 0 {
                if count & 1 == 1 {
                    let node = level.node(height: height, index: count - 1)
                    root = root.map { hasher.node(node, $0) } ?? node
                }
                count >>= 1
                height += 1
            }
        }
        return root
    }
}
