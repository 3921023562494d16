internal import Cryptography
internal import Mapping

/// Compares signatures with the plain hash of their message, with any of several secrets in it.
struct HashCheck: Sendable {
    private let rule: HashRule
    /// One that is empty for a message without a secret.
    private let secrets: [[UInt8]]

    init(_ rule: HashRule, _ secrets: [[UInt8]]) {
        self.rule = rule
        self.secrets = secrets
    }

    var keyCount: Int { secrets.count }

    func failure(of evidence: RequestEvidence) -> AuthenticationFailure? {
        let sent = SentSignatures(rule.signature, evidence, maximumCount: RequestSignature.maximumCount)
        let bytes = SignedBytes(rule.signature, sent, evidence)
        var isKnown = false
        // As with keys: every secret is tried, whatever was sent.
        for secret in secrets {
            let code = bytes.withBuffers(secret: secret) { Digest.hash(rule.algorithm, parts: $0) }
            if sent.contains(code) { isKnown = true }
        }
        return rule.signature.failure(isKnown: isKnown, sent, bytes, evidence)
    }
}
