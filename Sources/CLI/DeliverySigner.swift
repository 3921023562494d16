internal import Cryptography
internal import Foundation
internal import Mapping

/// Makes a request believable for a mapping's rule, the way its vendor would.
struct DeliverySigner {
    private let secrets: [String: [UInt8]]
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var pathSuffix = ""
    private(set) var query = ""

    init(secrets: [String: [UInt8]]) { self.secrets = secrets }

    /// Adds what a rule asks for; false when it cannot be given.
    mutating func sign(_ rule: AuthenticationRule, body: [UInt8]) -> Bool {
        switch rule {
        case .none: return true
        case .secret(let rule): return sign(rule)
        case .basic(let rule):
            guard let secret = secrets[rule.key] else { return false }
            let pair = Array("\(rule.user ?? ""):".utf8) + secret
            headers.append(("authorization", "Basic \(Base64.encode(rule.user == nil ? secret : pair))"))
            return true
        case .hmac(let rule):
            guard let key = secrets[rule.key].flatMap(rule.keyBytes) else { return false }
            let hmac = HMACKey(algorithm: rule.algorithm, key: key)
            return sign(rule.signature, body: body, secret: []) { hmac.code(for: $0) }
        case .hash(let rule):
            guard let secret = rule.key.map({ secrets[$0] }) ?? [] else { return false }
            return sign(rule.signature, body: body, secret: secret) { Digest.hash(rule.algorithm, $0) }
        // Only the vendor has the private key, and a body is sent as it is.
        case .signature, .pin: return false
        // Tokens are the issuer's, and where a request comes from is not for us to choose.
        case .jwt, .clientCertificate, .networks: return false
        case .any(let rules):
            for rule in rules where sign(rule, body: body) { return true }
            return false
        case .all(let rules): return rules.allSatisfy { sign($0, body: body) }
        }
    }

    private mutating func sign(_ rule: SecretRule) -> Bool {
        guard let secret = secrets[rule.key].map({ String(decoding: $0, as: UTF8.self) }) else { return false }
        let encoded = secret.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? secret
        switch rule.place {
        case .header(let name): headers.append((name, rule.scheme.map { "\($0) \(secret)" } ?? secret))
        case .query(let name): query = "?\(name)=\(encoded)"
        case .path: pathSuffix = "/\(encoded)"
        case .item: return false
        }
        return true
    }

    private mutating func sign(
        _ signature: RequestSignature,
        body: [UInt8],
        secret: [UInt8],
        code: ([UInt8]) -> [UInt8]
    ) -> Bool {
        var time = ""
        var timeHeader: String?
        var timeItem: [UInt8]?
        if let signingTime = signature.time {
            time = DeliverySigner.now(signingTime.unit)
            switch signingTime.place {
            case .header(let name): timeHeader = name
            case .item(let name): timeItem = name
            case .field: return false
            }
        }
        var message: [UInt8] = []
        for part in signature.message.parts {
            switch part {
            case .literal(let bytes): message += bytes
            case .body: message += body
            case .bodyDigest: message += Array(Hex.encode(SHA256Hasher.hash(body)).utf8)
            case .secret: message += secret
            case .method: message += Array("POST".utf8)
            case .header(let name) where name == timeHeader: message += Array(time.utf8)
            case .item(let name) where name == timeItem: message += Array(time.utf8)
            case .header, .query, .url, .decodedURL, .item, .field, .members, .sortedForm: return false
            }
        }
        let code = code(message)
        let text = signature.encoding == .base64 ? Base64.encode(code) : Hex.encode(code)
        let item = timeItem.map { "\(String(decoding: $0, as: UTF8.self))=\(time)" }
        guard let name = DeliverySigner.header(signature.place.position) else { return false }
        if let timeHeader { headers.append((timeHeader, time)) }
        headers.append((name, DeliverySigner.value(text, signature.place.grammar, item: item)))
        return true
    }

    private static func now(_ unit: SigningTime.Unit) -> String {
        let now = Date()
        return switch unit {
        case .seconds: String(Int(now.timeIntervalSince1970))
        case .milliseconds: String(Int(now.timeIntervalSince1970 * 1000))
        case .rfc3339: ISO8601DateFormatter().string(from: now)
        }
    }

    /// The header that a signature goes into; nil when it has to stand elsewhere.
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
