internal import Cryptography

/// A text with signatures (C2SP signed-note).
///
///     audit.example.com/default
///     923748
///     nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=
///
///     — audit.example.com/default Az3grnV…
package struct SignedNote: Sendable, Equatable {
    package struct Signature: Sendable, Equatable {
        /// The key's name.
        package let name: String
        /// The first four bytes of a hash over the key.
        package let keyID: UInt32
        package let signature: [UInt8]
    }

    /// What is signed: lines, each ended by a newline.
    package let text: String
    package let signatures: [Signature]

    package init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// A note from its bytes; nil for anything that is none.
    package init?(_ note: String) {
        // The text may hold empty lines itself: the last one ends it. By bytes: a newline after a return is one, too.
        let bytes = Array(note.utf8)
        let newline = UInt8(ascii: "\n")
        guard bytes.last == newline, !bytes.contains(where: { $0 < 0x20 && $0 != newline }),
            let end = bytes.indices.dropLast().last(where: { bytes[$0] == newline && bytes[$0 + 1] == newline })
        else { return nil }
        var signatures: [Signature] = []
        for line in bytes[(end + 2)...].dropLast().split(separator: newline, omittingEmptySubsequences: false) {
            guard let signature = SignedNote.signature(String(decoding: line, as: UTF8.self)) else { return nil }
            signatures.append(signature)
        }
        guard !signatures.isEmpty, signatures.count <= SignedNote.maximumSignatures else { return nil }
        text = String(decoding: bytes[...end], as: UTF8.self)
        self.signatures = signatures
    }

    private static let maximumSignatures = 100
    private static let dash = "\u{2014} "

    private static func signature(_ line: String) -> Signature? {
        guard line.hasPrefix(dash) else { return nil }
        let parts = line.dropFirst(dash.count).split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, let bytes = Base64.decode(String(parts[1])), bytes.count > 4
        else { return nil }
        return Signature(
            name: String(parts[0]),
            keyID: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
            signature: Array(bytes.dropFirst(4))
        )
    }

    /// The note as it is sent.
    package var encoded: String {
        var note = text + "\n"
        for signature in signatures {
            let id = withUnsafeBytes(of: signature.keyID.bigEndian) { Array($0) }
            note += "\(SignedNote.dash)\(signature.name) \(Base64.encode(id + signature.signature))\n"
        }
        return note
    }
}
