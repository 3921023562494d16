internal import Cryptography

/// The head of a log at one size, in the text form of C2SP tlog-checkpoint.
///
///     audit.example.com/default
///     923748
///     nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI=
///
/// Two checkpoints of one origin and one size with different roots prove that the log forked.
package struct Checkpoint: Equatable, Sendable {
    /// The log's name: one non-empty line, the same for the life of the log.
    package let origin: String
    /// Number of leaves; 0 is the empty tree.
    package let size: UInt64
    /// Root hash (RFC 9162, section 2.1.1); of the empty tree SHA-256 of nothing.
    package let root: TreeHash

    package init(origin: String, size: UInt64, root: TreeHash) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// A checkpoint from a note's text, nil when it is none; lines that extend it are passed over.
    package init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, !lines[0].isEmpty, lines.last == "", !lines.dropLast().contains(""),
            let size = UInt64(lines[1]), String(size) == lines[1],
            let bytes = Base64.decode(String(lines[2])), let root = TreeHash(bytes)
        else { return nil }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    package var text: String { "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n" }
}
