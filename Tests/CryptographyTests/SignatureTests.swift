import Cryptography
import Testing

@Suite struct `An Ed25519 key` {
    struct Vector: Sendable {
        let seed: String
        let publicKey: String
        let message: String
        let signature: String
    }

    /// RFC 8032, section 7.1: TEST 1, 2 and 3.
    static let vectors = [
        Vector(
            seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            message: "",
            signature: """
                e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
                5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b
                """
        ),
        Vector(
            seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            message: "72",
            signature: """
                92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
                """
        ),
        Vector(
            seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            message: "af82",
            signature: """
                6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
                18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a
                """
        ),
    ]

    @Test(arguments: vectors)
    func `gives the published keys and signatures`(vector: Vector) throws {
        let key = try Ed25519.PrivateKey(seed: hex(vector.seed))
        let message = try hex(vector.message)
        let signature = try hex(vector.signature)
        #expect(Hex.encode(key.publicKey.bytes) == vector.publicKey)
        #expect(key.sign(message) == signature)
        #expect(try Ed25519.PublicKey(bytes: hex(vector.publicKey)).verify(signature, message: message))
    }

    @Test func `refuses each signature with a changed bit, and other lengths`() throws {
        let key = try Ed25519.PrivateKey.random()
        let message = Array("message".utf8)
        let signature = key.sign(message)
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.publicKey.verify(changed, message: message))
        }
        #expect(!key.publicKey.verify(signature, message: Array("massage".utf8)))
        #expect(!key.publicKey.verify([], message: message))
        #expect(!key.publicKey.verify(Array(signature.dropLast()), message: message))
        #expect(!key.publicKey.verify(signature + [0], message: message))
        #expect(try !Ed25519.PrivateKey.random().publicKey.verify(signature, message: message))
    }

    /// The example of RFC 8410, section 10.1.
    @Test func `reads and writes PEM`() throws {
        let pem = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
            -----END PUBLIC KEY-----

            """
        let key = try Ed25519.PublicKey(pem: pem)
        #expect(Hex.encode(key.bytes) == "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1")
        #expect(key.pem == pem)
    }

    @Test(arguments: [0, 31, 33, 64])
    func `refuses keys of another length than 32 bytes`(count: Int) {
        let bytes = [UInt8](repeating: 1, count: count)
        #expect(throws: CryptographyError.self) { try Ed25519.PrivateKey(seed: bytes) }
        #expect(throws: CryptographyError.self) { try Ed25519.PublicKey(bytes: bytes) }
    }
}

private let rsaPEM = """
    -----BEGIN PUBLIC KEY-----
    MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzB+xu8ySODZgX4QhVCBg
    PiFd+7bnQPULyy/lmv19v3/AhQ4EXn1+WWJXqgrgEx/oPf4z7M4SPOOtbO0eD1L7
    6blWZDlq8DA0UqhDJAuJEbRdFOW3tJDFd4nK2JbGysLuwskbxEI8kB3mjXg+SamP
    q22UnR10Vzdm+Tc2IdEVxctggyIM/rQGDQgfP11e1YoTymnlRfsschBwgizwToll
    nQ4nQYr97E1Zmf0VCerrQOTRp/BRuZwwP/hZOzycQ7Cumjkha5/Stj6hYRRlqGnZ
    fvZTcxNHy4Qh89j84JsXMukFiz33fhlR2W5AbcrCFoxX+d2ly6OA7gJd5DMQIM+z
    ywIDAQAB
    -----END PUBLIC KEY-----
    """

@Suite struct `A public key` {
    /// RFC 6979, section A.2.5: P-256 with SHA-256, message "sample".
    private func ecKey() throws -> (key: PublicKey, signature: [UInt8]) {
        let spki = try hex(
            """
            3059301306072a8648ce3d020106082a8648ce3d030107034200 04
            60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6
            7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299
            """
        )
        let signature = try hex(
            """
            3046 0221 00efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716
            0221 00f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8
            """
        )
        return (try PublicKey(der: spki), signature)
    }

    private let sample = Array("sample".utf8)

    @Test func `on P-256 verifies the published signature and no other`() throws {
        let (key, signature) = try ecKey()
        #expect(key.kind == .ecP256)
        #expect(key.verify(algorithm: .ecdsaP256SHA256, signature: signature, message: sample))
        #expect(!key.verify(algorithm: .ecdsaP256SHA256, signature: signature, message: sample + [0]))
        #expect(!key.verify(algorithm: .ecdsaP256SHA256, signature: signature + [0], message: sample))
        #expect(!key.verify(algorithm: .ecdsaP256SHA256, signature: [], message: sample))
        // r and s as 64 plain bytes are JWS's encoding, not this algorithm's.
        #expect(
            !key.verify(
                algorithm: .ecdsaP256SHA256,
                signature: Array(signature[5..<37] + signature[40...]),
                message: sample
            )
        )
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!key.verify(algorithm: .ecdsaP256SHA256, signature: changed, message: sample), "\(index)")
        }
    }

    /// Signed with `openssl dgst -sign`.
    @Test func `of RSA verifies PKCS 1 signatures with SHA-1 and SHA-256`() throws {
        let key = try PublicKey(pem: rsaPEM)
        #expect(key.kind == .rsa)
        let sha256 = try #require(
            Base64.decode(
                """
                WB2aUCvD6aPKH5qXscaVJAR/xXkAFZfgv37EahAX7ZkCsXMbEhP8M+VJZJSJTiq8XzmEvs80PgYnt39SrEfLVCvekqi6LiOhqQ3y+NHJwMsV\
                nw7Wt/aTiFWg6sH08dgj7qcmz0NOoRQuSB1+j/VVwYUsbpEnr41nk4EQhWd8Xai9y2Y36TuyDsxO/JkAjpHlKHqXu6NOudgCVo+neVr0n/Vu\
                JORJbChoGjOu1AqMG3iPuWPum0t0EDXqw1FNPaFyLqo2mYesiDBWjEEQIQQSrSjLRGhVk5nvq7Q/nhzx7dttHRrwZOzxwzjV47WzalZ/UYMJ\
                mwdKQv/nSWuQ/V7K0w==
                """
            )
        )
        let sha1 = try #require(
            Base64.decode(
                """
                aDspp/F1l8i5vCd73V/xkA/Whi6Lfs80H/lJbAFi737SAGyoPTEhsLpM7YoSEwjtnMmCUjtIi4pX0sG+ebB/i/IK2nkZbvR2GVUaXmnDgarD\
                S+hXBx9DkcKKxopx4c7lp2jlX7zuIEcY8Xgy5Sa2OU13pSZnOSIxFrsuVxZjbQ2Ehfi7slbZb+U8YylzX+lPJN9iYETev1TqPiji/G7UNGBB\
                7mHvKnWnP5WbC67D0a/A4K2W9Owt03UJPS9E5+t3XC9SxNefBTfsTXWG/HLacWqd225T3dk9ZvlFk0+E93U8+No9pHyRj47JoB9hfi8ktjsW\
                n4cD96KxcD07/9k+sg==
                """
            )
        )
        #expect(key.verify(algorithm: .rsaPKCS1SHA256, signature: sha256, message: sample))
        #expect(key.verify(algorithm: .rsaPKCS1SHA1, signature: sha1, message: sample))
        #expect(!key.verify(algorithm: .rsaPKCS1SHA1, signature: sha256, message: sample))
        #expect(!key.verify(algorithm: .rsaPKCS1SHA256, signature: sha1, message: sample))
        #expect(!key.verify(algorithm: .rsaPKCS1SHA256, signature: sha256, message: []))
        #expect(!key.verify(algorithm: .rsaPKCS1SHA256, signature: Array(sha256.dropLast()), message: sample))
    }

    @Test func `verifies nothing with an algorithm of another kind of key`() throws {
        let (ec, signature) = try ecKey()
        let rsa = try PublicKey(pem: rsaPEM)
        let ed25519 = try PublicKey(ed25519: Ed25519.PrivateKey.random().publicKey.bytes)
        for key in [ec, rsa, ed25519] {
            for algorithm in SignatureAlgorithm.allCases where algorithm.keyKind != key.kind {
                #expect(!key.verify(algorithm: algorithm, signature: signature, message: sample))
            }
        }
    }

    @Test func `is used by many threads at once`() async throws {
        let (key, signature) = try ecKey()
        let sample = sample
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        key.verify(algorithm: .ecdsaP256SHA256, signature: signature, message: sample)
                    }
                }
            }
            for await isValid in group { #expect(isValid) }
        }
    }

    @Test func `too short, of another kind or damaged is refused with a reason`() throws {
        func failure(_ pem: String) -> CryptographyError? {
            do {
                _ = try PublicKey(pem: pem)
                return nil
            } catch {
                return error
            }
        }
        let short = """
            -----BEGIN PUBLIC KEY-----
            MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCnUSCZ44jmjjn3XenWrsP5GN5S
            zJdZPE+syaW4SzuRs/SHMz4qQorPLM9T1/S6F8YZiCoENs5qMh2iFBvL5g4+vgcv
            /VbG+Mh10AzAV0WBwwyHoydNwrfcK4BwzRzNHUlF9vW3ptxksjSqAB3fYhgi6zmn
            j4bhgEoqnHjQLSLowwIDAQAB
            -----END PUBLIC KEY-----
            """
        #expect(failure(short)?.code == .weakKey)
        let bitcoin = """
            -----BEGIN PUBLIC KEY-----
            MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAENrg4Bq17iimqBA+6EjFJ/1WIntU1KeKG
            Xr97E3uMhB57VU2FNzkdPGOwSJvAKgF1k6Kd3jGG/oiHq9cHs49TLg==
            -----END PUBLIC KEY-----
            """
        let reason = "an EC key must be on P-256, P-384 or P-521, not on secp256k1"
        #expect(failure(bitcoin)?.message == reason)
        #expect(failure(JWSSamples.p384) == nil)
        let x25519 = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VuAyEAofp8PViKyMIUEFbK1I9SJ/k0H4hoySIY2nbOx6QDf24=
            -----END PUBLIC KEY-----
            """
        #expect(failure(x25519)?.code == .unsupportedKey)
        #expect(failure("")?.code == .malformedKey)
        #expect(failure("-----BEGIN PUBLIC KEY-----")?.code == .malformedKey)
        #expect(failure("-----BEGIN -----")?.code == .unsupportedKey)
        #expect(failure(rsaPEM.replacing("PUBLIC KEY", with: "CERTIFICATE"))?.code == .unsupportedKey)
        #expect(failure(rsaPEM.replacing("ywIDAQAB", with: "ywIDAQA"))?.code == .malformedKey)
        #expect(failure(rsaPEM.replacing("MIIBIjAN", with: "MIIBIjAM"))?.code == .malformedKey)
        let der = try PEM.decode(rsaPEM, label: "PUBLIC KEY")
        #expect(throws: CryptographyError.self) { try PublicKey(der: der + [0]) }
        for count in 0..<der.count {
            #expect(throws: CryptographyError.self) { try PublicKey(der: Array(der[..<count])) }
        }
    }

    @Test func `is read from PEM with Windows line breaks and a comment before it`() throws {
        let pem = "the vendor's key\r\n" + rsaPEM.replacing("\n", with: "\r\n") + "\r\n\r\n"
        #expect(try PublicKey(pem: pem).kind == .rsa)
    }

    @Test func `of random bytes is refused`() {
        var generator = SeededGenerator(state: 7)
        for _ in 0..<500 {
            let bytes = [0x30] + generator.bytes(Int(generator.next() % 100))
            #expect(throws: CryptographyError.self) { try PublicKey(der: bytes) }
        }
    }
}
