internal import JSON
package import Schema

/// A mapping together with the schema of the log that its events go to.
package final class BoundMapping: Sendable {
    package let mapping: MappingFile
    package let schema: EventSchema
    /// One for each field of the schema that can get a value or must have one, in the schema's order.
    package let programs: [FieldProgram]
    /// The fields that the mapping fills and the schema lacks; they are left out.
    package let omittedFields: [String]
    /// The ids of the fields whose values may differ when the same event is sent again.
    package let volatileFields: [String]
    /// Whether the events are the vendor's own, of its schema.
    package let usesVendorSchema: Bool
    /// The expression of the action, also when the schema has no such field: the message falls back to it.
    let action: PlacedExpression?
    let ids: [PlacedExpression]
    let time: PlacedExpression?
    let ignore: PlacedExpression?
    /// Texts that mean that a value is absent.
    let absent: [[UInt8]]
    /// Whether mapping a record reads `$request`, `$source` and `$received_at`.
    package let readsRequest: Bool, readsSource: Bool, readsReceivedAt: Bool
    /// Whether mapping a record reads `$request.form`.
    package let readsForm: Bool

    fileprivate init(_ mapping: MappingFile, _ schema: EventSchema, vendorSchema: VendorSchema?) {
        let rules = vendorSchema?.values ?? mapping.event.fields
        let action = vendorSchema == nil ? mapping.event.rule(forField: "action") : nil
        let programs = schema.fields.indices.compactMap { index -> FieldProgram? in
            let field = schema.fields[index]
            let expression = rules.first { $0.field == field.id }?.expression
            let fallback = vendorSchema == nil ? BoundMapping.fallback(of: field, action: action) : .none
            if expression == nil && fallback == .none && !field.isRequired { return nil }
            let read = [expression, fallback == .action ? action : nil]
            return FieldProgram(
                index: index,
                field: field,
                expression: expression,
                fallback: fallback,
                tooLong: mapping.event.tooLong,
                isAction: vendorSchema == nil && field.id == "action",
                isVolatile: read.contains { $0?.reads("request") == true || $0?.reads("received_at") == true }
            )
        }
        self.mapping = mapping
        self.schema = schema
        self.programs = programs
        self.action = action
        omittedFields = rules.map(\.field).filter { schema.index(of: $0) == nil }
        volatileFields = programs.filter(\.isVolatile).map(\.field.id)
        usesVendorSchema = vendorSchema != nil
        absent = mapping.event.absent
        ids = mapping.event.ids
        time = mapping.event.time
        ignore = mapping.event.ignore
        let expressions = programs.map(\.expression) + [action, time, ignore] + ids
        readsRequest = expressions.contains { $0?.reads("request") == true }
        readsForm = expressions.contains { $0?.reads("form", of: "request") == true }
        readsSource = expressions.contains { $0?.reads("source") == true }
        readsReceivedAt = expressions.contains { $0?.reads("received_at") == true }
    }

    /// Whether a value means "absent": null, empty text or one of the mapping's own texts for it.
    @inline(__always)
    func isAbsent(_ value: JSONValue) -> Bool { value.isAbsent || (!absent.isEmpty && isDeclaredAbsent(value)) }

    private func isDeclaredAbsent(_ value: JSONValue) -> Bool {
        value.withStringBytes { text in absent.contains { $0.elementsEqual(text) } } ?? false
    }

    private static func fallback(of field: Field, action: PlacedExpression?) -> FieldProgram.Fallback {
        guard field.kind.isText else { return .none }
        if field.id == "status" { return .other }
        return field.id == "message" && action != nil ? .action : .none
    }
}

extension MappingFile {
    /// The mapping for a log with a schema.
    ///
    /// A schema with this mapping's `vendor_id` gets the values of the mapping's `schema` part, any other its fields.
    package func bind(to schema: EventSchema) -> BoundMapping {
        let isVendors = schema.vendorID != nil && schema.vendorID == vendorSchema?.schema.vendorID
        return BoundMapping(self, schema, vendorSchema: isVendors ? vendorSchema : nil)
    }
}
