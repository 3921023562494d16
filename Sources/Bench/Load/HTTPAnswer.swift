internal import Glibc

/// One HTTP/1.1 answer at the start of what a connection has read.
struct HTTPAnswer: Equatable {
    enum Reading: Equatable {
        /// More bytes are needed.
        case incomplete
        /// The connection is of no more use.
        case malformed
        case complete(HTTPAnswer)
    }

    let status: Int
    /// Of head and body, and of interim answers before them.
    let byteCount: Int
    let closesConnection: Bool

    /// Reads the answer to a POST.
    ///
    /// - Parameters:
    ///   - bytes: all that has arrived since the request was sent.
    ///   - isAtEnd: whether the other side has closed the connection.
    /// - Returns: the answer once all of it is there.
    static func read(_ bytes: UnsafeRawBufferPointer, isAtEnd: Bool = false) -> Reading {
        guard let head = HTTPHead(bytes) else { return .incomplete }
        guard !head.isMalformed, head.status >= 100 else { return .malformed }
        let body = UnsafeRawBufferPointer(rebasing: bytes[head.byteCount...])
        func complete(_ bodyByteCount: Int, closes: Bool) -> Reading {
            .complete(
                HTTPAnswer(
                    status: head.status,
                    byteCount: head.byteCount + bodyByteCount,
                    closesConnection: closes
                )
            )
        }
        if head.status < 200 {
            // 100 Continue and its like (RFC 9110, section 15.2): the answer itself comes behind it.
            guard case .complete(let answer) = read(body, isAtEnd: isAtEnd) else {
                return read(body, isAtEnd: isAtEnd)
            }
            return .complete(
                HTTPAnswer(
                    status: answer.status,
                    byteCount: head.byteCount + answer.byteCount,
                    closesConnection: answer.closesConnection
                )
            )
        }
        if head.status == 204 || head.status == 304 { return complete(0, closes: head.closesConnection) }
        if head.isChunked {
            switch chunkedByteCount(body) {
            case .some(.some(let count)): return complete(count, closes: head.closesConnection)
            case .some(.none): return .malformed
            case .none: return .incomplete
            }
        }
        guard let length = head.contentLength else {
            // The body ends with the connection (RFC 9112, section 6.3).
            return isAtEnd ? complete(body.count, closes: true) : .incomplete
        }
        return body.count >= length ? complete(length, closes: head.closesConnection) : .incomplete
    }

    /// How long a chunked body is: nil when it is not all there, `.some(nil)` when it is malformed.
    private static func chunkedByteCount(_ bytes: UnsafeRawBufferPointer) -> Int?? {
        var offset = 0
        while true {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            guard let line = firstOffset(of: "\r\n", in: rest) else { return nil }
            var size = 0
            var digits = 0
            for byte in rest[..<line] {
                guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { break }
                size = size * 16 + digit
                digits += 1
                guard size < 1 << 40 else { return .some(nil) }
            }
            guard digits > 0 else { return .some(nil) }
            offset += line + 2
            if size == 0 { break }
            guard bytes.count >= offset + size + 2 else { return nil }
            offset += size + 2
        }
        // Trailers end with an empty line.
        while true {
            guard let line = firstOffset(of: "\r\n", in: UnsafeRawBufferPointer(rebasing: bytes[offset...])) else {
                return nil
            }
            offset += line + 2
            if line == 0 { return .some(offset) }
        }
    }
}
