internal import Cryptography
internal import Mapping

/// Verifies signatures with any of several public keys.
struct PublicKeyCheck: Sendable {
    private enum Keys: Sendable {
        case fixed([PublicKey])
        /// Of a certificate that the delivery names.
        case named(CertificateRule, KeyStore)
    }

    private let rule: PublicKeyRule
    private let keys: Keys

    init(
        _ rule: PublicKeyRule,
        secrets: (String) throws(SourceError) -> [[UInt8]],
        store: KeyStore
    ) throws(SourceError) {
        self.rule = rule
        switch rule.keySource {
        case .secret(let name, let prefix):
            var keys: [PublicKey] = []
            for secret in try secrets(name) {
                keys.append(try PublicKeyCheck.key(secret, name, prefix, rule.algorithm))
            }
            self.keys = .fixed(keys)
        case .certificate(let certificate): keys = .named(certificate, store)
        }
    }

    var keyCount: Int { if case .fixed(let keys) = keys { keys.count } else { 1 } }

    func result(of evidence: RequestEvidence) -> AuthenticationResult {
        switch keys {
        case .fixed(let keys): return AuthenticationResult(failure(of: evidence, keys))
        case .named(let certificate, let store):
            let url = evidence.text(of: certificate.url).map { String(decoding: $0, as: UTF8.self) } ?? ""
            guard certificate.host.allows(url) else {
                return AuthenticationResult(
                    failure(of: evidence, [])
                        ?? AuthenticationFailure(reason: "the delivery names no certificate of a host that is allowed")
                )
            }
            let request = KeyRequest(.certificate, url: url, host: certificate.host)
            switch store.keys(for: request, id: nil, at: evidence.request.receivedAt) {
            case .found(let found):
                let fitting = found.map(\.key).filter { $0.kind == rule.algorithm.signatureAlgorithm.keyKind }
                return AuthenticationResult(failure(of: evidence, fitting))
            case .needed(let request): return .needs(request)
            case .unavailable(let reason): return .unavailable("the certificate cannot be had: \(reason)")
            case .unknown: return .failed("the certificate does not count at this time")
            }
        }
    }

    private func failure(of evidence: RequestEvidence, _ keys: [PublicKey]) -> AuthenticationFailure? {
        let sent = SentSignatures(rule.signature, evidence, maximumCount: RequestSignature.maximumVerifiedCount)
        let bytes = SignedBytes(rule.signature, sent, evidence)
        let isKnown = bytes.withText { matches($0, sent, keys) }
        return rule.signature.failure(isKnown: isKnown, sent, bytes, evidence)
    }

    private func matches(_ text: UnsafeRawBufferPointer, _ sent: SentSignatures, _ keys: [PublicKey]) -> Bool {
        // No signature must take as long as a wrong one.
        guard !sent.values.isEmpty else {
            for _ in keys { PublicKeyCheck.imitate(text) }
            return false
        }
        let algorithm = rule.algorithm.signatureAlgorithm
        return keys.contains { key in
            sent.values.contains { signature in
                signature.withUnsafeBytes { key.verify(algorithm: algorithm, signature: $0, message: text) }
            }
        }
    }

    // MARK: - Keys

    private static func key(
        _ secret: [UInt8],
        _ name: String,
        _ prefix: String,
        _ algorithm: PublicKeyRule.Algorithm
    ) throws(SourceError) -> PublicKey {
        var text = String(decoding: secret, as: UTF8.self)
        if !prefix.isEmpty, text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
        let key: PublicKey
        do throws(CryptographyError) {
            key = try PublicKeyCheck.key(text, algorithm)
        } catch {
            throw SourceError(message: "the secret '\(name)' holds no public key that can be used: \(error.message)")
        }
        let expected = algorithm.signatureAlgorithm.keyKind
        guard key.kind == expected else {
            throw SourceError(
                message:
                    "the secret '\(name)' holds a key of kind \(key.kind); '\(algorithm.rawValue)' needs \(expected)"
            )
        }
        return key
    }

    /// A key from PEM text, from DER in base 64, or from the 32 bytes of an Ed25519 key in base 64 or hex.
    private static func key(
        _ text: String,
        _ algorithm: PublicKeyRule.Algorithm
    ) throws(CryptographyError) -> PublicKey {
        if text.contains("-----BEGIN ") { return try PublicKey(pem: text) }
        let digits = text.filter { !$0.isWhitespace }
        if algorithm == .ed25519 {
            let bytes = digits.utf8.count == 64 ? Hex.decode(digits) : Base64.decode(digits)
            if let bytes, bytes.count == Ed25519.keyByteCount { return try PublicKey(ed25519: bytes) }
        }
        guard let der = Base64.decode(digits) else { return try PublicKey(pem: text) }
        return try PublicKey(der: der)
    }

    // MARK: - Sources that do not exist

    private static let nobody: PublicKey? = {
        do throws(CryptographyError) {
            return try PublicKey(ed25519: Ed25519.PrivateKey.random().publicKey.bytes)
        } catch {
            return nil
        }
    }()
    private static let nothing = [UInt8](repeating: 0x01, count: Ed25519.signatureByteCount)

    /// Does the work of verifying a wrong signature.
    static func imitate(_ text: UnsafeRawBufferPointer) {
        nothing.withUnsafeBytes { _ = nobody?.verify(algorithm: .ed25519, signature: $0, message: text) }
    }
}
