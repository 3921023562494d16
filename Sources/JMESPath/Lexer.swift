internal import JSON

/// Cuts an expression's text into tokens.
struct Lexer {
    private let text: [UInt8]
    private var position = 0
    private let document = JSONDocument()

    init(_ text: [UInt8]) { self.text = text }

    /// All tokens, the last of which is `.end`.
    static func tokens(of text: [UInt8]) throws(JMESPathError) -> [Token] {
        var lexer = Lexer(text)
        var tokens: [Token] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private mutating func next() throws(JMESPathError) -> Token {
        while position < text.count, Lexer.isSpace(text[position]) { position += 1 }
        let start = position
        guard start < text.count else { return Token(kind: .end, range: start..<start) }
        let byte = text[start]
        if Lexer.isNameStart(byte) {
            let name = takeName()
            return Token(kind: .identifier, range: start..<position, name: name)
        }
        if Lexer.isDigit(byte) || byte == UInt8(ascii: "-") && start + 1 < text.count && Lexer.isDigit(text[start + 1])
        {
            return takeNumber()
        }
        switch byte {
        case UInt8(ascii: "\""): return try takeQuotedIdentifier()
        case UInt8(ascii: "'"): return try takeRawString()
        case UInt8(ascii: "`"): return try takeLiteral()
        case UInt8(ascii: "$"): return takeDollar()
        default: return try takeSymbol()
        }
    }

    // MARK: - Symbols

    private static let symbols: [(text: StaticString, kind: Token.Kind)] = [
        // Longer ones first.
        ("[]", .flatten), ("[?", .filter), ("||", .or), ("&&", .and), ("==", .equal), ("!=", .notEqual),
        ("<=", .lessOrEqual), (">=", .greaterOrEqual), ("//", .integerDivide), ("\u{D7}", .multiply),
        ("\u{F7}", .divide), ("\u{2212}", .minus), (".", .dot), ("*", .star), ("[", .leftBracket), ("]", .rightBracket),
        ("{", .leftBrace), ("}", .rightBrace), ("(", .leftParenthesis), (")", .rightParenthesis), (",", .comma),
        (":", .colon), ("@", .current), ("&", .expression), ("|", .pipe), ("!", .not), ("?", .question), ("=", .assign),
        ("<", .less), (">", .greater), ("+", .plus), ("-", .minus), ("/", .divide), ("%", .modulo),
    ]

    private mutating func takeSymbol() throws(JMESPathError) -> Token {
        for symbol in Lexer.symbols {
            let count = symbol.text.utf8CodeUnitCount
            let bytes = UnsafeBufferPointer(start: symbol.text.utf8Start, count: count)
            if text[position...].starts(with: bytes) {
                position += count
                return Token(kind: symbol.kind, range: position - count..<position)
            }
        }
        let character = String(decoding: text[position...].prefix(8), as: UTF8.self).unicodeScalars.first
        let shown = character.map { $0.value < 0x20 ? "a control character" : "'\($0)'" } ?? "this"
        throw JMESPathError(.syntax, "\(shown) has no meaning here", at: position)
    }

    private mutating func takeDollar() -> Token {
        let start = position
        position += 1
        guard position < text.count, Lexer.isNameStart(text[position]) else {
            return Token(kind: .root, range: start..<position)
        }
        let name = takeName()
        return Token(kind: .variable, range: start..<position, name: name)
    }

    // MARK: - Names and numbers

    private mutating func takeName() -> [UInt8] {
        let start = position
        while position < text.count, Lexer.isNameStart(text[position]) || Lexer.isDigit(text[position]) {
            position += 1
        }
        return Array(text[start..<position])
    }

    /// An index or a slice's border; beyond 2^40 it means no element anyway, so it stays there.
    private mutating func takeNumber() -> Token {
        let start = position
        let isNegative = text[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var number = 0
        while position < text.count, Lexer.isDigit(text[position]) {
            number = min(number * 10 + Int(text[position] - UInt8(ascii: "0")), 1 << 40)
            position += 1
        }
        return Token(kind: .number, range: start..<position, number: isNegative ? -number : number)
    }

    // MARK: - Quoted forms

    /// The bytes up to the next `quote` that has no backslash before it; the position is behind that quote then.
    private mutating func takeQuoted(_ quote: UInt8, _ what: String) throws(JMESPathError) -> ArraySlice<UInt8> {
        let start = position
        position += 1
        while position < text.count, text[position] != quote {
            position += text[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard position < text.count else {
            throw JMESPathError(.syntax, "this \(what) has no end", at: start)
        }
        position += 1
        return text[start + 1..<position - 1]
    }

    private mutating func takeQuotedIdentifier() throws(JMESPathError) -> Token {
        let start = position
        _ = try takeQuoted(UInt8(ascii: "\""), "quoted name")
        let value = try json(Array(text[start..<position]), at: start, "the quoted name")
        return Token(kind: .quotedIdentifier, range: start..<position, name: value.stringBytes ?? [])
    }

    private mutating func takeRawString() throws(JMESPathError) -> Token {
        let start = position
        let quote = UInt8(ascii: "'")
        let content = try takeQuoted(quote, "text")
        return Token(kind: .literal, range: start..<position, value: .string(Lexer.unescape(quote, in: content)))
    }

    private mutating func takeLiteral() throws(JMESPathError) -> Token {
        let start = position
        let quote = UInt8(ascii: "`")
        let content = try takeQuoted(quote, "literal")
        let value = try json(Lexer.unescape(quote, in: content), at: start, "the literal")
        return Token(kind: .literal, range: start..<position, value: value.owned())
    }

    /// Takes the backslash from each escaped quote; every other backslash stays.
    private static func unescape(_ quote: UInt8, in content: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count)
        var index = content.startIndex
        while index < content.endIndex {
            let isEscape = content[index] == UInt8(ascii: "\\") && index + 1 < content.endIndex
            if !isEscape {
                bytes.append(content[index])
                index += 1
                continue
            }
            if content[index + 1] != quote { bytes.append(content[index]) }
            bytes.append(content[index + 1])
            index += 2
        }
        return bytes
    }

    private func json(_ bytes: [UInt8], at start: Int, _ what: String) throws(JMESPathError) -> JSONValue {
        do throws(JSONError) {
            try document.parse(bytes)
            return document.root
        } catch {
            let hint = what == "the literal" ? "; text stands in single quotes: 'text'" : ""
            throw JMESPathError(.syntax, "\(what) is not JSON (\(error.message))\(hint)", at: start)
        }
    }

    // MARK: - Characters

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    private static func isNameStart(_ byte: UInt8) -> Bool {
        let letter = byte | 0x20
        return letter >= UInt8(ascii: "a") && letter <= UInt8(ascii: "z") || byte == UInt8(ascii: "_")
    }
}
