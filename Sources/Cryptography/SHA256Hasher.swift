/// SHA-256 (FIPS 180-4) over parts, with one context used again and again.
///
///     let hasher = SHA256Hasher()
///     hasher.update(leafPrefix)
///     hasher.update(leaf)
///     hasher.finish(into: root)   // and the next hash begins
///
/// Keep one for each thread. Nothing of ours allocates here; OpenSSL 3.0 itself takes 112 bytes at the beginning of each
/// hash and gives them back at the next, which later versions do not.
package final class SHA256Hasher {
    /// Length of a digest in bytes.
    package static let byteCount = 32

    private let context = DigestContext()

    /// A hasher that is ready for the first part.
    package init() { context.reset(.sha256) }

    deinit { context.free() }

    /// Forgets what was hashed so far and begins anew; not needed after ``finish(into:)``.
    package func reset() { context.restart() }

    package func update(_ bytes: UnsafeRawBufferPointer) { context.update(bytes) }

    package func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { context.update($0) } }

    /// Writes the 32 bytes of the digest to the start of `output` and begins anew.
    package func finish(into output: UnsafeMutableRawBufferPointer) {
        precondition(output.count >= Self.byteCount, "SHA-256 needs 32 bytes of output, not \(output.count)")
        context.finish(into: output)
        context.restart()
    }

    /// The digest, 32 bytes; begins anew.
    package func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { output, count in
            finish(into: UnsafeMutableRawBufferPointer(output))
            count = Self.byteCount
        }
    }

    /// The digest of `bytes`, 32 bytes.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { Digest.hash(.sha256, bytes) }

    /// The digest of `bytes`, 32 bytes.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] { Digest.hash(.sha256, bytes) }
}
