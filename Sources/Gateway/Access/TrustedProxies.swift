internal import Restriction

/// The proxies in front of the gateway whose word about clients counts.
struct TrustedProxies: Sendable {
    let networks: [IPNetwork]

    /// How many proxies a request may have come over; what is beyond them is not looked at.
    private static let longestChain = 32

    func contains(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return networks.contains { $0.contains(address) }
    }

    /// Where a request began.
    ///
    /// `X-Forwarded-For` grows at its right end, where each proxy writes whom it got the request from. What a proxy that is
    /// not trusted has written, or a client, may be anything, so the first address from the right that is no trusted proxy
    /// is the client.
    ///
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - forwarded: the values of `X-Forwarded-For`, in their order.
    /// - Returns: nil when it cannot be told.
    func client(of peer: IPAddress?, forwarded: [String]) -> IPAddress? {
        guard var client = peer else { return nil }
        let chain = forwarded.joined(separator: ",").split(separator: ",")
        for word in chain.reversed().prefix(TrustedProxies.longestChain) {
            guard contains(client) else { break }
            guard let next = TrustedProxies.address(word) else { return nil }
            client = next
        }
        return client
    }

    /// Reads `192.0.2.1`, `2001:db8::1`, and both with a port as some proxies write it: `192.0.2.1:80`, `[2001:db8::1]:80`.
    private static func address(_ word: Substring) -> IPAddress? {
        var text = word.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        if text.count(where: { $0 == ":" }) == 1 { text = text.prefix { $0 != ":" } }
        return IPAddress(String(text))
    }
}
