internal import Cryptography
internal import Mapping

/// HTTP basic authentication with any of several passwords.
struct BasicCheck: Sendable {
    /// Of `user:password`.
    private let digests: [[UInt8]]

    init(_ rule: BasicRule, _ secrets: [[UInt8]]) {
        digests = secrets.map { secret in
            SHA256Hasher.hash(rule.user.map { Array("\($0):".utf8) + secret } ?? secret)
        }
    }

    func failure(of evidence: RequestEvidence) -> AuthenticationFailure? {
        let sent = BasicCheck.credentials(evidence.request.header("authorization"))
        let isKnown = SecretCheck.matches(sent ?? [], digests)
        guard sent != nil else { return AuthenticationFailure(reason: "the request has no basic credentials") }
        return isKnown ? nil : AuthenticationFailure(reason: "the basic credentials are wrong")
    }

    private static func credentials(_ header: String?) -> [UInt8]? {
        guard let header, header.prefix(6).lowercased() == "basic " else { return nil }
        let text = header.dropFirst(6).drop { $0 == " " }
        return Base64.decode(String(text), urlSafe: false)
    }
}
