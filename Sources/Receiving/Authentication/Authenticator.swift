internal import Cryptography
internal import JSON
internal import Mapping
internal import Synchronization

/// Why a request is not believed, for the operator; the sender only learns that it is not.
struct AuthenticationFailure: Error, Equatable, Sendable {
    let reason: String
}

/// Whether a request is believed.
enum AuthenticationResult: Sendable {
    case authentic
    case refused(AuthenticationFailure)
    /// Whether it is can be told once this was fetched.
    case needs(KeyRequest)
    /// It cannot be told, because something could not be fetched.
    case unavailable(String)

    static func failed(_ reason: String) -> AuthenticationResult { .refused(AuthenticationFailure(reason: reason)) }

    init(_ failure: AuthenticationFailure?) { self = failure.map { .refused($0) } ?? .authentic }
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
        case jwt(JWTCheck)
        case clientCertificate(ClientCertificateCheck)
        case networks(NetworksCheck)
        case hash(HashCheck)
        case signature(PublicKeyCheck)
        case pin(PinCheck)
        case any([Check])
        case all([Check])
    }

    private let check: Check
    let secretHeaders: [String]
    let secretQueryNames: [String]
    /// How many hashes over the request a check computes: one for each key of each signature.
    let signatureCount: Int
    /// How many signatures a check verifies with public keys, when one is sent: one for each key.
    let verificationCount: Int

    init(
        _ rule: AuthenticationRule,
        secrets: [String: [[UInt8]]],
        constants: JSONValue = .object([]),
        keys: KeyStore = KeyStore()
    ) throws(SourceError) {
        check = try Authenticator.check(rule, Ingredients(secrets: secrets, constants: constants, keys: keys))
        secretHeaders = rule.secretHeaders.sorted()
        secretQueryNames = rule.secretQueryNames.sorted()
        (signatureCount, verificationCount) = Authenticator.counts(check)
        Authenticator.mostSignatures.max(signatureCount, ordering: .relaxed)
        Authenticator.mostVerifications.max(verificationCount, ordering: .relaxed)
    }

    /// Refuses everybody, and hides the same of a request as the rule's own would.
    init(refusing rule: AuthenticationRule) {
        check = .any([])
        secretHeaders = rule.secretHeaders.sorted()
        secretQueryNames = rule.secretQueryNames.sorted()
        signatureCount = 0
        verificationCount = 0
    }

    private static func counts(_ check: Check) -> (signatures: Int, verifications: Int) {
        switch check {
        case .none, .secret, .basic, .pin, .jwt, .clientCertificate, .networks: (0, 0)
        case .hmac(let check): (check.keyCount, 0)
        case .hash(let check): (check.keyCount, 0)
        case .signature(let check): (0, check.keyCount)
        case .any(let checks), .all(let checks):
            checks.map(counts).reduce(into: (0, 0)) {
                $0.0 += $1.signatures
                $0.1 += $1.verifications
            }
        }
    }

    /// What a source brings along for its checks.
    private struct Ingredients {
        let secrets: [String: [[UInt8]]]
        let constants: JSONValue
        let keys: KeyStore

        func values(of name: String) throws(SourceError) -> [[UInt8]] {
            guard let values = secrets[name], !values.isEmpty else {
                throw SourceError(
                    message: "the mapping needs a secret named '\(name)'; add it to the source's 'secrets'",
                    isMissing: true
                )
            }
            guard values.allSatisfy({ !$0.isEmpty }) else {
                throw SourceError(message: "a value of the secret '\(name)' is empty")
            }
            return values
        }
    }

    private static func check(
        _ rule: AuthenticationRule,
        _ source: Ingredients
    ) throws(SourceError) -> Check {
        switch rule {
        case .none: return .none
        case .secret(let rule):
            return
                .secret(SecretCheck(place: rule.place, scheme: rule.scheme, secrets: try source.values(of: rule.key)))
        case .basic(let rule): return .basic(BasicCheck(rule, try source.values(of: rule.key)))
        case .hmac(let rule): return .hmac(try HMACCheck(rule, try source.values(of: rule.key)))
        case .hash(let rule):
            guard let key = rule.key else { return .hash(HashCheck(rule, [[]])) }
            return .hash(HashCheck(rule, try source.values(of: key)))
        case .signature(let rule):
            return .signature(try PublicKeyCheck(rule, secrets: source.values(of:), store: source.keys))
        case .pin(let rule): return .pin(PinCheck(rule, try source.values(of: rule.key)))
        case .jwt(let rule):
            return .jwt(
                try JWTCheck(rule, secrets: source.values(of:), constants: source.constants, store: source.keys)
            )
        case .clientCertificate(let rule):
            return .clientCertificate(ClientCertificateCheck(rule, try source.values(of: rule.key)))
        case .networks(let rule): return .networks(try NetworksCheck(rule, constants: source.constants))
        case .any(let rules): return .any(try configured(rules, source))
        case .all(let rules): return .all(try checks(rules, source))
        }
    }

    /// The forms of `any` whose secrets the source has; one is enough.
    private static func configured(
        _ rules: [AuthenticationRule],
        _ source: Ingredients
    ) throws(SourceError) -> [Check] {
        var checks: [Check] = []
        var failure: SourceError?
        for rule in rules {
            do throws(SourceError) {
                checks.append(try check(rule, source))
            } catch {
                // Only what is not there is left out: a secret that is there and wrong is told.
                guard error.isMissing else { throw error }
                failure = failure ?? error
            }
        }
        if checks.isEmpty, let failure { throw failure }
        return checks
    }

    private static func checks(
        _ rules: [AuthenticationRule],
        _ source: Ingredients
    ) throws(SourceError) -> [Check] {
        var checks: [Check] = []
        for rule in rules { checks.append(try check(rule, source)) }
        return checks
    }

    /// Whether the request is authentic.
    func result(of evidence: RequestEvidence) -> AuthenticationResult {
        let result = Authenticator.result(check, evidence)
        if case .refused = result {
            Authenticator.imitateSignatures(missingSignatureCount, evidence.request)
            Authenticator.imitateVerifications(missingVerificationCount, evidence.request)
        }
        return result
    }

    private static func result(_ check: Check, _ evidence: RequestEvidence) -> AuthenticationResult {
        switch check {
        case .none: .authentic
        case .secret(let check): AuthenticationResult(check.failure(of: evidence))
        case .basic(let check): AuthenticationResult(check.failure(of: evidence))
        case .hmac(let check): AuthenticationResult(check.failure(of: evidence))
        case .hash(let check): AuthenticationResult(check.failure(of: evidence))
        case .signature(let check): check.result(of: evidence)
        case .pin(let check): AuthenticationResult(check.failure(of: evidence))
        case .jwt(let check): check.result(of: evidence)
        case .clientCertificate(let check): AuthenticationResult(check.failure(of: evidence))
        case .networks(let check): AuthenticationResult(check.failure(of: evidence.request))
        case .any(let checks): any(of: checks.map { result($0, evidence) })
        case .all(let checks): all(of: checks.map { result($0, evidence) })
        }
    }

    /// One is enough; only when none is, what is not known yet counts.
    private static func any(of results: [AuthenticationResult]) -> AuthenticationResult {
        var best: AuthenticationResult?
        for result in results {
            switch (result, best) {
            case (.authentic, _): return .authentic
            case (.needs, .needs?): break
            case (.needs, _): best = result
            case (.unavailable, nil), (.unavailable, .refused?): best = result
            case (.refused, nil): best = result
            case (.unavailable, _), (.refused, _): break
            }
        }
        return best ?? .failed("no form of authentication is named")
    }

    /// One that fails is enough, and nothing is fetched then.
    static func all(of results: [AuthenticationResult]) -> AuthenticationResult {
        var worst = AuthenticationResult.authentic
        for result in results {
            switch (result, worst) {
            case (.refused, _): return result
            case (.authentic, _): break
            case (.needs, .authentic), (.unavailable, .authentic), (.unavailable, .needs): worst = result
            case (.needs, _), (.unavailable, _): break
            }
        }
        return worst
    }

    // MARK: - Sources that do not exist

    /// The greatest ``signatureCount`` of any source so far, at least one; it only grows.
    private static let mostSignatures = Atomic<Int>(1)

    /// The greatest ``verificationCount`` of any source so far; it only grows.
    private static let mostVerifications = Atomic<Int>(0)

    /// How many keyed hashes a refusal computes for nothing, so that every refusal computes as many.
    var missingSignatureCount: Int { max(0, Authenticator.mostSignatures.load(ordering: .relaxed) - signatureCount) }

    /// How many signatures a refusal verifies for nothing.
    var missingVerificationCount: Int {
        max(0, Authenticator.mostVerifications.load(ordering: .relaxed) - verificationCount)
    }

    /// Does the work of refusing a wrong secret, for a source that does not exist.
    ///
    /// Neither the answer nor the time it takes tells which sources there are: every refusal, of a source with a secret
    /// too, looks at a header, makes the request visible once, hashes the body once for each key of the source that has
    /// most, and verifies a signature for each public key of the source that has most of those.
    ///
    /// Known limits: another hash function or kind of key, or a message without the body, takes another time; so does a
    /// second signature that is verified with a public key, a rule that reads the decoded body, and an unauthenticated
    /// handshake that reads the body or its form, which is parsed (up to 64 KiB) before anything else.
    package static func rejectUnknown(_ request: DeliveryRequest) {
        imitateView(request)
        _ = nobody.failure(of: RequestEvidence(request))
        imitateSignatures(mostSignatures.load(ordering: .relaxed), request)
        imitateVerifications(mostVerifications.load(ordering: .relaxed), request)
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

    private static func imitateVerifications(_ count: Int, _ request: DeliveryRequest) {
        for _ in 0..<count { PublicKeyCheck.imitate(request.body) }
    }
}
