/// A signature algorithm of JSON Web Signatures (RFC 7518, section 3.1; RFC 8037, section 3.1).
///
/// There is no "none": an unsigned token is never accepted.
package enum JWSAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs512 = "RS512"
    case es256 = "ES256"
    case edDSA = "EdDSA"

    /// Whether who can verify can also sign.
    package var isSymmetric: Bool {
        switch self {
        case .hs256, .hs512: true
        case .rs256, .rs512, .es256, .edDSA: false
        }
    }
}

/// A key that tokens are verified with; its kind decides which algorithms it goes with.
package enum JWSKey: Sendable {
    case shared([UInt8])
    case `public`(PublicKey)

    /// Whether the signature is this key's for the message; false also when the algorithm is for another kind of key.
    package func verify(_ algorithm: JWSAlgorithm, signature: [UInt8], message: [UInt8]) -> Bool {
        switch (self, algorithm) {
        case (.shared(let key), .hs256):
            return isEqualInConstantTime(HMACKey(algorithm: .sha256, key: key).code(for: message), signature)
        case (.shared(let key), .hs512):
            return isEqualInConstantTime(HMACKey(algorithm: .sha512, key: key).code(for: message), signature)
        case (.public(let key), .rs256):
            return key.verify(algorithm: .rsaPKCS1SHA256, signature: signature, message: message)
        case (.public(let key), .rs512):
            return key.verify(algorithm: .rsaPKCS1SHA512, signature: signature, message: message)
        case (.public(let key), .es256):
            // RFC 7518, section 3.4: r and s, 32 bytes each, where OpenSSL wants them in DER.
            guard signature.count == 64 else { return false }
            let (r, s) = (DER.integer(Array(signature[..<32])), DER.integer(Array(signature[32...])))
            return key.verify(algorithm: .ecdsaP256SHA256, signature: DER.sequence(r + s), message: message)
        case (.public(let key), .edDSA):
            return key.verify(algorithm: .ed25519, signature: signature, message: message)
        case (.shared, .rs256), (.shared, .rs512), (.shared, .es256), (.shared, .edDSA), (.public, .hs256),
            (.public, .hs512):
            return false
        }
    }
}
