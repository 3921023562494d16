/// Cuts a query into tokens.
struct SearchLexer {
    private let bytes: [UInt8]
    private var position = 0
    // Scalars before `position`, kept so that the offsets of a long query cost one pass.
    private var scalars = 0
    private var counted = 0

    init(_ query: String) { bytes = Array(query.utf8) }

    /// The next token, or nil at the end.
    mutating func next() throws(APIProblem) -> SearchToken? {
        while position < bytes.count, SearchLexer.isSpace(bytes[position]) { position += 1 }
        guard position < bytes.count else { return nil }
        let start = position
        let offset = scalarOffset(of: start)
        switch bytes[start] {
        case UInt8(ascii: "("): return symbol(.open, at: offset)
        case UInt8(ascii: ")"): return symbol(.close, at: offset)
        case UInt8(ascii: "-"): return symbol(.minus, at: offset)
        default: break
        }
        let field = fieldName(from: start)
        if let field { position = start + field.utf8.count + 1 }
        let comparison = field == nil ? .contains : SearchOperator(rawValue: bytes[position - 1]) ?? .contains
        let value = try value(of: field, at: offset)
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if text == "AND" { return SearchToken(kind: .and, text: text, offset: offset) }
        if text == "OR" { return SearchToken(kind: .or, text: text, offset: offset) }
        let term = SearchTerm(field: field, comparison: comparison, value: value, offset: offset)
        return SearchToken(kind: .term(term), text: text, offset: offset)
    }

    private mutating func symbol(_ kind: SearchToken.Kind, at offset: Int) -> SearchToken {
        position += 1
        return SearchToken(kind: kind, text: String(UnicodeScalar(bytes[position - 1])), offset: offset)
    }

    /// The name before an operator.
    ///
    /// Only what looks like a name counts, so that `x-ray:7` and `10.0.0.1:80` are words.
    private func fieldName(from start: Int) -> String? {
        var end = start
        while end < bytes.count, SearchLexer.isNameByte(bytes[end]) { end += 1 }
        guard end > start, end < bytes.count, SearchOperator(rawValue: bytes[end]) != nil,
            SearchLexer.isLetter(bytes[start])
        else { return nil }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func value(of field: String?, at offset: Int) throws(APIProblem) -> String {
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return try quoted() }
        let start = position
        while position < bytes.count, !SearchLexer.endsWord(bytes[position]) { position += 1 }
        if start == position, let field {
            throw APIProblem(
                .badFormat,
                at: "/query",
                "syntax error at offset \(offset): a value must follow \(APIPointer.quoted(field)) directly"
            )
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// Text in double quotes; a backslash makes a quote or a backslash part of it and stands for itself elsewhere.
    private mutating func quoted() throws(APIProblem) -> String {
        let start = position
        var text: [UInt8] = []
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: text, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), position < bytes.count,
                bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "\\")
            {
                text.append(bytes[position])
                position += 1
            } else {
                text.append(byte)
            }
        }
        throw APIProblem(
            .badFormat,
            at: "/query",
            "syntax error at offset \(scalarOffset(of: start)): the quoted text that starts there has no end"
        )
    }

    private mutating func scalarOffset(of index: Int) -> Int {
        for byte in bytes[counted..<max(index, counted)] where byte & 0xC0 != 0x80 { scalars += 1 }
        counted = max(index, counted)
        return scalars
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func endsWord(_ byte: UInt8) -> Bool {
        isSpace(byte) || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")")
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
    }
}
