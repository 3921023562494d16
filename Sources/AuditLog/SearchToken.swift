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
