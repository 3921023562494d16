internal import JSON

/// A value of the body that must be the one that is configured, such as the sender's account.
///
///     { "pin": { "field": "TopicArn", "key": "topic" } }
package struct PinRule: Sendable {
    package let field: PlacedExpression
    /// The secret's name in the source's configuration.
    package let key: String
}

extension MappingReader {
    func pinRule(_ json: LocatedJSON) -> PinRule? {
        guard let members = object(json, "'pin'", keys: ["field", "key"], required: ["field"]) else { return nil }
        let key = text(members["key"], "'key'") ?? "secret"
        return bodyExpression(members["field"], "'field'").map { PinRule(field: $0, key: key) }
    }
}
