import Cryptography
import Foundation
import JSON
import Merkle

/// A tree made by RFC 6962's own recursive definition (section 2.1), to hold ours against.
struct RecursiveTree {
    let leaves: [TreeHash]
    let hasher: TreeHasher

    func root(_ range: Range<Int>) -> TreeHash {
        if range.count == 1 { return leaves[range.lowerBound] }
        var half = 1
        while half * 2 < range.count { half *= 2 }
        let middle = range.lowerBound + half
        return hasher.node(root(range.lowerBound..<middle), root(middle..<range.upperBound))
    }

    /// PATH(m, D[n]) of the RFC, with sides.
    func path(_ index: Int, _ range: Range<Int>) -> [PathStep] {
        if range.count == 1 { return [] }
        var half = 1
        while half * 2 < range.count { half *= 2 }
        let middle = range.lowerBound + half
        return index < middle
            ? path(index, range.lowerBound..<middle) + [PathStep(side: .right, hash: root(middle..<range.upperBound))]
            : path(index, middle..<range.upperBound) + [PathStep(side: .left, hash: root(range.lowerBound..<middle))]
    }

    /// SUBPROOF(m, D[n], b) of the RFC.
    func subproof(_ old: Int, _ range: Range<Int>, isWhole: Bool) -> [TreeHash] {
        if range.upperBound == old { return isWhole ? [] : [root(range)] }
        var half = 1
        while half * 2 < range.count { half *= 2 }
        let middle = range.lowerBound + half
        return old <= middle
            ? subproof(old, range.lowerBound..<middle, isWhole: isWhole) + [root(middle..<range.upperBound)]
            : subproof(old, middle..<range.upperBound, isWhole: false) + [root(range.lowerBound..<middle)]
    }
}

/// Tiles as a store keeps them.
final class TileStore {
    var tiles: [TileAddress: [TreeHash]] = [:]
    let leaves: [TreeHash]
    let builder: TreeBuilder

    init(_ count: Int, _ rule: NodeRule) {
        leaves = (0..<count).compactMap { TreeHash(SHA256Hasher.hash(Array("leaf \($0)".utf8))) }
        builder = TreeBuilder(TreeHasher(rule))
        for leaf in leaves { builder.append(leaf) { tiles[$0.address] = $0.hashes } }
    }

    /// What is on disk, and the newest leaves where no full tile of them is.
    func read(_ address: TileAddress, _ count: Int) -> [TreeHash] {
        if let tile = tiles[address] { return tile }
        precondition(address.level == 0, "tile \(address) is missing")
        return Array(leaves[Int(address.number) * 256..<Int(address.number) * 256 + count])
    }

    var view: TreeView<Never> { TreeView(size: UInt64(leaves.count), builder.hasher) { self.read($0, $1) } }
}

/// The audit API contract's own vectors, when they lie beside the checkout.
func contractVectors(_ name: String) -> JSONValue? {
    let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let file = root.deletingLastPathComponent().appending(path: "shared/contract/vectors/\(name)")
    let document = JSONDocument()
    guard let bytes = try? Data(contentsOf: file), (try? document.parse([UInt8](bytes))) != nil else {
        print("skipped: the contract's \(name) is not beside the checkout")
        return nil
    }
    return document.root.owned()
}
