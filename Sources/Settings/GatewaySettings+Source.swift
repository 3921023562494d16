package import JSON
package import Restriction

extension GatewaySettings {
    /// A vendor's endpoint: `/in/{name}`.
    package struct Source: Sendable {
        package let name: String
        /// The mapping file's name without `.json`.
        package let mapping: String
        package let log: String
        /// By the names that the mapping uses; any of several values is accepted.
        package let secrets: [String: [Secret]]
        /// What `$source.constants` holds: text, whole numbers, true and false.
        package let constants: [String: JSONValue]
        package let restriction: FieldRestriction
        package let restrictionMode: RestrictionMode
        /// Whether the file repeats that deliveries are not authenticated, as a mapping without authentication demands.
        package let isUnauthenticated: Bool
        package let places: Places

        /// Where a source's parts stand in the file, for what only its mapping can tell is wrong.
        package struct Places: Sendable {
            package let mapping: SettingsProblem.Place
            /// Of the secrets as a whole; of the source when it has none.
            package let secrets: SettingsProblem.Place
            /// Of the name of each secret, also of those whose values could not be read.
            package let secretNames: [String: SettingsProblem.Place]
        }

        private enum Authentication: String, CaseIterable { case none }

        static func all(
            _ sections: [Section<SourceKey>],
            logs: WrittenLogs,
            owners: inout SecretOwners
        ) -> [Source] {
            var unique = UniqueNames(kind: "source")
            return sections.compactMap { section in
                let name = section.name(.name)
                if let name { unique.insert(name, in: section.validation) }
                let mapping = section.name(.mapping)
                let source = Source(
                    section,
                    name: name?.value ?? "",
                    mapping: mapping,
                    logs: logs,
                    owners: &owners
                )
                return name == nil || mapping == nil ? nil : source
            }
        }

        private init(
            _ section: Section<SourceKey>,
            name: String,
            mapping: Located<String>?,
            logs: WrittenLogs,
            owners: inout SecretOwners
        ) {
            self.name = name
            self.mapping = mapping?.value ?? ""
            let log = section.log(.log, logs: logs)
            self.log = log ?? "default"
            var secrets: [String: [Secret]] = [:]
            let members = section.members(.secrets)
            for member in members {
                let path = "\(section.path).secrets.\(member.name)"
                if !Name.isValid(member.name) {
                    section.validation.problem(
                        "the secret's name '\(member.name)' must be of a-z, 0-9, '_' and '-'",
                        at: section.validation.place(member.namePosition)
                    )
                }
                let values = section.secrets(member.value, name: path)
                secrets[member.name] = values.map(\.value)
                // `/v1/log_stream` tells a source by the secret of this name.
                guard member.name == "token" else { continue }
                for value in values { owners.insert(value, owner: "the source '\(name)'", in: section.validation) }
            }
            self.secrets = secrets
            places = Places(
                mapping: mapping?.place ?? section.place,
                secrets: section[.secrets].map { section.validation.place($0.position) } ?? section.place,
                secretNames: Dictionary(
                    members.map { ($0.name, section.validation.place($0.namePosition)) }
                ) { first, _ in first }
            )
            constants = section.constants
            isUnauthenticated = section.choice(.authenticate, of: Authentication.self) != nil
            restrictionMode = section.choice(.restrictMode, of: RestrictionMode.self) ?? .enforce
            let written = section.restriction(.restrict)
            restriction =
                log.flatMap { log in
                    logs.schema(of: log).flatMap { written.compiled(for: $0, log: log) }
                } ?? .none
        }
    }
}

extension Section where Key == SourceKey {
    fileprivate var constants: [String: JSONValue] {
        var constants: [String: JSONValue] = [:]
        for member in members(.constants) {
            switch member.value.kind {
            case .string, .integer, .bool: constants[member.name] = member.value.json
            case .null, .double, .array, .object:
                let name = "\(path).constants.\(member.name)"
                let refused: JSONValue? = refuse(member.value, name, "a string, a whole number, true or false")
                constants[member.name] = refused
            }
        }
        return constants
    }
}

extension Section {
    /// The log that a key names, `default` when absent; nil after a problem.
    func log(_ key: Key, logs: WrittenLogs) -> String? {
        if let text = text(key) { return reference(text, to: "log", among: logs.names) }
        guard self[key] == nil else { return nil }
        if logs.names.contains("default") { return "default" }
        validation.problem("\(path) needs 'log', since no log is named 'default'", at: place)
        return nil
    }
}
