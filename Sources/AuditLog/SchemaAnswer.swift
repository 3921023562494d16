package import JSON
package import Schema

/// Writes a log's schema as the API shows it (audit API contract, sections 2.2 and 4.7).
package enum SchemaAnswer {
    /// Appends the schema object, the result of `/v1/schema`.
    ///
    ///     {"client_signable":true,"fields":[{"id":"message","required":true,"size":32766,"type":"string",…}],…}
    package static func append(_ schema: EventSchema, to writer: inout JSONWriter) {
        var members = [
            JSONMember("client_signable", .bool(schema.isClientSignable)),
            JSONMember("fields", .array(schema.declared.map(description))),
            JSONMember("save_malformed", .string(schema.malformed.rawValue)),
            JSONMember("tamper_proofing", .bool(schema.isTamperProof)),
        ]
        if let vendor = schema.vendorID { members.append(JSONMember("vendor_id", .string(vendor))) }
        if let path = schema.path { members.append(JSONMember("json_path", .string(path.text))) }
        writer.append(canonical: .object(members))
    }

    private static func description(of field: Field) -> JSONValue {
        var members = [
            JSONMember("id", .string(field.id)),
            JSONMember("name", .string(field.name ?? field.id)),
            JSONMember("required", .bool(field.isRequired)),
            JSONMember("type", .string(field.kind.rawValue)),
            JSONMember("ui_default_visible", .bool(field.isVisible)),
        ]
        if let text = field.description { members.append(JSONMember("description", .string(text))) }
        if let size = field.size { members.append(JSONMember("size", .integer(Int64(size)))) }
        return .object(members)
    }

    /// Appends an OpenAPI 3.1 document whose `components.schemas.AuditEvent` is the JSON Schema of the log's events.
    package static func appendOpenAPI(_ schema: EventSchema, log: String, to writer: inout JSONWriter) {
        let event = JSONValue.object([JSONMember("$ref", .string("#/components/schemas/AuditEvent"))])
        let entry = object(["event": event], required: ["event"])
        let entries = JSONValue.object([
            JSONMember("type", .string("array")), JSONMember("items", entry), JSONMember("minItems", .integer(1)),
            JSONMember("maxItems", .integer(1000)),
        ])
        writer.append(
            canonical: .object([
                JSONMember("openapi", .string("3.1.0")),
                JSONMember(
                    "info",
                    .object([
                        JSONMember("title", .string("Secure Audit Log: \(log)")), JSONMember("version", .string("1")),
                    ])
                ),
                JSONMember(
                    "paths",
                    .object([
                        JSONMember("/v1/log", operation("Log one event", entry)),
                        JSONMember(
                            "/v2/log",
                            operation("Log events", object(["events": entries], required: ["events"]))
                        ),
                    ])
                ),
                JSONMember(
                    "components",
                    .object([JSONMember("schemas", .object([JSONMember("AuditEvent", eventSchema(schema))]))])
                ),
            ])
        )
    }

    private static func operation(_ summary: String, _ body: JSONValue) -> JSONValue {
        let content = JSONValue.object([JSONMember("application/json", .object([JSONMember("schema", body)]))])
        return .object([
            JSONMember(
                "post",
                .object([
                    JSONMember("summary", .string(summary)),
                    JSONMember("requestBody", .object([JSONMember("content", content)])),
                    JSONMember(
                        "responses",
                        .object([JSONMember("200", .object([JSONMember("description", .string("Stored"))]))])
                    ),
                ])
            )
        ])
    }

    private static func eventSchema(_ schema: EventSchema) -> JSONValue {
        let properties = Dictionary(uniqueKeysWithValues: schema.fields.map { ($0.id, property($0)) })
        let isClosed = schema.malformed == .reject
        return object(
            properties,
            required: isClosed ? schema.declared.filter(\.isRequired).map(\.id) : [],
            isClosed: isClosed
        )
    }

    private static func property(_ field: Field) -> JSONValue {
        var members: [JSONMember] = []
        switch field.kind {
        case .string, .text, .stringUnindexed:
            members.append(JSONMember("type", .string("string")))
            if field.isRequired { members.append(JSONMember("minLength", .integer(1))) }
        case .datetime:
            members += [JSONMember("type", .string("string")), JSONMember("format", .string("date-time"))]
        case .integer:
            members += [JSONMember("type", .string("integer")), JSONMember("format", .string("int64"))]
        case .boolean: members.append(JSONMember("type", .string("boolean")))
        }
        if let size = field.size { members.append(JSONMember("maxLength", .integer(Int64(size)))) }
        if let name = field.name { members.append(JSONMember("title", .string(name))) }
        if let text = field.description { members.append(JSONMember("description", .string(text))) }
        return .object(members)
    }

    private static func object(
        _ properties: [String: JSONValue],
        required: [String],
        isClosed: Bool = false
    ) -> JSONValue {
        var members = [
            JSONMember("type", .string("object")),
            JSONMember("properties", .object(properties.map { JSONMember($0.key, $0.value) })),
        ]
        // An empty list is no valid one in older drafts.
        if !required.isEmpty { members.append(JSONMember("required", .array(required.map { .string($0) }))) }
        if isClosed { members.append(JSONMember("additionalProperties", .bool(false))) }
        return .object(members)
    }
}

extension EventSchema {
    /// The fields in the order that people see.
    fileprivate var declared: [Field] { declaredOrder.compactMap { id in index(of: id).map { fields[$0] } } }
}
