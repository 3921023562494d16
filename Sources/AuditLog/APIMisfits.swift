internal import JSON

/// Writes what of an event does not fit its schema: `err` of the envelope (audit API contract, section 2.2).
///
///     [{"error":"'actor' must be a string","field":"actor","value":"7"}]
enum MisfitText {
    /// Longest text of a value, in bytes; what is longer is cut and ends with `…`.
    private static let maximumValueBytes = 32_766
    private static let maximumNameScalars = 64

    static func array(_ problems: [APIProblem], of event: JSONNode, at place: APIPlace) -> [UInt8] {
        let start = place.pointer.unicodeScalars.count + 1
        var writer = JSONWriter()
        writer.append(byte: UInt8(ascii: "["))
        for (index, problem) in problems.enumerated() {
            if index > 0 { writer.append(byte: UInt8(ascii: ",")) }
            let name = String(String.UnicodeScalarView(problem.source.unicodeScalars.dropFirst(start)))
                .split(separator: "~1", omittingEmptySubsequences: false).joined(separator: "/")
                .split(separator: "~0", omittingEmptySubsequences: false).joined(separator: "~")
            writer.append(raw: "{\"error\":")
            writer.append(string: problem.detail)
            writer.append(raw: ",\"field\":")
            writer.append(string: String(String.UnicodeScalarView(name.unicodeScalars.prefix(maximumNameScalars))))
            if let value = event.member(Array(name.utf8)), !value.isNull {
                writer.append(raw: ",\"value\":")
                writer.append(string: text(of: value))
            }
            writer.append(byte: UInt8(ascii: "}"))
        }
        writer.append(byte: UInt8(ascii: "]"))
        return writer.bytes
    }

    /// A text as it is, anything else as JSON text: no number with a fraction may reach a hash.
    private static func text(of value: JSONValue) -> [UInt8] {
        var text: [UInt8]
        if let string = value.stringBytes {
            text = string
        } else {
            var writer = JSONWriter()
            writer.append(canonical: value)
            text = writer.bytes
        }
        guard text.count > maximumValueBytes else { return text }
        var end = maximumValueBytes
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(text[..<end]) + Array("…".utf8)
    }
}
