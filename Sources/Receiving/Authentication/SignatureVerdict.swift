internal import Mapping

extension RequestSignature {
    /// Most signatures of a request that are compared with the codes of the keys.
    static let maximumCount = 128
    /// Most signatures of a request that are verified with public keys, which costs far more for each.
    static let maximumVerifiedCount = 8

    /// Why a request is not believed once its signatures were compared; nil when it is.
    func failure(
        isKnown: Bool,
        _ sent: SentSignatures,
        _ bytes: SignedBytes,
        _ evidence: RequestEvidence
    ) -> AuthenticationFailure? {
        guard !sent.values.isEmpty else {
            return AuthenticationFailure(reason: "\(place.description) has no readable signature")
        }
        guard bytes.isComplete else {
            return AuthenticationFailure(reason: "the request lacks a part of what its signature covers")
        }
        guard isKnown else { return AuthenticationFailure(reason: "the signature does not match") }
        return time.flatMap { $0.failure(sent, place.grammar, evidence) }
    }
}

extension SigningTime {
    fileprivate func failure(
        _ sent: SentSignatures,
        _ grammar: SignaturePlace.Grammar,
        _ evidence: RequestEvidence
    ) -> AuthenticationFailure? {
        guard let signedAt = text(sent, grammar, evidence).flatMap(microseconds) else {
            return AuthenticationFailure(reason: "\(place.description) has no readable time")
        }
        let age = evidence.request.receivedAt.subtractingReportingOverflow(signedAt)
        guard !age.overflow, age.partialValue.magnitude <= tolerance.magnitude else {
            return AuthenticationFailure(
                reason: "the request was signed more than \(tolerance / 1_000_000) s away from now; check both clocks"
            )
        }
        return nil
    }

    private func text(
        _ sent: SentSignatures,
        _ grammar: SignaturePlace.Grammar,
        _ evidence: RequestEvidence
    ) -> [UInt8]? {
        switch place {
        case .header(let name): evidence.request.header(name).map { Array($0.utf8) }
        case .item(let name): sent.item(name, grammar)
        case .field(let expression): evidence.text(of: expression)
        }
    }

    private func microseconds(_ text: [UInt8]) -> Int64? {
        let unit: VendorTime.Unit =
            switch unit {
            case .seconds: .seconds
            case .milliseconds: .milliseconds
            case .rfc3339: .seconds
            }
        guard let time = text.withUnsafeBytes({ VendorTime(text: $0, unit: unit) }) else { return nil }
        return time.seconds * 1_000_000 + Int64(time.nanoseconds / 1000)
    }
}

extension SignaturePlace {
    /// For people, such as `the header 'x-signature'`.
    var description: String {
        switch position {
        case .headers(let names): "the header \(names.map { "'\($0)'" }.joined(separator: " or "))"
        case .numbered(let start): "the header '\(start)1' and following"
        case .query(let name): "the query member '\(name)'"
        case .field(let expression): "the field '\(expression.text)'"
        }
    }
}
