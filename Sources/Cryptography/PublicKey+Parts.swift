/// Keys that come as their numbers, as in a JSON Web Key (RFC 7518, section 6).
extension PublicKey {
    /// An RSA key from its modulus and exponent, both big-endian.
    package init(rsaModulus modulus: [UInt8], exponent: [UInt8]) throws(CryptographyError) {
        guard modulus.count <= 2048, exponent.count <= 8 else {
            throw CryptographyError(code: .unsupportedKey, message: "the RSA key's numbers are too long")
        }
        let key = DER.sequence(DER.integer(modulus) + DER.integer(exponent))
        let rsaEncryption = DER.objectIdentifier([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01])
        let algorithm = DER.sequence(rsaEncryption + [0x05, 0x00])
        try self.init(der: DER.sequence(algorithm + DER.bitString(key)))
    }

    /// A curve of the NIST (FIPS 186-4, appendix D.1.2).
    package enum Curve: Sendable, CaseIterable {
        case p256, p384, p521

        /// Length of a coordinate, and of each half of a signature of RFC 7518, section 3.4.
        package var coordinateByteCount: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            case .p521: 66
            }
        }

        fileprivate var objectIdentifier: [UInt8] {
            switch self {
            case .p256: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
            case .p384: [0x2B, 0x81, 0x04, 0x00, 0x22]
            case .p521: [0x2B, 0x81, 0x04, 0x00, 0x23]
            }
        }
    }

    /// A key on P-256 from its point's coordinates, 32 bytes each.
    package init(p256X x: [UInt8], y: [UInt8]) throws(CryptographyError) { try self.init(curve: .p256, x: x, y: y) }

    /// A key on a curve from its point's coordinates, big-endian and as long as the curve says.
    package init(curve: Curve, x: [UInt8], y: [UInt8]) throws(CryptographyError) {
        let byteCount = curve.coordinateByteCount
        guard x.count == byteCount, y.count == byteCount else {
            throw CryptographyError(code: .malformedKey, message: "a coordinate on \(curve) has \(byteCount) bytes")
        }
        let ecPublicKey = DER.objectIdentifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
        let name = DER.objectIdentifier(curve.objectIdentifier)
        try self.init(der: DER.sequence(DER.sequence(ecPublicKey + name) + DER.bitString([0x04] + x + y)))
    }
}

/// What of the distinguished encoding rules (X.690) keys and signatures are written in.
enum DER {
    static func sequence(_ content: [UInt8]) -> [UInt8] { element(0x30, content) }

    static func objectIdentifier(_ content: [UInt8]) -> [UInt8] { element(0x06, content) }

    static func bitString(_ content: [UInt8]) -> [UInt8] { element(0x03, [0] + content) }

    /// A number that is not negative, from its big-endian bytes.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        var content = Array(bytes.drop { $0 == 0 })
        if content.first.map({ $0 >= 0x80 }) ?? true { content.insert(0, at: 0) }
        return element(0x02, content)
    }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
        var length: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }
}
