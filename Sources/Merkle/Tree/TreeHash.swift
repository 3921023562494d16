internal import Cryptography

/// A SHA-256 value in a tree, 32 bytes that live without an allocation.
package struct TreeHash: Hashable, Sendable {
    package static let byteCount = 32

    private let words: SIMD4<UInt64>

    /// The first 32 bytes of `bytes`.
    package init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= TreeHash.byteCount, "a hash has 32 bytes, not \(bytes.count)")
        words = bytes.loadUnaligned(as: SIMD4<UInt64>.self)
    }

    /// A hash from exactly 32 bytes; nil for another number.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == TreeHash.byteCount else { return nil }
        self = bytes.withUnsafeBytes { TreeHash($0) }
    }

    /// A hash from 64 hex digits; nil for anything else.
    package init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes)
    }

    /// Calls `body` with the 32 bytes.
    @inline(__always)
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: words, body)
    }

    package var bytes: [UInt8] { withBytes { Array($0) } }

    /// 64 lower-case digits.
    package var hex: String { Hex.encode(bytes) }

    // A part of a cryptographic hash is as good as the whole.
    package func hash(into hasher: inout Hasher) { hasher.combine(words[0]) }
}

extension TreeHash {
    /// The root of a tree without leaves: SHA-256 of nothing (RFC 9162, section 2.1.1).
    package static let emptyRoot = SHA256Hasher.hash([]).withUnsafeBytes { TreeHash($0) }

    /// Hashes that stand back to back, as tiles hold them; what does not fill 32 bytes at the end is left out.
    package static func list(_ bytes: UnsafeRawBufferPointer) -> [TreeHash] {
        (0..<bytes.count / byteCount).map { index in
            TreeHash(UnsafeRawBufferPointer(rebasing: bytes[index * byteCount..<(index + 1) * byteCount]))
        }
    }

    /// The bytes of hashes, back to back.
    package static func bytes(_ hashes: some Collection<TreeHash>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * byteCount)
        for hash in hashes { hash.withBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }
}
