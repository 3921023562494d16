import Cryptography
import Foundation
import Testing

@Suite struct `A digest` {
    struct Vector: Sendable {
        let algorithm: Digest.Algorithm
        let text: String
        let digest: String
    }

    /// The examples published with FIPS 180-4 (one block, two blocks, nothing).
    static let vectors = [
        Vector(algorithm: .sha1, text: "abc", digest: "a9993e364706816aba3e25717850c26c9cd0d89d"),
        Vector(algorithm: .sha1, text: "", digest: "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        Vector(
            algorithm: .sha1,
            text: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            digest: "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
        ),
        Vector(
            algorithm: .sha256,
            text: "abc",
            digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        Vector(
            algorithm: .sha256,
            text: "",
            digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
        Vector(
            algorithm: .sha256,
            text: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            digest: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        Vector(
            algorithm: .sha512,
            text: "abc",
            digest: """
                ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f
                """
        ),
        Vector(
            algorithm: .sha512,
            text: """
                abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn\
                hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu
                """,
            digest: """
                8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018\
                501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909
                """
        ),
    ]

    @Test(arguments: vectors)
    func `is the published one`(vector: Vector) {
        let digest = Digest.hash(vector.algorithm, Array(vector.text.utf8))
        #expect(Hex.encode(digest) == vector.digest)
        #expect(digest.count == vector.algorithm.byteCount)
    }

    @Test func `of a million letters is the published one`() {
        let hasher = SHA256Hasher()
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        for _ in 0..<1000 { hasher.update(letters) }
        #expect(Hex.encode(hasher.finish()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `does not depend on where its parts are cut`() {
        let text = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
        let whole = SHA256Hasher.hash(text)
        let hasher = SHA256Hasher()
        for cut in 0...text.count {
            hasher.update(Array(text[..<cut]))
            hasher.update(Array(text[cut...]))
            #expect(hasher.finish() == whole)
        }
    }

    @Test func `begins anew after a reset`() {
        let hasher = SHA256Hasher()
        hasher.update([1, 2, 3])
        hasher.reset()
        hasher.update(Array("abc".utf8))
        #expect(hasher.finish() == SHA256Hasher.hash(Array("abc".utf8)))
    }

    @Test func `is written to the start of a larger buffer and nowhere else`() {
        let hasher = SHA256Hasher()
        var output = [UInt8](repeating: 7, count: 40)
        output.withUnsafeMutableBytes { hasher.finish(into: $0) }
        #expect(Array(output[..<32]) == SHA256Hasher.hash([]))
        #expect(Array(output[32...]) == [UInt8](repeating: 7, count: 8))
    }

    @Test func `is the same on many threads at once`() async {
        let expected = SHA256Hasher.hash([1])
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<2000).allSatisfy { _ in SHA256Hasher.hash([1]) == expected } }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}

@Suite struct `Secrets in constant time` {
    @Test func `are equal only with the same length and bytes`() {
        #expect(isEqualInConstantTime([], []))
        #expect(isEqualInConstantTime([1, 2], [1, 2]))
        #expect(!isEqualInConstantTime([1, 2], [1, 3]))
        #expect(!isEqualInConstantTime([1, 2], [1]))
        #expect(!isEqualInConstantTime([], [0]))
    }
}
