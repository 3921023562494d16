/// A range of addresses in CIDR notation, such as `10.0.0.0/8` or `2001:db8::/32`.
///
/// A network of IPv4 addresses also holds their IPv6-mapped forms; a network of IPv6 addresses holds no IPv4 address,
/// `::/0` included.
package struct IPNetwork: Equatable, Hashable, Sendable {
    /// The first address.
    package let address: IPAddress
    /// How many leading bits an address shares with ``address``: at most 32 or 128.
    package let prefixLength: Int
    private let highMask: UInt64, lowMask: UInt64

    /// The network that an address lies in.
    package init?(address: IPAddress, prefixLength: Int) {
        let width = address.family.width
        guard (0...width).contains(prefixLength) else { return nil }
        self.prefixLength = prefixLength
        switch address.family {
        case .ipv4:
            highMask = 0
            lowMask = 0xFFFF_FFFF & ~(UInt64(0xFFFF_FFFF) >> UInt64(prefixLength))
            self.address = IPAddress(ipv4: UInt32(truncatingIfNeeded: address.low & lowMask))
        case .ipv6:
            highMask = ~(UInt64.max >> UInt64(min(prefixLength, 64)))
            lowMask = ~(UInt64.max >> UInt64(max(prefixLength - 64, 0)))
            self.address = IPAddress(ipv6High: address.high & highMask, low: address.low & lowMask)
        }
    }

    /// Reads `address/length`, or an address alone, which is a network of one; nil when it is neither.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        guard parts.count == 2 else {
            self.init(address: address, prefixLength: address.family.width)
            return
        }
        let isPlain = parts[1].utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isPlain, (1...3).contains(parts[1].utf8.count), let written = Int(parts[1]), written <= 128 else {
            return nil
        }
        // `::ffff:10.0.0.0/104` counts its length in IPv6 bits.
        let isMapped = address.family == .ipv4 && first.contains(":")
        guard !isMapped || written >= 96 else { return nil }
        self.init(address: address, prefixLength: isMapped ? written - 96 : written)
    }

    @inline(__always)
    package func contains(_ other: IPAddress) -> Bool {
        other.family == address.family && other.high & highMask == address.high && other.low & lowMask == address.low
    }
}

extension IPNetwork: CustomStringConvertible {
    package var description: String { "\(address)/\(prefixLength)" }
}
