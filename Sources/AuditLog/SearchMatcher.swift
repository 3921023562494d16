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
    private let plainText: SearchPlainText
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
        plainText = SearchPlainText(schema: schema)
        members = APIMemberTable(schema.fields.map(\.id))
    }

    package func matches(_ event: StoredEvent) -> Bool {
        event.withSearchRow { matches($0) }
    }

    package func matches(_ event: SearchRow) -> Bool {
        loadedSequence = 0
        guard prefilter.passes(event.event) else { return false }
        return isSatisfied(expression, by: event)
    }

    /// Whether one field of an event is as a part of a query wants it.
    func answers(_ question: SearchQuestion, by event: SearchRow) -> Bool {
        loadedSequence = 0
        switch question {
        case .condition(let condition): return isSatisfied(condition, by: event)
        case .holds(let text, let field):
            load(event)
            return isContained(text, inField: field)
        }
    }

    /// What the index is asked, whose segments are made with a key.
    func plan(schema: EventSchema, key: SearchIndexKey) -> SearchPlan {
        var planner = SearchPlanner(schema: schema, key: key)
        return planner.plan(expression)
    }

    /// The only times of receipt, in microseconds since 1970, at which events can match.
    var receivedAt: ClosedRange<Int64> { SearchMatcher.receivedAt(expression) }

    private static func receivedAt(_ expression: SearchExpression<SearchCondition>) -> ClosedRange<Int64> {
        switch expression {
        case .and(let parts):
            parts.reduce(Int64.min...Int64.max) { $0.clamped(to: receivedAt($1)) }
        case .leaf(.receivedAt(.isLess, let time)): Int64.min...time.microseconds
        case .leaf(.receivedAt(.isEqual, let time)): time.microseconds...time.microseconds
        case .leaf(.receivedAt(.isGreater, let time)): time.microseconds...Int64.max
        case .leaf, .not, .or: Int64.min...Int64.max
        }
    }

    /// What an event is sorted by; to be asked for right after ``matches(_:)``, it costs no second parsing.
    func sortKey(of event: SearchRow, field: Int) -> SearchSortKey {
        load(event)
        return SearchSortKey(members[field], kind: kinds[field])
    }

    private func isSatisfied(_ expression: SearchExpression<SearchCondition>, by event: SearchRow) -> Bool {
        switch expression {
        case .leaf(let condition): isSatisfied(condition, by: event)
        case .not(let part): !isSatisfied(part, by: event)
        case .and(let parts): parts.allSatisfy { isSatisfied($0, by: event) }
        case .or(let parts): parts.contains { isSatisfied($0, by: event) }
        }
    }

    private func isSatisfied(_ condition: SearchCondition, by event: SearchRow) -> Bool {
        switch condition {
        case .receivedAt(let comparison, let time):
            return comparison.holds(SearchInstant(microseconds: event.receivedAt), time)
        case .receivedAtContains(let text):
            writer.removeAll()
            Timestamp.append(microseconds: event.receivedAt, to: &writer.bytes)
            return writer.bytes.withUnsafeBytes { text.occurs(in: $0) }
        case .anyField(let text):
            if text.isEmpty { return true }
            if isPlainlyHeld(text, by: event) { return true }
            load(event)
            return (0..<members.count).contains { isContained(text, inField: $0) }
        case .isPresent(let field):
            load(event)
            return members[field] != nil
        case .contains(let field, let text):
            switch plainText.text(ofField: field, in: event.event, { text.occurs(in: $0) }) {
            case .yes: return true
            case .no: return false
            case .unknown: load(event)
            }
            guard case .text(let value)? = members[field] else { return false }
            return text.occurs(in: value.rawBuffer)
        case .text(let field, let text):
            let isEqual = { (value: UnsafeRawBufferPointer) in
                value.count == text.bytes.count && text.occurs(in: value)
            }
            switch plainText.text(ofField: field, in: event.event, isEqual) {
            case .yes: return true
            case .no: return false
            case .unknown: load(event)
            }
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

    /// True only when the event holds a bare word in a place that needs no parsing.
    private func isPlainlyHeld(_ text: SearchText, by event: SearchRow) -> Bool {
        guard loadedSequence != event.sequence, text.isPlain else { return false }
        switch plainText.holds(text, in: event.event) {
        case .yes: return true
        case .no, .unknown: return false
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

    private func load(_ event: SearchRow) {
        guard loadedSequence != event.sequence else { return }
        loadedSequence = event.sequence
        guard (try? document.parse(event.event)) != nil, case .node(let object) = document.root else {
            return members.clear()
        }
        var problems = APIProblemList()
        members.read(object, at: .body, problems: &problems)
    }
}

extension StoredEvent {
    func withSearchRow<Result>(_ body: (SearchRow) -> Result) -> Result {
        event.withUnsafeBytes { body(SearchRow(sequence: sequence, receivedAt: receivedAt, event: $0)) }
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
