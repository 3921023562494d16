internal import JSON
package import Restriction

extension GatewaySettings {
    /// What a token may be used for.
    package enum Scope: String, Sendable, CaseIterable {
        case write, read
        /// Includes the others.
        case admin
    }

    /// What happens when a restriction is violated.
    package enum RestrictionMode: String, Sendable, CaseIterable {
        case enforce
        /// Counts and logs what would be refused, and stores it.
        case dryRun = "dry-run"
    }

    /// A bearer token of the API.
    package struct Token: Sendable {
        package let name: String
        /// Any of them is accepted.
        package let secrets: [Secret]
        /// The logs it sees, in the order of the file's.
        package let logs: [String]
        package let scopes: Set<Scope>
        package let restrictionMode: RestrictionMode
        private let restrictions: [String: FieldRestriction]

        /// What the token may write to and see of a log.
        package func restriction(forLog name: String) -> FieldRestriction { restrictions[name] ?? .none }

        static func all(
            _ sections: [Section<TokenKey>],
            logs: WrittenLogs,
            owners: inout SecretOwners
        ) -> [Token] {
            var unique = UniqueNames(kind: "token")
            return sections.compactMap { section in
                let name = section.name(.name)
                if let name { unique.insert(name, in: section.validation) }
                let token = Token(section, name: name?.value ?? "", logs: logs, owners: &owners)
                return name == nil ? nil : token
            }
        }

        private init(_ section: Section<TokenKey>, name: String, logs: WrittenLogs, owners: inout SecretOwners) {
            self.name = name
            let secrets = section.secrets(.secret)
            for secret in secrets {
                section.checkHeaderText(secret)
                owners.insert(secret, owner: "the token '\(name)'", in: section.validation)
            }
            self.secrets = secrets.map(\.value)
            scopes = Self.scopes(section)
            let written = section.texts(.logs)
            let named = written.compactMap { section.reference($0, to: "log", among: logs.names) }
            if section[.logs]?.elements?.isEmpty == true, let json = section[.logs] {
                section.validation.problem(
                    "\(section.path).logs lists no log; leave it out for all logs",
                    at: section.validation.place(json.position)
                )
            }
            self.logs = section[.logs] == nil ? logs.names : logs.names.filter(named.contains)
            restrictionMode = section.choice(.restrictMode, of: RestrictionMode.self) ?? .enforce
            let restriction = section.restriction(.restrict)
            var restrictions: [String: FieldRestriction] = [:]
            for log in self.logs where !restriction.rules.isEmpty {
                guard let schema = logs.schema(of: log) else { continue }
                restrictions[log] = restriction.compiled(for: schema, log: log)
            }
            self.restrictions = restrictions
        }

        private static func scopes(_ section: Section<TokenKey>) -> Set<Scope> {
            guard section.requires(.scopes) else { return [] }
            let scopes = section.texts(.scopes).enumerated().compactMap { index, text in
                section.choice(text, name: "\(section.path).scopes[\(index)]", of: Scope.self)
            }
            if let json = section[.scopes], json.elements?.isEmpty == true {
                section.validation.problem(
                    "\(section.path).scopes lists nothing; write \"write\", \"read\" or \"admin\"",
                    at: section.validation.place(json.position)
                )
            }
            return scopes.contains(.admin) ? Set(Scope.allCases) : Set(scopes)
        }
    }
}

extension Section {
    /// A secret that is sent in a header has to be printable ASCII.
    func checkHeaderText(_ secret: Located<Secret>) {
        guard !secret.value.bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return }
        validation.problem(
            "\(path) has a token with a space, a line break or a character beyond ASCII, which no header can carry",
            at: secret.place
        )
    }
}

/// Who has which secret, since a request is told by its token alone whose it is.
struct SecretOwners {
    private var owners: [[UInt8]: String] = [:]

    mutating func insert(_ secret: Located<Secret>, owner: String, in validation: Validation) {
        guard let other = owners.updateValue(owner, forKey: secret.value.bytes), other != owner else { return }
        validation.problem("\(owner) has the same secret as \(other); each needs its own", at: secret.place)
    }
}
