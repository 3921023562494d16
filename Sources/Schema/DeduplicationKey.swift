/// What makes an event the same event: 20 bytes, ordered by the event's own time.
///
/// The first four bytes are the event's time in seconds, big endian, so that new keys land at the right edge of the
/// index; they are for locality only, and 0 (no time of its own) or a clamped value is correct. The other sixteen are
/// the start of a SHA-256 over whom the event belongs to and its id.
package struct DeduplicationKey: Hashable, Comparable, Sendable {
    package let time: UInt32
    private let high: UInt64
    private let low: UInt64

    /// - Parameters:
    ///   - time: seconds since 1970, clamped to what fits; nil when the event has no time of its own.
    ///   - digest: at least 16 bytes of a hash.
    package init(time: Int64?, digest: UnsafeRawBufferPointer) {
        self.time = UInt32(clamping: time ?? 0)
        high = UInt64(bigEndian: digest.loadUnaligned(as: UInt64.self))
        low = UInt64(bigEndian: digest.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
    }

    /// A key from its 20 bytes; nil when there are not as many.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 20 else { return nil }
        let time = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
        self.init(time: Int64(time), digest: UnsafeRawBufferPointer(rebasing: bytes[4...]))
    }

    // A part of a cryptographic hash is as good as the whole.
    package func hash(into hasher: inout Hasher) { hasher.combine(high) }

    /// The order of the bytes.
    package static func < (left: DeduplicationKey, right: DeduplicationKey) -> Bool {
        (left.time, left.high, left.low) < (right.time, right.high, right.low)
    }

    /// Calls `body` with the key's 20 bytes.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeTemporaryAllocation(byteCount: 20, alignment: 8) { buffer in
            buffer.storeBytes(of: time.bigEndian, toByteOffset: 0, as: UInt32.self)
            buffer.storeBytes(of: high.bigEndian, toByteOffset: 4, as: UInt64.self)
            buffer.storeBytes(of: low.bigEndian, toByteOffset: 12, as: UInt64.self)
            return try body(UnsafeRawBufferPointer(buffer))
        }
    }
}
