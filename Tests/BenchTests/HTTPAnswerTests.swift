import Testing

@testable import Bench

@Suite struct `An HTTP answer` {
    private func read(_ text: String, isAtEnd: Bool = false) -> HTTPAnswer.Reading {
        Array(text.utf8).withUnsafeBytes { HTTPAnswer.read($0, isAtEnd: isAtEnd) }
    }

    private func answer(_ status: Int, _ byteCount: Int, closes: Bool = false) -> HTTPAnswer.Reading {
        .complete(HTTPAnswer(status: status, byteCount: byteCount, closesConnection: closes))
    }

    @Test(arguments: ["Content-Length: 2", "content-length:2", "CONTENT-LENGTH:   2"])
    func `ends where its length says`(header: String) {
        let text = "HTTP/1.1 200 OK\r\nX-Other: 9\r\n\(header)\r\n\r\n{}"
        #expect(read(text) == answer(200, text.utf8.count))
        #expect(read(text + "HTTP/1.1 500") == answer(200, text.utf8.count))
    }

    @Test func `is incomplete at every byte before its end`() {
        for text in [
            "HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        ] {
            for length in 0..<text.utf8.count {
                #expect(read(String(decoding: text.utf8.prefix(length), as: UTF8.self)) == .incomplete)
            }
            guard case .complete(let answer) = read(text) else { Issue.record("\(text) is not complete"); continue }
            #expect(answer.byteCount == text.utf8.count)
        }
    }

    @Test(arguments: [204, 304]) func `has no body with some statuses`(status: Int) {
        let text = "HTTP/1.1 \(status) \r\n\r\n"
        #expect(read(text) == answer(status, text.utf8.count))
    }

    @Test func `says when the connection ends`() {
        let closing = "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        #expect(read(closing) == answer(503, closing.utf8.count, closes: true))
        let old = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"
        #expect(read(old) == answer(200, old.utf8.count, closes: true))
        let kept = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n"
        #expect(read(kept) == answer(200, kept.utf8.count))
    }

    @Test func `without a length ends with the connection`() {
        let text = "HTTP/1.1 200 OK\r\n\r\nall of it"
        #expect(read(text) == .incomplete)
        #expect(read(text, isAtEnd: true) == answer(200, text.utf8.count, closes: true))
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.\r\n\r\n",
    ])
    func `is malformed when it makes no sense`(text: String) {
        #expect(read(text) == .malformed)
    }
}
