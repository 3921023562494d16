internal import Cryptography

/// A path as the audit API writes it (audit API contract, section 6.3); of a leaf that is alone it is empty.
///
///     l:5d3c…,r:0a1f…
package enum MembershipProof {
    /// Appends the text; `path` may be the path inside of a buffer followed by that of the buffer.
    package static func append(_ path: [PathStep], to output: inout [UInt8]) {
        for (index, step) in path.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(step.side == .left ? UInt8(ascii: "l") : UInt8(ascii: "r"))
            output.append(UInt8(ascii: ":"))
            step.hash.withBytes { Hex.append($0, to: &output) }
        }
    }

    package static func text(_ path: [PathStep]) -> String {
        var bytes: [UInt8] = []
        append(path, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The path that a text says; nil for anything else.
    package static func parse(_ text: some StringProtocol) -> [PathStep]? {
        if text.isEmpty { return [] }
        var path: [PathStep] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let hash = TreeHash(hex: String(item.dropFirst(2))) else { return nil }
            switch item.prefix(2) {
            case "l:": path.append(PathStep(side: .left, hash: hash))
            case "r:": path.append(PathStep(side: .right, hash: hash))
            default: return nil
            }
        }
        return path
    }

    /// Whether the text leads from a leaf to a root.
    package static func verify(_ text: String, leaf: TreeHash, root: TreeHash, _ hasher: TreeHasher) -> Bool {
        parse(text).map { $0.root(from: leaf, hasher) == root } ?? false
    }
}
