package import Cryptography
internal import JSON

/// A public-key signature over parts of the request.
///
///     { "signature": { "algorithm": "ed25519", "message": [{ "header": "x-time" }, "body"],
///                      "signature": { "header": "x-signature" } } }
package struct PublicKeyRule: Sendable {
    package enum Algorithm: String, Sendable, CaseIterable {
        /// With r and s in DER.
        case ecdsaP256SHA256 = "ecdsa-p256-sha256"
        /// PKCS#1 v1.5.
        case rsaSHA1 = "rsa-sha1"
        /// PKCS#1 v1.5.
        case rsaSHA256 = "rsa-sha256"
        case ed25519

        package var signatureAlgorithm: SignatureAlgorithm {
            switch self {
            case .ecdsaP256SHA256: .ecdsaP256SHA256
            case .rsaSHA1: .rsaPKCS1SHA1
            case .rsaSHA256: .rsaPKCS1SHA256
            case .ed25519: .ed25519
            }
        }
    }

    /// Where the vendor's public key comes from.
    package enum KeySource: Sendable {
        /// The source's configuration: the secret's name, and what may stand in front of the key in it.
        case secret(name: String, prefix: String)
        /// A certificate that the delivery names.
        case certificate(CertificateRule)
    }

    package let algorithm: Algorithm
    package let keySource: KeySource
    package let signature: RequestSignature

    /// The secret's name in the source's configuration, if the key comes from there.
    package var secretName: String? {
        switch keySource {
        case .secret(let name, _): name
        case .certificate: nil
        }
    }
}

extension MappingReader {
    func publicKeyRule(_ json: LocatedJSON) -> PublicKeyRule? {
        let keys = ["algorithm", "key", "key_prefix", "certificate"] + MappingReader.signatureKeys
        let required = ["algorithm", "message", "signature"]
        guard let members = object(json, "'signature'", keys: keys, required: required) else { return nil }
        let algorithm = choice(members["algorithm"], "'algorithm'", PublicKeyRule.Algorithm.self)
        guard let source = publicKeySource(members),
            let signature = requestSignature(members, encoding: .base64), let algorithm
        else { return nil }
        return PublicKeyRule(algorithm: algorithm, keySource: source, signature: signature)
    }

    private func publicKeySource(_ members: [String: LocatedJSON]) -> PublicKeyRule.KeySource? {
        guard let json = members["certificate"] else {
            return .secret(
                name: text(members["key"], "'key'") ?? "secret",
                prefix: text(members["key_prefix"], "'key_prefix'") ?? ""
            )
        }
        for name in ["key", "key_prefix"] {
            if let other = members[name] { problem(other, "the key comes from the certificate: leave '\(name)' out") }
        }
        return certificateRule(json).map { .certificate($0) }
    }
}
