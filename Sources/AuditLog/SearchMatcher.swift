internal import JSON
package import Schema

/// Finds out whether stored events match a query and a restriction.
///
/// Most events are ruled out by looking for bytes that a match must have; only the others are parsed. Keep one for each
/// search and thread: its document is used again for every event.
package final class SearchMatcher {
    private let expression: SearchExpression<SearchCondition>
    private let prefilter: SearchPrefilter
    private let kinds: [Field.Kind]
    private let document = JSONDocument()
    private let members: APIMemberTable
    private var writer = JSONWriter()
    // The event in `members`; 0 when none is.
    private var loadedSequence: UInt64 = 0

    package init(_ query: SearchQuery, restriction: SearchRestriction = .none, schema: EventSchema) {
        let restricted = restriction.expressions(schema: schema)
        expression = restricted.isEmpty ? query.expression : .and(restricted + [query.expression])
        prefilter = SearchPrefilter(expression, schema: schema)
        kinds = schema.fields.map(\.kind)
        members = APIMemberTable(schema.fields.map(\.id))
    }

    package func matches(_ event: StoredEvent) -> Bool {
        loadedSequence = 0
        guard event.event.withUnsafeBytes({ prefilter.passes($0) }) else { return false }
        return isSatisfied(expression, by: event)
    }

    /// What an event is sorted by; to be asked for right after ``matches(_:)``, it costs no second parsing.
    func sortKey(of event: StoredEvent, field: Int) -> SearchSortKey {
        load(event)
        return SearchSortKey(members[field], kind: kinds[field])
    }

    private func isSatisfied(_ expression: SearchExpression<SearchCondition>, by event: StoredEvent) -> Bool {
        switch expression {
        case .leaf(let condition): isSatisfied(condition, by: event)
        case .not(let part): !isSatisfied(part, by: event)
        case .and(let parts): parts.allSatisfy { isSatisfied($0, by: event) }
        case .or(let parts): parts.contains { isSatisfied($0, by: event) }
        }
    }

    private func isSatisfied(_ condition: SearchCondition, by event: StoredEvent) -> Bool {
        switch condition {
        case .receivedAt(let comparison, let time):
            return comparison.holds(SearchInstant(microseconds: event.receivedAt), time)
        case .receivedAtContains(let text):
            writer.removeAll()
            Timestamp.append(microseconds: event.receivedAt, to: &writer.bytes)
            return writer.bytes.withUnsafeBytes { text.occurs(in: $0) }
        case .anyField(let text):
            if text.isEmpty { return true }
            load(event)
            return (0..<members.count).contains { isContained(text, inField: $0) }
        case .isPresent(let field):
            load(event)
            return members[field] != nil
        case .contains(let field, let text):
            load(event)
            guard case .text(let value)? = members[field] else { return false }
            return text.occurs(in: value.rawBuffer)
        case .text(let field, let text):
            load(event)
            guard case .text(let value)? = members[field] else { return false }
            return text.bytes.withUnsafeBytes { value.isEqual(to: $0) }
        case .integer(let field, let comparison, let number):
            load(event)
            guard case .integer(let value)? = members[field] else { return false }
            return comparison.holds(value, number)
        case .boolean(let field, let bool):
            load(event)
            guard case .bool(let value)? = members[field] else { return false }
            return value == bool
        case .time(let field, let comparison, let time):
            load(event)
            guard case .text(let text)? = members[field], let value = SearchInstant(text.rawBuffer) else {
                return false
            }
            return comparison.holds(value, time)
        }
    }

    private func isContained(_ text: SearchText, inField field: Int) -> Bool {
        guard kinds[field] != .stringUnindexed, let value = members[field] else { return false }
        switch value {
        case .text(let value): return text.occurs(in: value.rawBuffer)
        case .integer(let number):
            writer.removeAll()
            writer.append(integer: number)
            return writer.bytes == text.bytes
        case .bool(let bool):
            return text.bytes.elementsEqual((bool ? "true" : "false").utf8)
        case .null, .unsigned, .double, .string, .node, .array, .object: return false
        }
    }

    private func load(_ event: StoredEvent) {
        guard loadedSequence != event.sequence else { return }
        loadedSequence = event.sequence
        guard (try? document.parse(event.event)) != nil, case .node(let object) = document.root else {
            return members.clear()
        }
        var problems = APIProblemList()
        members.read(object, at: .body, problems: &problems)
    }
}

extension SearchCondition.Comparison {
    fileprivate func holds<Value: Comparable>(_ value: Value, _ bound: Value) -> Bool {
        switch self {
        case .isLess: value < bound
        case .isEqual: value == bound
        case .isGreater: value > bound
        }
    }
}
