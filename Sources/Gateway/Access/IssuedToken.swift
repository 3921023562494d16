internal import Cryptography
internal import JSON
package import Restriction
internal import Schema
package import Settings

/// A token that `audit-gateway token create` made; of its secrets only the hashes are kept.
package struct IssuedToken: Sendable, Equatable {
    /// One of its secrets; there are several while it is changed.
    package struct Secret: Sendable, Equatable {
        /// SHA-256 of the secret's text: it has 160 bits of chance, which no table of hashes reaches.
        let digest: [UInt8]
        /// Microseconds since 1970.
        package let createdAt: Int64
        /// Microseconds since 1970; nil for as long as the token.
        package var expiresAt: Int64?
    }

    package let name: String
    package let scopes: Set<GatewaySettings.Scope>
    /// What it may call beside its scopes.
    package let endpoints: Set<APIEndpoint>
    /// Nil for all logs.
    package let logs: [String]?
    /// The `restrict` object in canonical JSON; nil without one.
    package let restrict: [UInt8]?
    /// Microseconds since 1970.
    package let createdAt: Int64
    /// Microseconds since 1970; nil for never.
    package let expiresAt: Int64?
    package private(set) var secrets: [Secret] = []

    package init(
        name: String,
        scopes: Set<GatewaySettings.Scope>,
        endpoints: Set<APIEndpoint> = [],
        logs: [String]? = nil,
        restrict: [UInt8]? = nil,
        createdAt: Int64,
        expiresAt: Int64? = nil
    ) {
        self.name = name
        self.scopes = scopes
        self.endpoints = endpoints
        self.logs = logs
        self.restrict = restrict
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    package func isExpired(at now: Int64) -> Bool { expiresAt.map { $0 <= now } ?? false }

    /// The scopes and endpoints as words, sorted.
    package var words: [String] { scopes.map(\.rawValue).sorted() + endpoints.map(\.rawValue).sorted() }

    /// Gives it a new secret, and lets the others go on for a while.
    ///
    /// - Parameters:
    ///   - now: microseconds since 1970.
    ///   - grace: how long the older ones stay valid, in microseconds.
    /// - Returns: the secret, which is known to nobody else and kept nowhere.
    package mutating func addSecret(now: Int64, grace: Int64) -> String {
        let (end, overflows) = now.addingReportingOverflow(grace)
        let last = overflows ? Int64.max : end
        secrets = secrets.filter { $0.expiresAt.map { $0 > now } ?? true }
        for index in secrets.indices { secrets[index].expiresAt = min(secrets[index].expiresAt ?? last, last) }
        let text = SecureRandom.token(prefix: "pts_", characters: 32)
        secrets.append(Secret(digest: SHA256Hasher.hash(Array(text.utf8)), createdAt: now))
        return text
    }

    /// The rules of its restriction.
    package func rules() throws(SettingsError) -> [FieldRule] {
        guard let restrict else { return [] }
        return try RestrictionText.rules(restrict, named: "the restriction of the token '\(name)'")
    }
}

// MARK: - As JSON

extension IssuedToken {
    var json: JSONValue {
        var members = [
            JSONMember("name", .string(name)),
            JSONMember("scopes", .array(words.map { .string($0) })),
            JSONMember("created_at", .integer(createdAt)),
            JSONMember(
                "secrets",
                .array(
                    secrets.map { secret in
                        var members = [
                            JSONMember("sha256", .string(Hex.encode(secret.digest))),
                            JSONMember("created_at", .integer(secret.createdAt)),
                        ]
                        if let end = secret.expiresAt { members.append(JSONMember("expires_at", .integer(end))) }
                        return .object(members)
                    }
                )
            ),
        ]
        if let logs { members.append(JSONMember("logs", .array(logs.map { .string($0) }))) }
        if let restrict { members.append(JSONMember("restrict", .string(restrict))) }
        if let expiresAt { members.append(JSONMember("expires_at", .integer(expiresAt))) }
        return .object(members)
    }

    /// Reads what ``json`` wrote; nil when it is damaged.
    init?(_ json: JSONValue) {
        guard let name = json["name"]?.stringValue, Name.isValid(name),
            let created = json["created_at"]?.integerValue,
            let words = json["scopes"]?.elements?.map(\.stringValue), let secrets = json["secrets"]?.elements
        else { return nil }
        var scopes: Set<GatewaySettings.Scope> = []
        var endpoints: Set<APIEndpoint> = []
        for word in words {
            guard let word else { return nil }
            if let scope = GatewaySettings.Scope(rawValue: word) {
                scopes.insert(scope)
            } else if let endpoint = APIEndpoint(rawValue: word) {
                endpoints.insert(endpoint)
            } else {
                return nil
            }
        }
        var logs: [String]?
        if let named = json["logs"] {
            guard let names = named.elements?.map(\.stringValue), !names.contains(nil) else { return nil }
            logs = names.compactMap { $0 }
        }
        self.init(
            name: name,
            scopes: scopes,
            endpoints: endpoints,
            logs: logs,
            restrict: json["restrict"]?.stringBytes,
            createdAt: created,
            expiresAt: json["expires_at"]?.integerValue
        )
        if json["restrict"] != nil, restrict == nil { return nil }
        for secret in secrets {
            guard let digest = secret["sha256"]?.stringValue.flatMap({ Hex.decode($0) }),
                digest.count == SHA256Hasher.byteCount, let created = secret["created_at"]?.integerValue
            else { return nil }
            self.secrets.append(
                Secret(digest: digest, createdAt: created, expiresAt: secret["expires_at"]?.integerValue)
            )
        }
    }
}
