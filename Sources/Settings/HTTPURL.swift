internal import Restriction

/// The address of a server and a path prefix on it: `https://audit.example.com/gateway`.
///
/// No user, query or fragment, and no slash at the end, so that a route is appended as it is.
package struct HTTPURL: Equatable, Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        case http, https

        package var defaultPort: Int { self == .http ? 80 : 443 }
    }

    package let scheme: Scheme
    /// A name or an address in lower case; an IPv6 address without its brackets.
    package let host: String
    /// Nil when the scheme's own.
    package let port: Int?
    /// Empty, or a slash and something behind it.
    package let path: String

    package init(scheme: Scheme, host: String, port: Int? = nil, path: String = "") {
        self.scheme = scheme
        self.host = host
        self.port = port == scheme.defaultPort ? nil : port
        self.path = path
    }

    /// The host as it stands in a URL, with the port unless that is the scheme's own.
    package var authority: String {
        (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }

    package var description: String { "\(scheme.rawValue)://\(authority)\(path)" }
}

extension HTTPURL {
    /// What is wrong with the text of a URL, in words that follow "public_url".
    struct Flaw: Error, Equatable {
        let message: String
    }

    init(_ text: String) throws(Flaw) {
        guard let separator = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<separator.lowerBound].lowercased())
        else { throw Flaw(message: "must begin with http:// or https://") }
        let rest = text[separator.upperBound...]
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains("\\"), !rest.contains("\"") else {
            throw Flaw(message: "holds a character that a URL must percent-encode")
        }
        guard !rest.contains("?"), !rest.contains("#") else {
            throw Flaw(message: "must have no query and no fragment")
        }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else { throw Flaw(message: "must have no user or password in it") }
        let (host, port) = try Self.split(authority)
        var path = String(rest[authority.endIndex...])
        while path.hasSuffix("/") { path.removeLast() }
        self.init(scheme: scheme, host: host, port: port, path: path)
    }

    private static func split(_ authority: Substring) throws(Flaw) -> (host: String, port: Int?) {
        var host = authority
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            let isPlain = digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isPlain, let number = Int(digits), (1...65_535).contains(number) else {
                throw Flaw(message: "has the port '\(digits)', which is not a number from 1 to 65535")
            }
            port = number
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            guard address.contains(":"), IPAddress(String(address)) != nil else {
                throw Flaw(message: "has '\(host)' for a host, which is not an IPv6 address")
            }
            return (address.lowercased(), port)
        }
        guard HostName.isValid(String(host)) else {
            throw Flaw(
                message: host.isEmpty ? "must have a host" : "has '\(host)' for a host, which is not a host's name"
            )
        }
        return (host.lowercased(), port)
    }
}
