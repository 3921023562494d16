package import JSON

/// Percent-encoding as URLs and forms use it.
package enum PercentCoding {
    /// The bytes with every `%41` replaced; a percent sign without two digits stays as it is.
    package static func decode(_ text: UnsafeRawBufferPointer, plusIsBlank: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "%"), index + 2 < text.count, let high = digit(text[index + 1]),
                let low = digit(text[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? 0x20 : byte)
                index += 1
            }
        }
        return bytes
    }

    /// The names and values of `a=1&b=2` (`application/x-www-form-urlencoded`), in order; invalid UTF-8 is repaired.
    package static func pairs(_ text: UnsafeRawBufferPointer) -> [JSONMember] {
        text.split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let value = equals == pair.endIndex ? pair[pair.endIndex...] : pair[pair.index(after: equals)...]
            return JSONMember(decodeText(pair[..<equals]), .string(decodeText(value)))
        }
    }

    private static func decodeText(_ text: Slice<UnsafeRawBufferPointer>) -> String {
        String(decoding: decode(UnsafeRawBufferPointer(rebasing: text), plusIsBlank: true), as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
