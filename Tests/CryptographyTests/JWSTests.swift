import Cryptography
import Testing

@Suite struct `A key of JSON Web Signatures` {
    private func bytes(_ text: String) throws -> [UInt8] { try #require(Base64.decode(text, urlSafe: true)) }

    private func isValid(_ token: String, _ algorithm: JWSAlgorithm, _ key: JWSKey, change: Int? = nil) throws -> Bool {
        let parts = token.split(separator: ".")
        var signature = try bytes(String(parts[2]))
        if let change { signature[change] ^= 1 }
        return key.verify(algorithm, signature: signature, message: Array("\(parts[0]).\(parts[1])".utf8))
    }

    private func expectOnly(_ algorithm: JWSAlgorithm, _ key: JWSKey, _ token: String) throws {
        #expect(try isValid(token, algorithm, key))
        #expect(try !isValid(token, algorithm, key, change: 0))
        #expect(try !isValid(token, algorithm, key, change: 31))
        for other in JWSAlgorithm.allCases where other != algorithm { #expect(try !isValid(token, other, key)) }
        #expect(!key.verify(algorithm, signature: [], message: []))
    }

    /// RFC 7515, appendix A.1.
    @Test func `verifies HS256`() throws {
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
        let token = """
            eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
            """
        try expectOnly(.hs256, .shared(try bytes(key)), token)
    }

    /// RFC 7515, appendix A.3.
    @Test func `verifies ES256`() throws {
        let key = try PublicKey(
            p256X: bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
            y: bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        )
        let token = """
            eyJhbGciOiJFUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q
            """
        try expectOnly(.es256, .public(key), token)
    }

    /// RFC 8037, appendix A.4.
    @Test func `verifies EdDSA`() throws {
        let key = try PublicKey(ed25519: bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
        let token = """
            eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
            hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg
            """
        try expectOnly(.edDSA, .public(key), token)
    }

    @Test(arguments: JWSAlgorithm.allCases.filter { $0 != .edDSA })
    func `verifies its own algorithm alone`(algorithm: JWSAlgorithm) throws {
        let token = try #require(JWSSamples.tokens[algorithm.rawValue])
        let key: JWSKey
        switch algorithm.keyKind {
        case nil: key = .shared(JWSSamples.shared)
        case .rsa: key = .public(try PublicKey(pem: JWSSamples.rsa))
        case .ecP256, .ecP384, .ecP521, .ed25519:
            let point = try #require(JWSSamples.points[algorithm.rawValue])
            let curves: [JWSAlgorithm: PublicKey.Curve] = [.es256: .p256, .es384: .p384, .es512: .p521]
            let curve = try #require(curves[algorithm])
            key = .public(try PublicKey(curve: curve, x: bytes(point.x), y: bytes(point.y)))
        }
        #expect(algorithm.isSymmetric == algorithm.rawValue.hasPrefix("HS"))
        try expectOnly(algorithm, key, token)
        // Longer and shorter ones, and those of every other algorithm.
        let parts = token.split(separator: ".")
        let signature = try bytes(String(parts[2]))
        let message = Array("\(parts[0]).\(parts[1])".utf8)
        for wrong in [signature + [0], [0] + signature, Array(signature.dropLast()), Array(signature.dropFirst())] {
            #expect(!key.verify(algorithm, signature: wrong, message: message))
        }
        for (name, other) in JWSSamples.tokens where name != algorithm.rawValue {
            #expect(try !isValid(other, algorithm, key), "\(name)")
        }
    }

    /// RFC 7518, section 3.5.
    @Test func `wants PS256 with a salt as long as the hash, and the same hash in MGF1`() throws {
        let key = JWSKey.public(try PublicKey(pem: JWSSamples.rsa))
        for token in JWSSamples.otherPadding { #expect(try !isValid(token, .ps256, key)) }
    }

    @Test(arguments: PublicKey.Curve.allCases)
    func `is a point of its own curve`(curve: PublicKey.Curve) throws {
        let point = try #require(JWSSamples.points["ES384"])
        let (x, y) = (try bytes(point.x), try bytes(point.y))
        if curve == .p384 {
            #expect(try PublicKey(curve: curve, x: x, y: y).kind == .ecP384)
        } else {
            #expect(throws: CryptographyError.self) { try PublicKey(curve: curve, x: x, y: y) }
        }
        #expect(throws: CryptographyError.self) { try PublicKey(curve: curve, x: y, y: x) }
    }

    @Test func `is none when its numbers are wrong`() {
        let one = [UInt8](repeating: 1, count: 32)
        #expect(throws: CryptographyError.self) { try PublicKey(p256X: one, y: one) }
        #expect(throws: CryptographyError.self) { try PublicKey(p256X: one, y: []) }
        #expect(throws: CryptographyError.self) { try PublicKey(rsaModulus: [], exponent: []) }
        #expect(throws: CryptographyError.self) {
            try PublicKey(rsaModulus: [UInt8](repeating: 255, count: 128), exponent: [3])
        }
        #expect(throws: CryptographyError.self) {
            try PublicKey(rsaModulus: [UInt8](repeating: 255, count: 100_000), exponent: [3])
        }
    }
}
