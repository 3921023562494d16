/// Signatures with Ed25519 (RFC 8032, section 5.1): vendors' deliveries, and our own checkpoints.
package enum Ed25519 {
    /// Length of a private key (its seed) and of a public key, in bytes.
    package static let keyByteCount = 32
    package static let signatureByteCount = 64

    package struct PublicKey: Sendable, Equatable {
        /// The key as RFC 8032 encodes it, 32 bytes.
        package let bytes: [UInt8]
        private let key: Cryptography.PublicKey

        /// A key from its 32 bytes.
        package init(bytes: [UInt8]) throws(CryptographyError) {
            key = try Cryptography.PublicKey(ed25519: bytes)
            self.bytes = bytes
        }

        /// A key from the PEM text of its SubjectPublicKeyInfo (RFC 8410, section 4).
        package init(pem: String) throws(CryptographyError) {
            key = try Cryptography.PublicKey(pem: pem)
            guard key.kind == .ed25519 else {
                throw CryptographyError(
                    code: .unsupportedKey,
                    message: "the PEM text holds a key of kind \(key.kind); ed25519 is expected"
                )
            }
            bytes = key.ed25519Bytes
        }

        /// The PEM text of the SubjectPublicKeyInfo.
        package var pem: String { PEM.encode(Ed25519.spkiPrefix + bytes, label: "PUBLIC KEY") }

        /// Whether the 64 bytes are this key's signature of the message.
        package func verify(_ signature: UnsafeRawBufferPointer, message: UnsafeRawBufferPointer) -> Bool {
            key.verify(algorithm: .ed25519, signature: signature, message: message)
        }

        /// Whether the 64 bytes are this key's signature of the message.
        package func verify(_ signature: [UInt8], message: [UInt8]) -> Bool {
            key.verify(algorithm: .ed25519, signature: signature, message: message)
        }

        package static func == (a: PublicKey, b: PublicKey) -> Bool { a.bytes == b.bytes }
    }

    package struct PrivateKey: Sendable {
        /// The 32 bytes that the key is made of, to be kept secret.
        package let seed: [UInt8]
        package let publicKey: PublicKey
        private let handle: KeyHandle

        /// A key from its 32 secret bytes.
        package init(seed: [UInt8]) throws(CryptographyError) {
            guard seed.count == Ed25519.keyByteCount,
                let handle = KeyHandle.privateKey(raw: seed, kind: "ED25519")
            else {
                throw CryptographyError(
                    code: .malformedKey,
                    message: "an Ed25519 private key has 32 bytes, not \(seed.count)"
                )
            }
            self.seed = seed
            self.handle = handle
            publicKey = try PublicKey(bytes: handle.rawPublicKey(byteCount: Ed25519.keyByteCount))
        }

        /// A new key that nobody can guess.
        package static func random() throws(CryptographyError) -> PrivateKey {
            try PrivateKey(seed: SecureRandom.bytes(Ed25519.keyByteCount))
        }

        /// The signature of the message, 64 bytes; the same each time.
        package func sign(_ message: UnsafeRawBufferPointer) -> [UInt8] {
            handle.sign(message, digest: nil, byteCount: Ed25519.signatureByteCount)
        }

        /// The signature of the message, 64 bytes; the same each time.
        package func sign(_ message: [UInt8]) -> [UInt8] { message.withUnsafeBytes { sign($0) } }
    }

    /// All of a SubjectPublicKeyInfo before the key: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING } (RFC 8410).
    private static let spkiPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
}
