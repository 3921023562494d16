internal import JSON

/// One word of an expression.
struct Token {
    enum Kind: Equatable {
        case identifier, quotedIdentifier, variable, root, literal, number
        case dot, star, flatten, filter, leftBracket, rightBracket, leftBrace, rightBrace, leftParenthesis
        case rightParenthesis, comma, colon, current, expression, pipe, or, and, not, question, assign
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
        case plus, minus, multiply, divide, modulo, integerDivide
        case end
    }

    let kind: Kind
    /// Where the token stands in the text, in bytes.
    let range: Range<Int>
    /// The name of an identifier or of a variable (without `$`), decoded.
    var name: [UInt8] = []
    /// The value of a literal.
    var value: JSONValue = .null
    /// The value of a number, which stands in brackets only.
    var number = 0

    var offset: Int { range.lowerBound }

    /// How tightly the token binds what stands left of it; 0 ends an expression.
    ///
    /// The order of the reference implementation in Python, with the ternary operator between `|` and `||` (JEP 21)
    /// and arithmetic between comparison and flatten (JEP 16).
    var bindingPower: Int {
        switch kind {
        case .pipe: BindingPower.pipe
        case .question: BindingPower.ternary
        case .or: BindingPower.or
        case .and: BindingPower.and
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: BindingPower.comparison
        case .plus, .minus: BindingPower.sum
        case .star, .multiply, .divide, .modulo, .integerDivide: BindingPower.product
        case .flatten: BindingPower.flatten
        case .filter: BindingPower.filter
        case .dot: BindingPower.dot
        case .leftBracket: BindingPower.bracket
        case .identifier, .quotedIdentifier, .variable, .root, .literal, .number, .rightBracket, .leftBrace,
            .rightBrace,
            .leftParenthesis, .rightParenthesis, .comma, .colon, .current, .expression, .not, .assign, .end:
            0
        }
    }
}

enum BindingPower {
    static let pipe = 1
    static let ternary = 2
    static let or = 3
    static let and = 4
    static let comparison = 5
    static let sum = 6
    static let product = 7
    static let sign = 8
    static let flatten = 9
    /// What binds looser than this ends a projection.
    static let projectionEnd = 10
    static let star = 20
    static let filter = 21
    static let dot = 40
    static let not = 45
    static let bracket = 55
}
