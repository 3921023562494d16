import Restriction
import Testing

@testable import Gateway

@Suite struct `Trusted proxies` {
    private let proxies = TrustedProxies(networks: ["10.0.0.0/8", "2001:db8::/32"].compactMap { IPNetwork($0) })

    private static let chains: [(peer: String?, forwarded: [String], client: String?)] = [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        // What a client writes itself stands on the left.
        ("10.0.0.1", ["127.0.0.1, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "10.0.0.2,\t10.9.9.9"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.3"], "10.0.0.3"),
        ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("2001:db8::1", ["[2001:db9::7]:443"], "2001:db9::7"),
        ("2001:db8::1", ["2001:db9::7"], "2001:db9::7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["unknown"], nil), ("10.0.0.1", ["198.51.100.1, x"], nil), ("10.0.0.1", ["[::1"], nil),
        ("10.0.0.1", ["for=198.51.100.1"], nil), (nil, ["198.51.100.1"], nil),
    ]

    @Test(arguments: chains)
    func `tell where a request began`(peer: String?, forwarded: [String], client: String?) {
        let found = proxies.client(of: peer.flatMap { IPAddress($0) }, forwarded: forwarded)
        #expect(found?.description == client)
    }

    @Test func `are none by default`() {
        let none = TrustedProxies(networks: [])
        let peer = IPAddress("10.0.0.1")
        #expect(none.client(of: peer, forwarded: ["198.51.100.1"]) == peer)
        #expect(!none.contains(peer) && proxies.contains(peer) && !proxies.contains(nil))
    }

    @Test func `are not followed for ever`() {
        let chain = [String](repeating: "10.0.0.2", count: 100_000).joined(separator: ",")
        #expect(
            proxies.client(of: IPAddress("10.0.0.1"), forwarded: ["198.51.100.1," + chain]) == IPAddress("10.0.0.2")
        )
    }
}
