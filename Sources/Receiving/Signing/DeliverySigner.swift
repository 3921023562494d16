package import Cryptography
internal import JMESPath
package import JSON
package import Mapping
internal import Schema

/// Makes a delivery believable for a mapping's rule, the way its vendor would, with the secrets of a source.
///
/// What is signed is put together by the code that verifies it, so both have one idea of it.
package struct DeliverySigner {
    /// Why a delivery cannot be signed, and what would help; never holds a secret.
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    let mapping: MappingFile
    let secrets: [String: [UInt8]]
    let constants: [String: JSONValue]
    let key: PrivateKey?
    /// Microseconds since 1970.
    let now: Int64

    /// - Parameters:
    ///   - mapping: whose rule is met.
    ///   - secrets: of the source, by name.
    ///   - constants: of the source, which tokens' claims may have to be.
    ///   - key: for forms that are signed with a private key; nil when there is none.
    ///   - now: the time of signing, in microseconds since 1970.
    package init(
        mapping: MappingFile,
        secrets: [String: [UInt8]],
        constants: [String: JSONValue] = [:],
        key: PrivateKey? = nil,
        now: Int64
    ) {
        self.mapping = mapping
        self.secrets = secrets
        self.constants = constants
        self.key = key
        self.now = now
    }

    /// The delivery with everything that the mapping asks for, by the first of its forms that can be met.
    ///
    /// - Throws: why none can.
    package func sign(_ delivery: OutgoingDelivery) throws(Failure) -> OutgoingDelivery {
        var failures: [String] = []
        for rules in DeliverySigner.choices(mapping.authentication) {
            do throws(Failure) {
                var signed = delivery
                for rule in rules.sorted(by: { DeliverySigner.turn($0) < DeliverySigner.turn($1) }) {
                    try add(rule, to: &signed)
                }
                return signed
            } catch {
                if !failures.contains(error.description) { failures.append(error.description) }
            }
        }
        throw Failure(description: failures.joined(separator: "; or "))
    }

    private static let mostChoices = 64

    /// The sets of forms of which one is enough, each of which can be met alone.
    private static func choices(_ rule: AuthenticationRule) -> [[AuthenticationRule]] {
        switch rule {
        case .none: return [[]]
        case .any(let rules): return Array(rules.flatMap(choices).prefix(mostChoices))
        case .all(let rules):
            return rules.reduce([[]]) { made, rule in
                Array(made.flatMap { before in choices(rule).map { before + $0 } }.prefix(mostChoices))
            }
        case .secret, .basic, .hmac, .jwt, .clientCertificate, .networks, .hash, .signature, .pin: return [[rule]]
        }
    }

    /// Which forms come first: those that change the body, then those that change the URL, then what signs both.
    private static func turn(_ rule: AuthenticationRule) -> Int {
        switch rule {
        case .pin: return 0
        case .secret(let rule):
            guard case .item = rule.place else { return 1 }
            return 0
        case .hash(let rule):
            guard case .query = rule.signature.place.position else { return 2 }
            return 1
        case .none, .basic, .jwt, .clientCertificate, .networks, .hmac, .signature, .any, .all: return 2
        }
    }

    private func add(_ rule: AuthenticationRule, to delivery: inout OutgoingDelivery) throws(Failure) {
        switch rule {
        case .secret(let rule): try add(rule, to: &delivery)
        case .basic(let rule):
            let secret = try secret(rule.key)
            let pair = rule.user.map { Array("\($0):".utf8) + secret } ?? secret
            delivery.set(header: "authorization", to: "Basic \(Base64.encode(pair))")
        case .hmac(let rule):
            guard let bytes = rule.keyBytes(of: try secret(rule.key)) else {
                throw Failure(
                    description: "the secret '\(rule.key)' is not \(rule.keyEncoding.rawValue), as the mapping says"
                )
            }
            let key = HMACKey(algorithm: rule.algorithm, key: bytes)
            try add(rule.signature, to: &delivery) { signed throws(Failure) in signed.withBuffers { key.code(for: $0) }
            }
        case .hash(let rule):
            var secret: [UInt8] = []
            if let name = rule.key { secret = try self.secret(name) }
            try add(rule.signature, to: &delivery) { signed throws(Failure) in
                signed.withBuffers(secret: secret) { Digest.hash(rule.algorithm, parts: $0) }
            }
        case .signature(let rule): try add(rule, to: &delivery)
        case .jwt(let rule): try add(rule, to: &delivery)
        case .pin(let rule): try set(rule.field, to: try text(rule.key), in: &delivery)
        case .clientCertificate(let rule): delivery.set(header: rule.header, to: try text(rule.key))
        // Where a request comes from is not for us to choose; the gateway will tell.
        case .networks, .none, .any, .all: break
        }
    }

    private func add(_ rule: SecretRule, to delivery: inout OutgoingDelivery) throws(Failure) {
        let secret = try text(rule.key)
        switch rule.place {
        case .header(let name): delivery.set(header: name, to: rule.scheme.map { "\($0) \(secret)" } ?? secret)
        case .query(let name): delivery.set(query: name, to: secret)
        case .path: delivery.append(pathSecret: secret)
        case .item(let expression): try set(expression, to: secret, in: &delivery)
        }
    }

    // MARK: - What rules need

    func secret(_ name: String) throws(Failure) -> [UInt8] {
        if let secret = secrets[name], !secret.isEmpty { return secret }
        let cure =
            mapping.keptSecretNames.contains(name)
            ? ", which the vendor sends once the source is armed ('audit-gateway source arm')"
            : "; add it to the source's 'secrets'"
        throw Failure(description: "the source has no secret '\(name)'\(cure)")
    }

    private func text(_ name: String) throws(Failure) -> String { String(decoding: try secret(name), as: UTF8.self) }

    /// Writes a text to where an expression reads it in the body, unless it stands there already.
    func set(_ expression: PlacedExpression, to text: String, in delivery: inout OutgoingDelivery) throws(Failure) {
        let found = withEvidence(of: delivery) { $0.texts(of: expression).map { String(decoding: $0, as: UTF8.self) } }
        if !found.isEmpty, found.allSatisfy({ $0 == text }) { return }
        guard let body = BodyPlace(expression.text)?.setting(text, in: delivery.body) else {
            throw Failure(description: "the body has no '\(expression.text)' that could be written to")
        }
        delivery.body = body
        delivery.notes.append("the body's '\(expression.text)' was written as the mapping wants it")
    }

    /// Calls `body` with the delivery as the source will see it.
    func withEvidence<Result>(of delivery: OutgoingDelivery, _ body: (RequestEvidence) -> Result) -> Result {
        delivery.body.withUnsafeBytes { bytes in
            let evidence = RequestEvidence(
                delivery.request(bytes, at: now),
                RequestEvidence.Decoding(
                    document: JSONDocument(),
                    evaluation: Evaluation(),
                    framing: mapping.framing,
                    limits: DeliveryLimits()
                )
            )
            defer { evidence.end() }
            return body(evidence)
        }
    }
}
