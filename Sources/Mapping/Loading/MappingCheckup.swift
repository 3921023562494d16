internal import JMESPath
internal import JSON
internal import Schema

/// Everything that can be said about a mapping file without any data: what loading finds, and what only looks wrong.
package struct MappingCheckup: Sendable {
    /// Nil when the file has problems.
    package let mapping: MappingFile?
    package let problems: [MappingProblem]
    package let warnings: [MappingProblem]

    /// Checks the text of a mapping file.
    ///
    /// - Parameters:
    ///   - bytes: the file's text.
    ///   - file: how messages name it.
    ///   - fields: names that logs have beyond the bundled schemas.
    ///   - secrets: the names that each source of the mapping provides; nil when the sources are not known.
    package init(bytes: [UInt8], file: String, fields: Set<String> = [], secrets: [Set<String>]? = nil) {
        let reader = MappingReader(bytes: bytes, file: file)
        var mapping: MappingFile?
        var problems: [MappingProblem] = []
        do throws(MappingErrors) {
            mapping = try MappingFile.load(bytes: bytes, file: file)
        } catch {
            problems = error.problems
        }
        if let json = LocatedJSON.read(bytes).value {
            reader.lint(json, fields: fields)
            if let secrets { reader.lintSecrets(json["authenticate"], provided: secrets) }
        }
        let found = (mapping?.warnings ?? []) + reader.warnings
        self.mapping = reader.problems.isEmpty ? mapping : nil
        self.problems = (problems + reader.problems).sorted { $0.position < $1.position }
        warnings = found.sorted { $0.position < $1.position }
    }
}

extension MappingReader {
    /// Notes what is allowed and looks like a mistake.
    fileprivate func lint(_ json: LocatedJSON, fields known: Set<String>) {
        var used: Set<String> = []
        for member in json.members ?? [] where member.name != "tables" { listTables(in: member.value, &used) }
        for table in json["tables"]?.members ?? [] where !used.contains(table.name) {
            let near = nearest(table.name, among: used.filter { json["tables"]?[$0] == nil }.sorted())
            let cure = near.map { "did you mean '\($0)'?" } ?? "write lookup('\(table.name)', …) or leave it out"
            warn(at: table.namePosition, "no expression looks into the table '\(table.name)'; \(cure)")
        }
        let schema = EventSchema.gateway
        for field in json["event"]?["fields"]?.members ?? [] {
            if schema.index(of: field.name) == nil, !known.contains(field.name) {
                let near = nearest(field.name, among: schema.declaredOrder).map { "did you mean '\($0)'?" }
                let cure = near ?? "it is left out unless a log's own schema has it"
                let message = "neither the standard nor the gateway schema has a field '\(field.name)'; \(cure)"
                warn(at: field.namePosition, message)
            }
            lint(field, schema.index(of: field.name).map { schema.fields[$0] }, tables: json["tables"])
        }
        for field in json["schema"]?["values"]?.members ?? [] {
            let own = json["schema"]?["fields"]?.elements?.first { $0["id"]?.stringValue == field.name }
            let size = own?["size"]?.integerValue.flatMap { Int(exactly: $0) }
            lint(field, Field(id: field.name, kind: .string, size: size), tables: json["tables"], isStatus: false)
        }
    }

    private func listTables(in json: LocatedJSON, _ used: inout Set<String>) {
        if let text = json.stringValue {
            guard text.contains("lookup"), let outline = ExpressionOutline(text) else { return }
            for call in outline.calls where call.name == "lookup" {
                if case .some(.some(let name)) = call.texts.first { used.insert(name) }
            }
        }
        for element in json.elements ?? [] { listTables(in: element, &used) }
        for member in json.members ?? [] { listTables(in: member.value, &used) }
    }

    /// Notes texts of the file itself that do not fit into the field which they are for.
    private func lint(_ rule: LocatedJSON.Member, _ field: Field?, tables: LocatedJSON?, isStatus: Bool = true) {
        guard let field, let text = rule.value.stringValue, let outline = ExpressionOutline(text) else { return }
        for (result, offset) in outline.results {
            lint(result, field, isStatus, at: position(in: rule.value, offset: offset))
        }
        for call in outline.resultingCalls where call.name == "lookup" {
            guard case .some(.some(let name)) = call.texts.first else { continue }
            for row in tables?[name]?.members ?? [] {
                if let result = row.value.stringValue { lint(result, field, isStatus, at: row.value.position) }
            }
        }
    }

    private func lint(_ text: String, _ field: Field, _ isStatus: Bool, at position: SourcePosition) {
        let statuses = ["success", "failure", "other"]
        if let size = field.size, text.unicodeScalars.count > size {
            let count = text.unicodeScalars.count
            warn(
                at: position,
                "the text has \(count) characters and would be cut: the field '\(field.id)' takes \(size)"
            )
        } else if isStatus, field.id == "status", !statuses.contains(text) {
            let cure = nearest(text, among: statuses).map { "; did you mean '\($0)'?" } ?? ""
            warn(at: position, "a status is \(list(statuses)); '\(text)' becomes 'other'\(cure)")
        }
    }

    // MARK: - Secrets

    /// Notes the secrets that sources of the mapping lack.
    fileprivate func lintSecrets(_ json: LocatedJSON?, provided: [Set<String>]) {
        guard let json, !provided.isEmpty else { return }
        lintSecrets(json, provided.reduce(into: []) { $0.formUnion($1) }, isOneOfSeveral: false)
    }

    private func lintSecrets(_ json: LocatedJSON, _ provided: Set<String>, isOneOfSeveral: Bool) {
        for form in json.members ?? [] {
            for element in form.value.elements ?? [] {
                lintSecrets(element, provided, isOneOfSeveral: isOneOfSeveral || form.name == "any")
            }
            // What a rule checks with may come from the vendor instead of the operator.
            let isKeyless =
                form.name == "networks" || form.value["jwks"] != nil || form.value["certificate"] != nil
            guard form.value.members != nil, !isKeyless else { continue }
            let place = form.value["key"] ?? form.value
            let name = form.value["key"]?.stringValue ?? "secret"
            guard !provided.contains(name) else { continue }
            let cure = nearest(name, among: provided.sorted()).map { "did you mean '\($0)'?" }
            let message =
                "no source of this mapping provides the secret '\(name)'; "
                + (cure ?? "add it to the 'secrets' of its sources")
            if isOneOfSeveral { warn(place, message) } else { problem(place, message) }
        }
    }
}
