internal import JSON

/// A shared secret that comes with each delivery as it is.
///
///     { "secret": { "header": "authorization", "scheme": "Bearer" } }
package struct SecretRule: Sendable {
    package enum Place: Sendable {
        /// A header's name in lower case.
        case header(String)
        /// The name of a query member.
        case query(String)
        /// The last component of `/in/{source}/{secret}`.
        case path
        /// Values of the decoded body: one text, or an array of texts that all have to be right.
        case item(PlacedExpression)
    }

    package let place: Place
    /// A word in front of the secret, such as `Bearer`; nil when the whole value is the secret.
    package let scheme: String?
    /// The secret's name in the source's configuration.
    package let key: String
}

extension MappingReader {
    func secretRule(_ json: LocatedJSON) -> SecretRule? {
        guard let members = object(json, "'secret'", keys: ["header", "scheme", "query", "path", "item", "key"])
        else {
            return nil
        }
        var places: [SecretRule.Place] = []
        if let header = headerName(members["header"]) { places.append(.header(header)) }
        if let query = text(members["query"], "'query'") { places.append(.query(query)) }
        if let path = members["path"] {
            if path.boolValue == true { places.append(.path) } else { problem(path, "'path' is true or left out") }
        }
        if let item = members["item"] {
            guard let expression = bodyExpression(item, "'item'") else { return nil }
            places.append(.item(expression))
        }
        guard let place = places.first, places.count == 1 else {
            problem(json, "'secret' says where the secret stands with one of 'header', 'query', 'path' and 'item'")
            return nil
        }
        let scheme = text(members["scheme"], "'scheme'")
        if let scheme, let json = members["scheme"] {
            if case .header = place {} else { problem(json, "'scheme' goes with 'header' only") }
            if scheme.contains(" ") { problem(json, "'scheme' is one word without blanks, such as \"Bearer\"") }
        }
        return SecretRule(place: place, scheme: scheme, key: text(members["key"], "'key'") ?? "secret")
    }
}
