internal import Cryptography
internal import Mapping

/// Verifies signatures with any of several public keys.
struct PublicKeyCheck: Sendable {
    private let rule: PublicKeyRule
    private let keys: [PublicKey]

    init(_ rule: PublicKeyRule, _ secrets: [[UInt8]]) throws(SourceError) {
        self.rule = rule
        var keys: [PublicKey] = []
        switch rule.keySource {
        case .secret(let name, let prefix):
            for secret in secrets { keys.append(try PublicKeyCheck.key(secret, name, prefix, rule.algorithm)) }
        }
        self.keys = keys
    }

    var keyCount: Int { keys.count }

    func failure(of evidence: RequestEvidence) -> AuthenticationFailure? {
        let sent = SentSignatures(rule.signature, evidence, maximumCount: RequestSignature.maximumVerifiedCount)
        let bytes = SignedBytes(rule.signature, sent, evidence)
        let isKnown = bytes.withText { matches($0, sent) }
        return rule.signature.failure(isKnown: isKnown, sent, bytes, evidence)
    }

    private func matches(_ text: UnsafeRawBufferPointer, _ sent: SentSignatures) -> Bool {
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
