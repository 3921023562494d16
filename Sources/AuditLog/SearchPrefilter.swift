internal import JSON
internal import Schema

/// What the bytes of an event must hold if it is to match; finds out without parsing.
///
/// Canonical JSON escapes every character by itself, so a text that contains another contains its escaped form too. A
/// name with its quotes and colon, such as `"actor":`, occurs nowhere but before that member's value, because a quote
/// inside a text has a backslash before it.
indirect enum SearchPrefilter {
    case nothing
    case literal(SearchText)
    case all([SearchPrefilter])
    case any([SearchPrefilter])

    init(_ expression: SearchExpression<SearchCondition>, schema: EventSchema) {
        switch expression {
        case .leaf(let condition): self = SearchPrefilter(condition, schema: schema)
        case .not: self = .nothing
        case .and(let parts):
            let needed = parts.map { SearchPrefilter($0, schema: schema) }.filter { !$0.isNothing }
            self = needed.count > 1 ? .all(needed) : needed.first ?? .nothing
        case .or(let parts):
            let needed = parts.map { SearchPrefilter($0, schema: schema) }
            self = needed.contains { $0.isNothing } ? .nothing : .any(needed)
        }
    }

    private init(_ condition: SearchCondition, schema: EventSchema) {
        var writer = JSONWriter()
        func name(_ field: Int) {
            writer.append(string: schema.fields[field].id)
            writer.append(byte: UInt8(ascii: ":"))
        }
        switch condition {
        case .anyField(let text), .contains(_, let text):
            writer.append(string: text.bytes)
            writer.bytes.removeFirst()
            writer.bytes.removeLast()
        case .text(let field, let text):
            name(field)
            writer.append(string: text.bytes)
        case .integer(let field, .isEqual, let value):
            name(field)
            writer.append(integer: value)
        case .boolean(let field, let value):
            name(field)
            value ? writer.append(raw: "true") : writer.append(raw: "false")
        case .isPresent(let field), .integer(let field, _, _), .time(let field, _, _): name(field)
        case .receivedAt, .receivedAtContains: break
        }
        self = writer.bytes.isEmpty ? .nothing : .literal(SearchText(writer.bytes))
    }

    var isNothing: Bool { if case .nothing = self { true } else { false } }

    /// False only for events that cannot match.
    func passes(_ event: UnsafeRawBufferPointer) -> Bool {
        switch self {
        case .nothing: true
        case .literal(let literal): literal.occurs(in: event)
        case .all(let parts): parts.allSatisfy { $0.passes(event) }
        case .any(let parts): parts.contains { $0.passes(event) }
        }
    }
}
