internal import NIOCore
internal import NIOHTTPTypesHTTP1

/// Puts the express lane where it belongs, which Hummingbird has no setting for: in front of its codec.
final class ExpressInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private let service: any ExpressService

    init(service: any ExpressService) {
        self.service = service
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            // A request is mostly read in one piece; by default NIO then asks the system for more, in vain.
            try context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            let watch = ByteWatch()
            try pipeline.addHandler(watch, position: .first)
            try pipeline.addHandler(ExpressHandler(service: service, watch: watch), position: .before(codec))
        } catch {
            preconditionFailure("Hummingbird's pipeline has no HTTP1ToHTTPServerCodec: \(error)")
        }
        pipeline.removeHandler(context: context, promise: nil)
    }
}

/// Notes when bytes came that no request's head has been made of yet, so that a head that never ends can be answered;
/// and is the place from which bytes go out that need no encoder.
final class ByteWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// When the first byte since the last request came; nil when there is none.
    var firstByteAt: NIODeadline?
    /// Its own, in front of the whole pipeline, for as long as it is there.
    private(set) var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if firstByteAt == nil { firstByteAt = .now() }
        context.fireChannelRead(data)
    }
}
