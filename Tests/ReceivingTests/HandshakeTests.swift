import Mapping
import Receiving
import Testing

@Suite struct `A handshake` {
    private func answer(
        _ handshake: String,
        body: String = "",
        method: String = "POST",
        query: String = "",
        headers: [(name: String, value: String)] = [("authorization", "s3cret")]
    ) throws -> Reply? {
        let source = try source(
            authenticate: #"{"secret": {"header": "authorization"}}"#,
            rest: #", "handshakes": [\#(handshake)]"#,
            secrets: ["secret": ["s3cret"]]
        )
        return read(Array(body.utf8), for: source, method: method, query: query, headers: headers).reply
    }

    private static let okta =
        #"{"when": "$request.method == 'GET' && $request.headers.\"x-challenge\"", "answer": {"json": "{verification: $request.headers.\"x-challenge\"}"}}"#

    @Test func `answers a header inside of JSON`() throws {
        let reply = try #require(
            try answer(Self.okta, method: "GET", headers: [("authorization", "s3cret"), ("x-challenge", "a\"b")])
        )
        #expect(reply.outcome == nil)
        #expect(reply.answer.status == 200)
        #expect(String(decoding: reply.answer.body, as: UTF8.self) == #"{"verification":"a\"b"}"#)
        #expect(reply.answer.headers.contains { $0 == ("content-type", "application/json") })
    }

    @Test func `is authenticated unless it says otherwise`() throws {
        #expect(try answer(Self.okta, method: "GET", headers: [("x-challenge", "a")])?.outcome == .unauthenticated)
        let open =
            #"{"when": "$request.query.validationToken", "authenticate": false, "answer": {"text": "$request.query.validationToken"}}"#
        let reply = try #require(try answer(open, query: "validationToken=a%3Cb%3E+c", headers: []))
        #expect(String(decoding: reply.answer.body, as: UTF8.self) == "a<b> c")
        #expect(reply.answer.headers.contains { $0 == ("content-type", "text/plain; charset=utf-8") })
        #expect(reply.answer.headers.contains { $0 == ("x-content-type-options", "nosniff") })
        #expect(try answer(open, headers: [])?.outcome == .unauthenticated)
    }

    @Test func `may read the body and set headers`() throws {
        let rule =
            #"{"when": "type == 'url_verification'", "answer": {"status": 202, "text": "challenge", "headers": {"X-Copy": "challenge", "x-none": "nothing"}}}"#
        let reply = try #require(try answer(rule, body: #"{"type":"url_verification","challenge":"a\r\nb: c"}"#))
        #expect(reply.answer.status == 202)
        #expect(reply.answer.headers.contains { $0 == ("x-copy", "ab: c") })
        #expect(!reply.answer.headers.contains { $0.name == "x-none" })
    }

    @Test func `may answer with the body although its condition does not read it`() throws {
        let rule =
            #"{"when": "$request.headers.\"x-check\"", "authenticate": false, "answer": {"text": "join('', [code, $.code, $request.headers.\"x-check\"])"}}"#
        let reply = try #require(try answer(rule, body: #"{"code":"a"}"#, headers: [("x-check", "b")]))
        #expect(String(decoding: reply.answer.body, as: UTF8.self) == "aab")
    }

    @Test func `echoes no more than a kibibyte`() throws {
        let rule = #"{"when": "challenge", "answer": {"text": "challenge"}}"#
        let fits = String(repeating: "x", count: 1024)
        #expect(try answer(rule, body: #"{"challenge":"\#(fits)"}"#)?.outcome == nil)
        #expect(try answer(rule, body: #"{"challenge":"\#(fits)x"}"#)?.outcome == .unreadable)
    }

    @Test func `lets other requests pass`() throws {
        #expect(try answer(Self.okta, body: #"{"m":"a"}"#) == nil)
        #expect(try answer(Self.okta, method: "GET")?.outcome == .wrongMethod)
        #expect(try answer(Self.okta, method: "GET")?.answer.status == 405)
    }
}
