/// One sibling on the way from a node up to a root.
package struct PathStep: Equatable, Sendable {
    /// On which side of the path the sibling stands.
    package enum Side: Sendable { case left, right }

    package let side: Side
    package let hash: TreeHash

    package init(side: Side, hash: TreeHash) {
        self.side = side
        self.hash = hash
    }
}

extension [PathStep] {
    /// The root that a path leads to from a node.
    package func root(from node: TreeHash, _ hasher: TreeHasher) -> TreeHash {
        reduce(node) { node, step in
            switch step.side {
            case .left: hasher.node(step.hash, node)
            case .right: hasher.node(node, step.hash)
            }
        }
    }
}
