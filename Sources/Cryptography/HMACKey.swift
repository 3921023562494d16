/// A key of HMAC (RFC 2104), padded once and used for many messages, from any thread.
///
/// The key is kept as the two blocks that HMAC hashes before its text and before its inner digest, and those blocks go
/// through the thread's own digest context. That is two compressions more than a keyed context of OpenSSL would need,
/// but `EVP_MAC_CTX_dup` copies three contexts on the heap for each message, which costs several times as much.
package struct HMACKey: Sendable {
    package let algorithm: Digest.Algorithm
    private let innerBlock: [UInt8]
    private let outerBlock: [UInt8]

    /// A key of any length; one longer than the hash function's block counts as its digest (RFC 2104, section 2).
    package init(algorithm: Digest.Algorithm, key: [UInt8]) {
        self.algorithm = algorithm
        let blockByteCount = algorithm.blockByteCount
        var block = key.count > blockByteCount ? Digest.hash(algorithm, key) : key
        block.append(contentsOf: repeatElement(0, count: blockByteCount - block.count))
        innerBlock = block.map { $0 ^ 0x36 }
        outerBlock = block.map { $0 ^ 0x5C }
    }

    /// The code of the parts in their order, as if they were one message; ``Digest/Algorithm/byteCount`` bytes.
    package func code(for parts: [UnsafeRawBufferPointer]) -> [UInt8] {
        let context = ThreadDigestContext.current
        let method = algorithm.method
        let byteCount = algorithm.byteCount
        return [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            let code = UnsafeMutableRawBufferPointer(output)
            context.reset(method)
            innerBlock.withUnsafeBytes { context.update($0) }
            for part in parts { context.update(part) }
            context.finish(into: code)
            context.restart()
            outerBlock.withUnsafeBytes { context.update($0) }
            context.update(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(code)[..<byteCount]))
            context.finish(into: code)
            count = byteCount
        }
    }

    /// The code of one message; ``Digest/Algorithm/byteCount`` bytes.
    package func code(for message: [UInt8]) -> [UInt8] {
        message.withUnsafeBytes { code(for: [$0]) }
    }
}
