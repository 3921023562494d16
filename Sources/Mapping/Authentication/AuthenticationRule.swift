/// How a vendor's deliveries prove where they come from.
///
/// What is secret stands in the source's configuration.
package indirect enum AuthenticationRule: Sendable {
    /// Nothing is checked; the source has to say so as well.
    case none
    case secret(SecretRule)
    case basic(BasicRule)
    case hmac(HMACRule)
    case jwt(JWTRule)
    case clientCertificate(ClientCertificateRule)
    case networks(NetworksRule)
    /// One of several is enough.
    case any([AuthenticationRule])
    case all([AuthenticationRule])

    package var isNone: Bool { if case .none = self { true } else { false } }

    /// The names of the secrets that a source has to have.
    package var secretNames: Set<String> {
        switch self {
        case .none: []
        case .secret(let rule): [rule.key]
        case .basic(let rule): [rule.key]
        case .hmac(let rule): [rule.key]
        case .jwt(let rule): if case .secret(let name) = rule.key { [name] } else { [] }
        case .clientCertificate(let rule): [rule.key]
        case .networks: []
        case .any(let rules), .all(let rules): rules.reduce(into: []) { $0.formUnion($1.secretNames) }
        }
    }

    /// The headers, in lower case, whose values are secrets and are neither kept nor shown to expressions.
    package var secretHeaders: Set<String> {
        switch self {
        case .none, .hmac, .networks: []
        case .jwt(let rule): if case .header(let name, _) = rule.place { [name] } else { [] }
        case .clientCertificate(let rule): [rule.header]
        case .secret(let rule): if case .header(let name) = rule.place { [name] } else { [] }
        case .basic: ["authorization"]
        case .any(let rules), .all(let rules): rules.reduce(into: []) { $0.formUnion($1.secretHeaders) }
        }
    }

    /// The query members whose values are secrets.
    package var secretQueryNames: Set<String> {
        switch self {
        case .none, .hmac, .basic, .networks, .clientCertificate: []
        case .jwt(let rule): if case .query(let name) = rule.place { [name] } else { [] }
        case .secret(let rule): if case .query(let name) = rule.place { [name] } else { [] }
        case .any(let rules), .all(let rules): rules.reduce(into: []) { $0.formUnion($1.secretQueryNames) }
        }
    }

    /// The signatures among the rules.
    package var signatures: [HMACRule] {
        switch self {
        case .none, .secret, .basic, .jwt, .clientCertificate, .networks: []
        case .hmac(let rule): [rule]
        case .any(let rules), .all(let rules): rules.flatMap(\.signatures)
        }
    }
}

extension AuthenticationRule {
    /// Whether it matters which address a request comes from.
    package var readsOrigin: Bool {
        switch self {
        case .clientCertificate, .networks: true
        case .any(let rules), .all(let rules): rules.contains(where: \.readsOrigin)
        default: false
        }
    }
}
