internal import Hummingbird
internal import Logging
internal import NIOCore

/// What a routed request carries along: where it came from.
struct GatewayContext: RequestContext, RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }

    /// Whether the peer is on this machine.
    var isLoopback: Bool {
        guard let address = remoteAddress?.ipAddress else { return remoteAddress != nil }
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}
