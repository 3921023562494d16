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
    case hash(HashRule)
    case signature(PublicKeyRule)
    case pin(PinRule)
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
        case .hash(let rule): Set([rule.key].compactMap { $0 })
        case .signature(let rule): Set([rule.secretName].compactMap { $0 })
        case .pin(let rule): [rule.key]
        case .any(let rules), .all(let rules): rules.reduce(into: []) { $0.formUnion($1.secretNames) }
        }
    }

    /// Where the certificates stand that deliveries may name.
    package var certificates: [CertificateRule] {
        switch self {
        case .signature(let rule): if case .certificate(let certificate) = rule.keySource { [certificate] } else { [] }
        case .any(let rules), .all(let rules): rules.flatMap(\.certificates)
        case .none, .secret, .basic, .hmac, .hash, .pin, .jwt, .clientCertificate, .networks: []
        }
    }

    /// The names of secrets that are needed beside some that a source has: of `any`, one form is enough.
    package func missingSecrets(beside names: Set<String>) -> Set<String> {
        switch self {
        case .all(let rules): rules.reduce(into: []) { $0.formUnion($1.missingSecrets(beside: names)) }
        case .any(let rules): rules.map { $0.missingSecrets(beside: names) }.min { $0.count < $1.count } ?? []
        case .none, .secret, .basic, .hmac, .hash, .signature, .pin, .jwt, .clientCertificate, .networks:
            secretNames.subtracting(names)
        }
    }

    /// The headers, in lower case, whose values are secrets and are neither kept nor shown to expressions.
    package var secretHeaders: Set<String> {
        switch self {
        case .none, .hmac, .hash, .signature, .pin, .networks: []
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
        case .none, .basic, .hmac, .hash, .signature, .pin, .networks, .clientCertificate: []
        case .jwt(let rule): if case .query(let name) = rule.place { [name] } else { [] }
        case .secret(let rule): if case .query(let name) = rule.place { [name] } else { [] }
        case .any(let rules), .all(let rules): rules.reduce(into: []) { $0.formUnion($1.secretQueryNames) }
        }
    }

    /// Where tokens stand in the decoded body.
    package var tokenItems: [PlacedExpression] {
        switch self {
        case .jwt(let rule): if case .item(let expression) = rule.place { [expression] } else { [] }
        case .any(let rules), .all(let rules): rules.flatMap(\.tokenItems)
        case .none, .secret, .basic, .hmac, .hash, .signature, .pin, .networks, .clientCertificate: []
        }
    }

    /// The names of the secrets that stand in the decoded body as they are.
    package var secretItemKeys: Set<String> {
        switch self {
        case .secret(let rule): if case .item = rule.place { [rule.key] } else { [] }
        case .any(let rules), .all(let rules): rules.reduce(into: []) { $0.formUnion($1.secretItemKeys) }
        case .none, .basic, .hmac, .hash, .signature, .pin, .jwt, .networks, .clientCertificate: []
        }
    }

    /// Whether something of the decoded body is asked for, so that the body has to be one value or a form.
    package var readsBody: Bool {
        switch self {
        case .secret(let rule): if case .item = rule.place { true } else { false }
        case .jwt(let rule): if case .item = rule.place { true } else { false }
        case .pin: true
        case .hmac, .hash, .signature: !certificates.isEmpty || signature?.readsBody == true
        case .any(let rules), .all(let rules): rules.contains(where: \.readsBody)
        case .none, .basic, .networks, .clientCertificate: false
        }
    }

    /// What is signed, for a rule that is a signature.
    package var signature: RequestSignature? {
        switch self {
        case .hmac(let rule): rule.signature
        case .hash(let rule): rule.signature
        case .signature(let rule): rule.signature
        case .none, .secret, .basic, .pin, .jwt, .clientCertificate, .networks, .any, .all: nil
        }
    }

    /// The signatures among the rules.
    package var signatures: [RequestSignature] {
        switch self {
        case .none, .secret, .basic, .hmac, .hash, .signature, .pin, .jwt, .clientCertificate, .networks:
            [signature].compactMap { $0 }
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
