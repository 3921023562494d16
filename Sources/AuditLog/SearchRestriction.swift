internal import JSON
internal import Schema

/// The `search_restriction` of a search: an event passes when every field named has one of the values listed.
package struct SearchRestriction: Equatable, Sendable {
    /// Values by field, sorted and without repetition; a field with an empty list restricts nothing and is left out.
    package let values: [String: [String]]

    package static let none = SearchRestriction(values: [:])

    /// How many values one field may list.
    static let maximumValues = 1000

    package init(values: [String: [String]]) {
        self.values = values.filter { !$1.isEmpty }.mapValues { Set($0).sorted() }
    }

    /// Canonical JSON, equal for equal restrictions: `{"actor":["alice","bob"]}`.
    package var canonical: [UInt8] {
        var writer = JSONWriter()
        writer.append(
            canonical: .object(
                values.map { name, values in JSONMember(name, .array(values.map { .string($0) })) }
            )
        )
        return writer.bytes
    }

    /// One part for each field; a field that the schema lacks gives one that nothing satisfies.
    func expressions(schema: EventSchema) -> [SearchExpression<SearchCondition>] {
        values.sorted { $0.key < $1.key }.map { name, values in
            schema.index(of: name).map { SearchCondition.equality(field: $0, of: schema, to: values) } ?? .or([])
        }
    }

    /// Reads a request's member.
    ///
    /// - Parameters:
    ///   - value: its value; nil when it is absent.
    ///   - name: its name in the body.
    ///   - schema: refuses fields that it lacks or that cannot be searched; nil accepts every name.
    ///   - problems: gets what is wrong.
    /// - Returns: nil when the member is absent or no object.
    static func read(
        _ value: JSONValue?,
        named name: String,
        schema: EventSchema?,
        problems: inout APIProblemList
    ) -> SearchRestriction? {
        guard let value else { return nil }
        guard case .node(let object) = value, object.isObject else {
            problems.add(.invalidObject, at: "/\(name)", "'\(name)' must be an object")
            return nil
        }
        var restricted: [String: [String]] = [:]
        for (field, node) in object.members where !problems.isFull {
            let field = field.string
            let place = "/\(name)/\(APIPointer.step(field))"
            if restricted[field] != nil {
                problems.add(.unexpectedProperty, at: place, "\(APIPointer.quoted(field)) appears twice in one object")
            } else if let schema, !isSearchable(field, in: schema) {
                problems.add(
                    .unexpectedProperty,
                    at: place,
                    "\(APIPointer.quoted(field)) is not a field that can be searched"
                )
            } else {
                restricted[field] = readValues(node.value, of: field, at: place, problems: &problems)
            }
        }
        return SearchRestriction(values: restricted)
    }

    private static func readValues(
        _ value: JSONValue,
        of field: String,
        at place: String,
        problems: inout APIProblemList
    ) -> [String] {
        if value.isNull { return [] }
        guard case .node(let array) = value, array.isArray else {
            problems.add(.invalidArray, at: place, "\(APIPointer.quoted(field)) must be an array of strings")
            return []
        }
        guard array.count <= maximumValues else {
            problems.add(
                .aboveMaxItems,
                at: place,
                "\(APIPointer.quoted(field)) cannot have more than \(maximumValues) items"
            )
            return []
        }
        var values: [String] = []
        for (index, element) in array.elements.enumerated() {
            guard case .text(let text) = element.value else {
                problems.add(
                    .invalidString,
                    at: "\(place)/\(index)",
                    "each of \(APIPointer.quoted(field)) must be a string"
                )
                continue
            }
            values.append(text.string)
        }
        return values
    }

    private static func isSearchable(_ name: String, in schema: EventSchema) -> Bool {
        schema.index(of: name).map { schema.fields[$0].kind != .stringUnindexed } ?? false
    }
}
