/// A public key that a vendor signs with, of one of the kinds that vendors use.
package struct PublicKey: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        /// RFC 8032.
        case ed25519
        /// NIST P-256, which is also called prime256v1 and secp256r1.
        case ecP256
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
        return handle.isValid(signature, for: message, digest: algorithm.digest?.name)
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
            guard curve == "prime256v1" else {
                throw CryptographyError(
                    code: .unsupportedKey,
                    message: "an EC key must be on P-256, not on \(curve ?? "an unnamed curve")"
                )
            }
            return .ecP256
        }
        guard handle.isKind("RSA") else {
            throw CryptographyError(code: .unsupportedKey, message: "the key is none of RSA, EC on P-256, Ed25519")
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
    /// RSASSA-PKCS1-v1_5 with SHA-1 (RFC 8017, section 8.2); for vendors that still sign so, such as AWS SNS by default.
    case rsaPKCS1SHA1
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rsaPKCS1SHA256
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    case rsaPKCS1SHA512

    package var keyKind: PublicKey.Kind {
        switch self {
        case .ed25519: .ed25519
        case .ecdsaP256SHA256: .ecP256
        case .rsaPKCS1SHA1, .rsaPKCS1SHA256, .rsaPKCS1SHA512: .rsa
        }
    }

    var digest: Digest.Algorithm? {
        switch self {
        case .ed25519: nil
        case .ecdsaP256SHA256, .rsaPKCS1SHA256: .sha256
        case .rsaPKCS1SHA1: .sha1
        case .rsaPKCS1SHA512: .sha512
        }
    }
}
