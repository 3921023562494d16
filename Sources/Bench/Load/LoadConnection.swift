internal import CLinux
internal import Glibc

/// One request: a range of ids, sent for the first time or again.
struct LoadRequest {
    var first = 0
    var count = 0
    /// From when its latency counts, in nanoseconds.
    var due: Int64 = 0
}

/// One keep-alive connection with at most one request under way.
final class LoadConnection {
    /// What happened to the request that was under way.
    enum Outcome {
        case waiting
        case answered(status: Int)
        /// The connection broke before the answer was whole.
        case broken
        /// There was no connection yet to send the request over.
        case unsent
    }

    private let index: UInt32
    private let output = GrowingBuffer(capacity: 4096)
    private var sent = 0
    private let input = GrowingBuffer(capacity: 16 << 10)
    private var descriptor: Int32 = -1

    /// The request under way or the last one.
    private(set) var request = LoadRequest()
    private(set) var isBusy = false
    /// Not to be used before, after a failure.
    var notBefore: Int64 = 0

    init(index: Int) { self.index = UInt32(index) }

    deinit { disconnect() }

    var isConnected: Bool { descriptor >= 0 }

    /// Begins to connect to a port of 127.0.0.1; false when nobody listens there.
    func connect(to port: UInt16, poller: Int32) throws(BenchError) -> Bool {
        let descriptor = try Loopback.stream()
        var address = Loopback.address(port)
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 || errno == EINPROGRESS, clinux_poller_add(poller, descriptor, index) == 0 else {
            close(descriptor)
            return false
        }
        self.descriptor = descriptor
        return true
    }

    func disconnect() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
    }

    /// Sends a request whose head is given but for the length of its body.
    func start(_ request: LoadRequest, head: [UInt8], payload: Payload) -> Outcome {
        self.request = request
        isBusy = true
        output.removeAll()
        input.removeAll()
        sent = 0
        head.withUnsafeBytes { output.append($0) }
        output.append(decimal: payload.byteCount(first: request.first, count: request.count))
        output.append("\r\n\r\n")
        payload.append(first: request.first, count: request.count, to: output)
        return send() ? .waiting : fail()
    }

    /// Goes on after the poller named this connection.
    func resume() -> Outcome {
        guard isConnected else { return .waiting }
        if isBusy, sent < output.count, !send() { return fail() }
        return receive()
    }

    /// Gives up the request under way.
    func abandon() {
        isBusy = false
        disconnect()
    }

    private func fail() -> Outcome {
        let outcome: Outcome = isBusy ? (sent > 0 ? .broken : .unsent) : .waiting
        abandon()
        return outcome
    }

    /// Sends what the socket takes; false when the connection is broken.
    private func send() -> Bool {
        let bytes = output.bytes
        while sent < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return errno == EAGAIN || errno == EINTR || errno == ENOTCONN }
            sent += count
        }
        return true
    }

    private func receive() -> Outcome {
        while true {
            let room = input.room(4096)
            let count = recv(descriptor, room.baseAddress, room.count, 0)
            if count < 0 {
                switch errno {
                case EINTR: continue
                case EAGAIN: return .waiting
                default: return fail()
                }
            }
            guard isBusy else {
                // Nothing is expected: the other side closed an idle connection, or speaks out of turn.
                disconnect()
                return .waiting
            }
            input.added(count)
            switch HTTPAnswer.read(input.bytes, isAtEnd: count == 0) {
            case .malformed: return fail()
            case .incomplete:
                if count == 0 { return fail() }
                // Edge-triggered: a read that filled the room may have left something.
                if count < room.count { return .waiting }
            case .complete(let answer):
                isBusy = false
                if answer.closesConnection || count == 0 { disconnect() }
                return .answered(status: answer.status)
            }
        }
    }
}
