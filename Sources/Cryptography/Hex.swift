/// Base 16 (RFC 4648, section 8): lower case out, either case in.
package enum Hex {
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        if let text = bytes.withContiguousStorageIfAvailable({ encodeBuffer(UnsafeRawBufferPointer($0)) }) {
            return text
        }
        return Array(bytes).withUnsafeBytes { encodeBuffer($0) }
    }

    /// Appends two lower case digits for each byte.
    package static func append(_ bytes: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        let digits = lowerCaseDigits.utf8Start
        for byte in bytes {
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
    }

    /// Appends two lower case digits for each byte.
    package static func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        bytes.withUnsafeBytes { append($0, to: &output) }
    }

    /// The bytes, or nil when the text has an odd length or another character than a digit.
    package static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var bytes = [UInt8]()
        bytes.reserveCapacity(text.count / 2)
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = value(text[index]), let low = value(text[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// The bytes, or nil when the text has an odd length or another character than a digit.
    package static func decode(_ text: String) -> [UInt8]? {
        Array(text.utf8).withUnsafeBytes { decode($0) }
    }

    private static func encodeBuffer(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = lowerCaseDigits.utf8Start
        return String(unsafeUninitializedCapacity: bytes.count * 2) { output in
            for (index, byte) in bytes.enumerated() {
                output[2 * index] = digits[Int(byte >> 4)]
                output[2 * index + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    private static let lowerCaseDigits: StaticString = "0123456789abcdef"

    @inline(__always)
    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
