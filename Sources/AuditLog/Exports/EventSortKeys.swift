internal import JSON
package import Schema

/// What events are sorted by when it is one of their fields, as bytes that compare as the values do.
///
/// The order is that of searches: events without the field first, numbers and times by their value, texts byte by byte.
/// Keep one for each thread.
package final class EventSortKeys {
    private let name: [UInt8]
    private let kind: Field.Kind
    private let document = JSONDocument()

    /// - Parameters:
    ///   - field: the field's id.
    ///   - schema: of the events; nil is returned when it lacks the field.
    package init?(field: String, of schema: EventSchema) {
        guard let index = schema.index(of: field) else { return nil }
        name = Array(field.utf8)
        kind = schema.fields[index].kind
    }

    package func key(of event: StoredEvent) -> [UInt8] {
        let isRead = (try? document.parse(event.event)) != nil
        return SearchSortKey(isRead ? document.root.member(name) : nil, kind: kind).encoded
    }
}

extension SearchSortKey {
    /// Compares bytewise as the keys themselves do.
    fileprivate var encoded: [UInt8] {
        switch self {
        case .missing: return [0]
        case .number(let number): return [1] + SearchSortKey.ascending(number)
        case .time(let time):
            return [2] + SearchSortKey.ascending(time.seconds) + SearchSortKey.ascending(Int64(time.nanoseconds))
        case .text(let text): return [3] + text
        }
    }

    /// Eight bytes, big endian, the negative numbers before the others.
    private static func ascending(_ number: Int64) -> [UInt8] {
        withUnsafeBytes(of: (UInt64(bitPattern: number) ^ (1 << 63)).bigEndian) { Array($0) }
    }
}
