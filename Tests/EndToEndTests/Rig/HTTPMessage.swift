import Foundation
import Glibc

/// Why a peer's bytes were no whole HTTP message.
enum ConnectionError: Error, Equatable {
    case refused(Int32)
    /// The peer closed, or reset, before the message was whole.
    case closed
    case timedOut
    case malformed(String)
}

/// An HTTP/1.1 message as it came.
struct HTTPMessage: Sendable {
    var startLine = ""
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// Head and body as they came.
    var bytes: [UInt8] = []

    /// The status of an answer, 0 for a request.
    var status: Int {
        let words = startLine.split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/") else { return 0 }
        return Int(words[1]) ?? 0
    }

    subscript(header: String) -> String? {
        headers.first { $0.name.caseInsensitiveCompare(header) == .orderedSame }?.value
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    var json: JSON { JSON(parsing: body) }

    /// Headers without those that differ from answer to answer, in order.
    var lastingHeaders: [String] {
        headers.filter { !["date", "x-request-id"].contains($0.name.lowercased()) }.map { "\($0.name): \($0.value)" }
    }

    /// Whether it is an answer of the API: exactly the six members of the envelope.
    var isEnvelope: Bool {
        json.keys == ["request_id", "request_time", "response_time", "result", "status", "summary"]
    }
}

/// Reads HTTP messages from a socket, with a deadline for each.
final class MessageReader {
    private let descriptor: Int32
    private var input: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Reads the next message; an answer's body may also be ended by the close of the connection.
    ///
    /// - Parameters:
    ///   - isAnswer: whether a message without a length has a body up to the end.
    ///   - hasBody: false for the answer to HEAD.
    ///   - seconds: for the whole message.
    /// - Returns: the message.
    /// - Throws: ``ConnectionError``.
    func next(isAnswer: Bool, hasBody: Bool = true, within seconds: Double) throws -> HTTPMessage {
        let deadline = secondsNow() + seconds
        while input.firstRange(of: Array("\r\n\r\n".utf8)) == nil { try fill(deadline) }
        guard let end = input.firstRange(of: Array("\r\n\r\n".utf8)) else { throw ConnectionError.closed }
        var message = HTTPMessage()
        let lines = String(decoding: input[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        message.startLine = lines[0]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw ConnectionError.malformed(line) }
            message.headers.append(
                (String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
            )
        }
        message.bytes = take(end.upperBound)
        if isAnswer && message.status == 0 { throw ConnectionError.malformed(message.startLine) }
        guard hasBody, !(100..<200).contains(message.status), ![204, 304].contains(message.status) else {
            return message
        }
        try readBody(of: &message, isAnswer: isAnswer, deadline)
        return message
    }

    private func readBody(of message: inout HTTPMessage, isAnswer: Bool, _ deadline: Double) throws {
        if let length = message["content-length"].flatMap({ Int($0) }) {
            while input.count < length { try fill(deadline) }
            message.body = take(length)
            message.bytes += message.body
        } else if message["transfer-encoding"]?.lowercased() == "chunked" {
            while true {
                let line = try takeLine(deadline)
                message.bytes += line
                let text = String(decoding: line, as: UTF8.self).prefix { $0.isHexDigit }
                guard let length = Int(text, radix: 16) else { throw ConnectionError.malformed("chunk \(text)") }
                while input.count < length + 2 { try fill(deadline) }
                let chunk = take(length + 2)
                message.bytes += chunk
                guard length > 0 else { break }
                message.body += chunk.dropLast(2)
            }
        } else if isAnswer {
            do { while true { try fill(deadline) } } catch ConnectionError.closed {}
            message.body = take(input.count)
            message.bytes += message.body
        }
    }

    /// Reads until the peer closes.
    ///
    /// - Returns: whether it did in time.
    func readsEnd(within seconds: Double) -> Bool {
        let deadline = secondsNow() + seconds
        do {
            while true { try fill(deadline) }
        } catch {
            return (error as? ConnectionError) == .closed
        }
    }

    /// What came and was not taken yet.
    var rest: [UInt8] { input }

    private func take(_ count: Int) -> [UInt8] {
        let bytes = Array(input[..<count])
        input.removeFirst(count)
        return bytes
    }

    private func takeLine(_ deadline: Double) throws -> [UInt8] {
        while true {
            if let end = input.firstRange(of: Array("\r\n".utf8)) { return take(end.upperBound) }
            try fill(deadline)
        }
    }

    private func fill(_ deadline: Double) throws {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let left = deadline - secondsNow()
        guard left > 0, poll(&item, 1, Int32(left * 1000) + 1) > 0 else { throw ConnectionError.timedOut }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw ConnectionError.closed }
        input += buffer[..<count]
    }
}
