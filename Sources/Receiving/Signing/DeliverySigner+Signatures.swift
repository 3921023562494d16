internal import Cryptography
internal import JSON
internal import Mapping
internal import Schema

/// Signatures over parts of the request.
extension DeliverySigner {
    func add(_ rule: PublicKeyRule, to delivery: inout OutgoingDelivery) throws(Failure) {
        guard case .secret = rule.keySource else {
            throw Failure(description: "only who holds the key of the vendor's certificate can sign for this mapping")
        }
        guard let key else {
            throw Failure(
                description:
                    "the mapping wants a signature (\(rule.algorithm.rawValue)) by a private key; give it with --key FILE"
            )
        }
        let algorithm = rule.algorithm.signatureAlgorithm
        try add(rule.signature, to: &delivery) { signed throws(Failure) in
            let code = signed.withText { key.signature(algorithm: algorithm, of: $0) }
            if let code { return code }
            throw Failure(
                description:
                    "the key is of kind \(key.kind); '\(rule.algorithm.rawValue)' needs \(algorithm.keyKind)"
            )
        }
    }

    /// Adds the time, the message's other parts that the delivery lacks, and the signature.
    func add(
        _ signature: RequestSignature,
        to delivery: inout OutgoingDelivery,
        code: (SignedBytes) throws(Failure) -> [UInt8]
    ) throws(Failure) {
        var item: String?
        if let time = signature.time { item = try add(time, to: &delivery) }
        let header = DeliverySigner.header(signature.place.position)
        // Items are read where the signature stands.
        if let item, let header { delivery.set(header: header, to: item) }
        for case .header(let name) in signature.message.parts where delivery.header(name) == nil {
            delivery.set(header: name, to: Hex.encode(SecureRandom.bytes(16)))
        }
        let result = withEvidence(of: delivery) { evidence -> Result<[UInt8], Failure> in
            let sent = SentSignatures(signature, evidence, maximumCount: RequestSignature.maximumCount)
            let signed = SignedBytes(signature, sent, evidence)
            guard signed.isComplete else {
                return .failure(Failure(description: "the body lacks what the mapping's signature covers"))
            }
            do throws(Failure) { return .success(try code(signed)) } catch { return .failure(error) }
        }
        let bytes = try result.get()
        let text = signature.encoding == .base64 ? Base64.encode(bytes) : Hex.encode(bytes)
        try put(DeliverySigner.value(text, signature.place.grammar, item: item), signature, in: &delivery)
    }

    private func put(
        _ value: String,
        _ signature: RequestSignature,
        in delivery: inout OutgoingDelivery
    ) throws(Failure) {
        switch signature.place.position {
        case .headers, .numbered:
            if let header = DeliverySigner.header(signature.place.position) { delivery.set(header: header, to: value) }
        case .query(let name):
            guard !signature.message.coversURL else {
                throw Failure(description: "a signature in the query cannot cover the URL that it stands in")
            }
            delivery.set(query: name, to: value)
        case .field(let expression):
            guard !signature.message.coversBody else {
                throw Failure(description: "a signature in the body cannot cover the body that it stands in")
            }
            try set(expression, to: value, in: &delivery)
        }
    }

    /// Puts the time of signing where the rule reads it; what it is as an item beside the signature.
    private func add(_ time: SigningTime, to delivery: inout OutgoingDelivery) throws(Failure) -> String? {
        let text: String
        switch time.unit {
        case .seconds: text = String(now / 1_000_000)
        case .milliseconds: text = String(now / 1000)
        case .rfc3339:
            var bytes: [UInt8] = []
            Timestamp.append(microseconds: now, to: &bytes)
            text = String(decoding: bytes, as: UTF8.self)
        }
        switch time.place {
        case .header(let name): delivery.set(header: name, to: text)
        case .field(let expression): try set(expression, to: text, in: &delivery)
        case .item(let name): return "\(String(decoding: name, as: UTF8.self))=\(text)"
        }
        return nil
    }

    /// The header that a signature goes into; nil when it stands elsewhere.
    private static func header(_ position: SignaturePlace.Position) -> String? {
        switch position {
        case .headers(let names): names.first
        case .numbered(let start): "\(start)1"
        case .query, .field: nil
        }
    }

    private static func value(_ signature: String, _ grammar: SignaturePlace.Grammar, item: String?) -> String {
        switch grammar {
        case .whole: signature
        case .prefix(let prefix): String(decoding: prefix, as: UTF8.self) + signature
        case .list(let version): "\(String(decoding: version, as: UTF8.self)),\(signature)"
        case .pairs(let name, let separator):
            [item, "\(String(decoding: name, as: UTF8.self))=\(signature)"].compactMap { $0 }
                .joined(separator: String(UnicodeScalar(separator)))
        }
    }
}
