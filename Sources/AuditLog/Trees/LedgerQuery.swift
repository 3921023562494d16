internal import JSON

/// The GraphQL query by which clients look for published roots (audit API contract, section 6.6).
///
///     {"query": "{ transactions(tags: [{name: \"tree_size\", values: [\"5\"]}, {name: \"tree_name\", values: [\"…\"]}]) { edges … } }"}
///
/// Only the tags matter: the answer always has the same shape.
package struct LedgerQuery: Equatable, Sendable {
    package let treeNames: [String]
    package let sizes: [UInt64]

    /// Most sizes that one query may ask for.
    private static let maximumSizes = 10_000

    /// A query from a request's body; nil when it is not such a one.
    package init?(body: UnsafeRawBufferPointer) {
        let document = JSONDocument()
        guard (try? document.parse(body)) != nil, let text = document.root["query"]?.stringValue else { return nil }
        self.init(text)
    }

    package init?(_ query: String) {
        var tags: [String: [String]] = [:]
        var tokens = GraphQLTokens(query)
        var name: String?
        var values: [String]?
        while let token = tokens.next() {
            switch token {
            case .punctuation("{"):
                name = nil
                values = nil
            case .word("name") where tokens.takes(":"): name = tokens.text()
            case .word("values") where tokens.takes(":"): values = tokens.list()
            case .punctuation, .word, .text: break
            }
            if let found = name, let list = values {
                tags[found, default: []] += list
                name = nil
                values = nil
            }
        }
        guard let names = tags["tree_name"], let sizes = tags["tree_size"], sizes.count <= LedgerQuery.maximumSizes
        else { return nil }
        treeNames = names
        self.sizes = sizes.compactMap { UInt64($0) }
    }
}

/// The words of a GraphQL document (GraphQL, section 2.1), as far as tags need them.
private struct GraphQLTokens {
    enum Token: Equatable {
        case word(String)
        case text(String)
        case punctuation(Character)
    }

    private var rest: Substring

    init(_ text: String) { rest = Substring(text) }

    mutating func next() -> Token? {
        rest = rest.drop { $0.isWhitespace || $0 == "," }
        guard let first = rest.first else { return nil }
        if first == "\"" {
            rest = rest.dropFirst()
            let value = rest.prefix { $0 != "\"" }
            rest = rest.dropFirst(value.count + 1)
            return .text(String(value))
        }
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        guard word.isEmpty else {
            rest = rest.dropFirst(word.count)
            return .word(String(word))
        }
        rest = rest.dropFirst()
        return .punctuation(first)
    }

    /// Whether a sign comes next, which then is passed.
    mutating func takes(_ sign: Character) -> Bool {
        var ahead = self
        guard ahead.next() == .punctuation(sign) else { return false }
        self = ahead
        return true
    }

    mutating func text() -> String? {
        if case .text(let value) = next() { value } else { nil }
    }

    mutating func list() -> [String]? {
        guard takes("[") else { return text().map { [$0] } }
        var values: [String] = []
        while case .text(let value) = next() { values.append(value) }
        return values
    }
}
