/// A public key that a vendor signs with, of one of the kinds that vendors use.
package struct PublicKey: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// RFC 8032.
        case ed25519
        /// NIST P-256, which is also called prime256v1 and secp256r1.
        case ecP256
        /// NIST P-384, which is also called secp384r1.
        case ecP384
        /// NIST P-521, which is also called secp521r1.
        case ecP521
        /// 2048 to 16384 bits.
        case rsa
    }

    package let kind: Kind
    private let handle: KeyHandle

    /// Least and greatest size of an RSA key in bits.
    ///
    /// Shorter ones can be factored within reach of a state; longer ones
    /// cost more to verify than a sender should be able to ask for.
    private static let rsaBitCounts = 2048...16384

    /// A key from the PEM text of its SubjectPublicKeyInfo (RFC 7468, section 13).
    ///
    ///     -----BEGIN PUBLIC KEY-----
    package init(pem: String) throws(CryptographyError) {
        try self.init(der: PEM.decode(pem, label: "PUBLIC KEY"))
    }

    /// A key from the DER bytes of its SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
    package init(der: [UInt8]) throws(CryptographyError) {
        guard let handle = KeyHandle.publicKey(spki: der) else {
            throw CryptographyError(
                code: .malformedKey,
                message: "the bytes are no public key (SubjectPublicKeyInfo in DER)"
            )
        }
        self.handle = handle
        kind = try Self.kind(of: handle)
    }

    /// An Ed25519 key from its 32 bytes.
    package init(ed25519 bytes: [UInt8]) throws(CryptographyError) {
        guard bytes.count == Ed25519.keyByteCount, let handle = KeyHandle.publicKey(raw: bytes, kind: "ED25519") else {
            throw CryptographyError(
                code: .malformedKey,
                message: "an Ed25519 public key has 32 bytes, not \(bytes.count)"
            )
        }
        self.handle = handle
        kind = .ed25519
    }

    /// Whether the signature is this key's for the message; false also when the algorithm is for another kind of key.
    package func verify(
        algorithm: SignatureAlgorithm,
        signature: UnsafeRawBufferPointer,
        message: UnsafeRawBufferPointer
    ) -> Bool {
        guard algorithm.keyKind == kind else { return false }
        return handle.isValid(signature, for: message, digest: algorithm.digest?.name, isPSS: algorithm.isPSS)
    }

    /// Whether the signature is this key's for the message; false also when the algorithm is for another kind of key.
    package func verify(algorithm: SignatureAlgorithm, signature: [UInt8], message: [UInt8]) -> Bool {
        signature.withUnsafeBytes { signature in
            message.withUnsafeBytes { verify(algorithm: algorithm, signature: signature, message: $0) }
        }
    }

    /// The 32 bytes of an Ed25519 key.
    var ed25519Bytes: [UInt8] { handle.rawPublicKey(byteCount: Ed25519.keyByteCount) }

    static func kind(of handle: KeyHandle) throws(CryptographyError) -> Kind {
        if handle.isKind("ED25519") { return .ed25519 }
        if handle.isKind("EC") {
            let curve = handle.curveName
            switch curve {
            case "prime256v1": return .ecP256
            case "secp384r1": return .ecP384
            case "secp521r1": return .ecP521
            default:
                throw CryptographyError(
                    code: .unsupportedKey,
                    message: "an EC key must be on P-256, P-384 or P-521, not on \(curve ?? "an unnamed curve")"
                )
            }
        }
        guard handle.isKind("RSA") else {
            throw CryptographyError(code: .unsupportedKey, message: "the key is none of RSA, EC and Ed25519")
        }
        guard rsaBitCounts.contains(handle.bitCount) else {
            throw CryptographyError(
                code: handle.bitCount < rsaBitCounts.lowerBound ? .weakKey : .unsupportedKey,
                message: "an RSA key must have 2048 to 16384 bits, not \(handle.bitCount)"
            )
        }
        return .rsa
    }
}

/// How a signature is made and encoded.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// 64 bytes (RFC 8032, section 5.1.6); the message is not hashed first.
    case ed25519
    /// SHA-256, and r and s as a DER sequence (RFC 3279, section 2.2.3).
    case ecdsaP256SHA256
    /// SHA-384, and r and s as a DER sequence.
    case ecdsaP384SHA384
    /// SHA-512, and r and s as a DER sequence.
    case ecdsaP521SHA512
    /// RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8017, section 8.2); for vendors that still sign so, such as AWS SNS by default.
    case rsaPKCS1SHA1
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rsaPKCS1SHA256
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    case rsaPKCS1SHA384
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    case rsaPKCS1SHA512
    /// RSASSA-PSS with SHA-256, also in MGF1, and 32 bytes of salt (RFC 8017, section 8.1).
    case rsaPSSSHA256
    /// RSASSA-PSS with SHA-384, also in MGF1, and 48 bytes of salt.
    case rsaPSSSHA384
    /// RSASSA-PSS with SHA-512, also in MGF1, and 64 bytes of salt.
    case rsaPSSSHA512

    package var keyKind: PublicKey.Kind {
        switch self {
        case .ed25519: .ed25519
        case .ecdsaP256SHA256: .ecP256
        case .ecdsaP384SHA384: .ecP384
        case .ecdsaP521SHA512: .ecP521
        case .rsaPKCS1SHA1, .rsaPKCS1SHA256, .rsaPKCS1SHA384, .rsaPKCS1SHA512, .rsaPSSSHA256, .rsaPSSSHA384,
            .rsaPSSSHA512:
            .rsa
        }
    }

    var isPSS: Bool {
        switch self {
        case .rsaPSSSHA256, .rsaPSSSHA384, .rsaPSSSHA512: true
        case .ed25519, .ecdsaP256SHA256, .ecdsaP384SHA384, .ecdsaP521SHA512, .rsaPKCS1SHA1, .rsaPKCS1SHA256,
            .rsaPKCS1SHA384, .rsaPKCS1SHA512:
            false
        }
    }

    var digest: Digest.Algorithm? {
        switch self {
        case .ed25519: nil
        case .ecdsaP256SHA256, .rsaPKCS1SHA256, .rsaPSSSHA256: .sha256
        case .rsaPKCS1SHA1: .sha1
        case .ecdsaP384SHA384, .rsaPKCS1SHA384, .rsaPSSSHA384: .sha384
        case .ecdsaP521SHA512, .rsaPKCS1SHA512, .rsaPSSSHA512: .sha512
        }
    }
}
