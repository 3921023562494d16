/// A signature algorithm of JSON Web Signatures (RFC 7518, section 3.1; RFC 8037, section 3.1).
///
/// There is no "none": an unsigned token is never accepted.
package enum JWSAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    /// With Ed25519 only.
    case edDSA = "EdDSA"

    /// What verifies a signature of the algorithm.
    enum Method {
        case code(Digest.Algorithm)
        case signature(SignatureAlgorithm)
        /// r and s, as long as the curve's coordinates, one behind the other (RFC 7518, section 3.4).
        case halves(SignatureAlgorithm, PublicKey.Curve)
    }

    var method: Method {
        switch self {
        case .hs256: .code(.sha256)
        case .hs384: .code(.sha384)
        case .hs512: .code(.sha512)
        case .rs256: .signature(.rsaPKCS1SHA256)
        case .rs384: .signature(.rsaPKCS1SHA384)
        case .rs512: .signature(.rsaPKCS1SHA512)
        case .ps256: .signature(.rsaPSSSHA256)
        case .ps384: .signature(.rsaPSSSHA384)
        case .ps512: .signature(.rsaPSSSHA512)
        case .es256: .halves(.ecdsaP256SHA256, .p256)
        case .es384: .halves(.ecdsaP384SHA384, .p384)
        case .es512: .halves(.ecdsaP521SHA512, .p521)
        case .edDSA: .signature(.ed25519)
        }
    }

    /// Whether who can verify can also sign.
    package var isSymmetric: Bool { keyKind == nil }

    /// The only kind of public key that the algorithm goes with; nil for a shared secret.
    package var keyKind: PublicKey.Kind? {
        switch method {
        case .code: nil
        case .signature(let algorithm), .halves(let algorithm, _): algorithm.keyKind
        }
    }

    fileprivate func isCode(_ signature: [UInt8], of key: [UInt8], for message: [UInt8]) -> Bool {
        guard case .code(let digest) = method else { return false }
        return isEqualInConstantTime(HMACKey(algorithm: digest, key: key).code(for: message), signature)
    }

    fileprivate func isSignature(_ signature: [UInt8], of key: PublicKey, for message: [UInt8]) -> Bool {
        switch method {
        case .code: return false
        case .signature(let algorithm):
            return key.verify(algorithm: algorithm, signature: signature, message: message)
        case .halves(let algorithm, let curve):
            let count = curve.coordinateByteCount
            guard signature.count == 2 * count else { return false }
            // OpenSSL wants them in DER.
            let (r, s) = (DER.integer(Array(signature[..<count])), DER.integer(Array(signature[count...])))
            return key.verify(algorithm: algorithm, signature: DER.sequence(r + s), message: message)
        }
    }
}

/// A key that tokens are verified with; its kind decides which algorithms it goes with.
package enum JWSKey: Sendable {
    case shared([UInt8])
    case `public`(PublicKey)

    /// Whether the signature is this key's for the message; false also when the algorithm is for another kind of key.
    package func verify(_ algorithm: JWSAlgorithm, signature: [UInt8], message: [UInt8]) -> Bool {
        switch self {
        case .shared(let key): algorithm.isCode(signature, of: key, for: message)
        case .public(let key): algorithm.isSignature(signature, of: key, for: message)
        }
    }
}
