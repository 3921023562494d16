internal import Cryptography

/// An inclusion proof and the checkpoint it leads to in one text (C2SP tlog-proof), for a check without a network.
///
///     c2sp.org/tlog-proof@v1
///     index 8136
///     Cs8xbsfLmfRp…
///     4p+xHYRdFTZ1…
///
///     audit.example.com/default
///     923748
///     …
package struct InclusionReceipt: Equatable, Sendable {
    private static let header = "c2sp.org/tlog-proof@v1"

    package let index: UInt64
    /// From the leaf up (RFC 9162, section 2.1.3.1).
    package let proof: [TreeHash]
    /// The signed checkpoint.
    package let note: SignedNote

    package init(index: UInt64, proof: [TreeHash], note: SignedNote) {
        self.index = index
        self.proof = proof
        self.note = note
    }

    /// A receipt from its text, nil when it is none; the optional line `extra` is passed over.
    package init?(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        guard lines.popFirst().map(String.init) == InclusionReceipt.header else { return nil }
        if lines.first?.hasPrefix("extra ") == true { lines = lines.dropFirst() }
        guard let line = lines.popFirst(), line.hasPrefix("index "), let index = UInt64(line.dropFirst(6)),
            let end = lines.firstIndex(of: ""), end - lines.startIndex <= 64
        else { return nil }
        var proof: [TreeHash] = []
        for line in lines[..<end] {
            guard let bytes = Base64.decode(String(line)), let hash = TreeHash(bytes) else { return nil }
            proof.append(hash)
        }
        guard let note = SignedNote(lines[(end + 1)...].joined(separator: "\n")) else { return nil }
        self.init(index: index, proof: proof, note: note)
    }

    package var text: String {
        var text = "\(InclusionReceipt.header)\nindex \(index)\n"
        for hash in proof { text += Base64.encode(hash.bytes) + "\n" }
        return text + "\n" + note.encoded
    }

    /// Whether an entry is in the log whose key this is, at ``index``.
    package func verify(entry: UnsafeRawBufferPointer, key: NoteVerifier, origin: String? = nil) -> Bool {
        guard key.verify(note), let checkpoint = Checkpoint(note.text), checkpoint.origin == origin ?? key.name
        else { return false }
        let hasher = TreeHasher(.rfc6962)
        let root = PublicProofs.root(
            leaf: hasher.leaf(entry),
            index: index,
            size: checkpoint.size,
            proof: proof,
            hasher
        )
        return root == checkpoint.root
    }
}
