internal import Cryptography
internal import Mapping

/// Compares a value of the body with those that are configured.
struct PinCheck: Sendable {
    private let rule: PinRule
    private let digests: [[UInt8]]

    init(_ rule: PinRule, _ secrets: [[UInt8]]) {
        self.rule = rule
        digests = secrets.map { SHA256Hasher.hash($0) }
    }

    func failure(of evidence: RequestEvidence) -> AuthenticationFailure? {
        let texts = evidence.texts(of: rule.field)
        let isKnown = SecretCheck.matches(all: texts, digests)
        guard !texts.isEmpty else {
            return AuthenticationFailure(reason: "the body has no value for '\(rule.field.text)'")
        }
        return isKnown ? nil : AuthenticationFailure(reason: "the value of '\(rule.field.text)' is not this source's")
    }
}
