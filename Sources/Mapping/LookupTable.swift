internal import Glibc
package import JSON

/// A table of a mapping file: texts and what they stand for.
///
/// Found by hashing the key's bytes in place, so that a look-up allocates nothing.
package struct LookupTable: Sendable {
    /// All keys, back to back.
    private let text: [UInt8]
    /// Where each key stands in `text`.
    private let ranges: [Range<Int>]
    private let values: [JSONValue]
    // Open addressing: a key's number + 1, 0 for free; a power of two, at most half full.
    private let slots: [UInt32]

    /// A table of distinct keys.
    package init(_ members: [(key: String, value: JSONValue)]) {
        var text: [UInt8] = []
        var ranges: [Range<Int>] = []
        for member in members {
            let start = text.count
            text += Array(member.key.utf8)
            ranges.append(start..<text.count)
        }
        var count = 4
        while count < members.count * 2 { count *= 2 }
        var slots = [UInt32](repeating: 0, count: count)
        for (number, range) in ranges.enumerated() {
            let hash = text[range].withUnsafeBytes(LookupTable.hash)
            var slot = Int(truncatingIfNeeded: hash) & (count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (count - 1) }
            slots[slot] = UInt32(number + 1)
        }
        self.text = text
        self.ranges = ranges
        self.slots = slots
        values = members.map { $0.value.owned() }
    }

    package var keys: [String] { ranges.map { String(decoding: text[$0], as: UTF8.self) } }

    package func value(for key: UnsafeRawBufferPointer) -> JSONValue? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: LookupTable.hash(key)) & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if isKey(number, key) { return values[number] }
            slot = (slot + 1) & mask
        }
        return nil
    }

    @inline(__always)
    private func isKey(_ number: Int, _ key: UnsafeRawBufferPointer) -> Bool {
        let range = ranges[number]
        guard range.count == key.count else { return false }
        guard let base = key.baseAddress else { return true }
        return text.withUnsafeBytes { bytes in
            bytes.baseAddress.map { memcmp($0 + range.lowerBound, base, range.count) == 0 } ?? true
        }
    }

    /// FNV-1a.
    ///
    /// The keys are the mapping author's, so nobody can choose them to collide.
    private static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash ^ (hash >> 32)
    }
}
