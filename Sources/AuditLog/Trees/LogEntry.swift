package import Cryptography
package import Merkle

/// What stands for an event in the public tree: a small record that tells nothing of the event's content.
///
/// The event and its record are committed to under a salt of 32 random bytes, so that the tree may be public while nobody
/// can try out what an event said; whoever has the salt can prove it. Erasing event and salt leaves the record as it is.
///
///     1 byte    version, 1
///     8 bytes   sequence, big endian; the leaf's index is one less
///     8 bytes   received_at, microseconds since 1970, big endian
///     32 bytes  SHA-256 of the log's `config_id`
///     32 bytes  SHA-256(salt ‖ API event hash ‖ raw record hash), see ``commitment(salt:hash:rawHash:_:)``
package struct LogEntry: Equatable, Sendable {
    package static let byteCount = 81
    private static let version: UInt8 = 1

    package let sequence: UInt64
    /// Microseconds since 1970.
    package let receivedAt: Int64
    package let log: TreeHash
    package let commitment: TreeHash

    package init(sequence: UInt64, receivedAt: Int64, log: TreeHash, commitment: TreeHash) {
        self.sequence = sequence
        self.receivedAt = receivedAt
        self.log = log
        self.commitment = commitment
    }

    /// An entry from its bytes; nil when they are none.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == LogEntry.byteCount, bytes[0] == LogEntry.version else { return nil }
        sequence = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
        receivedAt = Int64(bigEndian: bytes.loadUnaligned(fromByteOffset: 9, as: Int64.self))
        log = TreeHash(UnsafeRawBufferPointer(rebasing: bytes[17...]))
        commitment = TreeHash(UnsafeRawBufferPointer(rebasing: bytes[49...]))
    }

    /// Calls `body` with the entry's bytes.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeTemporaryAllocation(byteCount: LogEntry.byteCount, alignment: 8) { buffer in
            buffer[0] = LogEntry.version
            buffer.storeBytes(of: sequence.bigEndian, toByteOffset: 1, as: UInt64.self)
            buffer.storeBytes(of: receivedAt.bigEndian, toByteOffset: 9, as: Int64.self)
            log.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[17..<49]).copyMemory(from: $0) }
            commitment.withBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[49...]).copyMemory(from: $0) }
            return try body(UnsafeRawBufferPointer(buffer))
        }
    }

    /// The leaf of the public tree (RFC 6962, section 2.1).
    package func leaf(_ hasher: TreeHasher) -> TreeHash { withBytes { hasher.leaf($0) } }

    /// The hash by which entries name a log.
    package static func logHash(configurationID: String) -> TreeHash {
        SHA256Hasher.hash(Array(configurationID.utf8)).withUnsafeBytes { TreeHash($0) }
    }

    /// SHA-256 over salt, event hash and the raw record's hash, which is 32 zero bytes for an event without a record.
    package static func commitment(
        salt: UnsafeRawBufferPointer,
        hash: UnsafeRawBufferPointer,
        rawHash: UnsafeRawBufferPointer?,
        _ hasher: SHA256Hasher
    ) -> TreeHash {
        precondition(salt.count == 32 && hash.count == 32 && rawHash?.count ?? 32 == 32, "hashes have 32 bytes")
        return withUnsafeTemporaryAllocation(byteCount: 3 * TreeHash.byteCount, alignment: 8) { buffer in
            buffer.copyMemory(from: salt)
            UnsafeMutableRawBufferPointer(rebasing: buffer[32...]).copyMemory(from: hash)
            let last = UnsafeMutableRawBufferPointer(rebasing: buffer[64...])
            if let rawHash {
                last.copyMemory(from: rawHash)
            } else {
                last.initializeMemory(as: UInt8.self, repeating: 0)
            }
            hasher.update(UnsafeRawBufferPointer(buffer))
            // The input has been read: its room takes the digest.
            hasher.finish(into: buffer)
            return TreeHash(UnsafeRawBufferPointer(buffer))
        }
    }
}
