internal import Cryptography
internal import JSON
internal import Mapping

/// Signed tokens (RFC 7519, as a compact JWS of RFC 7515).
extension DeliverySigner {
    /// How long a token is good for, in seconds.
    private static let lifetime: Int64 = 300

    func add(_ rule: JWTRule, to delivery: inout OutgoingDelivery) throws(Failure) {
        guard let algorithm = algorithm(rule) else {
            let names = rule.algorithms.map(\.rawValue).joined(separator: ", ")
            guard let key else {
                throw Failure(
                    description: "the mapping wants a token (\(names)) signed by a private key; give it with --key FILE"
                )
            }
            throw Failure(description: "the key is of kind \(key.kind), which none of \(names) is for")
        }
        let header = JSONValue.object([
            JSONMember("alg", .string(algorithm.rawValue)), JSONMember("typ", .string("JWT")),
        ])
        let message = [DeliverySigner.part(header), DeliverySigner.part(try claims(rule, delivery.body))]
            .joined(separator: ".")
        let bytes = Array(message.utf8)
        let signature: [UInt8]?
        if algorithm.isSymmetric, case .secret(let name) = rule.key {
            signature = algorithm.signature(of: bytes, secret: try secret(name))
        } else {
            signature = key.flatMap { algorithm.signature(of: bytes, by: $0) }
        }
        guard let signature else { throw Failure(description: "the token cannot be signed") }
        let token = "\(message).\(Base64.encode(signature, urlSafe: true, padded: false))"
        switch rule.place {
        case .header(let name, let scheme): delivery.set(header: name, to: scheme.map { "\($0) \(token)" } ?? token)
        case .query(let name): delivery.set(query: name, to: token)
        case .item(let expression): try set(expression, to: token, in: &delivery)
        }
    }

    /// The first algorithm that there is a key for.
    private func algorithm(_ rule: JWTRule) -> JWSAlgorithm? {
        rule.algorithms.first { $0.isSymmetric || $0.keyKind == key?.kind }
    }

    private func claims(_ rule: JWTRule, _ body: [UInt8]) throws(Failure) -> JSONValue {
        let seconds = now / 1_000_000
        var claims = [
            JSONMember("iat", .integer(seconds)), JSONMember("exp", .integer(seconds + DeliverySigner.lifetime)),
        ]
        for claim in rule.claims {
            switch claim.expectation {
            case .oneOf(let values): claims.append(JSONMember(claim.name, .string(values.first ?? "")))
            case .present: claims.append(JSONMember(claim.name, .bool(true)))
            case .constant(let name):
                guard let value = constants[name] else {
                    throw Failure(description: "the source has no constant '\(name)'; add it to its 'constants'")
                }
                claims.append(JSONMember(claim.name, value))
            }
        }
        if let hash = rule.bodyHash {
            let digest = SHA256Hasher.hash(body)
            let text =
                switch hash.encoding {
                case .hex: Hex.encode(digest)
                case .base64: Base64.encode(digest)
                case .base64url: Base64.encode(digest, urlSafe: true, padded: false)
                }
            claims.append(JSONMember(hash.claim, .string(text)))
        }
        return .object(claims)
    }

    private static func part(_ value: JSONValue) -> String {
        var writer = JSONWriter()
        writer.append(canonical: value)
        return Base64.encode(writer.bytes, urlSafe: true, padded: false)
    }
}
