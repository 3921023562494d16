internal import Glibc

/// Text that is looked for in other text, byte for byte.
///
/// Glibc's `memmem` is not visible to Swift. Jumping with `memchr` from one occurrence of the text's rarest byte to the
/// next does as well: it reads 32 bytes at a time.
package struct SearchText: Equatable, Sendable {
    package let bytes: [UInt8]
    // Offset of the byte that is rarest in what is usually searched.
    private let anchor: Int

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        anchor = bytes.indices.min { SearchText.frequency(bytes[$0]) < SearchText.frequency(bytes[$1]) } ?? 0
    }

    package init(_ text: String) { self.init(Array(text.utf8)) }

    package var isEmpty: Bool { bytes.isEmpty }

    /// Whether canonical JSON writes it as it is.
    var isPlain: Bool { bytes.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C } }

    /// Whether the text occurs in others; an empty one does in all.
    func occurs(in other: UnsafeRawBufferPointer) -> Bool { offset(in: other) != nil }

    /// Where the text first occurs in others; an empty one does at once.
    func offset(in other: UnsafeRawBufferPointer) -> Int? {
        let count = bytes.count
        guard count > 0 else { return 0 }
        guard let base = other.baseAddress, other.count >= count else { return nil }
        let wanted = Int32(bytes[anchor])
        // Where the anchor may stand.
        var position = base + anchor
        var rest = other.count - count + 1
        return bytes.withUnsafeBytes { text in
            guard let start = text.baseAddress else { return 0 }
            while let found = memchr(position, wanted, rest) {
                let candidate = UnsafeRawPointer(found)
                if memcmp(candidate - anchor, start, count) == 0 { return candidate - anchor - base }
                rest -= candidate - position + 1
                position = candidate + 1
            }
            return nil
        }
    }

    // How common a byte is in events, very roughly; the order matters, not the numbers.
    private static func frequency(_ byte: UInt8) -> Int {
        let common: StaticString =
            "zqjXQZJ~^$%#@!?*&+='<>;{}[]()|kKYVWGvxwBFUHyPMLOgDNRCEISATbf_\\9876543f/.p2ummhdl1rcs0oinat-: ,e\""
        for index in 0..<common.utf8CodeUnitCount where common.utf8Start[index] == byte { return index + 1 }
        return byte >= 0x80 ? common.utf8CodeUnitCount / 2 : 0
    }
}
