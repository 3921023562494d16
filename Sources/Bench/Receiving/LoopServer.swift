internal import CLinux
internal import Glibc
internal import Synchronization

/// What answers the requests of a ``LoopServer``, on its thread.
protocol RequestHandler: Sendable {
    /// Appends a whole HTTP answer to a request with a body.
    func answer(_ body: UnsafeRawBufferPointer, in output: GrowingBuffer)
}

/// An HTTP/1.1 server with one thread and one poll loop, as small as one can be: it reads bodies and hands them on.
///
/// It knows bodies with a length, pipelined requests and kept connections, which is all that a gateway and the load
/// generator send.
final class LoopServer: Sendable {
    let port: UInt16
    private let thread: Mutex<OwnThread?>
    private let isStopping: StopFlag

    /// A class, since atomics cannot be captured.
    private final class StopFlag: Sendable {
        let value = Atomic<Bool>(false)
    }

    init(_ handler: any RequestHandler) throws(BenchError) {
        let (listener, port) = try Loopback.listener()
        let poller = clinux_poller_new()
        guard poller >= 0, clinux_poller_add(poller, listener, .max) == 0 else {
            let number = errno
            close(listener)
            if poller >= 0 { close(poller) }
            throw .system("make a poller", number: number)
        }
        let flag = StopFlag()
        self.port = port
        isStopping = flag
        let started = try OwnThread {
            var loop = ServerLoop(listener: listener, poller: poller, handler: handler)
            while !flag.value.load(ordering: .relaxed) { loop.turn() }
            close(listener)
            close(poller)
            return Nanoseconds.ofThread()
        }
        thread = Mutex(nil)
        thread.withLock { $0 = started }
    }

    /// Closes all connections and waits for the thread: what it used of the processor, in seconds.
    @discardableResult
    func stop() -> Double {
        isStopping.value.store(true, ordering: .relaxed)
        let joined = thread.withLock { thread in
            defer { thread = nil }
            return thread?.join()
        }
        return Double(joined ?? 0) / Double(Nanoseconds.second)
    }
}

/// The server's thread's own state.
private struct ServerLoop {
    let listener: Int32
    let poller: Int32
    let handler: any RequestHandler
    private var connections: [ServerConnection?] = []
    private var free: [Int] = []
    private var tags = [UInt32](repeating: 0, count: 256)

    init(listener: Int32, poller: Int32, handler: any RequestHandler) {
        self.listener = listener
        self.poller = poller
        self.handler = handler
    }

    mutating func turn() {
        let count = clinux_poller_wait(poller, &tags, Int32(tags.count), 50 * Nanoseconds.millisecond)
        for place in 0..<max(Int(count), 0) {
            let tag = tags[place]
            if tag == .max {
                accept()
            } else if let connection = connections[Int(tag)], !connection.resume(handler) {
                connections[Int(tag)] = nil
                free.append(Int(tag))
            }
        }
    }

    private mutating func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            Loopback.prepare(descriptor)
            let index = free.popLast() ?? connections.count
            if index == connections.count { connections.append(nil) }
            guard clinux_poller_add(poller, descriptor, UInt32(index)) == 0 else {
                close(descriptor)
                free.append(index)
                continue
            }
            connections[index] = ServerConnection(descriptor)
        }
    }
}

/// One connection of the server.
private final class ServerConnection {
    private let descriptor: Int32
    private let input = GrowingBuffer(capacity: 256 << 10)
    private let output = GrowingBuffer(capacity: 4096)
    private var sent = 0
    /// How many bytes the request that is being read has; nil until its head is there.
    private var expected: Int?
    private var headByteCount = 0
    /// Whether the request that is being read is the connection's last.
    private var isLast = false
    private var isClosing = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Reads, answers and sends what can be; false when the connection is over.
    func resume(_ handler: any RequestHandler) -> Bool {
        guard flush() else { return false }
        while true {
            let room = input.room(64 << 10)
            let count = recv(descriptor, room.baseAddress, room.count, 0)
            if count < 0 {
                if errno == EINTR { continue }
                return errno == EAGAIN
            }
            guard count > 0 else { return false }
            input.added(count)
            guard answerAll(handler), flush(), !isClosing else { return false }
            // Edge-triggered: a read that filled the room may have left something.
            if count < room.count { return true }
        }
    }

    private func answerAll(_ handler: any RequestHandler) -> Bool {
        while !isClosing {
            let bytes = input.bytes
            if expected == nil {
                guard let head = HTTPHead(bytes) else { return bytes.count < 64 << 10 }
                // A body of unknown length would need chunks, which nothing here sends.
                guard !head.isMalformed, !head.isChunked else { return false }
                headByteCount = head.byteCount
                expected = head.byteCount + (head.contentLength ?? 0)
                isLast = head.closesConnection
            }
            guard let expected, bytes.count >= expected else { return true }
            handler.answer(UnsafeRawBufferPointer(rebasing: bytes[headByteCount..<expected]), in: output)
            input.removeFirst(expected)
            self.expected = nil
            isClosing = isLast
        }
        return true
    }

    private func flush() -> Bool {
        let bytes = output.bytes
        while sent < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            let count = send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return errno == EAGAIN || errno == EINTR }
            sent += count
        }
        output.removeAll()
        sent = 0
        return true
    }
}
