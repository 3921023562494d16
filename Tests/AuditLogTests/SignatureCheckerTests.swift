import AuditLog
import Cryptography
import JSON
import Schema
import Testing

@Suite struct `A signature of a stored event` {
    // Key, signature and event are numbers of the API contract's vectors.
    private static let pem =
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEASmyCH4dza+n6ZBy2R8gp8xo+XZb5LLptKB8RETCHC88=\n-----END PUBLIC KEY-----\n"
    private static let signature =
        "JNx/nlF0VkApOOePABf89Q/JZ3QqoA+/boBkPNAnz2/h5QsaWIUIxdygTMTKetg8cb39OFS5+rYdcL1E/c92Dw=="

    private func event(_ event: String, _ signature: String?, _ key: String?) -> StoredEvent {
        StoredEvent(
            sequence: 1,
            receivedAt: 0,
            event: Array(event.utf8),
            signature: ClientSignature(
                signature: signature.map { Array($0.utf8) },
                publicKey: key.map { Array($0.utf8) }
            ),
            hash: []
        )
    }

    private static let quoted = pem.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\\n")

    @Test(arguments: [
        pem, #"{"algorithm":"ED25519","key":"\#(quoted)"}"#, #"{"key":"\#(quoted)","vault_key_id":"pvi_a"}"#,
        #"{"algorithm":"ED25519","key":"SmyCH4dza+n6ZBy2R8gp8xo+XZb5LLptKB8RETCHC88="}"#,
        "MCowBQYDK2VwAyEASmyCH4dza+n6ZBy2R8gp8xo+XZb5LLptKB8RETCHC88=",
    ])
    func `is valid under its key in every form`(key: String) {
        let checker = SignatureChecker()
        #expect(checker.isValid(event(#"{"actor":"a","message":"m"}"#, Self.signature, key)) == true)
        #expect(checker.isValid(event(#"{"actor":"b","message":"m"}"#, Self.signature, key)) == false)
        #expect(checker.isValid(event(#"{"actor":"a","message":"m"}"#, "AAAA", key)) == false)
    }

    @Test(arguments: [
        "", "{}", "[]", "no key", #"{"algorithm":"RSA","key":"SmyCH4dza+n6ZBy2R8gp8xo+XZb5LLptKB8RETCHC88="}"#,
        #"{"key":7}"#, "SmyC", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ])
    func `is not valid under what is no key`(key: String) {
        #expect(SignatureChecker().isValid(event(#"{"actor":"a","message":"m"}"#, Self.signature, key)) == false)
    }

    @Test func `needs both halves`() {
        let checker = SignatureChecker()
        #expect(checker.isValid(event(#"{"actor":"a","message":"m"}"#, Self.signature, nil)) == false)
        #expect(checker.isValid(event(#"{"actor":"a","message":"m"}"#, nil, Self.pem)) == false)
        let none = StoredEvent(sequence: 1, receivedAt: 0, event: Array("{}".utf8), signature: nil, hash: [])
        #expect(checker.isValid(none) == nil)
    }

    @Test func `is as the contract's vectors say`() throws {
        guard let vectors = ContractVectors.load("local-signing.json") else { return }
        let checker = SignatureChecker()
        let seed = try #require(vectors["private_seed_hex"]?.stringValue.flatMap { Hex.decode($0) })
        let key = try Ed25519.PrivateKey(seed: seed)
        var signed = 0
        for vector in vectors["cases"]?.elements ?? [] {
            var writer = JSONWriter()
            writer.append(canonical: try #require(vector["event"]))
            let stored = StoredEvent(
                sequence: 1,
                receivedAt: 0,
                event: writer.bytes,
                signature: ClientSignature(
                    signature: vector["signature"]?.stringBytes,
                    publicKey: vector["public_key"]?.stringBytes
                ),
                hash: []
            )
            #expect(checker.isValid(stored) == vector["valid"]?.boolValue, "\(vector["name"]?.stringValue ?? "")")
            guard let bytes = vector["signed_bytes"]?.stringBytes else { continue }
            #expect(writer.bytes == bytes)
            #expect(Base64.encode(key.sign(writer.bytes)) == vector["signature"]?.stringValue)
            signed += 1
        }
        #expect(signed > 0)
    }
}
