/// A private key of one of the kinds that vendors sign with, for trying deliveries; the gateway itself only verifies.
package struct PrivateKey: Sendable {
    package let kind: PublicKey.Kind
    private let handle: KeyHandle

    /// A key from PEM text that is not encrypted: PKCS#8 (RFC 5958), or OpenSSL's older forms for RSA and EC keys.
    ///
    ///     -----BEGIN PRIVATE KEY-----
    package init(pem: String) throws(CryptographyError) {
        // Parameters of a curve may stand in front of the key.
        let labels = ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"]
        let found = labels.lazy.compactMap { label in
            pem.firstRange(of: "-----BEGIN \(label)-----").map { (label, String(pem[$0.lowerBound...])) }
        }.first
        let (label, text) = found ?? (labels[0], pem)
        guard let handle = KeyHandle.privateKey(der: try PEM.decode(text, label: label)) else {
            throw CryptographyError(code: .malformedKey, message: "the bytes are no private key in DER")
        }
        self.handle = handle
        kind = try PublicKey.kind(of: handle)
    }

    /// The signature of a message; nil when the algorithm is for another kind of key.
    package func signature(algorithm: SignatureAlgorithm, of message: UnsafeRawBufferPointer) -> [UInt8]? {
        guard algorithm.keyKind == kind else { return nil }
        return handle.sign(message, digest: algorithm.digest?.name, byteCount: handle.signatureByteCount)
    }
}

extension JWSAlgorithm {
    /// A signature as tokens carry it, made with a private key; nil for other kinds of key and for shared secrets.
    package func signature(of message: [UInt8], by key: PrivateKey) -> [UInt8]? {
        func sign(_ algorithm: SignatureAlgorithm) -> [UInt8]? {
            message.withUnsafeBytes { key.signature(algorithm: algorithm, of: $0) }
        }
        switch self {
        case .hs256, .hs512: return nil
        case .rs256: return sign(.rsaPKCS1SHA256)
        case .rs512: return sign(.rsaPKCS1SHA512)
        case .edDSA: return sign(.ed25519)
        // RFC 7518, section 3.4: r and s, 32 bytes each.
        case .es256: return sign(.ecdsaP256SHA256).flatMap { DER.integers($0) }.map { $0.flatMap { $0 } }
        }
    }

    /// A signature as tokens carry it, made with a shared secret; nil for algorithms of public keys.
    package func signature(of message: [UInt8], secret: [UInt8]) -> [UInt8]? {
        switch self {
        case .hs256: HMACKey(algorithm: .sha256, key: secret).code(for: message)
        case .hs512: HMACKey(algorithm: .sha512, key: secret).code(for: message)
        case .rs256, .rs512, .es256, .edDSA: nil
        }
    }
}

extension DER {
    /// The numbers of a short sequence of short numbers, each as 32 big-endian bytes; nil for anything else.
    fileprivate static func integers(_ sequence: [UInt8]) -> [[UInt8]]? {
        guard sequence.count > 2, sequence[0] == 0x30, Int(sequence[1]) == sequence.count - 2 else { return nil }
        var rest = sequence[2...]
        var numbers: [[UInt8]] = []
        while !rest.isEmpty {
            guard rest.count > 2, rest.removeFirst() == 0x02 else { return nil }
            let count = Int(rest.removeFirst())
            guard count <= rest.count else { return nil }
            let number = Array(rest.prefix(count).drop { $0 == 0 })
            guard number.count <= 32 else { return nil }
            numbers.append([UInt8](repeating: 0, count: 32 - number.count) + number)
            rest = rest.dropFirst(count)
        }
        return numbers
    }
}
