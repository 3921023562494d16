import Testing

@testable import Restriction

@Suite struct `An address` {
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("0.0.0.0", "0.0.0.0"), ("::", "::"),
        ("::1", "::1"), ("1::", "1::"), ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::FFFF:0a00:0001", "10.0.0.1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ("fe80::1", "fe80::1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("::10.0.0.1", "::a00:1"),
    ])
    func `is read and written`(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.1.2", "10.0.0.256", "010.0.0.1", "10.0.0.01", "1.2.3.4:80", "[::1]", "fe80::1%eth0", ":",
        ":::",
        "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1:2:3:4:5:6:7:8", "12345::", "g::", "1.2.3.4::", "::1.2.3",
        " 10.0.0.1",
        "10.0.0.1 ", "0x0a.0.0.1", "10.0..1", "167772161", "::1:", ":1::2", "1:2:3:4:5:6:7:1.2.3.4", "+1.2.3.4",
        "１.2.3.4", "...",
        "1.2.3.", ".1.2.3", "99999999999999999999.1.1.1",
    ])
    func `is refused otherwise`(text: String) { #expect(IPAddress(text) == nil) }
}

@Suite struct `A network` {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "203.0.113.9", true),
        ("0.0.0.0/0", "::1", false), ("::/0", "10.0.0.1", false), ("::/0", "2001:db8::1", true),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("10.0.0.0/8", "::ffff:11.1.2.3", false),
        ("::ffff:10.0.0.0/104", "10.1.2.3", true),
        ("127.0.0.1/32", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::", false), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
        ("fe80::/10", "febf::1", true),
        ("::1/128", "::1", true), ("192.168.1.128/25", "192.168.1.127", false),
        ("192.168.1.128/25", "192.168.1.200", true),
    ])
    func `holds its addresses`(network: String, address: String, isInside: Bool) throws {
        let network = try #require(IPNetwork(network))
        #expect(network.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(arguments: [
        "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "10/8", "::ffff:10.0.0.0/8",
        "10.0.0.0/ 8", "a/8",
    ])
    func `is refused otherwise`(text: String) { #expect(IPNetwork(text) == nil) }

    @Test func `is written with its first address`() {
        #expect(IPNetwork("10.1.2.3/8")?.description == "10.0.0.0/8")
        #expect(IPNetwork("2001:db8:1::5/32")?.description == "2001:db8::/32")
    }
}
