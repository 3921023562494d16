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
        return handle.sign(
            message,
            digest: algorithm.digest?.name,
            isPSS: algorithm.isPSS,
            byteCount: handle.signatureByteCount
        )
    }
}

extension JWSAlgorithm {
    /// A signature as tokens carry it, made with a private key; nil for other kinds of key and for shared secrets.
    package func signature(of message: [UInt8], by key: PrivateKey) -> [UInt8]? {
        func sign(_ algorithm: SignatureAlgorithm) -> [UInt8]? {
            message.withUnsafeBytes { key.signature(algorithm: algorithm, of: $0) }
        }
        switch method {
        case .code: return nil
        case .signature(let algorithm): return sign(algorithm)
        case .halves(let algorithm, let curve):
            return sign(algorithm).flatMap { DER.halves($0, byteCount: curve.coordinateByteCount) }
        }
    }

    /// A signature as tokens carry it, made with a shared secret; nil for algorithms of public keys.
    package func signature(of message: [UInt8], secret: [UInt8]) -> [UInt8]? {
        switch method {
        case .code(let digest): HMACKey(algorithm: digest, key: secret).code(for: message)
        case .signature, .halves: nil
        }
    }
}

extension DER {
    /// The two numbers of a sequence, each as so many big-endian bytes, one behind the other; nil for anything else.
    fileprivate static func halves(_ sequence: [UInt8], byteCount: Int) -> [UInt8]? {
        var rest = sequence[...]
        guard var inner = content(of: 0x30, &rest), rest.isEmpty, let r = content(of: 0x02, &inner),
            let s = content(of: 0x02, &inner), inner.isEmpty
        else { return nil }
        var halves: [UInt8] = []
        for number in [r, s] {
            let digits = number.drop { $0 == 0 }
            guard digits.count <= byteCount else { return nil }
            halves += [UInt8](repeating: 0, count: byteCount - digits.count) + digits
        }
        return halves
    }

    /// Takes the element at the beginning, which has the tag given and at most 255 bytes.
    private static func content(of tag: UInt8, _ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard bytes.count >= 2, bytes.removeFirst() == tag else { return nil }
        var count = Int(bytes.removeFirst())
        if count == 0x81, !bytes.isEmpty { count = Int(bytes.removeFirst()) }
        guard count <= bytes.count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count)
    }
}
