import Cryptography
import Testing

@Suite struct `Hexadecimal text` {
    /// RFC 4648, section 10; lower case here.
    @Test(arguments: [
        "": "", "f": "66", "fo": "666f", "foo": "666f6f", "foob": "666f6f62", "fooba": "666f6f6261",
        "foobar": "666f6f626172",
    ])
    func `is the published one`(text: String, digits: String) {
        #expect(Hex.encode(text.utf8) == digits)
        #expect(Hex.decode(digits) == Array(text.utf8))
        #expect(Hex.decode(digits.uppercased()) == Array(text.utf8))
    }

    @Test(arguments: ["6", "6g", "g6", " 66", "66 ", "0x66", "666", "６６", "6\u{0}"])
    func `is refused when it is not`(digits: String) {
        #expect(Hex.decode(digits) == nil)
    }

    @Test func `has every byte`() {
        let bytes = (0...255).map { UInt8($0) }
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Hex.encode(AnyCollection(bytes)) == Hex.encode(bytes))
    }

    @Test func `is appended`() {
        var output: [UInt8] = Array("sha256=".utf8)
        Hex.append([0x00, 0xFF, 0x1A], to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "sha256=00ff1a")
    }
}

@Suite struct `Base 64 text` {
    /// RFC 4648, section 10.
    @Test(arguments: [
        "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=",
        "foobar": "Zm9vYmFy",
    ])
    func `is the published one`(text: String, encoded: String) {
        #expect(Base64.encode(text.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        let bare = encoded.filter { $0 != "=" }
        #expect(Base64.encode(text.utf8, padded: false) == bare)
        #expect(Base64.decode(bare) == Array(text.utf8))
    }

    @Test func `knows both alphabets and mixes them never`() {
        let bytes: [UInt8] = [0xFB, 0xEF, 0xFF]
        #expect(Base64.encode(bytes) == "++//")
        #expect(Base64.encode(bytes, urlSafe: true) == "--__")
        #expect(Base64.decode("++//") == bytes)
        #expect(Base64.decode("--__") == bytes)
        #expect(Base64.decode("++//", urlSafe: false) == bytes)
        #expect(Base64.decode("--__", urlSafe: true) == bytes)
        #expect(Base64.decode("++//", urlSafe: true) == nil)
        #expect(Base64.decode("--__", urlSafe: false) == nil)
        #expect(Base64.decode("+-/_") == nil)
    }

    @Test(arguments: [
        "Z", "Zg=", "Zg===", "=", "==", "====", "Zm9v=", "Zm9v==", "Zm8==", "Z===", "Zg==Zg==", "Zm9v\n", " Zm9v",
        "Zm 9v",
        "Zh==", "Zm9=", "Zh", "Zm9", "Zm9vY", "Zm9*", "Zg=g", "é===",
    ])
    func `is refused when it is not the one text of its bytes`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func `comes back for any bytes`() {
        var generator = SeededGenerator(state: 1)
        for count in 0..<300 {
            let bytes = generator.bytes(count)
            for (urlSafe, padded) in [(false, false), (false, true), (true, false), (true, true)] {
                let text = Base64.encode(bytes, urlSafe: urlSafe, padded: padded)
                #expect(Base64.decode(text, urlSafe: urlSafe) == bytes)
            }
        }
    }

    @Test func `from random bytes never stops the reader`() {
        var generator = SeededGenerator(state: 2)
        for _ in 0..<5000 {
            let bytes = generator.bytes(Int(generator.next() % 20))
            guard let decoded = bytes.withUnsafeBytes({ Base64.decode($0) }) else { continue }
            #expect(
                Base64.encode(decoded, padded: false).utf8.elementsEqual(
                    String(decoding: bytes, as: UTF8.self).replacing("=", with: "").replacing("-", with: "+")
                        .replacing("_", with: "/").utf8
                )
            )
        }
    }
}

@Suite struct `Random text` {
    @Test func `bytes have the length asked for and differ`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(33).count == 33)
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }

    @Test func `tokens have a prefix and characters of base 32`() {
        let token = SecureRandom.token(prefix: "agt_", characters: 1000)
        #expect(token.hasPrefix("agt_"))
        #expect(token.count == 1004)
        #expect(Set(token.dropFirst(4)) == Set("abcdefghijklmnopqrstuvwxyz234567"))
    }
}
