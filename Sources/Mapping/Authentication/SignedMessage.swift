internal import JSON

/// What a signature covers, part by part.
///
///     ["v0:", { "header": "x-time" }, ":", "body"]
package struct SignedMessage: Sendable {
    package enum Part: Sendable {
        case literal([UInt8])
        /// The body as it was received, before it is inflated.
        case body
        /// The SHA-256 of that body in hex.
        case bodyDigest
        case method
        /// The URL under which the vendor knows the source.
        case url
        /// The URL with those escapes decoded that stand for punctuation.
        case decodedURL
        /// The secret itself; for plain hashes.
        case secret
        case header(String)
        case query(String)
        /// An item of the header in which the signature stands.
        case item([UInt8])
        /// The plain text of a value of the decoded body.
        case field(PlacedExpression)
        /// Members of the decoded body, each that is there as name, line feed, value, line feed.
        case members([[UInt8]])
        /// The fields of a form, sorted, each as name and value.
        case sortedForm
    }

    package let parts: [Part]

    /// Whether another body would have another signature.
    package var coversBody: Bool {
        parts.contains {
            switch $0 {
            case .body, .bodyDigest, .members, .sortedForm: true
            case .literal, .method, .url, .decodedURL, .secret, .header, .query, .item, .field: false
            }
        }
    }

    /// Whether the URL under which the vendor knows the source has to be known.
    package var coversURL: Bool {
        parts.contains {
            switch $0 {
            case .url, .decodedURL: true
            case .literal, .body, .bodyDigest, .method, .secret, .header, .query, .item, .field, .members, .sortedForm:
                false
            }
        }
    }

    package var coversSecret: Bool { parts.contains { if case .secret = $0 { true } else { false } } }

    package func covers(header: String) -> Bool {
        parts.contains { if case .header(let name) = $0 { name == header } else { false } }
    }

    func covers(item: [UInt8]) -> Bool {
        parts.contains { if case .item(let name) = $0 { name == item } else { false } }
    }

    func covers(field: PlacedExpression) -> Bool {
        parts.contains {
            switch $0 {
            case .body, .bodyDigest: true
            case .field(let expression): expression.text == field.text
            case .members(let names): names.contains(Array(field.text.utf8))
            case .literal, .method, .url, .decodedURL, .secret, .header, .query, .item, .sortedForm: false
            }
        }
    }
}

extension MappingReader {
    /// The parts of a message.
    ///
    /// - Parameters:
    ///   - json: an array of parts.
    ///   - grammar: of the signature's header, in which an item may stand.
    ///   - isHash: whether the secret is one of the parts.
    /// - Returns: the message with the parts that could be read.
    func signedMessage(_ json: LocatedJSON?, _ grammar: SignaturePlace.Grammar?, isHash: Bool) -> SignedMessage {
        let parts = (array(json, "'message'") ?? []).compactMap { json -> SignedMessage.Part? in
            guard let word = json.stringValue else { return structuredPart(json, grammar) }
            switch word {
            case "body": return .body
            case "method": return .method
            case "url": return .url
            case "secret" where isHash: return .secret
            case "secret":
                problem(json, "\"secret\" is a part of a 'hash' only; the text itself is {\"text\": \"secret\"}")
                return nil
            default: return .literal(Array(word.utf8))
            }
        }
        if let json, json.elements?.isEmpty == true { problem(json, "'message' needs at least one part") }
        return SignedMessage(parts: parts)
    }

    private func structuredPart(_ json: LocatedJSON, _ grammar: SignaturePlace.Grammar?) -> SignedMessage.Part? {
        let keys = ["header", "query", "text", "item", "field", "fields", "form", "url", "body"]
        guard let members = object(json, "a part of 'message'", keys: keys) else { return nil }
        guard members.count == 1, let (key, value) = members.first else {
            problem(json, "a part of 'message' is a text or an object with exactly one of \(list(keys))")
            return nil
        }
        switch key {
        case "header": return headerName(value).map { .header($0) }
        case "query": return text(value, "'query'").map { .query($0) }
        case "text": return text(value, "'text'").map { .literal(Array($0.utf8)) }
        case "item": return item(value, grammar).map { .item($0) }
        case "field": return bodyExpression(value, "'field'").map { .field($0) }
        case "fields":
            let names = (array(value, "'fields'") ?? []).compactMap { text($0, "a name of 'fields'") }
            if names.isEmpty { problem(value, "'fields' is an array of names of the body's members") }
            return .members(names.map { Array($0.utf8) })
        case "form": return word(value, "'form'", "sorted", .sortedForm)
        case "url": return word(value, "'url'", "decoded", .decodedURL)
        case "body": return word(value, "'body'", "sha256", .bodyDigest)
        default: return nil
        }
    }

    /// The only word that a member can be.
    private func word<Value>(_ json: LocatedJSON, _ what: String, _ word: String, _ value: Value) -> Value? {
        if json.stringValue == word { return value }
        problem(json, "\(what) can only be \"\(word)\"")
        return nil
    }

    /// The name of an item of the signature's header.
    func item(_ json: LocatedJSON, _ grammar: SignaturePlace.Grammar?) -> [UInt8]? {
        guard let name = text(json, "'item'") else { return nil }
        switch grammar {
        case .pairs, nil: break
        case .whole, .prefix, .list: problem(json, "'item' needs a signature with 'pairs', in whose header it stands")
        }
        return Array(name.utf8)
    }

    /// An expression over the decoded body alone, which is all that there is before a request is authenticated.
    func bodyExpression(_ json: LocatedJSON?, _ what: String) -> PlacedExpression? {
        let reason = "authentication has the decoded body only"
        return expression(json, what, forbidden: ["request": reason, "source": reason, "received_at": reason])
    }
}
