/// A secret that is sent as `Authorization: Bearer …`; it prints as `•••`.
package struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let secret: String

    package init(_ secret: String) { self.secret = secret }

    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether it may stand in a header line: visible ASCII without spaces, at least one character.
    var isUsable: Bool { !secret.isEmpty && secret.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    /// Where the secret ends in some bytes if it begins at an index, as it is or as a JSON string writes it.
    ///
    /// Known limit: other ways to write it, such as `%2B` for `+`, are not recognised.
    func end(in bytes: [UInt8], from index: Int) -> Int? {
        guard !secret.isEmpty else { return nil }
        if bytes[index...].starts(with: secret.utf8) { return index + secret.utf8.count }
        var end = index
        for character in secret.utf8 {
            // `/` may be written as `\/`; `"` and `\` always have a backslash.
            if end + 1 < bytes.count, bytes[end] == UInt8(ascii: "\\"), bytes[end + 1] == character {
                end += 2
            } else if end < bytes.count, bytes[end] == character {
                end += 1
            } else {
                return nil
            }
        }
        return end
    }
}
