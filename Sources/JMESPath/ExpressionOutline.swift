internal import JSON

/// What an expression's text tells without any data, for checking files that hold expressions.
package struct ExpressionOutline: Sendable {
    /// A call of a function.
    package struct Call: Sendable {
        package let name: String
        /// The arguments that are texts in quotes; nil for others.
        package let texts: [String?]
        /// Where in the expression's bytes the call stands.
        package let offset: Int
    }

    /// Every call in the expression.
    package private(set) var calls: [Call] = []
    /// The texts in quotes that may be the result as they stand.
    package private(set) var results: [(text: String, offset: Int)] = []
    /// The calls whose results may be the expression's.
    package private(set) var resultingCalls: [Call] = []

    /// - Returns: nil for what is no expression.
    package init?(_ text: String) {
        guard let syntax = try? Parser.parse(Array(text.utf8)) else { return nil }
        listCalls(syntax)
        listResults(syntax)
    }

    private static func call(_ name: [UInt8], _ arguments: [Syntax], _ offset: Int) -> Call {
        let texts = arguments.map { argument -> String? in
            if case .literal(let literal) = argument.kind { literal.stringValue } else { nil }
        }
        return Call(name: String(decoding: name, as: UTF8.self), texts: texts, offset: offset)
    }

    private mutating func listCalls(_ node: Syntax) {
        if case .call(let name, let arguments) = node.kind {
            calls.append(ExpressionOutline.call(name, arguments, node.offset))
        }
        for part in node.parts { listCalls(part) }
    }

    private mutating func listResults(_ node: Syntax) {
        switch node.kind {
        case .literal(let literal):
            if let text = literal.stringValue { results.append((text, node.offset)) }
        case .or(let left, let right):
            listResults(left)
            listResults(right)
        // What is false on the left is no text that a field takes.
        case .and(_, let right), .sequence(_, let right), .bind(_, let right): listResults(right)
        case .ternary(_, let then, let otherwise):
            listResults(then)
            listResults(otherwise)
        case .call(let name, let arguments):
            resultingCalls.append(ExpressionOutline.call(name, arguments, node.offset))
            switch String(decoding: name, as: UTF8.self) {
            case "not_null": for argument in arguments { listResults(argument) }
            case "lookup": if arguments.count > 2 { listResults(arguments[2]) }
            default: break
            }
        case .current, .root, .variable, .field, .index, .projection, .not, .comparison, .arithmetic, .sign, .list,
            .object, .expression:
            break
        }
    }
}

extension Syntax {
    /// The nodes right below this one.
    fileprivate var parts: [Syntax] {
        switch kind {
        case .current, .root, .variable, .literal, .field: []
        case .index(let value, _), .not(let value), .sign(_, let value), .expression(let value): [value]
        case .sequence(let a, let b), .or(let a, let b), .and(let a, let b), .comparison(_, let a, let b),
            .arithmetic(_, let a, let b):
            [a, b]
        case .projection(.filtered(let condition), let value, let body): [condition, value, body]
        case .projection(_, let value, let body): [value, body]
        case .ternary(let a, let b, let c): [a, b, c]
        case .list(let items), .call(_, let items): items
        case .object(let members): members.map(\.value)
        case .bind(let bindings, let body): bindings.map(\.value) + [body]
        }
    }
}
