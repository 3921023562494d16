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

    private static let maximumURLBytes = 2048

    /// Whether it matches the host of an HTTPS URL without a user.
    package func allows(_ url: String) -> Bool { HostPattern.host(of: url).map(matches) ?? false }

    /// The host of an HTTPS URL in lower case; nil for what other readers of URLs might understand otherwise.
    private static func host(of url: String) -> String? {
        let scheme = "https://"
        let isPlain = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        guard url.utf8.count <= maximumURLBytes, isPlain, url.lowercased().hasPrefix(scheme) else { return nil }
        let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2, !authority.contains("@") else { return nil }
        if parts.count == 2, !parts[1].allSatisfy({ $0.isASCII && $0.isNumber }) { return nil }
        return host.lowercased()
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
