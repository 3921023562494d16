package import Cryptography

/// The public key of whoever signs notes (C2SP signed-note, section "Verifier keys"), with Ed25519.
///
///     audit.example.com/default+0337e0ae+AWxs…
package struct NoteVerifier: Sendable, Equatable {
    /// Type byte of Ed25519 over a note's text.
    private static let ed25519: UInt8 = 0x01

    /// Without spaces and plus signs.
    package let name: String
    package let keyID: UInt32
    package let key: Ed25519.PublicKey

    package init(name: String, key: Ed25519.PublicKey) {
        self.name = name
        self.key = key
        let digest = SHA256Hasher.hash(Array(name.utf8) + [0x0A, NoteVerifier.ed25519] + key.bytes)
        keyID = digest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// A key from its text; nil when it is none, or not for Ed25519.
    package init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[0].isEmpty, !parts[0].contains(where: \.isWhitespace),
            let bytes = Base64.decode(String(parts[2])), bytes.first == NoteVerifier.ed25519,
            let key = try? Ed25519.PublicKey(bytes: Array(bytes.dropFirst()))
        else { return nil }
        self.init(name: String(parts[0]), key: key)
        guard parts[1] == Substring(hexID) else { return nil }
    }

    private var hexID: String { Hex.encode(withUnsafeBytes(of: keyID.bigEndian) { Array($0) }) }

    package var text: String { "\(name)+\(hexID)+\(Base64.encode([NoteVerifier.ed25519] + key.bytes))" }

    /// Whether this key signed the note; another key's signatures do not matter, a wrong one of this key does.
    package func verify(_ note: SignedNote) -> Bool {
        let own = note.signatures.filter { $0.name == name && $0.keyID == keyID }
        return !own.isEmpty && own.allSatisfy { key.verify($0.signature, message: Array(note.text.utf8)) }
    }
}

/// Signs notes with Ed25519 under a name.
package struct NoteSigner: Sendable {
    package let verifier: NoteVerifier
    private let key: Ed25519.PrivateKey

    package init(name: String, key: Ed25519.PrivateKey) {
        verifier = NoteVerifier(name: name, key: key.publicKey)
        self.key = key
    }

    /// The note over a text, whose lines all end with a newline; the same each time.
    package func sign(_ text: String) -> SignedNote {
        SignedNote(
            text: text,
            signatures: [
                SignedNote.Signature(
                    name: verifier.name,
                    keyID: verifier.keyID,
                    signature: key.sign(Array(text.utf8))
                )
            ]
        )
    }
}
