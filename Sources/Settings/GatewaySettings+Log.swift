internal import JSON
package import Schema

extension GatewaySettings {
    /// One log: what the API calls a configuration.
    package struct Log: Sendable {
        package enum Signing: String, Sendable, CaseIterable {
            /// Only what clients sign themselves.
            case none
            /// The gateway signs every event.
            case service
        }

        /// When the open buffer is closed and its root published.
        package struct Publish: Equatable, Sendable {
            package let interval: Duration
            /// Events in the buffer that close it before the time.
            package let events: Int

            static let standard = Publish(interval: .seconds(3_600), events: 65_536)
        }

        package let name: String
        package let schema: EventSchema
        /// The built-in schema's name; nil for fields of the file's own.
        package let schemaName: String?
        package let publish: Publish
        package let signing: Signing
        /// Whether anybody may read the public tree, without a token.
        package let isPublic: Bool
        package let retention: Retention

        /// How long what the log holds is kept, counted from receipt.
        package struct Retention: Equatable, Sendable {
            /// Of events; nil for ever.
            package var events: Duration?
            /// Of raw deliveries; nil for what holds for all logs.
            package var raw: Duration?
            /// Of the events of some tenants, instead of ``events``.
            package var tenants: [String: Duration] = [:]
        }

        init?(_ section: Section<LogKey>, name: String?, schema: (schema: EventSchema, name: String?)?) {
            let publish = section.section(.publish, PublishKey.self)
            self.publish = Publish(
                interval: publish.duration(.interval, .seconds(1)...(.seconds(31 * 86_400)))
                    ?? Publish.standard.interval,
                events: publish.integer(.events, 1...16_777_216) ?? Publish.standard.events
            )
            signing = section.choice(.signing, of: Signing.self) ?? .none
            isPublic = section.bool(.isPublic) ?? false
            retention = section.retention(schema?.schema)
            guard let name, let schema else { return nil }
            self.name = name
            self.schema = schema.schema
            schemaName = schema.name
        }
    }
}

/// The logs of a file, and what is known of those with problems, so that one mistake is not told twice.
struct WrittenLogs {
    let logs: [GatewaySettings.Log]
    /// The names of all logs, those with problems included.
    let names: [String]

    init(_ root: Section<RootKey>, schemas: KnownSchemas) {
        let sections = root.sections(.logs, LogKey.self)
        guard !sections.isEmpty else {
            let none = Section<LogKey>(nil, path: "logs", in: root.validation)
            logs = [.init(none, name: "default", schema: (.standard, "standard"))].compactMap { $0 }
            names = ["default"]
            return
        }
        var unique = UniqueNames(kind: "log")
        var logs: [GatewaySettings.Log] = []
        var names: [String] = []
        for section in sections {
            let name = section.name(.name)
            if let name {
                unique.insert(name, in: root.validation)
                if !names.contains(name.value) { names.append(name.value) }
            }
            let schema = section.schema(.schema, known: schemas)
            if let log = GatewaySettings.Log(section, name: name?.value, schema: schema) { logs.append(log) }
        }
        self.logs = logs
        self.names = names
    }

    /// The schema of a log; nil when it is unknown or has a problem.
    func schema(of name: String) -> EventSchema? { logs.first { $0.name == name }?.schema }
}

extension Section where Key == LogKey {
    /// `"90d"` for the events, or `{"events":"10y","raw":"30d","tenants":{"acme":{"events":"90d"}}}`.
    fileprivate func retention(_ schema: EventSchema?) -> GatewaySettings.Log.Retention {
        let longest = Duration.seconds(36_500 * 86_400)
        guard self[.retention]?.members != nil else {
            return .init(events: duration(.retention, .seconds(3_600)...longest))
        }
        let section = section(.retention, LogRetentionKey.self)
        var retention = GatewaySettings.Log.Retention(
            events: section.duration(.events, .seconds(3_600)...longest),
            raw: section.duration(.raw, .zero...longest)
        )
        for member in section.members(.tenants) {
            let path = "\(section.name(of: .tenants)).\(member.name)"
            let tenant = Section<TenantRetentionKey>(member.value, path: path, in: validation)
            guard tenant.requires(.events) else { continue }
            if let events = tenant.duration(.events, .seconds(3_600)...longest) {
                retention.tenants[member.name] = events
            }
        }
        if let json = section[.tenants], let schema, schema.index(of: "tenant_id") == nil {
            validation.problem(
                "\(section.name(of: .tenants)) needs the field 'tenant_id', which the log's schema does not have",
                at: validation.place(json.position)
            )
        }
        return retention
    }

    /// The schema that a key names or lists; the standard one when absent, nil after a problem.
    fileprivate func schema(_ key: Key, known: KnownSchemas) -> (schema: EventSchema, name: String?)? {
        guard let json = self[key] else { return (.standard, "standard") }
        switch json.kind {
        case .string(let name):
            if let schema = known.schemas[name] { return (schema, name) }
            // What is wrong is the mapping that brings the schema along, and that is told already.
            if known.broken.contains(name) {
                validation.brokenSchemas.insert(name)
                return nil
            }
            let hint = Validation.hint(for: name, among: known.schemas.keys.sorted())
            return refuse(json, "there is no schema '\(name)'\(hint)")
        case .object:
            let section = section(key, SchemaKey.self)
            guard section.requires(.fields) else { return nil }
            return section.eventSchema(json).map { ($0, nil) }
        case .null, .bool, .integer, .double, .array:
            return refuse(json, name(of: key), "a schema's name or an object with 'fields'")
        }
    }
}

extension Section where Key == SchemaKey {
    fileprivate func eventSchema(_ json: LocatedJSON) -> EventSchema? {
        let vendor = self[.vendorID] == nil ? nil : name(.vendorID)
        let sections = sections(.fields, FieldKey.self)
        if sections.isEmpty, self[.fields]?.elements != nil {
            return refuse(json, "\(name(of: .fields)) must list at least one field")
        }
        var unique = UniqueNames(kind: "field")
        let fields = sections.compactMap { $0.field(&unique) }
        // Duplicates would stop the schema's own initialiser.
        guard fields.count == sections.count, Set(fields.map(\.id)).count == fields.count, !fields.isEmpty else {
            return nil
        }
        return EventSchema(
            fields: fields,
            vendorID: vendor?.value,
            path: path(vendor),
            malformed: choice(.saveMalformed, of: EventSchema.Malformed.self) ?? .reject,
            isClientSignable: bool(.clientSignable) ?? true,
            isTamperProof: bool(.tamperProofing) ?? true
        )
    }

    private func path(_ vendor: Located<String>?) -> EventPath? {
        guard let text = text(.jsonPath) else { return nil }
        if vendor == nil {
            validation.problem(
                "\(name(of: .jsonPath)) needs 'vendor_id', which names the mapping's schema",
                at: text.place
            )
        }
        if let path = EventPath(text.value) { return path }
        validation.problem(
            "\(name(of: .jsonPath)) must name members and at most once all elements, such as $.logs[*].data",
            at: text.place
        )
        return nil
    }
}

extension Section where Key == FieldKey {
    fileprivate func field(_ unique: inout UniqueNames) -> Field? {
        let id = requires(.id) ? text(.id) : nil
        if let id {
            unique.insert(id, in: validation)
            if id.value == "received_at" {
                validation.problem("'received_at' is the gateway's own; choose another id", at: id.place)
            } else if !Field.isValid(id: id.value) {
                validation.problem(
                    "the field's id '\(id.value)' must be 1 to 32 of a-z, 0-9 and '_', the first a letter",
                    at: id.place
                )
            }
        }
        let kind = requires(.type) ? choice(.type, of: Field.Kind.self) : nil
        let size = integer(.size, 1...1_048_576)
        if let kind, !kind.isText, kind != .datetime, let json = self[.size] {
            validation.problem(
                "\(name(of: .size)) is for text only; remove it from the \(kind.rawValue) field",
                at: validation.place(json.position)
            )
        }
        let isRequired = bool(.required) ?? false
        let name = text(.name, longest: 64)
        let description = text(.description, longest: 255)
        let isVisible = bool(.isVisible) ?? true
        guard let id, let kind else { return nil }
        return Field(
            id: id.value,
            kind: kind,
            size: size,
            isRequired: isRequired,
            name: name,
            description: description,
            isVisible: isVisible
        )
    }

    private func text(_ key: Key, longest: Int) -> String? {
        guard let text = text(key) else { return nil }
        if text.value.unicodeScalars.count > longest {
            validation.problem("\(name(of: key)) must be at most \(longest) characters", at: text.place)
        }
        return text.value
    }
}

extension Field {
    /// Whether an id may be a field's (audit API contract, section 2.2).
    fileprivate static func isValid(id: String) -> Bool {
        guard (1...32).contains(id.utf8.count), let first = id.utf8.first else { return false }
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return letters.contains(first)
            && id.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
    }
}
