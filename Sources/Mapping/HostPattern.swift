/// A regular expression of RE2 that a host's name has to match as a whole, in any case.
///
///     sns\.[a-z0-9-]+\.amazonaws\.com
package struct HostPattern: Sendable {
    package let text: String
    private let pattern: Pattern

    init(_ text: String) throws(PatternError) {
        self.text = text
        // Alone first: what does not stand on its own could close the group around it.
        _ = try Pattern(Array(text.utf8))
        pattern = try Pattern(Array("(?i)\\A(?:\(text))\\z".utf8))
    }

    package func matches(_ host: String) -> Bool {
        var host = host
        return host.withUTF8 { pattern.captures(in: UnsafeRawBufferPointer($0)) != nil }
    }
}

extension HostPattern {
    /// A pattern from elsewhere than a mapping; nil when it is none.
    package static func compiled(_ text: String) -> HostPattern? { try? HostPattern(text) }
}
