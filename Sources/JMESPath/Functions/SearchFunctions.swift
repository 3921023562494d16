internal import JSON

extension Function {
    static let searchFunctions: [Function] = [
        Function(name: "starts_with", parameters: [.string, .string], result: .boolean) {
            (_, arguments) throws(JMESPathError) in
            .bool(arguments.texts { text, part in text.starts(with: part) })
        },
        Function(name: "ends_with", parameters: [.string, .string], result: .boolean) {
            (_, arguments) throws(JMESPathError) in
            .bool(
                arguments.texts { text, part in text.count >= part.count && text.suffix(part.count).elementsEqual(part)
                }
            )
        },
        Function(
            name: "find_first",
            parameters: [.string, .string, .number, .number],
            optional: 2,
            result: [.number, .null]
        ) {
            (evaluation, arguments) throws(JMESPathError) in
            try find(evaluation, arguments, "find_first") { part, text in TextSearch.first(part, in: text, from: 0) }
        },
        Function(
            name: "find_last",
            parameters: [.string, .string, .number, .number],
            optional: 2,
            result: [.number, .null]
        ) {
            (evaluation, arguments) throws(JMESPathError) in
            try find(evaluation, arguments, "find_last") { part, text in TextSearch.last(part, in: text) }
        },
    ]

    /// The index, in code points, of a text within the part from `start` to before `end` of another.
    ///
    /// Null when it is not there or empty. Negative borders count from the end.
    private static func find(
        _ evaluation: Evaluation,
        _ arguments: Arguments,
        _ name: String,
        _ search: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Int?
    ) throws(JMESPathError) -> JSONValue {
        let start = try arguments.wholeNumber(2, of: name)
        let end = try arguments.wholeNumber(3, of: name)
        let bytes = arguments[0].withStringBytes { $0.count } ?? 0
        try evaluation.charge(steps: bytes >> 3)
        let index: Int? = arguments.texts { text, part in
            guard part.count > 0 else { return nil }
            let count = start == nil && end == nil ? 0 : CodePoints.count(text)
            func offset(_ border: Int) -> Int {
                CodePoints.offset(of: min(max(border < 0 ? count + border : border, 0), count), in: text)
            }
            let from = start.map(offset) ?? 0
            let to = end.map(offset) ?? text.count
            guard from <= to else { return nil }
            let section = UnsafeRawBufferPointer(rebasing: text[from..<to])
            guard let found = search(part, section) else { return nil }
            return CodePoints.count(UnsafeRawBufferPointer(rebasing: text[..<(from + found)]))
        }
        return index.map { .integer(Int64($0)) } ?? .null
    }
}

extension Arguments {
    /// Calls `body` with the bytes of the first two arguments, which are strings.
    func texts<Result>(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Result) -> Result {
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let result = self[0].withStringBytes { first in self[1].withStringBytes { body(first, $0) } }
        return (result ?? nil) ?? body(empty, empty)
    }

    /// A number argument that must be whole; nil when it is missing.
    ///
    /// Beyond 2^40 it stays there, which is behind the end of any text.
    func wholeNumber(_ index: Int, of name: String) throws(JMESPathError) -> Int? {
        guard index < count else { return nil }
        let border = 1 << 40
        switch self[index] {
        case .integer(let value): return Int(min(max(value, Int64(-border)), Int64(border)))
        case .unsigned: return border
        case .double(let value) where value.rounded() == value:
            return Int(min(max(value, Double(-border)), Double(border)))
        case .null, .bool, .double, .text, .string, .node, .array, .object:
            throw JMESPathError(.invalidValue, "\(name)() takes a whole number here")
        }
    }

    /// A whole number that is not negative.
    func count(_ index: Int, of name: String) throws(JMESPathError) -> Int? {
        guard let number = try wholeNumber(index, of: name) else { return nil }
        guard number >= 0 else { throw JMESPathError(.invalidValue, "\(name)() takes no negative number here") }
        return number
    }
}
