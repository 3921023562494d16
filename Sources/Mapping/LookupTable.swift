package import JSON

/// A table of a mapping file: texts and what they stand for.
///
/// Found by hashing the key's bytes in place, so that a look-up allocates nothing.
package struct LookupTable: Sendable {
    private struct Entry: Sendable {
        let key: [UInt8]
        let value: JSONValue
    }

    private let entries: [Entry]
    // Open addressing: entry number + 1, 0 for free; a power of two, at most half full.
    private let slots: [UInt32]

    /// A table of distinct keys.
    package init(_ members: [(key: String, value: JSONValue)]) {
        entries = members.map { Entry(key: Array($0.key.utf8), value: $0.value.owned()) }
        var count = 4
        while count < entries.count * 2 { count *= 2 }
        var slots = [UInt32](repeating: 0, count: count)
        for (number, entry) in entries.enumerated() {
            var slot = Int(truncatingIfNeeded: entry.key.withUnsafeBytes(LookupTable.hash)) & (count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (count - 1) }
            slots[slot] = UInt32(number + 1)
        }
        self.slots = slots
    }

    package var keys: [String] { entries.map { String(decoding: $0.key, as: UTF8.self) } }

    package func value(for key: UnsafeRawBufferPointer) -> JSONValue? {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: LookupTable.hash(key)) & mask
        while slots[slot] != 0 {
            let entry = entries[Int(slots[slot]) - 1]
            if entry.key.count == key.count && entry.key.elementsEqual(key) { return entry.value }
            slot = (slot + 1) & mask
        }
        return nil
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
