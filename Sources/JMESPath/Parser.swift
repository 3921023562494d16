internal import JSON

/// Reads an expression's tokens by top-down operator precedence (Pratt).
struct Parser {
    /// How many parentheses, brackets, arguments and operators' right sides may stand inside each other.
    static let maximumNesting = 200
    /// How high a tree may grow, which a long chain of operators does without any nesting.
    static let maximumHeight = 250
    /// Bytes of text.
    static let maximumLength = 65_536

    private let tokens: [Token]
    private var position = 0
    private var nesting = 0

    static func parse(_ text: [UInt8]) throws(JMESPathError) -> Syntax {
        guard text.count <= maximumLength else {
            throw JMESPathError(.syntax, "the expression is longer than \(maximumLength) bytes", at: maximumLength)
        }
        var parser = Parser(tokens: try Lexer.tokens(of: text))
        guard parser.current.kind != .end else { throw JMESPathError(.syntax, "the expression is empty", at: 0) }
        let syntax = try parser.expression(0)
        guard parser.current.kind == .end else { throw parser.unexpected() }
        return syntax
    }

    private init(tokens: [Token]) { self.tokens = tokens }

    private var current: Token { tokens[position] }

    private var following: Token.Kind { position + 1 < tokens.count ? tokens[position + 1].kind : .end }

    private mutating func advance() { position = min(position + 1, tokens.count - 1) }

    private mutating func take() -> Token {
        defer { advance() }
        return current
    }

    private mutating func expect(_ kind: Token.Kind, _ what: String) throws(JMESPathError) {
        guard current.kind == kind else { throw unexpected("expected \(what)") }
        advance()
    }

    /// The error for the current token, which fits nowhere.
    private func unexpected(_ message: String? = nil) -> JMESPathError {
        let reason =
            switch current.kind {
            case .end: message.map { "the expression ends too early: \($0)" } ?? "the expression ends too early"
            case .number: message ?? "a number is written in backticks: `1`"
            case .assign: message ?? "'=' stands only in let; equality is '=='"
            case .expression: message ?? "'&' stands only before an argument of a function"
            case .identifier, .quotedIdentifier, .variable, .root, .literal, .current:
                message ?? "an operator is missing before this"
            default: message ?? "unexpected here"
            }
        return JMESPathError(.syntax, reason, at: current.offset)
    }

    // MARK: - Expressions

    /// Reads an expression up to the first token that binds no tighter than `power`.
    private mutating func expression(_ power: Int) throws(JMESPathError) -> Syntax {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Parser.maximumNesting else {
            throw JMESPathError(.syntax, "nested deeper than \(Parser.maximumNesting) levels", at: current.offset)
        }
        var left = try prefix()
        while power < current.bindingPower {
            left = try infix(left)
            guard left.height <= Parser.maximumHeight else {
                throw JMESPathError(.syntax, "more than \(Parser.maximumHeight) operators in a chain", at: left.offset)
            }
        }
        return left
    }

    private mutating func prefix() throws(JMESPathError) -> Syntax {
        let token = current
        let here = Syntax(.current, at: token.offset)
        switch token.kind {
        case .end, .rightBracket, .rightBrace, .rightParenthesis, .comma, .colon, .number, .assign, .expression, .dot,
            .pipe,
            .or, .and, .question, .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .multiply, .divide,
            .modulo, .integerDivide:
            throw unexpected(token.kind == .end || token.kind == .number ? nil : prefixMessage(token.kind))
        case .identifier: return try identifier()
        case .quotedIdentifier:
            advance()
            if current.kind == .leftParenthesis { throw unexpected("a function's name stands without quotes") }
            return Syntax(.field(token.name), at: token.offset)
        case .variable:
            advance()
            return Syntax(.variable(token.name), at: token.offset)
        case .root:
            advance()
            return Syntax(.root, at: token.offset)
        case .literal:
            advance()
            return Syntax(.literal(token.value), at: token.offset)
        case .current:
            advance()
            return here
        case .star:
            advance()
            let body = try projectionBody(BindingPower.star)
            return Syntax(.projection(.values, of: here, body: body), at: token.offset)
        case .flatten, .filter: return try infix(here)
        case .leftBracket:
            if following == .number || following == .colon || isElementsBracket { return try infix(here) }
            return try list()
        case .leftBrace: return try object()
        case .leftParenthesis:
            advance()
            let inner = try expression(0)
            try expect(.rightParenthesis, "')'")
            return inner
        case .not:
            advance()
            return Syntax(.not(try expression(BindingPower.not)), at: token.offset)
        case .plus, .minus:
            advance()
            let operand = try expression(BindingPower.sign)
            return Syntax(.sign(isNegative: token.kind == .minus, operand), at: token.offset)
        }
    }

    private func prefixMessage(_ kind: Token.Kind) -> String {
        switch kind {
        case .expression: "'&' stands only before an argument of a function"
        case .rightBracket, .rightBrace, .rightParenthesis:
            "unexpected closing bracket; an expression is missing before it"
        default: "an expression is missing before this"
        }
    }

    private mutating func infix(_ left: Syntax) throws(JMESPathError) -> Syntax {
        let token = take()
        let at = token.offset
        switch token.kind {
        case .pipe: return Syntax(.sequence(left, try expression(BindingPower.pipe)), at: at)
        case .or: return Syntax(.or(left, try expression(BindingPower.or)), at: at)
        case .and: return Syntax(.and(left, try expression(BindingPower.and)), at: at)
        case .equal: return try comparison(.equal, left, at)
        case .notEqual: return try comparison(.notEqual, left, at)
        case .less: return try comparison(.less, left, at)
        case .lessOrEqual: return try comparison(.lessOrEqual, left, at)
        case .greater: return try comparison(.greater, left, at)
        case .greaterOrEqual: return try comparison(.greaterOrEqual, left, at)
        case .plus: return try arithmetic(.add, left, at)
        case .minus: return try arithmetic(.subtract, left, at)
        case .star, .multiply: return try arithmetic(.multiply, left, at)
        case .divide: return try arithmetic(.divide, left, at)
        case .modulo: return try arithmetic(.modulo, left, at)
        case .integerDivide: return try arithmetic(.integerDivide, left, at)
        case .question:
            let then = try expression(0)
            try expect(.colon, "':' and what holds otherwise")
            return Syntax(.ternary(left, then: then, else: try expression(BindingPower.pipe)), at: at)
        case .dot:
            guard current.kind == .star else {
                // Before the member is read and the current token is another one.
                let place = current.offset
                return Syntax(.sequence(left, try member(BindingPower.dot)), at: place)
            }
            advance()
            // The reference reads one member behind `.*` into the projection, the rest applies to its result.
            return Syntax(.projection(.values, of: left, body: try projectionBody(BindingPower.dot)), at: at)
        case .flatten:
            return Syntax(.projection(.flattened, of: left, body: try projectionBody(BindingPower.flatten)), at: at)
        case .filter: return try filter(left, at)
        case .leftBracket: return try bracket(left, at)
        case .identifier, .quotedIdentifier, .variable, .root, .literal, .number, .rightBracket, .leftBrace,
            .rightBrace,
            .leftParenthesis, .rightParenthesis, .comma, .colon, .current, .expression, .not, .assign, .end:
            // None of them binds to the left.
            throw unexpected()
        }
    }

    private mutating func comparison(
        _ kind: Syntax.Comparison,
        _ left: Syntax,
        _ offset: Int
    ) throws(JMESPathError) -> Syntax {
        Syntax(.comparison(kind, left, try expression(BindingPower.comparison)), at: offset)
    }

    private mutating func arithmetic(
        _ kind: Syntax.Arithmetic,
        _ left: Syntax,
        _ offset: Int
    ) throws(JMESPathError) -> Syntax {
        let isSum = kind == .add || kind == .subtract
        return Syntax(
            .arithmetic(kind, left, try expression(isSum ? BindingPower.sum : BindingPower.product)),
            at: offset
        )
    }

    // MARK: - Names, calls and bindings

    private mutating func identifier() throws(JMESPathError) -> Syntax {
        let token = take()
        if current.kind == .leftParenthesis { return try call(token) }
        if current.kind == .variable, token.name == Array("let".utf8) { return try binding(token.offset) }
        return Syntax(.field(token.name), at: token.offset)
    }

    private mutating func call(_ name: Token) throws(JMESPathError) -> Syntax {
        advance()
        var arguments: [Syntax] = []
        while current.kind != .rightParenthesis || !arguments.isEmpty {
            if current.kind == .expression {
                let offset = take().offset
                arguments.append(Syntax(.expression(try expression(0)), at: offset))
            } else {
                arguments.append(try expression(0))
            }
            if current.kind != .comma { break }
            advance()
        }
        try expect(.rightParenthesis, "',' or ')'")
        return Syntax(.call(name: name.name, arguments), at: name.offset)
    }

    /// `let $a = …, $b = … in …`; the body reaches as far to the right as it can.
    private mutating func binding(_ offset: Int) throws(JMESPathError) -> Syntax {
        var bindings: [(name: [UInt8], value: Syntax)] = []
        while true {
            let variable = current
            try expect(.variable, "a variable: $name")
            try expect(.assign, "'='")
            bindings.append((variable.name, try expression(0)))
            if current.kind != .comma { break }
            advance()
        }
        guard current.kind == .identifier, current.name == Array("in".utf8) else {
            throw unexpected("expected ',' or 'in'")
        }
        advance()
        return Syntax(.bind(bindings, in: try expression(0)), at: offset)
    }

    // MARK: - Brackets and braces

    /// What may follow a dot: a name, a call, `*`, `[…]` or `{…}`.
    private mutating func member(_ power: Int) throws(JMESPathError) -> Syntax {
        switch current.kind {
        case .identifier, .quotedIdentifier, .star:
            if following == .variable { throw unexpected("'let' does not follow a dot") }
            return try expression(power)
        case .leftBracket: return try list()
        case .leftBrace: return try object()
        default: throw unexpected("expected a name, a function, '*', '[' or '{' behind the dot")
        }
    }

    private var isElementsBracket: Bool {
        following == .star && position + 2 < tokens.count && tokens[position + 2].kind == .rightBracket
    }

    private mutating func list() throws(JMESPathError) -> Syntax {
        let offset = take().offset
        var items: [Syntax] = []
        while true {
            items.append(try expression(0))
            if current.kind != .comma { break }
            advance()
        }
        try expect(.rightBracket, "',' or ']'")
        return Syntax(.list(items), at: offset)
    }

    private mutating func object() throws(JMESPathError) -> Syntax {
        let offset = take().offset
        var members: [(name: [UInt8], value: Syntax)] = []
        while true {
            let name = current
            guard name.kind == .identifier || name.kind == .quotedIdentifier else {
                throw unexpected("expected a name")
            }
            advance()
            try expect(.colon, "':'")
            members.append((name.name, try expression(0)))
            if current.kind != .comma { break }
            advance()
        }
        try expect(.rightBrace, "',' or '}'")
        return Syntax(.object(members), at: offset)
    }

    /// What follows `[`: an index, a slice or `*`.
    private mutating func bracket(_ left: Syntax, _ offset: Int) throws(JMESPathError) -> Syntax {
        if current.kind == .number, following == .rightBracket {
            let number = take().number
            advance()
            return Syntax(.index(of: left, number), at: offset)
        }
        if current.kind == .number || current.kind == .colon { return try slice(left, offset) }
        try expect(.star, "an index, a slice or '*'")
        try expect(.rightBracket, "']'")
        return Syntax(.projection(.elements, of: left, body: try projectionBody(BindingPower.star)), at: offset)
    }

    private mutating func slice(_ left: Syntax, _ offset: Int) throws(JMESPathError) -> Syntax {
        var parts: [Int?] = [nil, nil, nil]
        var index = 0
        while current.kind != .rightBracket {
            if current.kind == .number, parts[index] == nil {
                parts[index] = take().number
            } else {
                try expect(.colon, "a number, ':' or ']'")
                index += 1
                guard index < 3 else { throw JMESPathError(.syntax, "a slice has at most two colons", at: offset) }
            }
        }
        advance()
        let projection = Syntax.Projection.slice(start: parts[0], stop: parts[1], step: parts[2] ?? 1)
        return Syntax(.projection(projection, of: left, body: try projectionBody(BindingPower.star)), at: offset)
    }

    private mutating func filter(_ left: Syntax, _ offset: Int) throws(JMESPathError) -> Syntax {
        let condition = try expression(0)
        try expect(.rightBracket, "']'")
        let body = try projectionBody(BindingPower.filter)
        return Syntax(.projection(.filtered(condition), of: left, body: body), at: offset)
    }

    /// What a projection applies to each element: everything up to a token that ends projections.
    private mutating func projectionBody(_ power: Int) throws(JMESPathError) -> Syntax {
        if current.kind == .dot {
            advance()
            return try member(power)
        }
        if current.bindingPower < BindingPower.projectionEnd { return Syntax(.current, at: current.offset) }
        return try expression(power)
    }
}
