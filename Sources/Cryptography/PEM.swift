/// The text encoding of keys and certificates (RFC 7468).
package enum PEM {
    /// The bytes of the first block, which must have the label given; explanatory text before it is passed over.
    ///
    ///     -----BEGIN PUBLIC KEY-----
    ///     MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
    ///     -----END PUBLIC KEY-----
    package static func decode(_ text: String, label: String) throws(CryptographyError) -> [UInt8] {
        var lines = text.split(whereSeparator: \.isNewline).map(trimmed)[...]
        lines = lines.drop { !$0.hasPrefix("-----BEGIN ") }
        guard let first = lines.popFirst(), first.count >= 16, first.hasSuffix("-----") else {
            throw malformed("no line '-----BEGIN \(label)-----'; give the key as PEM text with its line breaks")
        }
        let found = first.dropFirst("-----BEGIN ".count).dropLast("-----".count)
        guard found == label else {
            throw CryptographyError(
                code: .unsupportedKey,
                message: "the PEM text holds a '\(found)'; a '\(label)' is expected"
            )
        }
        guard let end = lines.firstIndex(where: { $0.hasPrefix("-----") }), lines[end] == "-----END \(label)-----"
        else {
            throw malformed("the PEM text has no line '-----END \(label)-----'")
        }
        guard let bytes = Base64.decode(lines[..<end].joined(), urlSafe: false), !bytes.isEmpty else {
            throw malformed("the PEM text between its BEGIN and END lines is no base 64")
        }
        return bytes
    }

    /// One block with lines of 64 characters, ending with a line break.
    package static func encode(_ bytes: [UInt8], label: String) -> String {
        var text = "-----BEGIN \(label)-----\n"
        for start in stride(from: 0, to: bytes.count, by: 48) {
            text += Base64.encode(bytes[start..<min(start + 48, bytes.count)]) + "\n"
        }
        return text + "-----END \(label)-----\n"
    }

    private static func trimmed(_ line: Substring) -> Substring {
        var line = line.drop(while: \.isWhitespace)
        while line.last?.isWhitespace == true { line.removeLast() }
        return line
    }

    private static func malformed(_ message: String) -> CryptographyError {
        CryptographyError(code: .malformedKey, message: message)
    }
}
