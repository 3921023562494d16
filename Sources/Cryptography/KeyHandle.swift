import COpenSSL

/// A key inside OpenSSL, freed with its last owner.
///
/// Sendable because a key is never changed after it was made, and OpenSSL lets threads share such a key: each operation
/// has a context of its own, and the key's caches are locked inside the library.
final class KeyHandle: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// Takes over the reference that the caller holds.
    private init(owning pointer: OpaquePointer) { self.pointer = pointer }

    deinit { EVP_PKEY_free(pointer) }

    /// A public key of any kind from its SubjectPublicKeyInfo (RFC 5280, section 4.1); nil when that is damaged or
    /// followed by more bytes.
    static func publicKey(spki der: [UInt8]) -> KeyHandle? {
        let pointer: OpaquePointer? = der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            guard let key = d2i_PUBKEY(nil, &next, bytes.count) else { return nil }
            guard let start = bytes.baseAddress, next == start + bytes.count else {
                EVP_PKEY_free(key)
                return nil
            }
            return key
        }
        ERR_clear_error()
        return pointer.map(KeyHandle.init(owning:))
    }

    /// A public key of a kind whose keys are plain bytes, such as "ED25519".
    static func publicKey(raw bytes: [UInt8], kind: String) -> KeyHandle? {
        let pointer = EVP_PKEY_new_raw_public_key_ex(nil, kind, nil, bytes, bytes.count)
        ERR_clear_error()
        return pointer.map(KeyHandle.init(owning:))
    }

    /// A private key of a kind whose keys are plain bytes, such as "ED25519".
    static func privateKey(raw bytes: [UInt8], kind: String) -> KeyHandle? {
        let pointer = EVP_PKEY_new_raw_private_key_ex(nil, kind, nil, bytes, bytes.count)
        ERR_clear_error()
        return pointer.map(KeyHandle.init(owning:))
    }

    /// A private key of any kind from DER, in PKCS#8 or a kind's own form; nil when that is damaged.
    static func privateKey(der: [UInt8]) -> KeyHandle? {
        let pointer: OpaquePointer? = der.withUnsafeBufferPointer { bytes in
            var next = bytes.baseAddress
            return d2i_AutoPrivateKey(nil, &next, bytes.count)
        }
        ERR_clear_error()
        return pointer.map(KeyHandle.init(owning:))
    }

    /// The most bytes that a signature of this key has.
    var signatureByteCount: Int { Int(EVP_PKEY_get_size(pointer)) }

    /// Whether the key is of the kind that OpenSSL names so: "RSA", "EC", "ED25519".
    func isKind(_ name: String) -> Bool { EVP_PKEY_is_a(pointer, name) == 1 }

    /// Size of the modulus or of the curve's order.
    var bitCount: Int { Int(EVP_PKEY_get_bits(pointer)) }

    /// The curve's name in OpenSSL, such as "prime256v1"; nil for other kinds of key.
    var curveName: String? {
        var text = [CChar](repeating: 0, count: 80)
        var count = 0
        let status = EVP_PKEY_get_group_name(pointer, &text, text.count, &count)
        ERR_clear_error()
        return status == 1 ? String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
    }

    /// The plain bytes of the public half, `count` of them, for kinds that have them.
    func rawPublicKey(byteCount: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            count = byteCount
            requireSuccess(
                EVP_PKEY_get_raw_public_key(pointer, output.baseAddress, &count),
                "EVP_PKEY_get_raw_public_key"
            )
        }
    }

    /// Whether the signature is this key's for the message.
    ///
    /// - Parameters:
    ///   - signature: as the kind of key writes it.
    ///   - message: what is signed.
    ///   - digest: what the message is hashed with first; nil when it is not hashed.
    ///   - isPSS: whether an RSA signature is padded as RSASSA-PSS says (RFC 8017, section 8.1), with MGF1 of the same
    ///     hash and a salt as long as the hash (RFC 7518, section 3.5), instead of PKCS#1 v1.5.
    /// - Returns: false also for what is no signature at all.
    func isValid(
        _ signature: UnsafeRawBufferPointer,
        for message: UnsafeRawBufferPointer,
        digest: String?,
        isPSS: Bool = false
    ) -> Bool {
        let context = require(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer {
            EVP_MD_CTX_free(context)
            // A wrong signature leaves its reason in the thread's queue, where the next caller would find it.
            ERR_clear_error()
        }
        // It belongs to the digest's context.
        var keyContext: OpaquePointer?
        guard EVP_DigestVerifyInit_ex(context, &keyContext, digest, nil, nil, pointer, nil) == 1 else { return false }
        if isPSS {
            guard EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING) == 1,
                EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        return EVP_DigestVerify(context, start(of: signature), signature.count, start(of: message), message.count) == 1
    }

    /// The signature of the message, hashed first with `digest`, or not hashed if that is nil; `isPSS` as in verifying.
    func sign(
        _ message: UnsafeRawBufferPointer,
        digest: String?,
        isPSS: Bool = false,
        byteCount: Int
    ) -> [UInt8] {
        let context = require(EVP_MD_CTX_new(), "EVP_MD_CTX_new")
        defer { EVP_MD_CTX_free(context) }
        // It belongs to the digest's context.
        var keyContext: OpaquePointer?
        requireSuccess(
            EVP_DigestSignInit_ex(context, &keyContext, digest, nil, nil, pointer, nil),
            "EVP_DigestSignInit_ex"
        )
        if isPSS {
            requireSuccess(
                EVP_PKEY_CTX_set_rsa_padding(keyContext, RSA_PKCS1_PSS_PADDING),
                "EVP_PKEY_CTX_set_rsa_padding"
            )
            requireSuccess(
                EVP_PKEY_CTX_set_rsa_pss_saltlen(keyContext, RSA_PSS_SALTLEN_DIGEST),
                "EVP_PKEY_CTX_set_rsa_pss_saltlen"
            )
        }
        return [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            count = byteCount
            requireSuccess(
                EVP_DigestSign(context, output.baseAddress, &count, start(of: message), message.count),
                "EVP_DigestSign"
            )
        }
    }

    private func start(of bytes: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }
}
