/// Whether an event's text is canonical: an object of strings, integers and booleans as ``Schema`` knows them, in the one
/// spelling that hashes are made over (audit API contract, section 5.2).
///
/// A hash over the envelope alone would not tell: `{"a":1},"public_key":"x"` as an event gives the same envelope as the
/// event `{"a":1}` with a public key. One pass, no allocation for ASCII.
package struct CanonicalEvent {
    private let text: UnsafeRawBufferPointer
    private var index = 0
    private var isASCII = true

    private init(_ text: UnsafeRawBufferPointer) { self.text = text }

    package static func isCanonical(_ text: UnsafeRawBufferPointer) -> Bool {
        var reader = CanonicalEvent(text)
        guard reader.object(), reader.index == text.count else { return false }
        return reader.isASCII || String(validating: text, as: UTF8.self) != nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func object() -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        var previous: Range<Int>?
        repeat {
            let start = index
            guard string() else { return false }
            let name = start..<index
            // Sorted by bytes, and none twice. The quote at the end sorts before all but a space and '!', which no field's
            // name has.
            if let previous, !text[previous].lexicographicallyPrecedes(text[name]) { return false }
            previous = name
            guard take(UInt8(ascii: ":")), value() else { return false }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    private mutating func value() -> Bool {
        guard index < text.count else { return false }
        switch text[index] {
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        default: return integer()
        }
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let end = index + word.utf8CodeUnitCount
        guard end <= text.count,
            text[index..<end].elementsEqual(UnsafeRawBufferPointer(start: word.utf8Start, count: end - index))
        else { return false }
        index = end
        return true
    }

    /// An integer of 64 bits in plain decimal, the only numbers that events have.
    private mutating func integer() -> Bool {
        let start = index
        let isNegative = take(UInt8(ascii: "-"))
        let digits = index
        while index < text.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= text[index] { index += 1 }
        guard index > digits, index - digits <= 20 else { return false }
        if text[digits] == UInt8(ascii: "0") { return index - digits == 1 && !isNegative }
        let number = String(decoding: text[start..<index], as: UTF8.self)
        return Int64(number) != nil || UInt64(number) != nil
    }

    private mutating func string() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while true {
            skipPlain()
            guard index < text.count else { return false }
            let byte = text[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case 0..<0x20: return false
            default: if byte >= 0x80 { isASCII = false }
            }
        }
    }

    /// Goes on to the next byte that is a quote, a backslash, a control or not ASCII, or is near one: eight at a time.
    private mutating func skipPlain() {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while index + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            let found = (word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones) | word
            guard found & highs == 0 else { return }
            index += 8
        }
    }

    /// What stands behind a backslash: the short form where there is one, else `u00` with lower-case digits.
    private mutating func escape() -> Bool {
        guard index < text.count else { return false }
        let byte = text[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "b"), UInt8(ascii: "t"), UInt8(ascii: "n"),
            UInt8(ascii: "f"), UInt8(ascii: "r"):
            return true
        case UInt8(ascii: "u"):
            guard index + 4 <= text.count, text[index] == UInt8(ascii: "0"), text[index + 1] == UInt8(ascii: "0")
            else { return false }
            let high = text[index + 2]
            let low = text[index + 3]
            index += 4
            switch (high, low) {
            case (UInt8(ascii: "0"), UInt8(ascii: "0")...UInt8(ascii: "7")),
                (UInt8(ascii: "0"), UInt8(ascii: "b")), (UInt8(ascii: "0"), UInt8(ascii: "e")),
                (UInt8(ascii: "0"), UInt8(ascii: "f")),
                (UInt8(ascii: "1"), UInt8(ascii: "0")...UInt8(ascii: "9")),
                (UInt8(ascii: "1"), UInt8(ascii: "a")...UInt8(ascii: "f")):
                return true
            default: return false
            }
        default: return false
        }
    }
}
