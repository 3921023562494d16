package import Cryptography
internal import JSON

/// A keyed hash over parts of the request.
///
///     { "hmac": { "algorithm": "sha256", "encoding": "hex", "message": ["v0:", { "header": "x-time" }, ":", "body"],
///                 "signature": { "header": "x-signature", "prefix": "v0=" },
///                 "timestamp": { "header": "x-time", "unit": "s", "tolerance": "5m" } } }
package struct HMACRule: Sendable {
    package enum KeyEncoding: String, Sendable, CaseIterable { case text, hex, base64 }

    package let algorithm: Digest.Algorithm
    /// The secret's name in the source's configuration.
    package let key: String
    /// What may stand in front of the key in the secret, such as `whsec_`; not part of it.
    package let keyPrefix: [UInt8]
    package let keyEncoding: KeyEncoding
    package let signature: RequestSignature

    /// The bytes of the key in a secret; nil when it is not encoded as the rule says.
    package func keyBytes(of secret: [UInt8]) -> [UInt8]? {
        let text = secret.starts(with: keyPrefix) ? Array(secret.dropFirst(keyPrefix.count)) : secret
        guard !text.isEmpty else { return nil }
        switch keyEncoding {
        case .text: return text
        case .hex: return text.withUnsafeBytes { Hex.decode($0) }
        case .base64: return text.withUnsafeBytes { Base64.decode($0) }
        }
    }
}

extension MappingReader {
    func hmacRule(_ json: LocatedJSON) -> HMACRule? {
        let keys = ["algorithm", "key", "key_encoding", "key_prefix"] + MappingReader.signatureKeys
        guard let members = object(json, "'hmac'", keys: keys, required: ["message", "signature"]) else { return nil }
        let algorithm = choice(members["algorithm"], "'algorithm'", Digest.Algorithm.self) ?? .sha256
        let keyEncoding = choice(members["key_encoding"], "'key_encoding'", HMACRule.KeyEncoding.self) ?? .text
        let key = text(members["key"], "'key'") ?? "secret"
        let keyPrefix = text(members["key_prefix"], "'key_prefix'") ?? ""
        guard let signature = requestSignature(members, encoding: .hex) else { return nil }
        return HMACRule(
            algorithm: algorithm,
            key: key,
            keyPrefix: Array(keyPrefix.utf8),
            keyEncoding: keyEncoding,
            signature: signature
        )
    }
}
