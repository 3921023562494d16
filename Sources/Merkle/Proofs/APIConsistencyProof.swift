/// That a tree grew only at its end, in the audit API's form (audit API contract, section 6.4).
///
/// One item for each maximal complete subtree of the old tree, the rightmost and smallest first.
package struct APIConsistencyProof: Equatable, Sendable {
    package struct Item: Equatable, Sendable {
        /// Root of the subtree.
        package let hash: TreeHash
        /// From there to the root of the new tree.
        package let path: [PathStep]

        package init(hash: TreeHash, path: [PathStep]) {
            self.hash = hash
            self.path = path
        }
    }

    package let items: [Item]

    package init(items: [Item]) { self.items = items }

    /// A proof from its list of texts; nil when one of them is not an item.
    package init?(_ texts: [String]) {
        var items: [Item] = []
        for text in texts {
            guard let comma = text.firstIndex(of: ","), text.hasPrefix("x:"),
                let hash = TreeHash(hex: String(text[..<comma].dropFirst(2))),
                let path = MembershipProof.parse(text[text.index(after: comma)...]), !path.isEmpty
            else { return nil }
            items.append(Item(hash: hash, path: path))
        }
        self.items = items
    }

    /// `x:<hash of the subtree>,<path>` for each item.
    package var texts: [String] { items.map { "x:\($0.hash.hex),\(MembershipProof.text($0.path))" } }

    /// Whether it leads from the old root to the new one.
    package func verify(old: TreeHash, new: TreeHash, _ hasher: TreeHasher) -> Bool {
        guard let first = items.first else { return false }
        let root = items.dropFirst().reduce(first.hash) { hasher.node($1.hash, $0) }
        return root == old && items.allSatisfy { !$0.path.isEmpty && $0.path.root(from: $0.hash, hasher) == new }
    }
}
