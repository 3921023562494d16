internal import Cryptography

/// How a tree makes a node of two others.
package enum NodeRule: Sendable {
    /// SHA-256(left ‖ right), leaves as they stand: the audit API's trees (audit API contract, section 6.1).
    case plain
    /// SHA-256(0x01 ‖ left ‖ right), leaves SHA-256(0x00 ‖ entry): RFC 6962, section 2.1.
    case rfc6962
}

/// Hashes nodes and leaves of one kind of tree; keep one for each thread.
package final class TreeHasher {
    package let rule: NodeRule
    private let hasher = SHA256Hasher()

    package init(_ rule: NodeRule) { self.rule = rule }

    /// The node above two others.
    package func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * TreeHash.byteCount, alignment: 8) { buffer in
            buffer[0] = 0x01
            left.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: $0) }
            right.withBytes {
                UnsafeMutableRawBufferPointer(rebasing: buffer[(1 + TreeHash.byteCount)...]).copyMemory(from: $0)
            }
            let input = UnsafeRawBufferPointer(buffer)
            return hash(rule == .plain ? UnsafeRawBufferPointer(rebasing: input[1...]) : input)
        }
    }

    /// The leaf of an entry's bytes (RFC 6962, section 2.1); only for trees of that rule, as the API's leaves are hashes.
    package func leaf(_ entry: UnsafeRawBufferPointer) -> TreeHash {
        precondition(rule == .rfc6962, "the leaves of a plain tree are hashes already")
        return withUnsafeBytes(of: UInt8(0)) { prefix in
            hasher.update(prefix)
            return hash(entry)
        }
    }

    /// SHA-256 of all that was given to the hasher before and of `bytes`.
    private func hash(_ bytes: UnsafeRawBufferPointer) -> TreeHash {
        hasher.update(bytes)
        return withUnsafeTemporaryAllocation(byteCount: TreeHash.byteCount, alignment: 8) { output in
            hasher.finish(into: output)
            return TreeHash(UnsafeRawBufferPointer(output))
        }
    }
}
