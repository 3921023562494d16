internal import Cryptography
internal import Mapping
internal import Synchronization

/// Why a request is not believed, for the operator; the sender only learns that it is not.
struct AuthenticationFailure: Error, Equatable, Sendable {
    let reason: String
}

/// A source's check of who sent a request: the mapping's rule with the source's secrets.
///
/// Every secret and every form is tried, whichever fits, so that the time tells nothing about them.
package struct Authenticator: Sendable {
    private indirect enum Check: Sendable {
        case none
        case secret(SecretCheck)
        case basic(BasicCheck)
        case hmac(HMACCheck)
        case any([Check])
        case all([Check])
    }

    private let check: Check
    let secretHeaders: [String]
    let secretQueryNames: [String]
    /// How many keyed hashes a check computes: one for each key of each signature.
    let signatureCount: Int

    init(_ rule: AuthenticationRule, secrets: [String: [[UInt8]]]) throws(SourceError) {
        check = try Authenticator.check(rule, secrets)
        secretHeaders = rule.secretHeaders.sorted()
        secretQueryNames = rule.secretQueryNames.sorted()
        signatureCount = rule.signatures.reduce(0) { $0 + (secrets[$1.key]?.count ?? 0) }
        Authenticator.mostSignatures.max(signatureCount, ordering: .relaxed)
    }

    private static func check(
        _ rule: AuthenticationRule,
        _ secrets: [String: [[UInt8]]]
    ) throws(SourceError) -> Check {
        switch rule {
        case .none: return .none
        case .secret(let rule):
            return
                .secret(SecretCheck(place: rule.place, scheme: rule.scheme, secrets: try values(of: rule.key, secrets)))
        case .basic(let rule): return .basic(BasicCheck(rule, try values(of: rule.key, secrets)))
        case .hmac(let rule): return .hmac(try HMACCheck(rule, try values(of: rule.key, secrets)))
        case .any(let rules): return .any(try checks(rules, secrets))
        case .all(let rules): return .all(try checks(rules, secrets))
        }
    }

    private static func checks(
        _ rules: [AuthenticationRule],
        _ secrets: [String: [[UInt8]]]
    ) throws(SourceError) -> [Check] {
        var checks: [Check] = []
        for rule in rules { checks.append(try check(rule, secrets)) }
        return checks
    }

    private static func values(of name: String, _ secrets: [String: [[UInt8]]]) throws(SourceError) -> [[UInt8]] {
        guard let values = secrets[name], !values.isEmpty else {
            throw SourceError(message: "the mapping needs a secret named '\(name)'; add it to the source's 'secrets'")
        }
        guard values.allSatisfy({ !$0.isEmpty }) else {
            throw SourceError(message: "a value of the secret '\(name)' is empty")
        }
        return values
    }

    /// Nil when the request is authentic, otherwise why it is not.
    func failure(of request: DeliveryRequest) -> AuthenticationFailure? {
        let failure = Authenticator.failure(check, request)
        if failure != nil { Authenticator.imitateSignatures(missingSignatureCount, request) }
        return failure
    }

    private static func failure(_ check: Check, _ request: DeliveryRequest) -> AuthenticationFailure? {
        switch check {
        case .none: return nil
        case .secret(let check): return check.failure(of: request)
        case .basic(let check): return check.failure(of: request)
        case .hmac(let check): return check.failure(of: request)
        case .any(let checks):
            let failures = checks.map { failure($0, request) }
            return failures.contains { $0 == nil } ? nil : failures.compactMap { $0 }.first
        case .all(let checks):
            return checks.map { failure($0, request) }.compactMap { $0 }.first
        }
    }

    // MARK: - Sources that do not exist

    /// The greatest ``signatureCount`` of any source so far, at least one; it only grows.
    private static let mostSignatures = Atomic<Int>(1)

    /// How many keyed hashes a refusal computes for nothing, so that every refusal computes as many.
    var missingSignatureCount: Int { max(0, Authenticator.mostSignatures.load(ordering: .relaxed) - signatureCount) }

    /// Does the work of refusing a wrong secret, for a source that does not exist.
    ///
    /// Neither the answer nor the time it takes tells which sources there are: every refusal, of a source with a secret
    /// too, looks at a header, makes the request visible once, and hashes the body once for each key of the source that
    /// has most.
    ///
    /// Known limits: another hash function, or a message without the body, takes another time; so does an
    /// unauthenticated handshake that reads the body or its form, which is parsed (up to 64 KiB) before anything else.
    package static func rejectUnknown(_ request: DeliveryRequest) {
        imitateView(request)
        _ = nobody.failure(of: request)
        imitateSignatures(mostSignatures.load(ordering: .relaxed), request)
    }

    private static let nobody = SecretCheck(
        place: .header("authorization"),
        scheme: nil,
        secrets: [SecureRandom.bytes(32)]
    )
    private static let nobodysKey = HMACKey(algorithm: .sha256, key: SecureRandom.bytes(32))

    /// Makes a request visible to nobody.
    static func imitateView(_ request: DeliveryRequest) { withExtendedLifetime(RequestView(request).value) {} }

    private static func imitateSignatures(_ count: Int, _ request: DeliveryRequest) {
        for _ in 0..<count {
            _ = isEqualInConstantTime(nobodysKey.code(for: [request.body]), [UInt8](repeating: 0, count: 32))
        }
    }
}
