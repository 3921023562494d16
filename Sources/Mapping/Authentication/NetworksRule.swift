internal import JSON

/// The networks that deliveries may come from.
///
///     { "networks": ["203.0.113.0/24"] }
package enum NetworksRule: Sendable, Equatable {
    case listed([String])
    /// A constant of the source: networks in one text, with blanks or commas between them.
    case constant(String)
}

/// The client's certificate as a proxy in front of the gateway tells of it.
///
///     { "client_certificate": { "header": "x-client-cert-fingerprint" } }
package struct ClientCertificateRule: Sendable, Equatable {
    /// In lower case; believed only from the proxies that the settings trust.
    package let header: String
    /// The name, in the source's configuration, of what the header must say.
    package let key: String
}

extension MappingReader {
    func networksRule(_ json: LocatedJSON) -> NetworksRule? {
        if json.members != nil {
            guard let members = object(json, "'networks'", keys: ["constant"], required: ["constant"]) else {
                return nil
            }
            return text(members["constant"], "'constant'").map { .constant($0) }
        }
        guard let elements = array(json, "'networks'"), !elements.isEmpty else {
            problem(json, "'networks' is an array such as [\"203.0.113.0/24\"], or {\"constant\": \"networks\"}")
            return nil
        }
        return .listed(elements.compactMap { text($0, "a network") })
    }

    func clientCertificateRule(_ json: LocatedJSON) -> ClientCertificateRule? {
        guard let members = object(json, "'client_certificate'", keys: ["header", "key"], required: ["header"]),
            let header = headerName(members["header"])
        else { return nil }
        return ClientCertificateRule(header: header, key: text(members["key"], "'key'") ?? "secret")
    }
}
