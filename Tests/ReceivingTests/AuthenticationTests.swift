import Cryptography
import JSON
import Mapping
import Receiving
import Testing

private let body = Array(#"{"m":"a"}"#.utf8)

@Suite struct `A shared secret` {
    private func isAccepted(
        _ rule: String,
        _ secrets: [String],
        headers: [(name: String, value: String)] = [],
        query: String = "",
        pathSecret: String? = nil
    ) throws -> Bool {
        let source = try source(authenticate: #"{"secret": \#(rule)}"#, secrets: ["secret": secrets])
        let outcome = read(body, for: source, query: query, headers: headers, pathSecret: pathSecret)
        if let reply = outcome.reply {
            #expect(reply.outcome == .unauthenticated)
            #expect(reply.answer.status == 401)
            #expect(reply.answer.body == AnswerTable.unauthenticated.body)
            #expect(reply.quarantine == nil)
            #expect(secrets.allSatisfy { !reply.reason.contains($0) })
        }
        return outcome.delivery != nil
    }

    @Test(arguments: [
        ("Bearer one", true), ("one", false), ("Bearer one ", false), ("bearer one", false), ("", false), ("two", true),
    ])
    func `in a header is compared as it is`(value: String, expected: Bool) throws {
        let headers = [(name: "authorization", value: value)]
        #expect(try isAccepted(#"{"header": "Authorization"}"#, ["Bearer one", "two"], headers: headers) == expected)
    }

    @Test(arguments: [
        ("Bearer one", true), ("bearer   one", true), ("one", false), ("Basic one", false), ("Bearer", false),
        ("Bearerone", false),
    ])
    func `may have a scheme in front`(value: String, expected: Bool) throws {
        let headers = [(name: "authorization", value: value)]
        #expect(
            try isAccepted(#"{"header": "authorization", "scheme": "Bearer"}"#, ["one"], headers: headers) == expected
        )
    }

    @Test func `may stand in the query or in the path`() throws {
        #expect(try isAccepted(#"{"query": "code"}"#, ["o+e"], query: "a=1&code=o%2Be"))
        #expect(try !isAccepted(#"{"query": "code"}"#, ["o+e"], query: "code=o+e"))
        #expect(try !isAccepted(#"{"query": "code"}"#, ["o+e"]))
        #expect(try isAccepted(#"{"path": true}"#, ["o e"], pathSecret: "o%20e"))
        #expect(try !isAccepted(#"{"path": true}"#, ["o e"], pathSecret: "o"))
        #expect(try !isAccepted(#"{"path": true}"#, ["o e"]))
    }

    @Test func `must be configured`() {
        #expect(throws: SourceError.self) { try source(authenticate: #"{"secret": {"path": true}}"#) }
        #expect(throws: SourceError.self) {
            try source(authenticate: #"{"secret": {"path": true}}"#, secrets: ["secret": [""]])
        }
        #expect(throws: SourceError.self) {
            try source(
                authenticate: #"{"hmac": {"key_encoding": "hex", "message": ["body"], "signature": {"header": "s"}}}"#,
                secrets: ["secret": ["no hex"]]
            )
        }
    }
}

@Suite struct `Basic credentials` {
    @Test(arguments: [
        ("audit:one", true), ("audit:two", true), ("audit:three", false), ("other:one", false), ("audit", false),
    ])
    func `are a user and any of several passwords`(credentials: String, expected: Bool) throws {
        let source = try source(authenticate: #"{"basic": {"user": "audit"}}"#, secrets: ["secret": ["one", "two"]])
        let value = "Basic " + Base64.encode(Array(credentials.utf8))
        #expect((read(body, for: source, headers: [("authorization", value)]).delivery != nil) == expected)
    }

    @Test func `are the whole secret when the mapping names no user`() throws {
        let source = try source(authenticate: #"{"basic": {}}"#, secrets: ["secret": ["a:b:c"]])
        let value = "Basic " + Base64.encode(Array("a:b:c".utf8))
        #expect(read(body, for: source, headers: [("authorization", value)]).delivery != nil)
        #expect(read(body, for: source, headers: [("authorization", "Basic ???")]).reply?.outcome == .unauthenticated)
    }
}

@Suite struct `A signature` {
    private static let slack = """
        {"hmac": {"algorithm": "sha256", "encoding": "hex", "key": "signing_secret",
                  "message": ["v0:", {"header": "X-Slack-Request-Timestamp"}, ":", "body"],
                  "signature": {"header": "x-slack-signature", "prefix": "v0="},
                  "timestamp": {"header": "x-slack-request-timestamp", "unit": "s", "tolerance": "5m"}}}
        """

    private func isAccepted(key: String, age: Int64 = 0, prefix: String = "v0=", change: Bool = false) throws -> Bool {
        let time = String(now / 1_000_000 - age)
        let code = HMACKey(algorithm: .sha256, key: Array(key.utf8)).code(for: Array("v0:\(time):".utf8) + body)
        let source = try source(authenticate: Self.slack, secrets: ["signing_secret": ["new key", "old key"]])
        let headers = [
            (name: "x-slack-request-timestamp", value: time),
            (name: "x-slack-signature", value: prefix + Hex.encode(code).uppercased()),
        ]
        return read(change ? body + [0x20] : body, for: source, headers: headers).delivery != nil
    }

    @Test func `matches under any key, over exactly the body, for some minutes`() throws {
        #expect(try isAccepted(key: "new key"))
        #expect(try isAccepted(key: "old key"))
        #expect(try !isAccepted(key: "other key"))
        #expect(try !isAccepted(key: "new key", change: true))
        #expect(try !isAccepted(key: "new key", prefix: "v1="))
        #expect(try isAccepted(key: "new key", age: 300))
        #expect(try isAccepted(key: "new key", age: -300))
        #expect(try !isAccepted(key: "new key", age: 301))
        #expect(try !isAccepted(key: "new key", age: -301))
    }

    @Test(arguments: [Digest.Algorithm.sha1, .sha256, .sha512])
    func `may cover method, URL, query and texts, in base 64, with a key in base 64`(algorithm: Digest.Algorithm) throws
    {
        let key: [UInt8] = [0, 1, 2, 255]
        let rule = """
            {"hmac": {"algorithm": "\(algorithm.rawValue)", "encoding": "base64", "key_encoding": "base64",
                      "message": ["method", "url", {"query": "q"}, {"text": "body"}, "body"], "signature": {"header": "s"}}}
            """
        let source = try source(authenticate: rule, secrets: ["secret": [Base64.encode(key)]])
        let url = "https://audit.example.com/in/test?q=1%202"
        let code = HMACKey(algorithm: algorithm, key: key).code(for: Array("POST\(url)1 2body".utf8) + body)
        let headers = [(name: "s", value: Base64.encode(code))]
        #expect(read(body, for: source, query: "q=1%202", headers: headers, url: url).delivery != nil)
        #expect(read(body, for: source, query: "q=1", headers: headers, url: url).reply?.outcome == .unauthenticated)
    }

    @Test func `is over the body as it was received`() throws {
        let rule = #"{"hmac": {"message": ["body"], "signature": {"header": "s"}}}"#
        let zipped = try body.withUnsafeBytes { try Gzip.deflate($0) }
        let code = HMACKey(algorithm: .sha256, key: Array("k".utf8)).code(for: zipped)
        let source = try source(authenticate: rule, secrets: ["secret": ["k"]])
        #expect(read(zipped, for: source, headers: [("s", Hex.encode(code))]).delivery?.body == body)
        #expect(read(zipped, for: source, headers: [("s", "zz")]).reply?.outcome == .unauthenticated)
        #expect(read(zipped, for: source).reply?.outcome == .unauthenticated)
    }
}

@Suite struct `Several forms` {
    @Test(arguments: [
        ("any", "1", "", true), ("any", "", "2", true), ("any", "", "", false), ("all", "1", "", false),
        ("all", "1", "2", true),
    ])
    func `are combined`(word: String, first: String, second: String, expected: Bool) throws {
        let source = try source(
            authenticate:
                #"{"\#(word)": [{"secret": {"header": "a", "key": "one"}}, {"secret": {"query": "b", "key": "two"}}]}"#,
            secrets: ["one": ["1"], "two": ["2"]]
        )
        let outcome = read(body, for: source, query: "b=\(second)", headers: [("a", first)])
        #expect((outcome.delivery != nil) == expected)
    }

    @Test func `are unknown to a source that does not exist`() {
        body.withUnsafeBytes {
            Authenticator.rejectUnknown(
                DeliveryRequest(
                    method: "POST",
                    path: "/in/nobody",
                    headers: [("authorization", "x")],
                    body: $0,
                    receivedAt: now
                )
            )
        }
    }
}

@Suite struct `Secrets of a request` {
    @Test func `are neither kept nor shown to expressions`() throws {
        let source = try source(
            authenticate:
                #"{"any": [{"secret": {"header": "x-token", "key": "one"}}, {"secret": {"query": "code", "key": "one"}}]}"#,
            fields: #""message": "json($request)", "actor": "$request.headers.\"x-a\"""#,
            secrets: ["one": ["s3cret"]]
        )
        let headers = [
            (name: "x-token", value: "s3cret"), (name: "authorization", value: "s3cret"),
            (name: "cookie", value: "s3cret"), (name: "x-a", value: "\"q\""),
        ]
        let delivery = try #require(read(body, for: source, query: "code=s3cret&a=%22", headers: headers).delivery)
        let context = String(decoding: delivery.context, as: UTF8.self)
        #expect(context == #"{"headers":{"x-a":"\"q\""},"method":"POST","path":"/in/test","query":{"a":"\""}}"#)
        #expect(!delivery.texts[0].contains("s3cret"))
        #expect(delivery.texts[0].contains(#""actor":"\"q\"""#))
    }
}
