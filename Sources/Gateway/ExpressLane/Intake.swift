internal import AuditLog
internal import Forwarding
internal import HTTPTypes
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Receiving
internal import Synchronization
internal import Telemetry

/// Takes in what vendors and applications send: the express lane's work, from a whole request to its answer.
///
/// Reading, authenticating, mapping and checking run on the event loop that the request came on; storing runs on the
/// writer's thread; the answer is written on the event loop again. A body large enough to hold up the other connections
/// of its loop is worked on by a thread of its own.
final class Intake: ExpressService {
    struct Limits: Sendable {
        var maximumBodyBytes = 64 << 20
        var requestTimeout = TimeAmount.seconds(30)
        var idleTimeout = TimeAmount.seconds(75)
        /// Bodies above this leave the event loop.
        var eventLoopBodyBytes = 1 << 20
        /// Compressed ones already above this: they may become a thousand times as large.
        var eventLoopEncodedBytes = 4 << 10
        /// Most bytes of large bodies that are being read at once.
        var heldBodyBytes = 64 << 20
    }

    let tokens: TokenDirectory
    let sources: SourceDirectory
    let keys: KeyStore
    let client: OutboundClient
    let proxies: TrustedProxies
    let writer: GroupCommit
    let limits: Limits
    let address: PublicAddress
    let clock: @Sendable () -> Int64
    let metrics: IntakeMetrics
    let logger: Logger
    let bodies: HeldBodies
    /// Of deliveries that wait for a key.
    let waitingBodies: HeldBodies
    private let pathPrefix: String
    let heavyLoad: NIOThreadPool
    private let workers = Mutex<[ObjectIdentifier: Worker]>([:])

    // A worker belongs to one event loop's thread; the table only hands it out.
    private struct Worker: @unchecked Sendable {
        let worker: IntakeWorker
    }

    init(
        tokens: TokenDirectory,
        sources: SourceDirectory,
        keys: KeyStore,
        client: OutboundClient,
        proxies: TrustedProxies,
        writer: GroupCommit,
        limits: Limits,
        address: PublicAddress,
        pathPrefix: String,
        heavyLoad: NIOThreadPool,
        metrics: IntakeMetrics,
        logger: Logger,
        clock: @escaping @Sendable () -> Int64
    ) {
        self.tokens = tokens
        self.sources = sources
        self.keys = keys
        self.client = client
        self.proxies = proxies
        self.writer = writer
        self.limits = limits
        bodies = HeldBodies(limit: limits.heldBodyBytes)
        waitingBodies = HeldBodies(limit: limits.heldBodyBytes)
        self.address = address
        self.pathPrefix = pathPrefix
        self.heavyLoad = heavyLoad
        self.metrics = metrics
        self.logger = logger
        self.clock = clock
    }

    var maximumBodyBytes: Int { limits.maximumBodyBytes }
    var requestTimeout: TimeAmount { limits.requestTimeout }
    var idleTimeout: TimeAmount { limits.idleTimeout }

    func worker(of eventLoop: any EventLoop) -> IntakeWorker {
        workers.withLock { workers in
            let id = ObjectIdentifier(eventLoop)
            if let found = workers[id] { return found }
            let made = Worker(worker: IntakeWorker(writer: writer, eventLoop: eventLoop))
            workers[id] = made
            return made
        }.worker
    }

    func lane(for head: HTTPRequestHead) -> Lane? {
        let uri = head.uri.utf8
        var path = uri[..<(uri.firstIndex(of: UInt8(ascii: "?")) ?? uri.endIndex)]
        path = path.dropFirst(prefixLength(of: path))
        if path.starts(with: "/in/".utf8) {
            let rest = path.dropFirst(4)
            guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else {
                return .source(name: Substring(rest), rest: nil)
            }
            return .source(name: Substring(rest[..<slash]), rest: Substring(rest[rest.index(after: slash)...]))
        }
        guard head.method == .POST else { return nil }
        if path.elementsEqual("/v1/log".utf8) { return .log }
        if path.elementsEqual("/v2/log".utf8) { return .bulkLog }
        if path.elementsEqual("/v2/log_async".utf8) { return .asynchronousLog }
        if path.elementsEqual("/v1/log_stream".utf8) { return .logStream }
        return nil
    }

    func withoutPrefix(_ target: String) -> String {
        String(target.utf8.dropFirst(prefixLength(of: target.utf8))) ?? target
    }

    /// How much of a path is the public URL's prefix, which a proxy may leave on: whole components only.
    private func prefixLength(of path: some Collection<UInt8>) -> Int {
        let length = pathPrefix.utf8.count
        guard length > 0, path.starts(with: pathPrefix.utf8) else { return 0 }
        return path.dropFirst(length).first == UInt8(ascii: "/") ? length : 0
    }
}

// MARK: - Refusals

extension Intake {
    func refusalBeforeBody(_ request: ExpressRequest) -> ExpressResponse? {
        if let claimed = request.claimedBodyBytes, claimed > limits.maximumBodyBytes { return bodyTooLarge(request) }
        guard !writer.isFull(for: request.claimedBodyBytes ?? 0) else {
            metrics.queueRejections.increment()
            return refusal(
                request,
                CallAnswer(
                    status: .serviceNotAvailable,
                    summary: "Too much waits to be stored; nothing was accepted. Try again later.",
                    retryAfter: 1
                )
            )
        }
        return nil
    }

    func bodyTooLarge(_ request: ExpressRequest) -> ExpressResponse {
        let problem = APIProblem(.aboveMaxLength, at: "", "the body has more than \(limits.maximumBodyBytes) bytes")
        return refusal(request, .problems([problem], httpStatus: .contentTooLarge))
    }

    func tooManyBodies(_ request: ExpressRequest) -> ExpressResponse {
        metrics.queueRejections.increment()
        let summary = "Too many large requests are being read; nothing was accepted. Try again later."
        return refusal(request, CallAnswer(status: .serviceNotAvailable, summary: summary, retryAfter: 1))
    }

    func unreadable(_ error: HTTPParserError) -> ExpressResponse {
        let now = clock()
        let answer: CallAnswer
        if error == .headerOverflow {
            let problem = APIProblem(.aboveMaxLength, at: "", "the request has more or longer headers than are taken")
            answer = .problems([problem], httpStatus: .requestHeaderFieldsTooLarge)
        } else {
            answer = .problems([APIProblem(.badFormat, at: "", "the request is not readable as HTTP")])
        }
        return APICall(now: now).expressResponse(answer, now: now)
    }

    func bodyTooSlow(_ request: ExpressRequest) -> ExpressResponse {
        let problem = APIProblem(.badFormat, at: "", "the body did not come in time")
        return refusal(request, .problems([problem], httpStatus: .requestTimeout))
    }

    func bodyTooShort(_ request: ExpressRequest) -> ExpressResponse {
        refusal(request, .problems([APIProblem(.badFormat, at: "", "the body ended before its length")]))
    }

    func requestTooSlow() -> ExpressResponse {
        let problem = APIProblem(.badFormat, at: "", "the request did not come in time")
        return APICall(now: clock()).expressResponse(.problems([problem], httpStatus: .requestTimeout), now: clock())
    }

    func stopping(_ request: ExpressRequest) -> ExpressResponse {
        refusal(
            request,
            CallAnswer(status: .serviceNotAvailable, summary: "The gateway is stopping", retryAfter: 5)
        )
    }

    /// A refusal that does not depend on who asks, so that it tells nothing about what exists.
    private func refusal(_ request: ExpressRequest, _ answer: CallAnswer) -> ExpressResponse {
        let call = APICall(now: clock())
        metrics.answered(request.mark, (answer.httpStatus ?? answer.status.httpStatus).code)
        return call.expressResponse(answer, now: clock())
    }
}

// MARK: - Work

extension Intake {
    func perform(
        _ request: ExpressRequest,
        on worker: IntakeWorker,
        eventLoop: any EventLoop,
        respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        perform(request, on: worker, Attempt(eventLoop: eventLoop), respond: respond)
    }

    /// Does the work, for the first time or again after something was fetched for it.
    func perform(
        _ request: ExpressRequest,
        on worker: IntakeWorker,
        _ attempt: Attempt,
        respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        let limit = request.mayBeCompressed ? limits.eventLoopEncodedBytes : limits.eventLoopBodyBytes
        guard request.body.readableBytes > limit else { return work(on: request, with: worker, attempt, respond) }
        // A worker of its own, made for this body and gone with it: its buffers grow with the body.
        heavyLoad.submit { [self] state in
            guard case .active = state else { return respond(stopping(request)) }
            work(on: request, with: IntakeWorker(writer: writer, eventLoop: nil), attempt, respond)
        }
    }

    private func work(
        on request: ExpressRequest,
        with worker: IntakeWorker,
        _ attempt: Attempt,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        request.body.withUnsafeReadableBytes { body in
            switch request.lane {
            case .source(let name, _):
                deliver(
                    request,
                    to: sources.source(named: name),
                    body: body,
                    on: worker,
                    attempt,
                    respond: respond
                )
            case .logStream:
                stream(request, body: body, on: worker, attempt, respond: respond)
            case .log, .bulkLog, .asynchronousLog:
                let mark = request.mark
                write(request, body: body, on: worker) { [self] call, answer in
                    metrics.answered(mark, (answer.httpStatus ?? answer.status.httpStatus).code)
                    respond(call.expressResponse(answer, now: clock()))
                }
            }
        }
    }

    /// Counts and tells of values that somebody may not use.
    func violations(of subject: String, count: Int, isDryRun: Bool) {
        metrics.violations(of: subject, isDryRun: isDryRun).increment(by: count)
        guard isDryRun else { return }
        logger.info(
            "A restriction in dry-run mode would have refused events",
            metadata: ["subject": "\(subject)", "events": "\(count)"]
        )
    }
}
