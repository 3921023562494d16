internal import Restriction

/// Names of hosts as RFC 1123 has them, and IPv4 addresses, which look the same.
enum HostName {
    static func isValid(_ text: String) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard !labels.isEmpty, text.utf8.count <= 253 else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy(isLetterDigitHyphen)
        }
    }

    /// Whether only this machine answers there.
    static func isLoopback(_ host: String) -> Bool {
        guard let address = IPAddress(host) else { return host == "localhost" || host.hasSuffix(".localhost") }
        return [IPNetwork("127.0.0.0/8"), IPNetwork("::1")].contains { $0?.contains(address) == true }
    }

    private static func isLetterDigitHyphen(_ byte: UInt8) -> Bool {
        switch byte {
        // An underscore is no letter of a host's name, but container networks use it.
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
