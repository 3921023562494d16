extension IPAddress {
    /// Whether the address is of the public internet: neither private, loopback, link-local, shared nor reserved
    /// (IANA's special-purpose registries, RFC 6890).
    package var isPublic: Bool {
        switch family {
        case .ipv4: return !Self.reservedIPv4.contains { $0.contains(self) }
        case .ipv6:
            // RFC 6052: a translator answers for an IPv4 address there, and that one counts.
            if Self.translated?.contains(self) == true {
                return IPAddress(ipv4: UInt32(truncatingIfNeeded: low)).isPublic
            }
            return Self.globalUnicast?.contains(self) == true && !Self.reservedIPv6.contains { $0.contains(self) }
        }
    }

    private static let reservedIPv4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap { IPNetwork($0) }

    private static let translated = IPNetwork("64:ff9b::/96")
    private static let globalUnicast = IPNetwork("2000::/3")
    // Teredo and 6to4 hold IPv4 addresses, of which any may be private.
    private static let reservedIPv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"].compactMap {
        IPNetwork($0)
    }
}
