internal import NIOCore
internal import NIOHTTP1

/// A route that is answered on the event loop.
enum Lane: Sendable {
    /// `/in/{source}` and what follows behind a slash, which may hold a secret and stays out of logs.
    case source(name: Substring, rest: Substring?)
    case logStream
    case log
    case bulkLog
    case asynchronousLog
}

/// What is left of a request once its body is read: enough to answer it and to count the answer.
struct RequestMark: Sendable {
    /// Position of the route among ``Lane/names``.
    let lane: Int
    let isStream: Bool
    let startedAt: NIODeadline
}

/// A request to the express lane, while its body is read.
struct ExpressRequest {
    let head: HTTPRequestHead
    let lane: Lane
    let maximumBodyBytes: Int
    let remoteAddress: String?
    let startedAt = NIODeadline.now()
    /// What the head claims; nil without a claim or with one that is no number.
    private(set) var claimedBodyBytes: Int?
    private(set) var authorization: String?
    private(set) var idempotencyKey: String?
    private(set) var isEncoded = false
    private(set) var expectsContinue = false
    private(set) var body = ByteBuffer()

    init(head: HTTPRequestHead, lane: Lane, maximumBodyBytes: Int, remoteAddress: String?) {
        self.head = head
        self.lane = lane
        self.maximumBodyBytes = maximumBodyBytes
        self.remoteAddress = remoteAddress
        // One look at each header instead of a search for each that matters.
        for header in head.headers {
            switch header.name.utf8.count {
            case 6 where header.name.isHeader("expect"):
                expectsContinue = header.value.lowercased() == "100-continue"
            case 13 where authorization == nil && header.name.isHeader("authorization"): authorization = header.value
            case 14 where header.name.isHeader("content-length"): claimedBodyBytes = Int(header.value)
            case 16 where header.name.isHeader("content-encoding"): isEncoded = true
            case 15 where header.name.isHeader("idempotency-key"): idempotencyKey = header.value
            default: break
            }
        }
    }

    var mark: RequestMark {
        let isStream = if case .logStream = lane { true } else { false }
        return RequestMark(lane: lane.index, isStream: isStream, startedAt: startedAt)
    }

    /// Whether the body says that it is compressed, or begins as gzip does (RFC 1952, section 2.3.1).
    var mayBeCompressed: Bool {
        isEncoded || body.getInteger(at: body.readerIndex, as: UInt16.self) == 0x1F8B
    }

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

extension String {
    /// Whether a header's name is this one, which is given in lower case.
    fileprivate func isHeader(_ name: StaticString) -> Bool {
        guard utf8.count == name.utf8CodeUnitCount else { return false }
        var expected = name.utf8Start
        for byte in utf8 {
            let isCapital = byte >= 0x41 && byte <= 0x5A
            guard (isCapital ? byte | 0x20 : byte) == expected.pointee else { return false }
            expected += 1
        }
        return true
    }
}

/// An answer of the express lane, written once as the bytes that go over the wire (RFC 9112, section 6).
struct ExpressResponse: Sendable {
    let status: HTTPResponseStatus
    private let message: ByteBuffer
    /// Bytes of the status line and the header section, with the empty line behind it.
    private let headBytes: Int

    /// - Parameters:
    ///   - status: the status code; without a body for those that never have one.
    ///   - headers: names and values that may stand in a header section; `content-length` is added.
    ///   - body: the body.
    init(status: Int, headers: [(String, String)], body: [UInt8]) {
        self.status = HTTPResponseStatus(statusCode: status)
        var message = ByteBuffer()
        message.reserveCapacity(128 + headers.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + 4 } + body.count)
        message.writeString("HTTP/1.1 \(status) \(self.status.reasonPhrase)\r\n")
        for (name, value) in headers {
            message.writeString(name)
            message.writeString(": ")
            message.writeString(value)
            message.writeString("\r\n")
        }
        // RFC 9110, section 8.6: none of these carries a length.
        let hasBody = status >= 200 && status != 204 && status != 304
        message.writeString(hasBody ? "content-length: \(body.count)\r\n\r\n" : "\r\n")
        headBytes = message.readableBytes
        if hasBody { message.writeBytes(body) }
        self.message = message
    }

    /// The whole message, without its body for a HEAD, and with the word that the connection ends where it does.
    func bytes(isHead: Bool, closes: Bool) -> ByteBuffer {
        var message = message
        if isHead { message.moveWriterIndex(to: headBytes) }
        guard closes else { return message }
        var closing = ByteBuffer()
        closing.reserveCapacity(message.readableBytes + 32)
        // The empty line is two bytes; the new header goes in front of it.
        if var head = message.readSlice(length: headBytes - 2) { closing.writeBuffer(&head) }
        closing.writeString("connection: close\r\n")
        closing.writeBuffer(&message)
        return closing
    }
}

/// What the express lane's handler needs to know and to have done.
protocol ExpressService: Sendable {
    var maximumBodyBytes: Int { get }
    /// How long a body may take from its head on.
    var requestTimeout: TimeAmount { get }
    /// How long a connection may stay open without a request.
    var idleTimeout: TimeAmount { get }

    /// What all connections together hold of bodies.
    var bodies: HeldBodies { get }
    /// Which of our routes a request is for; nil leaves it to the router.
    func lane(for head: HTTPRequestHead) -> Lane?
    /// The tools of an event loop's thread.
    func worker(of eventLoop: any EventLoop) -> IntakeWorker
    /// An answer that needs no body: too large by its own claim, or no room to store anything.
    func refusalBeforeBody(_ request: ExpressRequest) -> ExpressResponse?
    func bodyTooLarge(_ request: ExpressRequest) -> ExpressResponse
    /// There is no room for a large body beside the others that are being read.
    func tooManyBodies(_ request: ExpressRequest) -> ExpressResponse
    func bodyTooSlow(_ request: ExpressRequest) -> ExpressResponse
    /// The same for a request that is not ours, or whose head is not whole.
    func requestTooSlow() -> ExpressResponse
    /// What came is no HTTP, or has more headers than are taken.
    func unreadable(_ error: HTTPParserError) -> ExpressResponse
    /// A request's target without the path prefix of the public URL, for the router.
    func withoutPrefix(_ target: String) -> String
    /// The client has ended before the body was whole.
    func bodyTooShort(_ request: ExpressRequest) -> ExpressResponse
    /// The gateway stops before the body is whole.
    func stopping(_ request: ExpressRequest) -> ExpressResponse
    /// Does the work and calls `respond` once, from any thread, when the answer is certain.
    func perform(
        _ request: ExpressRequest,
        on worker: IntakeWorker,
        eventLoop: any EventLoop,
        respond: @escaping @Sendable (ExpressResponse) -> Void
    )
}
