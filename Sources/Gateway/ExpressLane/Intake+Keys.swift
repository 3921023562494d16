internal import Mapping
internal import NIOCore
internal import NIOHTTP1
internal import Receiving
internal import Restriction

/// How often a delivery was read already, and where it is read again.
struct Attempt: Sendable {
    let eventLoop: any EventLoop
    private(set) var number = 1

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    var next: Attempt {
        var next = self
        next.number += 1
        return next
    }

    /// A mapping may take keys from several places, each of which is learned of by one more reading.
    static let most = 4
}

/// Deliveries that cannot be told from forgeries before a key was fetched.
extension Intake {
    /// Reads a delivery again when a key is there, or has turned out not to be had; meanwhile its loop does other work.
    ///
    /// What waits is bounded in number by the store and in bytes here. Beyond it, and when the key does not come, the
    /// answer is that of an unreachable store and never a 401: nobody knows yet whether the delivery is authentic.
    func wait(
        for key: KeyRequest,
        _ request: ExpressRequest,
        from source: ServedSource,
        _ attempt: Attempt,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        var held = 0
        let hasRoom = waitingBodies.hold(request.body.readableBytes, of: &held)
        let size = held
        let isWaiting =
            hasRoom && attempt.number < Attempt.most
            && keys.fetch(key, at: clock()) { [self] in
                attempt.eventLoop.execute { [self] in
                    var held = size
                    waitingBodies.release(&held)
                    perform(request, on: worker(of: attempt.eventLoop), attempt.next, respond: respond)
                }
            }
        guard !isWaiting else { return }
        waitingBodies.release(&held)
        finish(.unavailable, bodies: AnswerBodies(), from: source, request.mark, respond)
    }

    /// Where a request began, and whether trusted proxies brought it.
    func origin(of request: ExpressRequest) -> (client: IPAddress?, isProxied: Bool) {
        let peer = request.remoteAddress.flatMap { IPAddress(String($0.prefix { $0 != "%" })) }
        let forwarded = request.head.headers["x-forwarded-for"]
        return (proxies.client(of: peer, forwarded: forwarded), proxies.contains(peer))
    }
}
