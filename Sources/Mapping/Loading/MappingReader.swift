internal import Cryptography
internal import JMESPath
internal import JSON

/// Reads a mapping file and collects everything that is wrong with it.
///
/// The parts of a file have their readers beside the types that they make, as extensions of this class.
final class MappingReader {
    let file: String
    /// The file's lines as characters, to find places inside of texts.
    private let lines: [[Unicode.Scalar]]
    private(set) var problems: [MappingProblem] = []
    private(set) var warnings: [MappingProblem] = []
    var functions: [Function] = []

    init(bytes: [UInt8], file: String) {
        self.file = file
        lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            Array(String(decoding: $0, as: UTF8.self).unicodeScalars)
        }
    }

    static func read(bytes: [UInt8], file: String) throws(MappingErrors) -> MappingFile {
        let reader = MappingReader(bytes: bytes, file: file)
        let json: LocatedJSON
        do throws(LocatedJSONError) {
            json = try LocatedJSON.parse(bytes)
        } catch {
            throw MappingErrors(problems: [reader.located(error.position, error.message)])
        }
        let digest = SHA256Hasher.hash(bytes)
        guard let mapping = reader.mapping(json, version: Hex.encode(digest[..<8])), reader.problems.isEmpty else {
            throw MappingErrors(problems: reader.problems)
        }
        return mapping
    }

    // MARK: - What is wrong

    func problem(_ json: LocatedJSON, _ message: String) { problem(at: json.position, message) }

    func problem(at position: SourcePosition, _ message: String) {
        problems.append(located(position, message))
    }

    func warn(_ json: LocatedJSON, _ message: String) { warn(at: json.position, message) }

    func warn(at position: SourcePosition, _ message: String) {
        warnings.append(located(position, message))
    }

    private func located(_ position: SourcePosition, _ message: String) -> MappingProblem {
        var line = lines.indices.contains(position.line - 1) ? lines[position.line - 1] : []
        // A byte order mark counts as no column.
        if position.line == 1, line.first == "\u{FEFF}" { line.removeFirst() }
        let excerpt = MappingProblem.excerpt(of: line, column: position.column)
        return MappingProblem(file: file, position: position, message: message, excerpt: excerpt)
    }

    // MARK: - Values

    /// An object's members by name; unknown and missing ones are problems.
    func object(
        _ json: LocatedJSON,
        _ what: String,
        keys: [String],
        required: [String] = []
    ) -> [String: LocatedJSON]? {
        guard let members = json.members else {
            problem(json, "\(what) is an object, not \(json.typeName)")
            return nil
        }
        for member in members where !keys.contains(member.name) {
            let cure = nearest(member.name, among: keys).map { "; did you mean '\($0)'?" } ?? "; known: \(list(keys))"
            problem(at: member.namePosition, "\(what) has no '\(member.name)'\(cure)")
        }
        for key in required where json[key] == nil { problem(json, "\(what) needs '\(key)'") }
        return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// An object of the author's own names.
    func entries(_ json: LocatedJSON?, _ what: String) -> [LocatedJSON.Member] {
        guard let json else { return [] }
        if let members = json.members { return members }
        problem(json, "\(what) is an object, not \(json.typeName)")
        return []
    }

    func array(_ json: LocatedJSON?, _ what: String) -> [LocatedJSON]? {
        guard let json else { return nil }
        if let elements = json.elements { return elements }
        problem(json, "\(what) is an array, not \(json.typeName)")
        return nil
    }

    /// A text that is not empty; nil when it is missing or wrong.
    func text(_ json: LocatedJSON?, _ what: String) -> String? {
        guard let json else { return nil }
        guard let value = json.stringValue else {
            problem(json, "\(what) is a text, not \(json.typeName)")
            return nil
        }
        guard !value.isEmpty else {
            problem(json, "\(what) is empty; leave it out or give it a value")
            return nil
        }
        return value
    }

    func bool(_ json: LocatedJSON?, _ what: String) -> Bool? {
        guard let json else { return nil }
        if let value = json.boolValue { return value }
        problem(json, "\(what) is true or false, not \(json.typeName)")
        return nil
    }

    func integer(_ json: LocatedJSON?, _ what: String, in range: ClosedRange<Int>) -> Int? {
        guard let json else { return nil }
        if let value = json.integerValue, let number = Int(exactly: value), range.contains(number) { return number }
        problem(json, "\(what) is a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// One word of an enumeration.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ json: LocatedJSON?,
        _ what: String,
        _ type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        guard let json, let word = text(json, what) else { return nil }
        if let value = Choice(rawValue: word) { return value }
        let words = Choice.allCases.map(\.rawValue)
        let cure = nearest(word, among: words).map { "did you mean '\($0)'?" } ?? "known: \(list(words))"
        problem(json, "\(what) cannot be '\(word)'; \(cure)")
        return nil
    }

    /// A header's name in lower case.
    func headerName(_ json: LocatedJSON?) -> String? {
        guard let json, let name = text(json, "'header'") else { return nil }
        let punctuation = "!#$%&'*+-.^_`|~"
        let isToken = name.unicodeScalars.allSatisfy {
            $0.isASCII
                && ($0.properties.isAlphabetic || $0.properties.numericType != nil
                    || punctuation.unicodeScalars.contains($0))
        }
        guard isToken else {
            problem(json, "'\(name)' is no name of an HTTP header")
            return nil
        }
        return name.lowercased()
    }

    /// A time such as `30s`, `5m` or `1h`, in microseconds.
    func duration(_ json: LocatedJSON?, _ what: String) -> Int64? {
        guard let json, let word = text(json, what) else { return nil }
        let seconds: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        if let unit = word.last.flatMap({ seconds[$0] }), let number = Int64(word.dropLast()),
            (1...1_000_000).contains(number)
        {
            return number * unit * 1_000_000
        }
        problem(json, "\(what) is a number and a unit (s, m, h, d), such as \"5m\"")
        return nil
    }

    func list(_ words: [String]) -> String { words.map { "'\($0)'" }.joined(separator: ", ") }

    // MARK: - Places inside texts

    /// Where the byte `offset` of a text's value stands in the file.
    func position(in json: LocatedJSON, offset: Int) -> SourcePosition {
        guard lines.indices.contains(json.position.line - 1) else { return json.position }
        let line = lines[json.position.line - 1]
        // Behind the opening quote; a byte order mark counts as no column but stands in the line.
        var index = json.position.column + (json.position.line == 1 && line.first == "\u{FEFF}" ? 1 : 0)
        var column = json.position.column + 1
        var rest = offset
        while rest > 0, index < line.count {
            let width = escapeWidth(line, index)
            rest -= width.bytes
            index += width.characters
            column += width.characters
        }
        return SourcePosition(line: json.position.line, column: column)
    }

    /// How many characters of a line make the next character of a text, and how many bytes that has.
    private func escapeWidth(_ line: [Unicode.Scalar], _ index: Int) -> (characters: Int, bytes: Int) {
        guard line[index] == "\\" else { return (1, UTF8.width(line[index])) }
        guard index + 5 < line.count, line[index + 1] == "u" else { return (2, 1) }
        let digits = String(String.UnicodeScalarView(line[(index + 2)...(index + 5)]))
        guard let code = UInt32(digits, radix: 16) else { return (6, 1) }
        // A surrogate pair is two escapes and four bytes.
        return (6, code < 0x80 ? 1 : code < 0x800 ? 2 : (0xD800...0xDFFF).contains(code) ? 2 : 3)
    }
}
