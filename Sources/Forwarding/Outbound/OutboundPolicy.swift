package import Restriction

/// Where requests may go whose URL comes out of a delivery or a mapping.
///
/// By itself that is every public address, by `https`. What an operator names may be asked although it is private, and
/// by plain `http` too.
package struct OutboundPolicy: Sendable {
    /// Hosts in lower case.
    package var hosts: Set<String> = []
    package var networks: [IPNetwork] = []
    /// Of an answer's body.
    package var maximumBytes = 64 << 10
    /// From a request's start to the end of its answer.
    package var timeLimit = Duration.seconds(5)
    /// Requests at once.
    package var connections = 8
    /// Requests that wait for one of those; what comes then is refused.
    package var maximumWaiting = 64
    /// How long they do; with ``timeLimit`` the longest that a delivery waits for an answer.
    package var maximumWait = Duration.seconds(5)
    /// A file of certificates (PEM) that count instead of the system's; nil for the system's.
    package var authoritiesFile: String?

    package init() {}

    func allows(_ address: IPAddress, ofHost host: String, isEncrypted: Bool) -> Bool {
        if hosts.contains(host) || networks.contains(where: { $0.contains(address) }) { return true }
        return isEncrypted && address.isPublic
    }

    /// Whether some address of a host could be asked without encryption.
    func mayBePlain(host: String) -> Bool { hosts.contains(host) || !networks.isEmpty }
}

/// Why a request got no answer.
package struct OutboundError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// No URL of a server, or one with a user.
        case unusableURL
        /// Its host is not one of those that the mapping asks.
        case forbiddenHost
        /// Its host is inside a private network, or would be asked without encryption.
        case forbiddenAddress
        /// The answer has more bytes than are taken.
        case tooLarge
        /// Too many requests wait.
        case busy
        /// No connection, no answer in time, or no valid certificate.
        case failed
        /// The gateway stops.
        case stopped
    }

    package let code: Code
    /// What happened and how to mend it.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}

/// An answer, whatever its status.
package struct OutboundReply: Equatable, Sendable {
    package let status: Int
    package let body: [UInt8]
}
