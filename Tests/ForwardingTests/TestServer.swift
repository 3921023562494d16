import Foundation
import Glibc
import Synchronization

/// A small HTTP/1.1 server on loopback: one thread a connection, keep-alive, and answers that may go wrong.
final class TestServer: Sendable {
    struct Request: Sendable {
        let method: String
        let path: String
        /// Names in lower case.
        let headers: [String: String]
        let body: [UInt8]
    }

    enum Reply: Sendable {
        case answer(status: Int, headers: [String: String] = [:], body: [UInt8] = [])
        /// Nothing, until the server stops.
        case hang
        /// The connection is closed without an answer.
        case drop
    }

    let port: UInt16
    private let listener: Int32
    private let handler: @Sendable (Request) -> Reply
    private let connections = Mutex<Set<Int32>>([])
    private let accepted = Atomic<Int>(0)

    /// Starts it on a free port, or on a given one.
    init(port: UInt16 = 0, handler: @escaping @Sendable (Request) -> Reply) throws {
        self.handler = handler
        signal(SIGPIPE, SIG_IGN)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        let isReady = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 128) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isReady else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        self.port = UInt16(bigEndian: address.sin_port)
        Thread { [self] in acceptAll() }.start()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    var connectionCount: Int { accepted.load(ordering: .relaxed) }

    /// Closes the listener and every connection.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        connections.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    private func acceptAll() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            accepted.add(1, ordering: .relaxed)
            connections.withLock { _ = $0.insert(connection) }
            Thread { [self] in
                serve(connection)
                connections.withLock { _ = $0.remove(connection) }
                // A process that another test has started may hold it too, and closing would not end it then.
                shutdown(connection, Int32(SHUT_RDWR))
                close(connection)
            }.start()
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        var input: [UInt8] = []
        while let request = readRequest(connection, &input) {
            switch handler(request) {
            case .answer(let status, let headers, let body):
                var head = "HTTP/1.1 \(status) X\r\nContent-Length: \(body.count)\r\n"
                for (name, value) in headers { head += "\(name): \(value)\r\n" }
                guard write(connection, Array((head + "\r\n").utf8) + body) else { return }
            case .hang:
                var byte: UInt8 = 0
                while recv(connection, &byte, 1, 0) > 0 {}
                return
            case .drop:
                return
            }
        }
    }

    private func readRequest(_ connection: Int32, _ input: inout [UInt8]) -> Request? {
        func more() -> Bool {
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return false }
            input += chunk[..<count]
            return true
        }
        var headEnd = input.firstRange(of: Array("\r\n\r\n".utf8))
        while headEnd == nil {
            guard more() else { return nil }
            headEnd = input.firstRange(of: Array("\r\n\r\n".utf8))
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: input[..<headEnd.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            headers[line[..<colon].lowercased()] = value
        }
        let length = Int(headers["content-length"] ?? "0") ?? 0
        while input.count < headEnd.upperBound + length {
            guard more() else { return nil }
        }
        let body = Array(input[headEnd.upperBound..<(headEnd.upperBound + length)])
        input.removeFirst(headEnd.upperBound + length)
        let words = lines[0].split(separator: " ")
        return Request(method: String(words[0]), path: String(words[1]), headers: headers, body: body)
    }

    private func write(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}
