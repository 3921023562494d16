/// Base 64 (RFC 4648, sections 4 and 5), strict: one text for each value and no stray characters.
package enum Base64 {
    /// The text of `bytes`: `urlSafe` with `-` and `_` (section 5), otherwise with `+` and `/`; `padded` to a multiple
    /// of four characters with `=`.
    package static func encode(_ bytes: some Collection<UInt8>, urlSafe: Bool = false, padded: Bool = true) -> String {
        let text = bytes.withContiguousStorageIfAvailable {
            encodeBuffer(UnsafeRawBufferPointer($0), urlSafe: urlSafe, padded: padded)
        }
        if let text { return text }
        return Array(bytes).withUnsafeBytes { encodeBuffer($0, urlSafe: urlSafe, padded: padded) }
    }

    /// The bytes of a text whose padding may be missing, but not wrong.
    ///
    /// Nil on white space, on characters outside the alphabet, on a length that no bytes have and on unused bits that
    /// are not zero (section 3.5). `urlSafe` nil takes either alphabet, though not both in one text.
    package static func decode(_ text: UnsafeRawBufferPointer, urlSafe: Bool? = nil) -> [UInt8]? {
        guard let digitCount = countOfDigits(in: text) else { return nil }
        var bytes = [UInt8]()
        bytes.reserveCapacity(digitCount * 3 / 4)
        var alphabet = urlSafe
        var bits: UInt32 = 0
        for index in 0..<digitCount {
            guard let value = value(text[index], alphabet: &alphabet) else { return nil }
            bits = bits << 6 | value
            if index & 3 == 3 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bits = 0
            }
        }
        switch digitCount & 3 {
        case 2:
            guard bits & 0xF == 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 4))
        case 3:
            guard bits & 0x3 == 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: bits >> 10))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 2))
        default: break
        }
        return bytes
    }

    /// The bytes of a text; see ``decode(_:urlSafe:)-(UnsafeRawBufferPointer,_)``.
    package static func decode(_ text: String, urlSafe: Bool? = nil) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { decode($0, urlSafe: urlSafe) }
    }

    /// The number of characters before the padding, or nil when padding or length are wrong.
    private static func countOfDigits(in text: UnsafeRawBufferPointer) -> Int? {
        var count = text.count
        while count > 0, text.count - count < 2, text[count - 1] == UInt8(ascii: "=") { count -= 1 }
        guard count & 3 != 1, count == text.count || text.count & 3 == 0 else { return nil }
        return count
    }

    private static func value(_ character: UInt8, alphabet: inout Bool?) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): return UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: "_"):
            let isURLSafe = character == UInt8(ascii: "-") || character == UInt8(ascii: "_")
            if let alphabet, alphabet != isURLSafe { return nil }
            alphabet = isURLSafe
            return character == UInt8(ascii: "+") || character == UInt8(ascii: "-") ? 62 : 63
        default: return nil
        }
    }

    private static func encodeBuffer(_ bytes: UnsafeRawBufferPointer, urlSafe: Bool, padded: Bool) -> String {
        let capacity = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: capacity) { output in
            var count = 0
            func put(_ value: UInt32) {
                output[count] = character(UInt8(truncatingIfNeeded: value & 63), urlSafe: urlSafe)
                count += 1
            }
            var index = 0
            while index + 3 <= bytes.count {
                let bits = UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
                put(bits >> 18)
                put(bits >> 12)
                put(bits >> 6)
                put(bits)
                index += 3
            }
            switch bytes.count - index {
            case 1:
                let bits = UInt32(bytes[index])
                put(bits >> 2)
                put(bits << 4)
            case 2:
                let bits = UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
                put(bits >> 10)
                put(bits >> 4)
                put(bits << 2)
            default: break
            }
            while padded, count < capacity {
                output[count] = UInt8(ascii: "=")
                count += 1
            }
            return count
        }
    }

    @inline(__always)
    private static func character(_ value: UInt8, urlSafe: Bool) -> UInt8 {
        switch value {
        case ..<26: UInt8(ascii: "A") + value
        case ..<52: UInt8(ascii: "a") + value - 26
        case ..<62: UInt8(ascii: "0") + value - 52
        case 62: urlSafe ? UInt8(ascii: "-") : UInt8(ascii: "+")
        default: urlSafe ? UInt8(ascii: "_") : UInt8(ascii: "/")
        }
    }
}
