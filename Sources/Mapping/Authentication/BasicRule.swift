internal import JSON

/// HTTP basic authentication (RFC 7617).
///
///     { "basic": { "user": "audit" } }
package struct BasicRule: Sendable {
    /// The user that must be named; nil when the secret is `user:password`.
    package let user: String?
    /// The secret's name in the source's configuration.
    package let key: String
}

extension MappingReader {
    func basicRule(_ json: LocatedJSON) -> BasicRule? {
        guard let members = object(json, "'basic'", keys: ["user", "key"]) else { return nil }
        let user = text(members["user"], "'user'")
        if let user, user.contains(":"), let json = members["user"] { problem(json, "a user's name has no colon") }
        return BasicRule(user: user, key: text(members["key"], "'key'") ?? "secret")
    }
}
