internal import JSON

/// A signature over parts of a request, whatever it is made with.
package struct RequestSignature: Sendable {
    package enum Encoding: String, Sendable, CaseIterable {
        case hex
        case base64
        /// Hex when all of it are hex digits, otherwise base 64.
        case either
    }

    package let message: SignedMessage
    package let place: SignaturePlace
    package let encoding: Encoding
    package let time: SigningTime?
    /// Where in the file its message stands.
    let position: SourcePosition
}

extension MappingReader {
    static let signatureKeys = ["encoding", "message", "signature", "timestamp"]

    /// Reads the members that all signed forms have.
    ///
    /// - Parameters:
    ///   - members: of the form.
    ///   - standard: the encoding when none is given.
    ///   - isHash: whether the secret is part of the message.
    /// - Returns: nil when the place of the signature is missing or wrong.
    func requestSignature(
        _ members: [String: LocatedJSON],
        encoding standard: RequestSignature.Encoding,
        isHash: Bool = false
    ) -> RequestSignature? {
        let place = signaturePlace(members["signature"])
        let message = signedMessage(members["message"], place?.grammar, isHash: isHash)
        let encoding = choice(members["encoding"], "'encoding'", RequestSignature.Encoding.self) ?? standard
        let time = members["timestamp"].flatMap { signingTime($0, message, place?.grammar) }
        guard let place, let position = members["message"]?.position else { return nil }
        return RequestSignature(message: message, place: place, encoding: encoding, time: time, position: position)
    }

    /// Warns about signatures that say nothing about the body, unless another that must match as well does.
    func warnAboutUncoveredBodies(_ rule: AuthenticationRule, isCovered: Bool = false) {
        switch rule {
        case .all(let rules):
            let isCovered = isCovered || rules.contains { $0.signature?.message.coversBody == true }
            for rule in rules { warnAboutUncoveredBodies(rule, isCovered: isCovered) }
        case .any(let rules):
            for rule in rules { warnAboutUncoveredBodies(rule, isCovered: isCovered) }
        default:
            guard let signature = rule.signature, !isCovered, !signature.message.coversBody else { return }
            warn(
                at: signature.position,
                "the signature does not cover the body; whoever sees one delivery can send others"
            )
        }
    }
}

extension RequestSignature {
    /// Whether the signature, its time or what it covers stands in a value of the decoded body.
    var readsBody: Bool {
        if case .field = place.position { return true }
        if case .field? = time?.place { return true }
        return message.parts.contains {
            switch $0 {
            case .field, .members: true
            case .literal, .body, .bodyDigest, .method, .url, .decodedURL, .secret, .header, .query, .item, .sortedForm:
                false
            }
        }
    }
}
