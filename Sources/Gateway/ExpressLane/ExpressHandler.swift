internal import NIOCore
internal import NIOHTTP1

/// Answers the writing routes on the event loop, in front of the router: the express lane.
///
/// It sits right behind the HTTP parser, in front of the codec that turns messages into Hummingbird's types (which costs as
/// much as the parsing), and takes what ``ExpressService/lane(for:)`` claims; all else passes through untouched. It keeps
/// these promises:
///
/// - Answers leave in the order of the requests, also when a client pipelines: while a request waits for its commit, or
///   the router works on one, what comes behind it is held back, and the socket is not read further.
/// - A body never grows beyond its limit, and one that stays incomplete too long is answered 408.
/// - A connection is not closed under a request that waits: closings asked for by the handlers behind are held until the
///   answer is out.
///
/// All of it runs on the channel's event loop.
final class ExpressHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        /// Reading the body of a request of ours, which ``incoming`` holds.
        case collecting
        /// A request of ours was answered before its body was whole: the rest is read and dropped.
        case draining
        /// A request of ours waits for its answer.
        case waiting
        /// The router reads a request, since its head came.
        case routing(NIODeadline)
        /// The router works on a request that it has read whole.
        case routed
    }

    private let service: any ExpressService
    private var state = State.idle
    /// The request whose body is being read.
    ///
    /// It stands beside the state, since a value taken out of an enum has two owners, and a body with two owners is copied
    /// whole for every part that is added to it.
    private var incoming: ExpressRequest?
    /// Bytes of the body that ``ExpressService/bodies`` counts for this connection, until the answer is out.
    private var heldBytes = 0
    /// The parser met what is no HTTP; nothing can be read behind it.
    private var unreadable: HTTPParserError?
    /// What came while a request was being answered.
    private var heldParts = CircularBuffer<HTTPServerRequestPart>()
    private var isReadHeld = false
    /// Of the request that the router has.
    private var routed = RoutedRequest()
    private let watch: ByteWatch
    private var heldClosings: [(mode: CloseMode, promise: EventLoopPromise<Void>?)] = []
    /// Whether the client asked for the connection to end with this request, or speaks HTTP/1.0.
    private var closesAfterThis = false
    private var isHead = false
    private var closesAfterAnswer = false
    private var isQuiescing = false
    /// The gateway stops.
    private var isToldToStop = false
    /// Whether the client sends no more.
    private var isInputClosed = false
    /// Counts requests, so that an answer that comes late finds that its request is over.
    private var requestNumber = 0
    private var lastActivity = NIODeadline.now()
    private var timer: Scheduled<Void>?
    private var worker: IntakeWorker?
    private var remoteAddress: String?

    init(service: any ExpressService, watch: ByteWatch) {
        self.service = service
        self.watch = watch
    }

    /// What has to be known of a request that the router works on, to keep the connection in order.
    private struct RoutedRequest {
        /// Answered without its body.
        var isHead = false
        var closesAfterAnswer = false
        var hasAnswerBegun = false
        /// Answered before it was read whole.
        var isAnswered = false
        /// Cut short by us: what the router still writes goes nowhere.
        var isCut = false
    }

    func handlerAdded(context: ChannelHandlerContext) {
        worker = service.worker(of: context.eventLoop)
        remoteAddress = context.remoteAddress?.ipAddress
        scheduleCheck(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        requestNumber += 1
        state = .idle
        incoming = nil
        service.bodies.release(&heldBytes)
        heldParts.removeAll()
        timer?.cancel()
        timer = nil
        for closing in heldClosings { closing.promise?.succeed(()) }
        heldClosings = []
        context.fireChannelInactive()
    }
}

// MARK: - Inbound

extension ExpressHandler {
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastActivity = .now()
        if isHolding {
            heldParts.append(unwrapInboundIn(data))
        } else {
            receive(unwrapInboundIn(data), context: context)
        }
    }

    /// Whether what arrives must wait for the answer to what came before.
    private var isHolding: Bool {
        switch state {
        case .waiting, .routed: true
        case .idle, .collecting, .draining, .routing: false
        }
    }

    private func receive(_ part: HTTPServerRequestPart, context: ChannelHandlerContext) {
        switch (part, state) {
        case (.head(let head), _): begin(head, context: context)
        case (.body(let bytes), .collecting): collect(bytes, context: context)
        case (.end, .collecting):
            guard let request = takeIncoming(leaving: .waiting) else { return }
            perform(request, context: context)
        case (.body, .draining): break
        case (.end, .draining):
            state = .idle
            finish(context: context)
        case (.end, .routing):
            state = .routed
            context.fireChannelRead(wrapInboundOut(part))
            if routed.isAnswered { endRouted(context) }
        case (.body, _), (.end, _): context.fireChannelRead(wrapInboundOut(part))
        }
    }

    private func collect(_ bytes: ByteBuffer, context: ChannelHandlerContext) {
        let isHeld = service.bodies.hold(bytes.readableBytes, of: &heldBytes)
        let fits = incoming?.append(bytes) == true
        guard !isHeld || !fits, let request = takeIncoming(leaving: .draining) else { return }
        let refusal = fits ? service.tooManyBodies(request) : service.bodyTooLarge(request)
        answer(refusal, isBodyWhole: false, context: context)
    }

    private func begin(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        watch.firstByteAt = nil
        guard let lane = service.lane(for: head) else { return route(head, context: context) }
        requestNumber += 1
        isHead = head.method == .HEAD
        closesAfterThis = !head.isKeepAlive
        var request = ExpressRequest(
            head: head,
            lane: lane,
            maximumBodyBytes: service.maximumBodyBytes,
            remoteAddress: remoteAddress
        )
        if let refusal = service.refusalBeforeBody(request) {
            state = .draining
            return answer(refusal, isBodyWhole: false, context: context)
        }
        request.reserve()
        incoming = request
        state = .collecting
        if request.expectsContinue {
            let go = HTTPResponseHead(version: head.version, status: .continue)
            context.writeAndFlush(wrapOutboundOut(.head(go)), promise: nil)
        }
    }

    /// Ends the reading of a body: the request, as far as it came, leaves the handler.
    private func takeIncoming(leaving next: State) -> ExpressRequest? {
        defer { incoming = nil }
        state = next
        return incoming
    }

    /// Hands a request to the router, which knows neither HEAD nor HTTP/1.0 nor somebody who waits for a go-ahead.
    private func route(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        state = .routing(.now())
        routed = RoutedRequest(isHead: head.method == .HEAD, closesAfterAnswer: !head.isKeepAlive || isQuiescing)
        if head.headers.contains(name: "expect"), head.headers["expect"].first?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: head.version, status: .continue))),
                promise: nil
            )
        }
        var head = head
        head.uri = service.withoutPrefix(head.uri)
        if routed.isHead { head.method = .GET }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func endRouted(_ context: ChannelHandlerContext) {
        state = .idle
        if routed.closesAfterAnswer {
            closesAfterAnswer = true
            let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
                ExpressHandler.lingerThenClose(loopBound.value)
            }
        }
        finish(context: context)
    }

    private func perform(_ request: ExpressRequest, context: ChannelHandlerContext) {
        guard let worker else { return }
        let number = requestNumber
        let eventLoop = context.eventLoop
        let loopBound = NIOLoopBound((self, context), eventLoop: eventLoop)
        service.perform(request, on: worker, eventLoop: eventLoop) { response in
            // Called once, from any thread.
            if eventLoop.inEventLoop {
                let (handler, context) = loopBound.value
                handler.complete(number, with: response, context: context)
            } else {
                eventLoop.execute {
                    let (handler, context) = loopBound.value
                    handler.complete(number, with: response, context: context)
                }
            }
        }
    }

    private func complete(_ number: Int, with response: ExpressResponse, context: ChannelHandlerContext) {
        guard number == requestNumber, case .waiting = state else { return }
        state = .idle
        answer(response, isBodyWhole: true, context: context)
    }
}

// MARK: - Answers

extension ExpressHandler {
    private func answer(_ response: ExpressResponse, isBodyWhole: Bool, context: ChannelHandlerContext) {
        service.bodies.release(&heldBytes)
        // Without it the channel is being taken down.
        guard let wire = watch.context else { return }
        // Nobody waits for the rest of a body that is refused: the connection ends once the answer is out.
        closesAfterAnswer = closesAfterAnswer || closesAfterThis || !isBodyWhole || isQuiescing
        // The bytes are ready, so the encoder is passed by.
        let message = NIOAny(response.bytes(isHead: isHead, closes: closesAfterAnswer))
        if closesAfterAnswer {
            let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.whenComplete { _ in ExpressHandler.lingerThenClose(loopBound.value) }
            wire.writeAndFlush(message, promise: written)
        } else {
            wire.writeAndFlush(message, promise: nil)
        }
        if isBodyWhole { finish(context: context) }
    }

    /// Closes our side now and the rest a little later.
    ///
    /// Closing at once while the client still sends would make the kernel answer with a reset, which can take our answer
    /// away before the client has read it.
    private static func lingerThenClose(_ context: ChannelHandlerContext) {
        context.close(mode: .output, promise: nil)
        let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .seconds(1)) { loopBound.value.close(promise: nil) }
    }

    /// Ends a request and goes on with what was held back meanwhile.
    private func finish(context: ChannelHandlerContext) {
        lastActivity = .now()
        watch.firstByteAt = nil
        if closesAfterAnswer {
            heldParts.removeAll()
            return
        }
        let hadHeldParts = !heldParts.isEmpty
        while !isHolding, let part = heldParts.popFirst() { receive(part, context: context) }
        // The router takes what it was given only when it hears that this was all for now.
        if hadHeldParts { context.fireChannelReadComplete() }
        guard !isHolding else { return }
        refuseUnreadable(context)
        for closing in heldClosings { context.close(mode: closing.mode, promise: closing.promise) }
        heldClosings = []
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }
}

// MARK: - Outbound

extension ExpressHandler {
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { isInputClosed = true }
        if event is ChannelShouldQuiesceEvent { isToldToStop = true }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        // The parser's word for an end in the middle of a body comes before the event.
        if error == .invalidEOFState { isInputClosed = true }
        unreadable = error
        // What came before it is answered first.
        if !isHolding { refuseUnreadable(context) }
    }

    /// Answers what is no HTTP, once, and ends the connection.
    private func refuseUnreadable(_ context: ChannelHandlerContext) {
        guard let error = unreadable else { return }
        unreadable = nil
        switch state {
        case .collecting:
            guard let request = takeIncoming(leaving: .draining) else { return }
            let isShort = error == .invalidEOFState
            let response = isShort ? service.bodyTooShort(request) : service.unreadable(error)
            answer(response, isBodyWhole: false, context: context)
        case .idle:
            state = .draining
            answer(service.unreadable(error), isBodyWhole: false, context: context)
        case .routing:
            if !routed.hasAnswerBegun {
                routed.isCut = true
                state = .draining
                answer(service.unreadable(error), isBodyWhole: false, context: context)
            }
            context.fireErrorCaught(error)
        // The first is answered already; the others hold what comes behind them back.
        case .draining, .waiting, .routed: break
        }
    }

    func read(context: ChannelHandlerContext) {
        // A client that waits for its answer sends nothing: only one that does not is stopped, since stopping and going
        // on cost a system call each.
        if isHolding && !heldParts.isEmpty {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !routed.isCut else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            routed.hasAnswerBegun = true
            if routed.closesAfterAnswer {
                head.headers.remove(name: "connection")
                head.headers.add(name: "connection", value: "close")
            }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body:
            guard !routed.isHead else {
                promise?.succeed(())
                return
            }
            context.write(data, promise: promise)
        case .end:
            // An end that closes is written by endRouted, which waits for it.
            if routed.closesAfterAnswer { promise?.succeed(()) } else { context.write(data, promise: promise) }
            switch state {
            case .routed: endRouted(context)
            case .routing: routed.isAnswered = true
            case .idle, .collecting, .draining, .waiting: break
            }
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch state {
        case .waiting:
            isQuiescing = true
            heldClosings.append((mode, promise))
        case .collecting:
            // Nothing of it was accepted, and it may never be whole.
            heldClosings.append((mode, promise))
            guard let request = takeIncoming(leaving: .draining) else { return }
            let response = isInputClosed ? service.bodyTooShort(request) : service.stopping(request)
            answer(response, isBodyWhole: false, context: context)
        case .idle where isToldToStop && !isInputClosed && !isQuiescing:
            // A request that was sent before may not be read yet: it has a moment to come, and is answered.
            isQuiescing = true
            heldClosings.append((mode, promise))
            let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: ExpressHandler.lastCall) {
                let (handler, context) = loopBound.value
                handler.endLastCall(context)
            }
        case .idle, .draining, .routing, .routed: context.close(mode: mode, promise: promise)
        }
    }

    /// How long a connection without a request stays open when the gateway stops.
    private static let lastCall = TimeAmount.milliseconds(100)

    private func endLastCall(_ context: ChannelHandlerContext) {
        switch state {
        case .idle:
            for closing in heldClosings { context.close(mode: closing.mode, promise: closing.promise) }
            heldClosings = []
        case .collecting:
            guard let request = takeIncoming(leaving: .draining) else { return }
            answer(service.stopping(request), isBodyWhole: false, context: context)
        // Answered soon, and closed with the answer.
        case .draining, .waiting, .routing, .routed: break
        }
    }
}

// MARK: - Time limits

extension ExpressHandler {
    /// Looks at the clock now and then: one timer a connection, because one a request would cost more than the request.
    private func scheduleCheck(_ context: ChannelHandlerContext) {
        let period = min(service.idleTimeout, service.requestTimeout).nanoseconds / 4
        let loopBound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timer = context.eventLoop.scheduleTask(in: .nanoseconds(max(period, 10_000_000))) {
            let (handler, context) = loopBound.value
            handler.check(context)
        }
    }

    private func check(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        switch state {
        case .collecting where incoming.map({ now >= $0.startedAt + service.requestTimeout }) == true:
            guard let request = takeIncoming(leaving: .draining) else { return }
            answer(service.bodyTooSlow(request), isBodyWhole: false, context: context)
        case .routing(let start) where now >= start + service.requestTimeout && !routed.hasAnswerBegun:
            routed.isCut = true
            state = .draining
            answer(service.requestTooSlow(), isBodyWhole: false, context: context)
        case .idle where watch.firstByteAt.map({ now >= $0 + service.requestTimeout }) == true:
            answer(service.requestTooSlow(), isBodyWhole: false, context: context)
        case .idle where now >= lastActivity + service.idleTimeout,
            .draining where now >= lastActivity + service.idleTimeout:
            return context.close(promise: nil)
        // The others wait for us, not for the client.
        case .idle, .draining, .collecting, .waiting, .routing, .routed: break
        }
        scheduleCheck(context)
    }
}
