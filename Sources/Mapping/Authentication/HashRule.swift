package import Cryptography
internal import JSON

/// A plain hash over a secret and parts of the request.
///
///     { "hash": { "algorithm": "sha256", "message": ["secret", "body"], "signature": { "header": "x-signature" } } }
package struct HashRule: Sendable {
    package let algorithm: Digest.Algorithm
    /// The secret's name in the source's configuration; nil when the message has none.
    package let key: String?
    package let signature: RequestSignature
}

extension MappingReader {
    /// - Parameters:
    ///   - json: the form's value.
    ///   - isProof: whether the hash has to prove by itself who sent the request.
    /// - Returns: nil when it is wrong.
    func hashRule(_ json: LocatedJSON, isProof: Bool) -> HashRule? {
        let keys = ["algorithm", "key"] + MappingReader.signatureKeys
        guard let members = object(json, "'hash'", keys: keys, required: ["message", "signature"]) else { return nil }
        let algorithm = choice(members["algorithm"], "'algorithm'", Digest.Algorithm.self) ?? .sha256
        let key = text(members["key"], "'key'") ?? "secret"
        guard let signature = requestSignature(members, encoding: .hex, isHash: true) else { return nil }
        let hasSecret = signature.message.coversSecret
        if isProof, !hasSecret, let place = members["message"] {
            problem(place, "a hash without \"secret\" proves nothing; add it, or put it into 'all' with a signature")
        }
        return HashRule(algorithm: algorithm, key: hasSecret ? key : nil, signature: signature)
    }
}
