package import Cryptography
internal import JSON

/// A keyed hash over parts of the request, sent along in a header.
///
///     { "hmac": { "algorithm": "sha256", "encoding": "hex", "message": ["v0:", { "header": "x-time" }, ":", "body"],
///                 "signature": { "header": "x-signature", "prefix": "v0=" },
///                 "timestamp": { "header": "x-time", "unit": "s", "tolerance": "5m" } } }
package struct HMACRule: Sendable {
    package enum TextEncoding: String, Sendable, CaseIterable { case hex, base64 }

    package enum KeyEncoding: String, Sendable, CaseIterable { case text, hex, base64 }

    /// A part of the message that is signed.
    package enum Part: Sendable, Equatable {
        case literal([UInt8])
        /// The body as it was received, before it is inflated.
        case body
        case method
        /// The URL under which the vendor knows the source.
        case url
        case header(String)
        case query(String)
    }

    /// When the request was signed, so that it cannot be sent again much later.
    package struct SigningTime: Sendable {
        package enum Unit: String, Sendable, CaseIterable {
            case seconds = "s"
            case milliseconds = "ms"
            case rfc3339
        }

        package let header: String
        package let unit: Unit
        /// How far the time may be from ours, in either direction, in microseconds.
        package let tolerance: Int64
    }

    package let algorithm: Digest.Algorithm
    package let encoding: TextEncoding
    /// The secret's name in the source's configuration.
    package let key: String
    package let keyEncoding: KeyEncoding
    package let message: [Part]
    package let signatureHeader: String
    /// What stands in front of the signature in its header.
    package let signaturePrefix: String
    package let signingTime: SigningTime?

    /// Whether a header's value is part of what is signed.
    package func covers(header: String) -> Bool { message.contains(.header(header)) }
}

extension MappingReader {
    func hmacRule(_ json: LocatedJSON) -> HMACRule? {
        let keys = ["algorithm", "encoding", "key", "key_encoding", "message", "signature", "timestamp"]
        guard let members = object(json, "'hmac'", keys: keys, required: ["message", "signature"]) else { return nil }
        let algorithm = choice(members["algorithm"], "'algorithm'", Digest.Algorithm.self) ?? .sha256
        let encoding = choice(members["encoding"], "'encoding'", HMACRule.TextEncoding.self) ?? .hex
        let keyEncoding = choice(members["key_encoding"], "'key_encoding'", HMACRule.KeyEncoding.self) ?? .text
        let message = (array(members["message"], "'message'") ?? []).compactMap { messagePart($0) }
        if let json = members["message"], !message.contains(.body) {
            warn(json, "the signature does not cover the body; whoever sees one delivery can send others")
        }
        guard let place = members["signature"],
            let signature = object(place, "'signature'", keys: ["header", "prefix"], required: ["header"]),
            let header = headerName(signature["header"])
        else { return nil }
        return HMACRule(
            algorithm: algorithm,
            encoding: encoding,
            key: text(members["key"], "'key'") ?? "secret",
            keyEncoding: keyEncoding,
            message: message,
            signatureHeader: header,
            signaturePrefix: text(signature["prefix"], "'prefix'") ?? "",
            signingTime: members["timestamp"].flatMap { signingTime($0, message: message) }
        )
    }

    private func messagePart(_ json: LocatedJSON) -> HMACRule.Part? {
        if let word = json.stringValue {
            switch word {
            case "body": return .body
            case "method": return .method
            case "url": return .url
            default: return .literal(Array(word.utf8))
            }
        }
        guard let members = object(json, "a part of 'message'", keys: ["header", "query", "text"]) else { return nil }
        if members.count == 1 {
            if let header = headerName(members["header"]) { return .header(header) }
            if let query = text(members["query"], "'query'") { return .query(query) }
            if let literal = text(members["text"], "'text'") { return .literal(Array(literal.utf8)) }
        }
        problem(
            json,
            "a part of 'message' is a text, \"body\", \"method\", \"url\", {\"header\": …}, {\"query\": …} or {\"text\": …}"
        )
        return nil
    }

    private func signingTime(_ json: LocatedJSON, message: [HMACRule.Part]) -> HMACRule.SigningTime? {
        guard
            let members = object(
                json,
                "'timestamp'",
                keys: ["header", "unit", "tolerance"],
                required: ["header", "tolerance"]
            ),
            let header = headerName(members["header"]),
            let tolerance = duration(members["tolerance"], "'tolerance'")
        else { return nil }
        if !message.contains(.header(header)) {
            warn(json, "the signature does not cover the header '\(header)', so anyone can change the time")
        }
        let unit = choice(members["unit"], "'unit'", HMACRule.SigningTime.Unit.self) ?? .seconds
        return HMACRule.SigningTime(header: header, unit: unit, tolerance: tolerance)
    }
}
