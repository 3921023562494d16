internal import HTTPTypes
internal import NIOCore

/// A route that is answered on the event loop.
enum Lane: Sendable {
    /// `/in/{source}` and `/in/{source}/{secret}`; the secret is part of the path and stays out of logs.
    case source(name: Substring, secret: Substring?)
    case logStream
    case log
    case bulkLog
    case asynchronousLog
}

/// A request to the express lane, while its body is read.
struct ExpressRequest {
    let head: HTTPRequest
    let lane: Lane
    let maximumBodyBytes: Int
    let remoteAddress: String?
    let startedAt = NIODeadline.now()
    private(set) var body = ByteBuffer()

    init(head: HTTPRequest, lane: Lane, maximumBodyBytes: Int, remoteAddress: String?) {
        self.head = head
        self.lane = lane
        self.maximumBodyBytes = maximumBodyBytes
        self.remoteAddress = remoteAddress
    }

    /// What the head claims; nil without a claim or with one that is no number.
    var claimedBodyBytes: Int? { head.headerFields[.contentLength].flatMap { Int($0) } }

    /// Makes room for a body, but never more on a mere claim than a small one needs.
    mutating func reserve() {
        guard let claimed = claimedBodyBytes, claimed > 16384 else { return }
        body.reserveCapacity(min(claimed, 1 << 18))
    }

    /// Adds a part of the body; false when it grows beyond the limit.
    mutating func append(_ bytes: ByteBuffer) -> Bool {
        guard body.readableBytes + bytes.readableBytes <= maximumBodyBytes else { return false }
        if body.capacity == 0 {
            body = bytes
        } else {
            body.writeImmutableBuffer(bytes)
        }
        return true
    }
}

/// An answer of the express lane.
struct ExpressResponse: Sendable {
    var status: HTTPResponse.Status
    var fields: HTTPFields
    var body: ByteBuffer
    var closesConnection = false

    init(status: HTTPResponse.Status, fields: HTTPFields, body: ByteBuffer) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// What the express lane's handler needs to know and to have done.
protocol ExpressService: Sendable {
    var maximumBodyBytes: Int { get }
    /// How long a body may take from its head on.
    var requestTimeout: TimeAmount { get }
    /// How long a connection may stay open without a request.
    var idleTimeout: TimeAmount { get }

    /// Which of our routes a request is for; nil leaves it to the router.
    func lane(for head: HTTPRequest) -> Lane?
    /// The tools of an event loop's thread.
    func worker(of eventLoop: any EventLoop) -> IntakeWorker
    /// An answer that needs no body: too large by its own claim, or no room to store anything.
    func refusalBeforeBody(_ request: ExpressRequest) -> ExpressResponse?
    func bodyTooLarge(_ request: ExpressRequest) -> ExpressResponse
    func bodyTooSlow(_ request: ExpressRequest) -> ExpressResponse
    /// Does the work and calls `respond` once, from any thread, when the answer is certain.
    func perform(
        _ request: ExpressRequest,
        on worker: IntakeWorker,
        eventLoop: any EventLoop,
        respond: @escaping @Sendable (ExpressResponse) -> Void
    )
}
