/// One size of a tree, whose nodes are read from tiles: roots and proofs of it and of all smaller sizes.
///
/// Tiles that were read are kept as long as the view, so make one for each page of answers. For one thread.
package final class TreeView<Failure: Error> {
    /// Gives at least the first `count` hashes of the tile at an address.
    package typealias TileSource = (_ address: TileAddress, _ count: Int) throws(Failure) -> [TreeHash]

    package let size: UInt64
    private let hasher: TreeHasher
    private let tile: TileSource
    private var tiles: [TileAddress: TileNodes] = [:]
    /// Most tiles that are kept: 4 MiB of hashes and nodes.
    private let maximumTiles = 256

    /// A tree of `size` leaves.
    package init(size: UInt64, _ hasher: TreeHasher, tile: @escaping TileSource) {
        self.size = size
        self.hasher = hasher
        self.tile = tile
    }

    /// A tree whose tiles at the right edge are known.
    init(size: UInt64, _ hasher: TreeHasher, edge: [TileNodes], tile: @escaping TileSource) {
        self.size = size
        self.hasher = hasher
        self.tile = tile
        for (level, nodes) in edge.enumerated() {
            let number = (size >> UInt64(level * TileAddress.height)) >> UInt64(TileAddress.height)
            tiles[TileAddress(level: level, number: number)] = nodes
        }
    }

    /// The complete node over the leaves `[index · 2^height, (index + 1) · 2^height)`.
    package func node(height: Int, index: UInt64) throws(Failure) -> TreeHash {
        precondition(
            height < 64 && index < size >> UInt64(height),
            "node \(index) at height \(height) is not complete in a tree of \(size)"
        )
        // Above level 0 a tile has an entry as soon as the tile below it is full.
        let inner = height % TileAddress.height
        let shift = UInt64(TileAddress.height - inner)
        let address = TileAddress(level: height / TileAddress.height, number: index >> shift)
        let within = Int(index & ((1 << shift) - 1))
        return try nodes(of: address).node(height: inner, index: within)
    }

    private func nodes(of address: TileAddress) throws(Failure) -> TileNodes {
        if let known = tiles[address] { return known }
        let count = address.width(inTreeOf: size)
        let nodes = TileNodes(try tile(address, count).prefix(count), hasher)
        if tiles.count >= maximumTiles { tiles.removeAll() }
        tiles[address] = nodes
        return nodes
    }

    // MARK: - Roots

    /// The root over the first `size` leaves; nil of none.
    package func root(of size: UInt64) throws(Failure) -> TreeHash? {
        size == 0 ? nil : try hash(over: 0..<size)
    }

    /// The hash over a range of leaves whose beginning is a multiple of the largest power of two in it.
    private func hash(over range: Range<UInt64>) throws(Failure) -> TreeHash {
        var root: TreeHash?
        var rest = range
        // Complete nodes, the smallest and rightmost first.
        while !rest.isEmpty {
            let height = rest.count.trailingZeroBitCount
            let width = UInt64(1) << UInt64(height)
            let node = try node(height: height, index: (rest.upperBound - width) >> UInt64(height))
            root = root.map { hasher.node(node, $0) } ?? node
            rest = rest.lowerBound..<rest.upperBound - width
        }
        guard let root else { preconditionFailure("no hash over no leaves") }
        return root
    }

    // MARK: - Paths

    /// The siblings from a complete node up to the root over the first `size` leaves, the lowest first.
    ///
    /// Of a leaf (`height` 0) it is the inclusion proof (RFC 9162, section 2.1.3.1; its shape holds for both node rules).
    package func path(height: Int = 0, index: UInt64, inTreeOf size: UInt64) throws(Failure) -> [PathStep] {
        precondition(size <= self.size && index < size >> UInt64(height), "no node \(index) at \(height) in \(size)")
        let target = index << UInt64(height)
        let width = UInt64(1) << UInt64(height)
        var range = 0..<size
        var path: [PathStep] = []
        while UInt64(range.count) > width {
            let middle = range.lowerBound + TreeShape.split(UInt64(range.count))
            if target < middle {
                path.append(PathStep(side: .right, hash: try hash(over: middle..<range.upperBound)))
                range = range.lowerBound..<middle
            } else {
                path.append(PathStep(side: .left, hash: try hash(over: range.lowerBound..<middle)))
                range = middle..<range.upperBound
            }
        }
        path.reverse()
        return path
    }

    // MARK: - Consistency

    /// That the first `old` leaves of the tree of `new` leaves are the tree of `old`, in the audit API's form
    /// (audit API contract, section 6.4); nil unless 0 < old < new.
    package func apiConsistencyProof(from old: UInt64, to new: UInt64) throws(Failure) -> APIConsistencyProof? {
        guard old > 0, old < new else { return nil }
        var items: [APIConsistencyProof.Item] = []
        var end = old
        while end > 0 {
            let height = end.trailingZeroBitCount
            let index = (end - 1) >> UInt64(height)
            items.append(
                APIConsistencyProof.Item(
                    hash: try node(height: height, index: index),
                    path: try path(height: height, index: index, inTreeOf: new)
                )
            )
            end &= end - 1
        }
        return APIConsistencyProof(items: items)
    }

    /// The same in RFC 9162's form (section 2.1.4.1): empty for equal sizes; nil unless 0 < old ≤ new.
    package func consistencyProof(from old: UInt64, to new: UInt64) throws(Failure) -> [TreeHash]? {
        guard old > 0, old <= new else { return nil }
        var range = 0..<new
        var isWhole = true
        var proof: [TreeHash] = []
        while UInt64(range.count) > old - range.lowerBound {
            let middle = range.lowerBound + TreeShape.split(UInt64(range.count))
            if old <= middle {
                proof.append(try hash(over: middle..<range.upperBound))
                range = range.lowerBound..<middle
            } else {
                proof.append(try hash(over: range.lowerBound..<middle))
                range = middle..<range.upperBound
                isWhole = false
            }
        }
        if !isWhole { proof.append(try hash(over: range)) }
        proof.reverse()
        return proof
    }
}

/// The shape that RFC 6962, section 2.1, gives a tree of any size.
enum TreeShape {
    /// How many of `count` leaves stand in the left half: the largest power of two below `count`, which is 2 or more.
    static func split(_ count: UInt64) -> UInt64 { 1 << UInt64(63 - (count - 1).leadingZeroBitCount) }
}
