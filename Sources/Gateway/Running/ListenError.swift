internal import Glibc
internal import NIOCore

/// Why the listener's address cannot be had.
struct ListenError: Error, CustomStringConvertible {
    let description: String

    /// Nil when an error is about something else than an address.
    init?(_ error: any Error, host: String, port: Int) {
        let cause: String
        switch error {
        case let error as IOError:
            switch error.errnoCode {
            case EADDRINUSE: cause = "the port is in use; set listen.port or --port"
            case EACCES: cause = "a port below 1024 needs a privilege; set listen.port or --port"
            case EADDRNOTAVAIL: cause = "this machine has no such address; set listen.host"
            default: return nil
            }
        case is SocketAddressError, is SocketAddressError.UnknownHost: cause = "the host is not known; set listen.host"
        default: return nil
        }
        let name = host.contains(":") ? "[\(host)]" : host
        description = "cannot listen on \(name):\(port): \(cause)"
    }
}
