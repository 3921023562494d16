/// Proofs of RFC 9162 as a verifier sees them: hashes without sides, which follow from index and sizes.
package enum PublicProofs {
    /// The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2); nil when the proof has the wrong length.
    package static func root(
        leaf: TreeHash,
        index: UInt64,
        size: UInt64,
        proof: [TreeHash],
        _ hasher: TreeHasher
    ) -> TreeHash? {
        guard index < size else { return nil }
        var node = index
        var last = size - 1
        var hash = leaf
        for sibling in proof {
            guard last > 0 else { return nil }
            if node & 1 == 1 || node == last {
                hash = hasher.node(sibling, hash)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = hasher.node(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 ? hash : nil
    }

    /// Whether a consistency proof leads from one root to another (RFC 9162, section 2.1.4.2).
    package static func isConsistent(
        old: (size: UInt64, root: TreeHash),
        new: (size: UInt64, root: TreeHash),
        proof: [TreeHash],
        _ hasher: TreeHasher
    ) -> Bool {
        guard old.size > 0, old.size <= new.size else { return false }
        if old.size == new.size { return proof.isEmpty && old.root == new.root }
        let isPowerOfTwo = old.size & (old.size - 1) == 0
        let path = isPowerOfTwo ? [old.root] + proof : proof
        guard let first = path.first, !proof.isEmpty else { return false }
        var node = old.size - 1
        var last = new.size - 1
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        var oldHash = first
        var newHash = first
        for sibling in path.dropFirst() {
            guard last > 0 else { return false }
            if node & 1 == 1 || node == last {
                oldHash = hasher.node(sibling, oldHash)
                newHash = hasher.node(sibling, newHash)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                newHash = hasher.node(newHash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && oldHash == old.root && newHash == new.root
    }
}
