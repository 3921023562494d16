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
        case .hmac(let rule): return sign(rule, body: body)
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
        }
        return true
    }

    private mutating func sign(_ rule: HMACRule, body: [UInt8]) -> Bool {
        guard let secret = secrets[rule.key], let key = decoded(secret, rule.keyEncoding) else { return false }
        var time = ""
        if let place = rule.signingTime {
            let now = Date()
            switch place.unit {
            case .seconds: time = String(Int(now.timeIntervalSince1970))
            case .milliseconds: time = String(Int(now.timeIntervalSince1970 * 1000))
            case .rfc3339: time = ISO8601DateFormatter().string(from: now)
            }
            headers.append((place.header, time))
        }
        var message: [UInt8] = []
        for part in rule.message {
            switch part {
            case .literal(let bytes): message += bytes
            case .body: message += body
            case .method: message += Array("POST".utf8)
            case .header(let name) where name == rule.signingTime?.header: message += Array(time.utf8)
            case .header, .query, .url: return false
            }
        }
        let code = message.withUnsafeBytes { HMACKey(algorithm: rule.algorithm, key: key).code(for: [$0]) }
        let text =
            switch rule.encoding {
            case .hex: Hex.encode(code)
            case .base64: Base64.encode(code)
            }
        headers.append((rule.signatureHeader, rule.signaturePrefix + text))
        return true
    }

    private func decoded(_ secret: [UInt8], _ encoding: HMACRule.KeyEncoding) -> [UInt8]? {
        switch encoding {
        case .text: secret
        case .hex: secret.withUnsafeBytes { Hex.decode($0) }
        case .base64: secret.withUnsafeBytes { Base64.decode($0) }
        }
    }
}
