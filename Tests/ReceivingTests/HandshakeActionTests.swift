import Mapping
import Receiving
import Schema
import Testing

@Suite struct `A handshake with a keyed hash` {
    private func answer(_ hmac: String, answer: String, body: String, query: String = "") throws -> Reply? {
        let source = try source(
            rest: #"""
                , "handshakes": [{"when": "event == 'check' || $request.query.crc_token", "authenticate": false,
                  "hmac": \#(hmac), "answer": \#(answer)}]
                """#,
            secrets: ["secret": ["fake-zoom-secret-token", "older"], "other": ["key"]]
        )
        return read(Array(body.utf8), for: source, query: query).reply
    }

    private func text(_ reply: Reply?) -> String? { reply.map { String(decoding: $0.answer.body, as: UTF8.self) } }

    @Test func `answers Zoom's check of the URL`() throws {
        let reply = try answer(
            #"{"message": "payload.plainToken"}"#,
            answer: #"{"json": "{plainToken: payload.plainToken, encryptedToken: $hmac}"}"#,
            body: #"{"payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"},"event":"check"}"#
        )
        let code = "7b2301ace4b514c14b4c1a64590ecbfe9be29dc599d313ad71eea96ded77d333"
        #expect(text(reply) == #"{"encryptedToken":"\#(code)","plainToken":"qgg8vlvZRS6UYooatFL8Aw"}"#)
        #expect(reply?.outcome == nil)
    }

    @Test func `answers a check of the query in base 64`() throws {
        let reply = try answer(
            #"{"message": "$request.query.crc_token", "encoding": "base64", "key": "other"}"#,
            answer: #"{"json": "{response_token: join('', ['sha256=', $hmac])}"}"#,
            body: "",
            query: "crc_token=The%20quick%20brown%20fox%20jumps%20over%20the%20lazy%20dog"
        )
        #expect(text(reply) == #"{"response_token":"sha256=97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="}"#)
    }

    @Test(arguments: [#"{"event":"check"}"#, #"{"event":"check","t":""}"#, #"{"event":"check","t":5}"#])
    func `hashes nothing but text`(body: String) throws {
        let reply = try answer(#"{"message": "t"}"#, answer: #"{"text": "$hmac"}"#, body: body)
        #expect(reply?.outcome == .unreadable)
        #expect(reply?.quarantine == nil)
    }

    @Test(arguments: [
        (#""hmac": {"message": "a", "key": "missing"}, "answer": {"text": "$hmac"}"#, "a secret named 'missing'"),
        (#""hmac": {}, "answer": {"text": "$hmac"}"#, "needs 'message'"),
        (#""hmac": {"message": "a", "algorithm": "md5"}, "answer": {}"#, "cannot be 'md5'"),
        (#""answer": {"text": "$hmac"}"#, "hmac"),
        (#""keep_secret": {}, "answer": {}"#, "needs 'header'"),
        (#""keep_secret": {"header": "a b"}, "answer": {}"#, "no name of an HTTP header"),
        (#""confirm": {"url": "a"}, "answer": {}"#, "needs 'host'"),
        (#""confirm": {"url": "a", "host": "("}, "answer": {}"#, "RE2"),
        (#""confirm": {"url": "a[", "host": "x"}, "answer": {}"#, "test.json:"),
    ])
    func `is checked when its source is made`(handshake: String, message: String) {
        do {
            _ = try source(rest: #", "handshakes": [{"when": "a", \#(handshake)}]"#)
            Issue.record("accepted")
        } catch { #expect("\(error)".contains(message)) }
    }
}

@Suite struct `A handshake that brings a secret` {
    private func source(_ secrets: [String: [String]] = [:]) throws -> Source {
        try ReceivingTests.source(
            authenticate: #"{"hmac": {"message": ["body"], "signature": {"header": "x-hook-signature"}}}"#,
            rest: #"""
                , "handshakes": [{"when": "$request.headers.\"x-hook-secret\"", "authenticate": false,
                  "keep_secret": {"header": "X-Hook-Secret"},
                  "answer": {"headers": {"X-Hook-Secret": "$request.headers.\"x-hook-secret\""}}}]
                """#,
            secrets: secrets
        )
    }

    @Test func `hands it over and echoes it`() throws {
        let reply = try #require(read("{}", for: source(), headers: [("x-hook-secret", "s1")]).reply)
        #expect(reply.keptSecret?.key == "secret")
        #expect(reply.keptSecret?.value == Array("s1".utf8))
        #expect(reply.answer.headers.contains { $0 == ("x-hook-secret", "s1") })
        #expect(reply.outcome == nil)
        let long = String(repeating: "s", count: 1025)
        let refused = try #require(read("{}", for: source(), headers: [("x-hook-secret", long)]).reply)
        #expect(refused.outcome == .unreadable)
        #expect(refused.keptSecret == nil)
    }

    @Test func `is needed before anything else is believed`() throws {
        let signature = "0000000000000000000000000000000000000000000000000000000000000000"
        let reply = read("{}", for: try source(), headers: [("x-hook-signature", signature)]).reply
        #expect(reply?.outcome == .unauthenticated)
    }

    @Test func `leaves it in no context`() throws {
        let source = try ReceivingTests.source(
            fields: #""message": "$request.headers.\"x-hook-secret\" || 'hidden'""#,
            rest: #"""
                , "handshakes": [{"when": "$request.method == 'GET'", "keep_secret": {"header": "x-hook-secret"},
                  "answer": {}}]
                """#
        )
        let delivery = try #require(read(#"{"m":"a"}"#, for: source, headers: [("x-hook-secret", "s1")]).delivery)
        #expect(!String(decoding: delivery.context, as: UTF8.self).contains("s1"))
        #expect(delivery.texts[0].contains("hidden"))
    }
}

@Suite struct `A handshake that wants a URL fetched` {
    private func reply(_ url: String) throws -> Reply? {
        let source = try source(
            rest: #"""
                , "handshakes": [{"when": "url", "confirm": {"url": "url", "host": "sns\\.[a-z0-9-]+\\.example\\.com"},
                  "answer": {}}]
                """#
        )
        return read(#"{"url":\#(url)}"#, for: source).reply
    }

    @Test(arguments: [
        #""https://sns.eu-1.example.com/?Action=Confirm&Token=1""#, #""HTTPS://SNS.eu-1.Example.com:443/x""#,
    ])
    func `names the one that is allowed`(url: String) throws {
        let reply = try #require(try reply(url))
        #expect(reply.confirmation?.url == String(url.dropFirst().dropLast()))
        #expect(reply.outcome == nil)
    }

    @Test(arguments: [
        #""http://sns.eu-1.example.com/""#, #""https://sns.eu-1.example.com.attacker.net/""#,
        #""https://attacker.net/sns.eu-1.example.com""#, #""https://sns.eu-1.example.com@attacker.net/""#,
        #""https://attacker.net\\@sns.eu-1.example.com/""#, #""https://sns.eu-1.example.com:x/""#,
        #""https://sns.eu-1.example.com\n.attacker.net/""#, #""https://""#, #""x""#, "5", "[1]",
    ])
    func `names no other`(url: String) throws {
        let reply = try #require(try reply(url))
        #expect(reply.outcome == .unreadable)
        #expect(reply.confirmation == nil)
    }
}
