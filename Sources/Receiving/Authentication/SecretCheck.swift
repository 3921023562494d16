internal import Cryptography
internal import Mapping

/// Compares a shared secret with any of several, in a time that tells nothing about them.
///
/// Their SHA-256 are compared, so that not even the length shows.
struct SecretCheck: Sendable {
    private let place: SecretRule.Place
    private let scheme: String?
    private let digests: [[UInt8]]

    init(place: SecretRule.Place, scheme: String?, secrets: [[UInt8]]) {
        self.place = place
        self.scheme = scheme
        digests = secrets.map { SHA256Hasher.hash($0) }
    }

    func failure(of evidence: RequestEvidence) -> AuthenticationFailure? {
        let sent = candidates(in: evidence)
        let isKnown = SecretCheck.matches(all: sent, digests)
        guard !sent.isEmpty else {
            return AuthenticationFailure(reason: "the request has no secret in its \(placeName)")
        }
        return isKnown ? nil : AuthenticationFailure(reason: "the secret in the \(placeName) is wrong")
    }

    /// Whether there are texts and each is one of those with some digests.
    static func matches(all texts: [[UInt8]], _ digests: [[UInt8]]) -> Bool {
        var isKnown = !texts.isEmpty
        // Nothing sent is compared too: it must take as long as something wrong.
        for text in texts.isEmpty ? [[]] : texts where !matches(text, digests) { isKnown = false }
        return isKnown
    }

    /// Whether the text is one of those with some digests.
    static func matches(_ text: [UInt8], _ digests: [[UInt8]]) -> Bool {
        let digest = SHA256Hasher.hash(text)
        var isKnown = false
        // Without an early end: the position of the right one must not show.
        for known in digests where isEqualInConstantTime(known, digest) { isKnown = true }
        return isKnown
    }

    private func candidates(in evidence: RequestEvidence) -> [[UInt8]] {
        let request = evidence.request
        switch place {
        case .header(let name):
            return [request.header(name).flatMap { SecretCheck.value(of: $0, scheme: scheme) }].compactMap { $0 }
        case .query(let name): return [request.queryValue(name)].compactMap { $0 }
        case .path:
            guard var secret = request.pathSecret else { return [] }
            return [secret.withUTF8 { PercentCoding.decode(UnsafeRawBufferPointer($0), plusIsBlank: false) }]
        case .item(let expression): return evidence.texts(of: expression)
        }
    }

    /// What follows the scheme's word and a blank; nil when the value has another scheme.
    static func value(of value: String, scheme: String?) -> [UInt8]? {
        guard let scheme else { return Array(value.utf8) }
        let text = value.utf8
        let word = text.prefix(scheme.utf8.count)
        let rest = text.dropFirst(word.count)
        // Schemes are written in any case (RFC 9110, section 11.1).
        guard word.count == scheme.utf8.count, zip(word, scheme.utf8).allSatisfy({ $0 | 0x20 == $1 | 0x20 }),
            rest.first == 0x20
        else { return nil }
        return Array(rest.drop { $0 == 0x20 })
    }

    private var placeName: String {
        switch place {
        case .header(let name): "header '\(name)'"
        case .query(let name): "query member '\(name)'"
        case .path: "path"
        case .item(let expression): "field '\(expression.text)'"
        }
    }
}
