package import Schema

/// The secret that a search index hashes with.
///
/// Without one, whoever writes events could make values that collide, and hide one behind another. Nor does an index say
/// anything about the events to somebody who has it but not its key.
package struct SearchIndexKey: Equatable, Sendable {
    /// Bytes of a key.
    package static let byteCount = 16

    private let low: UInt64
    private let high: UInt64

    /// - Returns: nil unless there are ``byteCount`` bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == SearchIndexKey.byteCount else { return nil }
        (low, high) = bytes.withUnsafeBytes {
            (
                UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)),
                UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    /// SipHash-2-4 (Aumasson and Bernstein, 2012) of eight little-endian bytes of `prefix` and then `bytes`.
    package func hash(_ prefix: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = SipState(low, high)
        state.take(prefix)
        var offset = 0
        while bytes.count - offset >= 8 {
            state.take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var last = UInt64(truncatingIfNeeded: bytes.count + 8) << 56
        for place in offset..<bytes.count { last |= UInt64(bytes[place]) << (8 * UInt64(place - offset)) }
        state.take(last)
        return state.finish()
    }

    /// Says which log, schema and version of the format a segment is for; one with another fingerprint is of no use.
    package func fingerprint(of schema: EventSchema, treeName: String) -> UInt64 {
        var text = treeName
        for field in schema.fields { text += "\n\(field.id) \(field.kind.rawValue)" }
        return Array(text.utf8).withUnsafeBytes { hash(SegmentHeader.version, $0) }
    }
}

private struct SipState {
    private var a, b, c, d: UInt64

    init(_ low: UInt64, _ high: UInt64) {
        a = low ^ 0x736f_6d65_7073_6575
        b = high ^ 0x646f_7261_6e64_6f6d
        c = low ^ 0x6c79_6765_6e65_7261
        d = high ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    private mutating func round() {
        a = a &+ b
        b = (b << 13 | b >> 51) ^ a
        a = a << 32 | a >> 32
        c = c &+ d
        d = (d << 16 | d >> 48) ^ c
        a = a &+ d
        d = (d << 21 | d >> 43) ^ a
        c = c &+ b
        b = (b << 17 | b >> 47) ^ c
        c = c << 32 | c >> 32
    }

    @inline(__always)
    mutating func take(_ word: UInt64) {
        d ^= word
        round()
        round()
        a ^= word
    }

    mutating func finish() -> UInt64 {
        c ^= 0xFF
        for _ in 0..<4 { round() }
        return a ^ b ^ c ^ d
    }
}
