internal import JMESPath
internal import JSON

extension VendorFunctions {
    static let patternFunctions: [Function] = [match]

    /// `match('pattern', text)`: the first place where a regular expression of RE2 matches.
    ///
    /// An object with the whole match as `"0"` and every group that took part by its name or number; null when nothing
    /// matches or the value is no text.
    private static let match = Function(name: "match", parameters: [.string, .any]) {
        (literals: [JSONValue?]) throws(JMESPathError) -> Function.Body in
        guard let source = literals[0]?.stringBytes else {
            throw JMESPathError(.invalidValue, "the pattern of match() is a text in quotes: match('^a+$', text)")
        }
        let pattern: Pattern
        do throws(PatternError) { pattern = try Pattern(source) } catch {
            throw JMESPathError(.invalidValue, "the pattern of match() is not one of RE2's: \(error.message)")
        }
        return { (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
            guard let captures = arguments[1].withStringBytes({ pattern.captures(in: $0) }) ?? nil else { return .null }
            try evaluation.charge(steps: (arguments[1].withStringBytes { $0.count } ?? 0) >> 3)
            try evaluation.charge(outputBytes: captures.reduce(0) { $0 + $1.value.count + 32 })
            return .object(captures.map { JSONMember(name: $0.name, value: .string($0.value)) })
        }
    }
}
