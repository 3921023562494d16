/// A recursive-descent reader for ``LocatedJSON``.
struct LocatedJSONReader {
    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    // The place of `knownOffset`; it only moves forward, so that asking for places costs one walk over the text.
    private var knownOffset = 0
    private var knownLine = 1
    private var knownColumn = 1
    /// Members that are there twice, in the order of the text.
    private(set) var duplicates: [LocatedJSONError] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            index = 3
            knownOffset = 3
        }
    }

    mutating func document() throws(LocatedJSONError) -> LocatedJSON {
        skipWhiteSpace()
        guard index < bytes.count else { throw error("the file is empty; it needs one JSON value") }
        let value = try value()
        skipWhiteSpace()
        guard index == bytes.count else { throw unexpected("the end of the file") }
        return value
    }

    // MARK: - Values

    private mutating func value() throws(LocatedJSONError) -> LocatedJSON {
        let position = position(at: index)
        guard index < bytes.count else { throw unexpected("a value") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return LocatedJSON(kind: .object(try object()), position: position)
        case UInt8(ascii: "["): return LocatedJSON(kind: .array(try array()), position: position)
        case UInt8(ascii: "\""): return LocatedJSON(kind: .string(try string()), position: position)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return LocatedJSON(kind: try number(), position: position)
        case UInt8(ascii: "t"): return LocatedJSON(kind: try word("true", .bool(true)), position: position)
        case UInt8(ascii: "f"): return LocatedJSON(kind: try word("false", .bool(false)), position: position)
        case UInt8(ascii: "n"): return LocatedJSON(kind: try word("null", .null), position: position)
        default: throw unexpected("a value")
        }
    }

    private mutating func object() throws(LocatedJSONError) -> [LocatedJSON.Member] {
        try descend()
        defer { depth -= 1 }
        var members: [LocatedJSON.Member] = []
        var places: [String: SourcePosition] = [:]
        skipWhiteSpace()
        if take(UInt8(ascii: "}")) { return members }
        while true {
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw unexpected("a member's name in double quotes", afterComma: !members.isEmpty)
            }
            let namePosition = position(at: index)
            let name = try string()
            let first = places[name]
            if let first {
                duplicates.append(
                    LocatedJSONError(
                        message: "duplicate member '\(name)', first at \(first); remove one of them",
                        position: namePosition
                    )
                )
            } else {
                places[name] = namePosition
            }
            skipWhiteSpace()
            guard take(UInt8(ascii: ":")) else { throw unexpected("':' behind the name '\(name)'") }
            skipWhiteSpace()
            let value = try value()
            if first == nil {
                members.append(LocatedJSON.Member(name: name, namePosition: namePosition, value: value))
            }
            skipWhiteSpace()
            if take(UInt8(ascii: "}")) { return members }
            guard take(UInt8(ascii: ",")) else { throw unexpected("',' or '}'") }
            skipWhiteSpace()
        }
    }

    private mutating func array() throws(LocatedJSONError) -> [LocatedJSON] {
        try descend()
        defer { depth -= 1 }
        var elements: [LocatedJSON] = []
        skipWhiteSpace()
        if take(UInt8(ascii: "]")) { return elements }
        while true {
            if !elements.isEmpty, index < bytes.count, bytes[index] == UInt8(ascii: "]") {
                throw unexpected("a value", afterComma: true)
            }
            elements.append(try value())
            skipWhiteSpace()
            if take(UInt8(ascii: "]")) { return elements }
            guard take(UInt8(ascii: ",")) else { throw unexpected("',' or ']'") }
            skipWhiteSpace()
        }
    }

    /// Steps into the container whose bracket stands at `index`.
    private mutating func descend() throws(LocatedJSONError) {
        guard depth < JSONDocument.defaultMaximumDepth else {
            throw error("nested deeper than \(JSONDocument.defaultMaximumDepth) levels")
        }
        depth += 1
        index += 1
    }

    private mutating func word(_ word: StaticString, _ kind: LocatedJSON.Kind) throws(LocatedJSONError)
        -> LocatedJSON.Kind
    {
        let end = index + word.utf8CodeUnitCount
        let text = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        let isFollowedByLetter = end < bytes.count && Self.isLetterOrDigit(bytes[end])
        guard end <= bytes.count, bytes[index..<end].elementsEqual(text), !isFollowedByLetter else {
            throw unexpected("a value")
        }
        index = end
        return kind
    }

    private mutating func number() throws(LocatedJSONError) -> LocatedJSON.Kind {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let whole = takeDigits()
        guard !whole.isEmpty else { throw unexpected("a digit") }
        guard whole.count == 1 || bytes[whole.lowerBound] != UInt8(ascii: "0") else {
            throw error("a number has no leading zero", at: start)
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard !takeDigits().isEmpty else { throw unexpected("a digit behind the point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            guard !takeDigits().isEmpty else { throw unexpected("a digit in the exponent") }
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if index < bytes.count, Self.isLetterOrDigit(bytes[index]) { throw unexpected("the end of a number") }
        if isInteger {
            guard let value = Int64(text) else { throw error("the number \(text) does not fit in 64 bits", at: start) }
            return .integer(value)
        }
        guard let value = Double(text), value.isFinite else {
            throw error("the number \(text) is too large", at: start)
        }
        return .double(value)
    }

    private mutating func takeDigits() -> Range<Int> {
        let start = index
        while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") { index += 1 }
        return start..<index
    }

    // MARK: - Strings

    private mutating func string() throws(LocatedJSONError) -> String {
        let start = index
        index += 1
        var text: [UInt8] = []
        while true {
            guard index < bytes.count else { throw error("the string has no closing quote", at: start) }
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { break }
            if byte < 0x20 {
                throw byte == 0x0A || byte == 0x0D
                    ? error("the string has no closing quote on its line", at: start)
                    : error("a control character in a string must be escaped")
            }
            if byte == UInt8(ascii: "\\") {
                try escape(into: &text)
            } else {
                text.append(byte)
                index += 1
            }
        }
        index += 1
        guard let string = String(validating: text, as: UTF8.self) else {
            throw error("the string is not valid UTF-8", at: start)
        }
        return string
    }

    private mutating func escape(into text: inout [UInt8]) throws(LocatedJSONError) {
        let start = index
        index += 1
        guard index < bytes.count else { return }
        let letter = bytes[index]
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal(escapeStart: start)
            if code & 0xFC00 == 0xD800, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            {
                index += 2
                let low = try hexadecimal(escapeStart: start)
                if low & 0xFC00 == 0xDC00 { code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF) }
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw error("half a surrogate pair is no character", at: start)
            }
            text.append(contentsOf: Character(scalar).utf8)
        default:
            throw error("unknown escape; a backslash itself is written '\\\\'", at: start)
        }
    }

    private mutating func hexadecimal(escapeStart: Int) throws(LocatedJSONError) -> UInt32 {
        let digits = bytes[index...].prefix(4)
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.count == 4, text.utf8.allSatisfy(Self.isLetterOrDigit), let code = UInt32(text, radix: 16) else {
            throw error("'\\u' needs four hexadecimal digits", at: escapeStart)
        }
        index += 4
        return code
    }

    // MARK: - Characters and places

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private mutating func skipWhiteSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func position(at offset: Int) -> SourcePosition {
        if offset < knownOffset {
            knownOffset = 0
            knownLine = 1
            knownColumn = 1
        }
        while knownOffset < offset {
            let byte = bytes[knownOffset]
            knownOffset += 1
            if byte == 0x0A {
                knownLine += 1
                knownColumn = 1
            } else if byte & 0xC0 != 0x80 {
                knownColumn += 1
            }
        }
        return SourcePosition(line: knownLine, column: knownColumn)
    }

    private mutating func error(_ message: String, at offset: Int? = nil) -> LocatedJSONError {
        LocatedJSONError(message: message, position: position(at: offset ?? index))
    }

    /// What stands at `index` where something else should.
    private mutating func unexpected(_ expected: String, afterComma: Bool = false) -> LocatedJSONError {
        guard index < bytes.count else { return error("the file ends where \(expected) should stand") }
        let byte = bytes[index]
        if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "#") {
            return error("expected \(expected); JSON has no comments")
        }
        if byte == UInt8(ascii: "'") { return error("expected \(expected); JSON's quotes are double: \"…\"") }
        if afterComma, byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
            return error("a comma stands before '\(Unicode.Scalar(byte))'; remove it")
        }
        let rest = bytes[index...].prefix(4)
        guard byte > 0x20, let character = String(decoding: rest, as: UTF8.self).first else {
            return error("expected \(expected)")
        }
        return error("expected \(expected), not '\(character)'")
    }
}
