/// An IPv4 or IPv6 address; one that IPv6 maps from IPv4 (`::ffff:10.0.0.1`) is that IPv4 address.
package struct IPAddress: Equatable, Hashable, Sendable {
    package enum Family: Sendable {
        case ipv4, ipv6

        /// Bits of an address.
        package var width: Int { self == .ipv4 ? 32 : 128 }
    }

    package let family: Family
    /// The address as a number; an IPv4 address in the low 32 bits of ``low``.
    package let high: UInt64, low: UInt64

    private init(family: Family, high: UInt64, low: UInt64) {
        self.family = family
        self.high = high
        self.low = low
    }

    package init(ipv4 address: UInt32) { self.init(family: .ipv4, high: 0, low: UInt64(address)) }

    package init(ipv6High high: UInt64, low: UInt64) {
        if high == 0, low >> 32 == 0xFFFF {
            self.init(family: .ipv4, high: 0, low: low & 0xFFFF_FFFF)
        } else {
            self.init(family: .ipv6, high: high, low: low)
        }
    }

    /// Reads the usual text forms: four decimal numbers without leading zeros, or RFC 4291, section 2.2.
    ///
    /// Ports, brackets and zones (`%eth0`) are refused: nil.
    package init?(_ text: UnsafeRawBufferPointer) {
        guard !text.isEmpty, text.count <= 45 else { return nil }
        guard text.contains(UInt8(ascii: ":")) else {
            guard let address = Self.ipv4(text) else { return nil }
            self.init(ipv4: address)
            return
        }
        guard let address = Self.ipv6(text) else { return nil }
        self.init(ipv6High: address.high, low: address.low)
    }

    package init?(_ text: String) {
        var text = text
        guard let address = text.withUTF8({ IPAddress(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = address
    }

    /// Whether this is an "IPv4-compatible" address such as `::10.0.0.1` (RFC 4291, section 2.5.5.1), which `::1` is not.
    var endsInIPv4: Bool { family == .ipv6 && high == 0 && low >> 32 == 0 && low > 0xFFFF }

    private static func ipv4(_ text: some Collection<UInt8>) -> UInt32? {
        var address: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var parts = 1
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard digits == 0 || part > 0 else { return nil }
                part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
                digits += 1
                guard part <= 255 else { return nil }
            case UInt8(ascii: "."):
                guard digits > 0, parts < 4 else { return nil }
                address = address << 8 | part
                (part, digits, parts) = (0, 0, parts + 1)
            default: return nil
            }
        }
        guard digits > 0, parts == 4 else { return nil }
        return address << 8 | part
    }

    private static func ipv6(_ text: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64)? {
        var groups: [UInt16] = []
        var gap: Int?
        var index = 0
        if text.starts(with: "::".utf8) {
            gap = 0
            index = 2
        }
        while index < text.count {
            guard groups.count < 8 else { return nil }
            let rest = text[index...]
            let digits = rest.prefix { $0 != UInt8(ascii: ":") }
            if digits.contains(UInt8(ascii: ".")) {
                guard digits.endIndex == text.count, groups.count <= 6, let tail = ipv4(digits) else { return nil }
                groups += [UInt16(tail >> 16), UInt16(tail & 0xFFFF)]
                index = text.count
                break
            }
            guard let group = group(digits) else { return nil }
            groups.append(group)
            index = digits.endIndex
            guard index < text.count else { break }
            index += 1
            guard index < text.count else { return nil }
            if text[index] == UInt8(ascii: ":") {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        if let gap { groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap) }
        let numbers = groups.map(UInt64.init)
        return (
            numbers[0] << 48 | numbers[1] << 32 | numbers[2] << 16 | numbers[3],
            numbers[4] << 48 | numbers[5] << 32 | numbers[6] << 16 | numbers[7]
        )
    }

    /// One to four hexadecimal digits.
    private static func group(_ digits: some Collection<UInt8>) -> UInt16? {
        guard (1...4).contains(digits.count) else { return nil }
        var value: UInt16 = 0
        for byte in digits {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt16(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt16(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt16(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return value
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        switch family {
        case .ipv4: [24, 16, 8, 0].map { String(low >> $0 & 0xFF) }.joined(separator: ".")
        case .ipv6: Self.text(ofGroups: [high, low].flatMap { half in [48, 32, 16, 0].map { half >> $0 & 0xFFFF } })
        }
    }

    /// The form of RFC 5952: the first longest run of two or more zero groups shortened.
    private static func text(ofGroups groups: [UInt64]) -> String {
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > longest.count { longest = start..<end }
            start = max(end, start + 1)
        }
        let words = groups.map { String($0, radix: 16) }
        guard longest.count > 1 else { return words.joined(separator: ":") }
        let head = words[..<longest.lowerBound].joined(separator: ":")
        return head + "::" + words[longest.upperBound...].joined(separator: ":")
    }
}
