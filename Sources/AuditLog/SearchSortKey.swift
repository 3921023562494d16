internal import JSON
internal import Schema

/// What events are sorted by when it is not their time of receipt.
enum SearchSortKey: Comparable {
    // The order of the cases is the order of the keys: what is missing comes first.
    case missing
    case number(Int64)
    case time(SearchInstant)
    case text([UInt8])

    /// How many bytes of a text count.
    ///
    /// Known limit: texts that differ only further on are sorted by time, so that a search keeps few megabytes at most.
    static let maximumBytes = 512

    init(_ value: JSONValue?, kind: Field.Kind) {
        switch value {
        case .text(let text)?:
            if kind == .datetime, let time = SearchInstant(text.rawBuffer) {
                self = .time(time)
            } else {
                self = .text([UInt8](text.buffer.prefix(SearchSortKey.maximumBytes)))
            }
        case .integer(let number)?: self = .number(number)
        case .bool(let bool)?: self = .number(bool ? 1 : 0)
        case nil, .null?, .unsigned?, .double?, .string?, .node?, .array?, .object?: self = .missing
        }
    }

    static func < (a: SearchSortKey, b: SearchSortKey) -> Bool {
        switch (a, b) {
        case (.number(let a), .number(let b)): a < b
        case (.time(let a), .time(let b)): a < b
        case (.text(let a), .text(let b)): a.lexicographicallyPrecedes(b)
        case (.missing, _), (.number, _), (.time, _), (.text, _): a.rank < b.rank
        }
    }

    private var rank: Int {
        switch self {
        case .missing: 0
        case .number: 1
        case .time: 2
        case .text: 3
        }
    }
}
