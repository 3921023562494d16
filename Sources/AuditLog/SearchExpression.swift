/// A query's conditions and how they are joined.
///
/// `and([])` holds for every event, `or([])` for none.
package indirect enum SearchExpression<Leaf> {
    case leaf(Leaf)
    case not(SearchExpression)
    case and([SearchExpression])
    case or([SearchExpression])

    /// The expression that every event satisfies.
    package static var everything: SearchExpression { .and([]) }

    package func map<Other>(_ transform: (Leaf) -> Other) -> SearchExpression<Other> {
        switch self {
        case .leaf(let leaf): .leaf(transform(leaf))
        case .not(let part): .not(part.map(transform))
        case .and(let parts): .and(parts.map { $0.map(transform) })
        case .or(let parts): .or(parts.map { $0.map(transform) })
        }
    }
}

extension SearchExpression: Equatable where Leaf: Equatable {}
extension SearchExpression: Sendable where Leaf: Sendable {}

extension SearchExpression where Leaf == SearchTerm {
    /// Longest query in bytes.
    package static var maximumBytes: Int { 8192 }
    /// How deep parentheses and exclusions may stand inside each other.
    package static var maximumDepth: Int { 64 }
    /// How many terms a query may have; each is tried on every event of the range.
    package static var maximumTerms: Int { 256 }

    /// Reads a query (audit API contract, section 7); one without terms stands for everything.
    ///
    /// - Throws: `BadFormat` at `/query`.
    package init(parsing query: String) throws(APIProblem) {
        guard query.utf8.count <= Self.maximumBytes else {
            throw APIProblem(.aboveMaxLength, at: "/query", "'query' cannot have more than \(Self.maximumBytes) bytes")
        }
        var parser = try SearchParser(query)
        self = try parser.query()
    }
}

/// Recursive descent over the grammar of the contract.
///
///     query = "" | or        or   = and { "OR" and }        and = unary { ["AND"] unary }
///     unary = "-" unary | "(" or ")" | term
private struct SearchParser {
    typealias Expression = SearchExpression<SearchTerm>

    private var lexer: SearchLexer
    private var token: SearchToken?
    private var depth = 0
    private var terms = 0

    init(_ query: String) throws(APIProblem) {
        lexer = SearchLexer(query)
        token = try lexer.next()
    }

    mutating func query() throws(APIProblem) -> Expression {
        guard token != nil else { return .everything }
        let expression = try or()
        guard token == nil else { throw unexpectedToken() }
        return expression
    }

    private mutating func or() throws(APIProblem) -> Expression {
        var parts = [try and()]
        while case .or? = token?.kind {
            token = try lexer.next()
            parts.append(try and())
        }
        return parts.count == 1 ? parts[0] : .or(parts)
    }

    private mutating func and() throws(APIProblem) -> Expression {
        var parts = [try unary()]
        while let kind = token?.kind {
            switch kind {
            case .and: token = try lexer.next()
            case .minus, .open, .term: break
            case .or, .close: return parts.count == 1 ? parts[0] : .and(parts)
            }
            parts.append(try unary())
        }
        return parts.count == 1 ? parts[0] : .and(parts)
    }

    private mutating func unary() throws(APIProblem) -> Expression {
        guard let kind = token?.kind else { throw unexpectedToken() }
        switch kind {
        case .minus:
            try descend()
            let part = try unary()
            depth -= 1
            return .not(part)
        case .open:
            try descend()
            let part = try or()
            guard case .close? = token?.kind else { throw unexpectedToken() }
            token = try lexer.next()
            depth -= 1
            return part
        case .term(let term):
            terms += 1
            guard terms <= Expression.maximumTerms else {
                throw APIProblem(.badFormat, at: "/query", "'query' has more than \(Expression.maximumTerms) terms")
            }
            token = try lexer.next()
            return .leaf(term)
        case .and, .or, .close: throw unexpectedToken()
        }
    }

    private mutating func descend() throws(APIProblem) {
        depth += 1
        guard depth <= Expression.maximumDepth else {
            throw APIProblem(
                .badFormat,
                at: "/query",
                "'query' is nested deeper than \(Expression.maximumDepth) levels"
            )
        }
        token = try lexer.next()
    }

    private func unexpectedToken() -> APIProblem {
        APIProblem(.badFormat, at: "/query", token?.syntaxError ?? "syntax error at the end of the query")
    }
}
