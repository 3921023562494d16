/// How a term of a query compares a field with its value.
package enum SearchOperator: UInt8, Sendable {
    case contains = 0x3A  // :
    case equals = 0x3D  // =
    case isLess = 0x3C  // <
    case isGreater = 0x3E  // >
}

/// One word of a query with what it asks: `actor:"Jane Doe"`, `field_int>2`, `deactivated`.
package struct SearchTerm: Equatable, Sendable {
    /// The name before the operator, not yet looked up; nil for a bare word.
    package let field: String?
    package let comparison: SearchOperator
    /// Without its quotes and escapes.
    package let value: String
    /// Where it starts in the query, in Unicode scalars from 0.
    package let offset: Int
}

/// A piece of a query.
struct SearchToken {
    enum Kind {
        case and, or, minus, open, close
        case term(SearchTerm)
    }

    let kind: Kind
    /// As it stands in the query.
    let text: String
    /// In Unicode scalars from the query's start.
    let offset: Int

    /// The form in which browser viewers find the place: `syntax error at ): LexToken(CPAREN,')',1,10)`.
    var syntaxError: String {
        // Viewers split at commas and at the word, so neither may be in the text.
        let shown = String(text.unicodeScalars.prefix { $0 != "," && $0.value >= 0x20 }.prefix(32))
        return "syntax error at \(shown): LexToken(\(name),'\(shown)',1,\(offset))"
    }

    private var name: String {
        switch kind {
        case .and: "AND"
        case .or: "OR"
        case .minus: "MINUS"
        case .open: "OPAREN"
        case .close: "CPAREN"
        case .term: "TERM"
        }
    }
}

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

    /// The name before an operator. Only what looks like one counts, so that `x-ray:7` and `10.0.0.1:80` are words.
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
                .badFormat, at: "/query",
                "syntax error at offset \(offset): a value must follow \(APIPointer.quoted(field)) and its operator directly")
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
            .badFormat, at: "/query",
            "syntax error at offset \(scalarOffset(of: start)): the quoted text that starts there has no end")
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
