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

    /// A `!` that negates only the beginning of what stands behind it, such as that of `!a.b`, which is `(!a).b`.
    package struct NarrowNegation: Sendable, Equatable {
        /// What it negates, and all that stands behind it up to the next operator.
        package let operand: String, whole: String
        /// Where in the expression's bytes it stands.
        package let offset: Int
    }

    package private(set) var narrowNegations: [NarrowNegation] = []

    /// - Returns: nil for what is no expression.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let syntax = try? Parser.parse(bytes) else { return nil }
        listCalls(syntax)
        listResults(syntax)
        listNegations(syntax, bytes)
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

    /// Finds members and projections of what a `!` gives, which is a boolean and has none.
    private mutating func listNegations(_ node: Syntax, _ text: [UInt8]) {
        switch node.kind {
        // A pipe says plainly where its left side ends.
        case .sequence(let left, _) where text[node.offset] != UInt8(ascii: "|"): note(left, node.offset, text)
        case .projection(_, let left, _): note(left, node.offset, text)
        case .sequence, .current, .root, .variable, .literal, .field, .index, .or, .and, .not, .comparison, .arithmetic,
            .sign, .ternary, .list, .object, .call, .expression, .bind:
            break
        }
        for part in node.parts { listNegations(part, text) }
    }

    private mutating func note(_ left: Syntax, _ place: Int, _ text: [UInt8]) {
        guard case .not = left.kind else { return }
        let start = left.offset + 1
        let end = ExpressionOutline.endOfOperand(in: text, from: start)
        // In `(!a).b` somebody has said what is meant.
        guard start < place, place < end else { return }
        narrowNegations.append(
            NarrowNegation(
                operand: ExpressionOutline.trimmed(text[start..<place], "."),
                whole: ExpressionOutline.trimmed(text[start..<end]),
                offset: left.offset
            )
        )
    }

    private static func trimmed(_ text: ArraySlice<UInt8>, _ more: Character? = nil) -> String {
        var text = Substring(String(decoding: text, as: UTF8.self)).drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace || last == more { text.removeLast() }
        return String(text)
    }

    /// Where the names, brackets, dots and quotes that stand together end.
    private static func endOfOperand(in text: [UInt8], from start: Int) -> Int {
        var depth = 0
        var index = start
        while index < text.count {
            let byte = text[index]
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"):
                index += 1
                while index < text.count, text[index] != byte { index += text[index] == UInt8(ascii: "\\") ? 2 : 1 }
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                if depth == 0 { return index }
                depth -= 1
            case UInt8(ascii: "*") where depth == 0:
                // Behind a dot it is a projection, otherwise a product.
                guard text[start..<index].last(where: { $0 > 0x20 }) == UInt8(ascii: ".") else { return index }
            case UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"),
                UInt8(ascii: "?"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "/"), UInt8(ascii: "%"), 0x80...:
                if depth == 0 { return index }
            case UInt8(ascii: "!") where depth == 0 && index + 1 < text.count && text[index + 1] == UInt8(ascii: "="):
                return index
            default: break
            }
            index += 1
        }
        return min(index, text.count)
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
