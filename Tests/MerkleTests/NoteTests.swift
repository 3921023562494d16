import Cryptography
import Foundation
import Merkle
import Testing

@Suite struct NoteTests {
    /// The key of signed-note's own example.
    private static let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private static let signed = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """

    @Test func `a published note verifies, and no changed one`() throws {
        let verifier = try #require(NoteVerifier(NoteTests.key))
        let note = try #require(SignedNote(NoteTests.signed))
        #expect(verifier.text == NoteTests.key)
        #expect(verifier.verify(note))
        #expect(note.encoded == NoteTests.signed)
        let changed = try #require(SignedNote(NoteTests.signed.replacing("answer", with: "question")))
        #expect(!verifier.verify(changed))
    }

    @Test func `a wrong signature of a known key fails the note, an unknown key's does not`() throws {
        let signer = NoteSigner(name: "audit.example.com/a", key: try .random())
        let other = NoteSigner(name: "witness.example.com", key: try .random())
        let note = signer.sign("hello\n")
        let strange = SignedNote(text: note.text, signatures: other.sign("else\n").signatures + note.signatures)
        #expect(signer.verifier.verify(strange))
        #expect(!other.verifier.verify(strange))
        #expect(SignedNote(strange.encoded) == strange)
        let namesake = NoteSigner(name: "audit.example.com/a", key: try .random())
        #expect(!namesake.verifier.verify(note))
    }

    @Test(arguments: [
        "", "\n", "text", "text\n", "text\n\n", "\n\n\u{2014} a AAAAAAA=\n", "text\n\n\u{2014} a\n",
        "text\n\n\u{2014} a b c\n",
        "text\n\n\u{2014} a AAAAAAA=", "text\r\n\n\u{2014} a AAAAAAAA\n", "text\n\n- a AAAAAAAA\n",
        "text\n\n\u{2014} a AAAA\n",
    ])
    func `other texts are no notes`(text: String) {
        #expect(SignedNote(text) == nil || text.hasPrefix("\n\n"))
    }

    @Test(arguments: [
        "", "a", "a+b", "a+00000000+AAAA", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ])
    func `other texts are no keys`(text: String) { #expect(NoteVerifier(text) == nil) }

    @Test func `a checkpoint is three lines, and takes more`() throws {
        let root = try #require(TreeHash([UInt8](repeating: 1, count: 32)))
        let checkpoint = Checkpoint(origin: "audit.example.com/a", size: 12, root: root)
        #expect(checkpoint.text == "audit.example.com/a\n12\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n")
        #expect(Checkpoint(checkpoint.text) == checkpoint)
        #expect(Checkpoint(checkpoint.text + "more\n") == checkpoint)
        for text in [
            "", "a\n12\n", "a\n012\n\(Base64.encode(root.bytes))\n", "a\n-1\n\(Base64.encode(root.bytes))\n",
            "a\n1\nAQ==\n",
        ] {
            #expect(Checkpoint(text) == nil)
        }
    }

    @Test func `a receipt proves an entry offline, and nothing else`() throws {
        let hasher = TreeHasher(.rfc6962)
        let entries = (0..<40).map { Array("entry \($0)".utf8) }
        let builder = TreeBuilder(hasher)
        for entry in entries { builder.append(entry.withUnsafeBytes { hasher.leaf($0) }) { _ in } }
        let signer = NoteSigner(name: "audit.example.com/a", key: try .random())
        let checkpoint = Checkpoint(origin: "audit.example.com/a", size: 40, root: try #require(builder.root))
        let proof = builder.view { _, _ in [] }.path(index: 17, inTreeOf: 40).map(\.hash)
        let receipt = InclusionReceipt(index: 17, proof: proof, note: signer.sign(checkpoint.text))
        let read = try #require(InclusionReceipt(receipt.text))
        #expect(read == receipt)
        func verifies(_ receipt: InclusionReceipt, _ entry: [UInt8], _ key: NoteVerifier) -> Bool {
            entry.withUnsafeBytes { receipt.verify(entry: $0, key: key) }
        }
        #expect(verifies(read, entries[17], signer.verifier))
        #expect(!verifies(read, entries[18], signer.verifier))
        #expect(!verifies(InclusionReceipt(index: 18, proof: proof, note: receipt.note), entries[17], signer.verifier))
        for name in ["audit.example.com/a", "audit.example.com/b"] {
            let other = NoteSigner(name: name, key: try .random())
            #expect(!verifies(read, entries[17], other.verifier))
        }
    }
}
