internal import Cryptography
internal import JSON
internal import Mapping

/// Verifies a signed token with the source's keys or with those that its issuer publishes.
struct JWTCheck: Sendable {
    private enum Keys: Sendable {
        case fixed([JWSKey])
        case published(KeyRequest, KeyStore)
    }

    private let rule: JWTRule
    private let keys: Keys
    /// What each claim must be: one of some texts, or anything.
    private let claims: [(name: String, values: [String]?)]

    /// How far the sender's clock may be from ours, in seconds.
    private static let leeway = 60.0

    init(
        _ rule: JWTRule,
        secrets: (String) throws(SourceError) -> [[UInt8]],
        constants: JSONValue,
        store: KeyStore
    ) throws(SourceError) {
        self.rule = rule
        switch rule.key {
        case .keySet(let url): keys = .published(KeyRequest(.keySet, url: url), store)
        case .keySetOfSource(let name):
            let url = try JWTCheck.constant(name, constants)
            guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
                throw SourceError(message: "the constant '\(name)' is to be the URL of a set of keys, with https")
            }
            keys = .published(KeyRequest(.keySet, url: url), store)
        case .secret(let name):
            let found = try JWTCheck.keys(
                try secrets(name),
                name,
                isSymmetric: rule.algorithms.allSatisfy(\.isSymmetric)
            )
            let kinds = rule.algorithms.map(\.keyKind)
            for case .public(let key) in found where !kinds.contains(key.kind) {
                throw SourceError(
                    message: "the secret '\(name)' is a key of kind \(key.kind), which no algorithm of its mapping uses"
                )
            }
            keys = .fixed(found)
        }
        var claims: [(name: String, values: [String]?)] = []
        for claim in rule.claims {
            switch claim.expectation {
            case .oneOf(let values): claims.append((claim.name, values))
            case .present: claims.append((claim.name, nil))
            case .constant(let name): claims.append((claim.name, [try JWTCheck.constant(name, constants)]))
            }
        }
        self.claims = claims
    }

    private static func keys(
        _ secrets: [[UInt8]],
        _ name: String,
        isSymmetric: Bool
    ) throws(SourceError) -> [JWSKey] {
        var keys: [JWSKey] = []
        for secret in secrets {
            let isPEM = secret.starts(with: "-----BEGIN ".utf8)
            guard !isSymmetric else {
                // What is public must never serve as a shared secret.
                guard !isPEM else {
                    throw SourceError(
                        message: "the secret '\(name)' is a key in PEM; its mapping wants a shared secret"
                    )
                }
                keys.append(.shared(secret))
                continue
            }
            do throws(CryptographyError) {
                let text = String(decoding: secret, as: UTF8.self)
                if isPEM {
                    keys.append(.public(try PublicKey(pem: text)))
                } else {
                    keys.append(.public(try PublicKey(der: Base64.decode(text) ?? [])))
                }
            } catch {
                throw SourceError(message: "the secret '\(name)' is no public key: \(error.message)")
            }
        }
        return keys
    }

    private static func constant(_ name: String, _ constants: JSONValue) throws(SourceError) -> String {
        switch constants.member(Array(name.utf8)) {
        case .string(let bytes)?: return String(decoding: bytes, as: UTF8.self)
        case .integer(let number)?: return String(number)
        default:
            throw SourceError(
                message: "the mapping needs a constant named '\(name)'; add it to the source's 'constants'",
                isMissing: true
            )
        }
    }

    // MARK: - Checking

    /// Most tokens of a body; each costs a verification.
    static let maximumTokenCount = 32

    func result(of evidence: RequestEvidence) -> AuthenticationResult {
        let texts = tokens(in: evidence)
        guard !texts.isEmpty else { return .failed("the request has no token in its \(placeName)") }
        guard texts.count <= JWTCheck.maximumTokenCount else {
            return .failed("the \(placeName) has more than \(JWTCheck.maximumTokenCount) tokens")
        }
        var results: [AuthenticationResult] = []
        for text in texts {
            let result = result(of: text, evidence.request)
            // One that is wrong decides, and nothing of it is secret.
            if case .refused = result { return result }
            results.append(result)
        }
        return Authenticator.all(of: results)
    }

    private func result(of text: [UInt8], _ request: DeliveryRequest) -> AuthenticationResult {
        let token: JSONWebToken
        do throws(AuthenticationFailure) {
            token = try JSONWebToken(text)
        } catch {
            return .refused(error)
        }
        guard rule.algorithms.contains(token.algorithm) else {
            return .failed("the token is signed with \(token.algorithm.rawValue), which the mapping does not allow")
        }
        // Before the signature: what is wrong anyway must not make us fetch anything.
        if let reason = problem(with: token, of: request) { return .failed(reason) }
        return verify(token, at: request.receivedAt)
    }

    private func verify(_ token: JSONWebToken, at now: Int64) -> AuthenticationResult {
        switch keys {
        case .fixed(let keys):
            // Without an early end: the position of the right one must not show.
            var isKnown = false
            for key in keys where key.verify(token.algorithm, signature: token.signature, message: token.message) {
                isKnown = true
            }
            return isKnown ? .authentic : .failed("the token's signature does not match")
        case .published(let request, let store):
            let finding = store.keys(for: request, id: token.keyID, at: now)
            guard case .found(let found) = finding else { return JWTCheck.result(of: finding) }
            let isKnown = found.contains { key in
                guard key.algorithm == nil || key.algorithm == token.algorithm.rawValue else { return false }
                return JWSKey.public(key.key)
                    .verify(token.algorithm, signature: token.signature, message: token.message)
            }
            if isKnown { return .authentic }
            // Without an id there is no other sign of a key that is new.
            if token.keyID == nil { return JWTCheck.result(of: store.another(for: request, at: now)) }
            return .failed("the token's signature does not match")
        }
    }

    private static func result(of finding: KeyStore.Finding) -> AuthenticationResult {
        switch finding {
        case .found, .unknown: .failed("the token is signed with a key that its issuer does not publish")
        case .needed(let request): .needs(request)
        case .unavailable(let reason): .unavailable("the issuer's keys cannot be had: \(reason)")
        }
    }

    private func tokens(in evidence: RequestEvidence) -> [[UInt8]] {
        let request = evidence.request
        switch rule.place {
        case .header(let name, let scheme):
            return [request.header(name).flatMap { SecretCheck.value(of: $0, scheme: scheme) }].compactMap { $0 }
        case .query(let name): return [request.queryValue(name)].compactMap { $0 }
        case .item(let expression): return evidence.texts(of: expression)
        }
    }

    private var placeName: String {
        switch rule.place {
        case .header(let name, _): "header '\(name)'"
        case .query(let name): "query member '\(name)'"
        case .item(let expression): "field '\(expression.text)'"
        }
    }

    // MARK: - Claims

    /// What is wrong with a token's claims, for the operator.
    private func problem(with token: JSONWebToken, of request: DeliveryRequest) -> String? {
        let now = Double(request.receivedAt) / 1_000_000
        if let expiry = token.claims["exp"] {
            guard let time = expiry.json.doubleValue else { return "the token's 'exp' is no time" }
            guard now < time + JWTCheck.leeway else { return "the token has expired" }
        } else if rule.expiry == .required {
            return "the token has no 'exp'; if its vendor sends none, the mapping says \"expiry\": \"optional\""
        }
        if let start = token.claims["nbf"] {
            guard let time = start.json.doubleValue else { return "the token's 'nbf' is no time" }
            guard now >= time - JWTCheck.leeway else { return "the token is not valid yet; check both clocks" }
        }
        for claim in claims where !JWTCheck.fits(token.claims[claim.name], claim.values) {
            return "the token's claim '\(claim.name)' is missing or is not what the mapping wants"
        }
        guard let hash = rule.bodyHash else { return nil }
        let isSame = JWTCheck.decode(token.claims[hash.claim]?.stringValue ?? "", hash.encoding).map {
            isEqualInConstantTime($0, SHA256Hasher.hash(request.body))
        }
        return isSame == true ? nil : "the token's '\(hash.claim)' is not the hash of this body"
    }

    /// Whether a claim is as it must be; of several values (RFC 7519, section 4.1.3) one is enough.
    private static func fits(_ claim: LocatedJSON?, _ values: [String]?) -> Bool {
        guard let claim, !claim.isNull else { return false }
        guard let values else { return claim.boolValue != false }
        return (claim.elements ?? [claim]).contains { element in
            switch element.kind {
            case .string(let text): values.contains(text)
            case .integer(let number): values.contains(String(number))
            case .bool(let flag): values.contains(flag ? "true" : "false")
            case .null, .double, .array, .object: false
            }
        }
    }

    private static func decode(_ text: String, _ encoding: JWTRule.BodyHash.Encoding) -> [UInt8]? {
        switch encoding {
        case .hex: Array(text.utf8).withUnsafeBytes { Hex.decode($0) }
        case .base64: Base64.decode(text, urlSafe: false)
        case .base64url: Base64.decode(text, urlSafe: true)
        }
    }
}
