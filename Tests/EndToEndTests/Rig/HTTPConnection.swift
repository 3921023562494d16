import Foundation
import Glibc

/// A connection to a gateway that sends whatever bytes a test likes.
final class HTTPConnection {
    private let socket: Socket
    private let reader: MessageReader

    init(port: UInt16) throws {
        socket = try Socket(connectingTo: port)
        reader = MessageReader(socket.descriptor)
    }

    /// Sends bytes.
    ///
    /// - Returns: false when the peer closed before it had taken all of them.
    @discardableResult
    func send(_ bytes: [UInt8], within seconds: Double = 20) -> Bool { socket.send(bytes, within: seconds) }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Says that nothing more comes.
    func finishSending() { shutdown(socket.descriptor, Int32(SHUT_WR)) }

    /// Reads the next answer that is no interim one.
    func answer(to method: String = "POST", within seconds: Double = 20) throws -> HTTPMessage {
        while true {
            let answer = try anyAnswer(to: method, within: seconds)
            if !(100..<200).contains(answer.status) { return answer }
        }
    }

    /// Reads the next answer, interim ones such as `100 Continue` included.
    func anyAnswer(to method: String = "POST", within seconds: Double = 20) throws -> HTTPMessage {
        try reader.next(isAnswer: true, hasBody: method != "HEAD", within: seconds)
    }

    /// Whether the peer closes in time; what it sends until then is read.
    func isClosed(within seconds: Double) -> Bool { reader.readsEnd(within: seconds) }

    /// What came behind the last answer.
    var rest: [UInt8] { reader.rest }

    /// Sends one request and reads its answer.
    func request(
        _ method: String,
        _ path: String,
        _ headers: [(String, String)] = [],
        body: [UInt8]? = nil,
        within seconds: Double = 20
    ) throws -> HTTPMessage {
        send(HTTPConnection.bytes(method, path, headers, body: body), within: seconds)
        return try answer(to: method, within: seconds)
    }

    /// A request as bytes, with its length when it has a body.
    static func bytes(
        _ method: String,
        _ path: String,
        _ headers: [(String, String)] = [],
        body: [UInt8]? = nil
    ) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }

    /// A request whose body comes in chunks.
    static func chunked(
        _ method: String,
        _ path: String,
        _ headers: [(String, String)],
        chunks: [[UInt8]]
    ) -> [UInt8] {
        var bytes = Array(
            HTTPConnection.bytes(method, path, headers + [("Transfer-Encoding", "chunked")])
        )
        for chunk in chunks where !chunk.isEmpty {
            bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
        }
        return bytes + Array("0\r\n\r\n".utf8)
    }
}

/// A TCP socket on loopback.
final class Socket {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    init(connectingTo port: UInt16) throws {
        // Not inherited: a child that a test starts must not keep a connection open.
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
        let result = Socket.withAddress(port: port) { connect(descriptor, $0, $1) }
        // An initialiser that throws here still runs `deinit`, which closes.
        guard result == 0 else { throw ConnectionError.refused(errno) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8], within seconds: Double) -> Bool {
        let deadline = secondsNow() + seconds
        var sent = 0
        while sent < bytes.count {
            var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let left = deadline - secondsNow()
            guard left > 0, poll(&item, 1, Int32(left * 1000) + 1) > 0 else { return false }
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    static func withAddress<Value>(
        port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
    ) -> Value {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// A listening socket; port 0 lets the system choose.
    static func listener(port: UInt16) throws -> (socket: Socket, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let listener = Socket(descriptor: descriptor)
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        guard withAddress(port: port, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 128) == 0 else {
            throw ConnectionError.refused(errno)
        }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// A port that is free now and that the system gives to nobody by itself.
    ///
    /// For gateways that stop and start again: while they are down, a client that tries to reach a port of the system's
    /// own range can be given that very port and then holds it.
    static func steadyPort() throws -> UInt16 {
        for _ in 0..<100 {
            let port = UInt16.random(in: 12_000...32_000)
            if (try? listener(port: port)) != nil { return port }
        }
        throw ConnectionError.refused(EADDRINUSE)
    }
}
