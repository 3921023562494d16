import Cryptography
import Testing

@Suite struct `An HMAC key` {
    struct Vector: Sendable {
        let key: String
        let message: String
        let sha256: String
        let sha512: String
    }

    /// RFC 4231, sections 4.2 to 4.8 without the truncated one.
    static let vectors = [
        Vector(
            key: String(repeating: "0b", count: 20),
            message: "4869205468657265",
            sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            sha512: """
                87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
                daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854
                """
        ),
        Vector(
            key: "4a656665",
            message: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            sha512: """
                164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737
                """
        ),
        Vector(
            key: String(repeating: "aa", count: 20),
            message: String(repeating: "dd", count: 50),
            sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            sha512: """
                fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39\
                bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb
                """
        ),
        Vector(
            key: "0102030405060708090a0b0c0d0e0f10111213141516171819",
            message: String(repeating: "cd", count: 50),
            sha256: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            sha512: """
                b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db\
                a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd
                """
        ),
        Vector(
            key: String(repeating: "aa", count: 131),
            message: """
                54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a\
                65204b6579202d2048617368204b6579204669727374
                """,
            sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            sha512: """
                80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
                6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598
                """
        ),
        Vector(
            key: String(repeating: "aa", count: 131),
            message: """
                5468697320697320612074657374207573696e672061206c6172676572207468\
                616e20626c6f636b2d73697a65206b657920616e642061206c61726765722074\
                68616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565\
                647320746f20626520686173686564206265666f7265206265696e6720757365\
                642062792074686520484d414320616c676f726974686d2e
                """,
            sha256: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            sha512: """
                e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944\
                b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58
                """
        ),
    ]

    @Test(arguments: vectors)
    func `gives the published codes`(vector: Vector) throws {
        let key = try hex(vector.key)
        let message = try hex(vector.message)
        #expect(Hex.encode(HMACKey(algorithm: .sha256, key: key).code(for: message)) == vector.sha256)
        #expect(Hex.encode(HMACKey(algorithm: .sha512, key: key).code(for: message)) == vector.sha512)
    }

    /// RFC 2202, section 3, cases 1, 2 and 6.
    @Test func `gives the published codes with SHA-1`() throws {
        let cases: [(key: String, message: String, code: String)] = [
            (String(repeating: "0b", count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            ("4a656665", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                String(repeating: "aa", count: 80), "Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112"
            ),
        ]
        for (key, message, code) in cases {
            let key = HMACKey(algorithm: .sha1, key: try hex(key))
            #expect(Hex.encode(key.code(for: Array(message.utf8))) == code)
        }
    }

    @Test func `takes parts as one message`() {
        let key = HMACKey(algorithm: .sha256, key: Array("key".utf8))
        let whole = key.code(for: Array("v0:1531420618:body".utf8))
        let prefix = Array("v0:1531420618:".utf8)
        let body = Array("body".utf8)
        prefix.withUnsafeBytes { prefix in
            body.withUnsafeBytes { body in
                #expect(key.code(for: [prefix, UnsafeRawBufferPointer(start: nil, count: 0), body]) == whole)
            }
        }
    }

    @Test func `is used by many threads at once`() async {
        let key = HMACKey(algorithm: .sha256, key: Array("key".utf8))
        let expected = key.code(for: [1])
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<2000).allSatisfy { _ in key.code(for: [1]) == expected } }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}
