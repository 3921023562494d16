internal import JSON
internal import Schema

/// How events of one schema are read: the schema's rules laid out for the hot path, with the buffers for it.
///
/// Belongs to one thread at a time.
final class EventLayout {
    private struct Rule {
        let kind: Field.Kind
        let maximumLength: Int
        let isRequired: Bool
    }

    let schema: EventSchema
    /// Gets the events that have no problem.
    var encoder: EventEncoder
    private let rules: [Rule]
    private let members: APIMemberTable

    init(schema: EventSchema) {
        self.schema = schema
        encoder = EventEncoder(schema: schema)
        members = APIMemberTable(schema.fields.map(\.id))
        rules = schema.fields.map { Rule(kind: $0.kind, maximumLength: $0.size ?? .max, isRequired: $0.isRequired) }
    }

    /// Checks an event and appends it to the encoder.
    ///
    /// - Parameters:
    ///   - value: the request's event; nil when it has none.
    ///   - entry: position in `/events`; nil for the event of `/v1/log`.
    ///   - problems: gets what is wrong; the event is not appended then.
    func read(_ value: JSONValue?, inEntry entry: Int?, problems: inout APIProblemList) {
        let place = APIPlace.event(inEntry: entry)
        guard let value else {
            return problems.add(.fieldRequired, at: place.pointer, "'event' is required")
        }
        guard case .node(let object) = value, object.isObject else {
            return problems.add(.invalidObject, at: place.pointer, "'event' must be an object")
        }
        guard schema.malformed == .reject else { return readLeniently(object, at: place) }
        let known = problems.problems.count
        members.read(object, at: place, problems: &problems)
        encode(at: place, problems: &problems, into: &encoder)
        if problems.problems.count == known && !problems.isFull { encoder.finish() }
    }

    /// Appends what fits the schema, and beside it what does not.
    @inline(never)
    private func readLeniently(_ object: JSONNode, at place: APIPlace) {
        var misfits = APIProblemList()
        members.read(object, at: place, problems: &misfits)
        encode(at: place, problems: &misfits, into: &encoder)
        encoder.finish(errors: misfits.isEmpty ? nil : MisfitText.array(misfits.problems, of: object, at: place))
    }

    private func encode(at place: APIPlace, problems: inout APIProblemList, into encoder: inout EventEncoder) {
        encoder.begin()
        for index in 0..<members.count {
            let rule = rules[index]
            guard let value = members[index] else {
                if rule.isRequired { report(.fieldRequired, index, "is required", place, &problems) }
                continue
            }
            switch rule.kind {
            case .string, .text, .stringUnindexed, .datetime:
                guard case .text(let text) = value else {
                    report(.invalidString, index, "must be a string", place, &problems)
                    continue
                }
                guard isAllowed(text, rule, index, place, &problems) else { continue }
                encoder.append(field: index) { $0.append(string: text.rawBuffer) }
            case .integer:
                guard case .integer(let integer) = value else {
                    report(.invalidInteger, index, "must be an integer of 64 bits", place, &problems)
                    continue
                }
                encoder.append(field: index) { $0.append(integer: integer) }
            case .boolean:
                guard case .bool(let bool) = value else {
                    report(.invalidBool, index, "must be true or false", place, &problems)
                    continue
                }
                encoder.append(field: index) { bool ? $0.append(raw: "true") : $0.append(raw: "false") }
            }
        }
    }

    @inline(__always)
    private func isAllowed(
        _ text: JSONText,
        _ rule: Rule,
        _ index: Int,
        _ place: APIPlace,
        _ problems: inout APIProblemList
    ) -> Bool {
        guard text.hasAtMost(scalars: rule.maximumLength) else {
            report(.aboveMaxLength, index, "cannot have more than \(rule.maximumLength) characters", place, &problems)
            return false
        }
        if case .datetime = rule.kind {
            guard Timestamp.isDateTime(text.rawBuffer) else {
                report(
                    .badFormatDateTime,
                    index,
                    "must be a date-time such as 2024-05-06T07:08:09.123Z",
                    place,
                    &problems
                )
                return false
            }
        } else if rule.isRequired && text.count == 0 {
            report(.belowMinLength, index, "cannot have less than 1 characters", place, &problems)
            return false
        }
        return true
    }

    private func report(
        _ code: APIProblem.Code,
        _ index: Int,
        _ fault: String,
        _ place: APIPlace,
        _ problems: inout APIProblemList
    ) {
        let name = members.name(index)
        problems.add(code, at: place.pointer(to: name), "'\(name)' \(fault)")
    }
}
