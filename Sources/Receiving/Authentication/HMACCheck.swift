internal import Cryptography
internal import Mapping

/// Compares signatures with the keyed hash of their message under any of several keys.
struct HMACCheck: Sendable {
    private let rule: HMACRule
    private let keys: [HMACKey]

    init(_ rule: HMACRule, _ secrets: [[UInt8]]) throws(SourceError) {
        self.rule = rule
        var keys: [HMACKey] = []
        for secret in secrets {
            guard let key = rule.keyBytes(of: secret) else {
                throw SourceError(
                    message: "the secret '\(rule.key)' is not \(rule.keyEncoding.rawValue), as its mapping says"
                )
            }
            keys.append(HMACKey(algorithm: rule.algorithm, key: key))
        }
        self.keys = keys
    }

    var keyCount: Int { keys.count }

    func failure(of evidence: RequestEvidence) -> AuthenticationFailure? {
        let sent = SentSignatures(rule.signature, evidence, maximumCount: RequestSignature.maximumCount)
        let bytes = SignedBytes(rule.signature, sent, evidence)
        var isKnown = false
        // Every key is tried, also when there is nothing to compare: the time must not tell.
        for key in keys where sent.contains(bytes.withBuffers { key.code(for: $0) }) { isKnown = true }
        return rule.signature.failure(isKnown: isKnown, sent, bytes, evidence)
    }
}
