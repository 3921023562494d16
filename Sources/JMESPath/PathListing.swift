internal import JSON

/// Lists what an expression may read, from its text alone.
struct PathListing {
    private var found: [[String]] = []
    private var locals: [(name: [UInt8], place: [String]?)] = []
    /// Whether the value that the expression is evaluated on, or a part of it, is read.
    private(set) var usesCurrent = false

    init(of syntax: Syntax) { read(syntax, at: []) }

    /// Every path once, in the order of the text.
    var paths: [[String]] {
        var seen: Set<[String]> = []
        return found.filter { seen.insert($0).inserted }
    }

    /// Notes what is used as it is.
    private mutating func read(_ node: Syntax, at place: [String]?) {
        if let path = visit(node, at: place), !path.isEmpty { found.append(path) }
    }

    /// - Returns: where the node's value stands, nil when it is computed. What is computed has been noted.
    private mutating func visit(_ node: Syntax, at place: [String]?) -> [String]? {
        switch node.kind {
        case .current:
            if place?.isEmpty == true { usesCurrent = true }
            return place
        case .root: return ["$"]
        case .variable(let name):
            if let local = locals.last(where: { $0.name == name }) { return local.place }
            return ["$" + String(decoding: name, as: UTF8.self)]
        case .literal: return nil
        case .field(let name):
            if place?.isEmpty == true { usesCurrent = true }
            return place.map { $0 + [String(decoding: name, as: UTF8.self)] }
        case .sequence(let left, let right): return visit(right, at: visit(left, at: place))
        case .index(let value, _): return visit(value, at: place).map { $0 + ["*"] }
        case .projection(let projection, let value, let body):
            let element = visit(value, at: place).map { $0 + ["*"] }
            if case .filtered(let condition) = projection { read(condition, at: element) }
            return visit(body, at: element)
        case .or(let left, let right), .and(let left, let right), .comparison(_, let left, let right),
            .arithmetic(_, let left, let right):
            readAll([left, right], at: place)
        case .not(let value), .sign(_, let value), .expression(let value): read(value, at: place)
        case .ternary(let condition, let then, let otherwise): readAll([condition, then, otherwise], at: place)
        case .list(let items): readAll(items, at: place)
        case .object(let members): readAll(members.map(\.value), at: place)
        case .call(_, let arguments): call(arguments, at: place)
        case .bind(let bindings, let body):
            let places = bindings.map { (name: $0.name, place: visit($0.value, at: place)) }
            locals += places
            defer { locals.removeLast(places.count) }
            return visit(body, at: place)
        }
        return nil
    }

    private mutating func readAll(_ nodes: [Syntax], at place: [String]?) {
        for node in nodes { read(node, at: place) }
    }

    /// An argument `&expression` is applied to the elements of the other argument.
    private mutating func call(_ arguments: [Syntax], at place: [String]?) {
        var elements: [String]?
        for argument in arguments {
            if case .expression = argument.kind { continue }
            let path = visit(argument, at: place)
            if let path, !path.isEmpty { found.append(path) }
            elements = elements ?? path.map { $0 + ["*"] }
        }
        for argument in arguments {
            if case .expression(let inner) = argument.kind { read(inner, at: elements) }
        }
    }
}

extension PathListing {
    /// Where texts must stand for an expression to be true: the comparisons that `&&` joins at its top.
    static func requiredTexts(of syntax: Syntax) -> [Expression.RequiredText] {
        switch syntax.kind {
        case .and(let left, let right): return requiredTexts(of: left) + requiredTexts(of: right)
        case .comparison(.equal, let left, let right):
            return [(left, right), (right, left)].compactMap { place, value in
                guard case .literal(let literal) = value.kind, let text = literal.stringValue else { return nil }
                // A comparison with what is computed from a path says nothing about the value there.
                guard isPlain(place), let path = PathListing(of: place).paths.first else { return nil }
                return Expression.RequiredText(path: path, text: text)
            }
        case .current, .root, .variable, .literal, .field, .sequence, .index, .projection, .or, .not, .comparison,
            .arithmetic, .sign, .ternary, .list, .object, .call, .expression, .bind:
            return []
        }
    }

    private static func isPlain(_ node: Syntax) -> Bool {
        switch node.kind {
        case .current, .root, .variable, .field: true
        case .sequence(let left, let right): isPlain(left) && isPlain(right)
        case .literal, .index, .projection, .or, .and, .not, .comparison, .arithmetic, .sign, .ternary, .list, .object,
            .call, .expression, .bind:
            false
        }
    }
}
