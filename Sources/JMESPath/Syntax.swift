internal import JSON

/// An expression as it was written: a tree whose height the parser limits.
struct Syntax {
    indirect enum Kind {
        case current
        case root
        case variable([UInt8])
        case literal(JSONValue)
        /// A member of the current value.
        case field([UInt8])
        /// The right side with the left side's value as the current one: `a.b` and `a | b`.
        case sequence(Syntax, Syntax)
        case index(of: Syntax, Int)
        case projection(Projection, of: Syntax, body: Syntax)
        case or(Syntax, Syntax)
        case and(Syntax, Syntax)
        case not(Syntax)
        case comparison(Comparison, Syntax, Syntax)
        case arithmetic(Arithmetic, Syntax, Syntax)
        case sign(isNegative: Bool, Syntax)
        case ternary(Syntax, then: Syntax, else: Syntax)
        case list([Syntax])
        case object([(name: [UInt8], value: Syntax)])
        case call(name: [UInt8], [Syntax])
        /// `&expression`, an argument only.
        case expression(Syntax)
        case bind([(name: [UInt8], value: Syntax)], in: Syntax)
    }

    /// What a projection runs over.
    enum Projection {
        case elements
        case values
        case flattened
        case filtered(Syntax)
        case slice(start: Int?, stop: Int?, step: Int)
    }

    enum Comparison: UInt8 { case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual }

    enum Arithmetic: UInt8 { case add, subtract, multiply, divide, modulo, integerDivide }

    let kind: Kind
    /// Where an error in this node is shown: its operator, name or first byte.
    let offset: Int
    /// The longest way down to a leaf, which has 0.
    let height: Int

    init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
        height =
            switch kind {
            case .current, .root, .variable, .literal, .field: 0
            case .index(let value, _), .not(let value), .sign(_, let value), .expression(let value): value.height + 1
            case .sequence(let a, let b), .or(let a, let b), .and(let a, let b), .comparison(_, let a, let b),
                .arithmetic(_, let a, let b):
                max(a.height, b.height) + 1
            case .projection(.filtered(let condition), let value, let body):
                max(condition.height, value.height, body.height) + 1
            case .projection(_, let value, let body): max(value.height, body.height) + 1
            case .ternary(let a, let b, let c): max(a.height, b.height, c.height) + 1
            case .list(let items), .call(_, let items): (items.map(\.height).max() ?? 0) + 1
            case .object(let members): (members.map(\.value.height).max() ?? 0) + 1
            case .bind(let bindings, let body): max(bindings.map(\.value.height).max() ?? 0, body.height) + 1
            }
    }

    var isCurrent: Bool { if case .current = kind { true } else { false } }
}
