internal import JMESPath
internal import JSON
internal import Schema

extension MappingReader {
    private static let perRequest = "it differs when the same event is sent again, so the repeat would be stored twice"

    func eventRule(_ json: LocatedJSON) -> EventRule? {
        let keys = ["id", "time", "ignore", "absent", "too_long", "fields"]
        guard let members = object(json, "'event'", keys: keys, required: ["fields"]) else { return nil }
        let forbiddenInID = ["received_at": MappingReader.perRequest]
        let places = members["id"].map { $0.elements ?? [$0] } ?? []
        return EventRule(
            ids: places.compactMap { expression($0, "'id'", forbidden: forbiddenInID) },
            time: expression(
                members["time"],
                "'time'",
                forbidden: ["received_at": MappingReader.perRequest, "request": MappingReader.perRequest]
            ),
            ignore: expression(members["ignore"], "'ignore'"),
            absent: (array(members["absent"], "'absent'") ?? []).compactMap { text($0, "a text of 'absent'") }.map {
                Array($0.utf8)
            },
            tooLong: choice(members["too_long"], "'too_long'", EventRule.TooLong.self) ?? .cut,
            fields: fieldRules(members["fields"], "'fields'")
        )
    }

    private func fieldRules(_ json: LocatedJSON?, _ what: String) -> [FieldRule] {
        entries(json, what).compactMap { member in
            if !MappingReader.isFieldName(member.name) {
                problem(
                    at: member.namePosition,
                    "'\(member.name)' is no name of a field: a letter a to z, then letters, digits and '_', at most 32 in all"
                )
            }
            return expression(member.value, "the field '\(member.name)'").map {
                FieldRule(field: member.name, expression: $0)
            }
        }
    }

    private static func isFieldName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return name.utf8.count <= 32 && name != "received_at"
            && name.utf8.allSatisfy { isNameByte($0) && $0 != UInt8(ascii: "-") }
    }

    /// Warns about ids out of headers that the signature does not cover.
    func warnAboutForgeableIDs(_ json: LocatedJSON?, _ event: EventRule, _ authentication: AuthenticationRule) {
        let signatures = authentication.signatures
        guard let places = json?["id"].map({ $0.elements ?? [$0] }), !signatures.isEmpty else { return }
        for (place, id) in zip(places, event.ids) where id.reads("request") {
            for path in id.expression.paths where path.first == "$request" && path.count > 2 && path[1] == "headers" {
                if !signatures.allSatisfy({ $0.message.covers(header: path[2]) }) {
                    warn(
                        place,
                        "the signature does not cover the header '\(path[2])': a delivery is replayable with another id"
                    )
                }
            }
        }
    }

    // MARK: - The vendor's schema

    func vendorSchema(_ json: LocatedJSON) -> VendorSchema? {
        let keys = ["vendor_id", "json_path", "fields", "values"]
        let required = ["vendor_id", "fields", "values"]
        guard let members = object(json, "'schema'", keys: keys, required: required) else { return nil }
        var fields: [Field] = []
        for place in array(members["fields"], "'fields'") ?? [] {
            guard let field = schemaField(place) else { continue }
            if fields.contains(where: { $0.id == field.id }) {
                problem(place, "the field '\(field.id)' stands twice")
            } else {
                fields.append(field)
            }
        }
        let values = fieldRules(members["values"], "'values'")
        for member in members["values"]?.members ?? [] where !fields.contains(where: { $0.id == member.name }) {
            let cure = nearest(member.name, among: fields.map(\.id)).map { "; did you mean '\($0)'?" } ?? ""
            problem(at: member.namePosition, "the schema has no field '\(member.name)'\(cure)")
        }
        let path = text(members["json_path"], "'json_path'")
        let place = path.flatMap { EventPath($0) }
        if let json = members["json_path"], path != nil, place == nil {
            problem(json, "'json_path' must name members and at most once all elements, such as $.logs[*].data")
        }
        return VendorSchema(
            schema: EventSchema(fields: fields, vendorID: text(members["vendor_id"], "'vendor_id'"), path: place),
            jsonPath: path,
            values: values
        )
    }

    private func schemaField(_ json: LocatedJSON) -> Field? {
        let keys = ["id", "type", "size", "required", "name", "description", "ui_default_visible"]
        guard let members = object(json, "a field", keys: keys, required: ["id", "type"]),
            let id = text(members["id"], "'id'"),
            let kind = choice(members["type"], "'type'", Field.Kind.self)
        else { return nil }
        if !MappingReader.isFieldName(id) { problem(json, "'\(id)' is no name of a field") }
        return Field(
            id: id,
            kind: kind,
            size: integer(members["size"], "'size'", in: 1...1_000_000),
            isRequired: bool(members["required"], "'required'") ?? false,
            name: text(members["name"], "'name'"),
            description: text(members["description"], "'description'"),
            isVisible: bool(members["ui_default_visible"], "'ui_default_visible'") ?? true
        )
    }
}
