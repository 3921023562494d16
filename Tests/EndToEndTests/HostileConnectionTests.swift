import Foundation
import Testing

@Suite(.onOwnThreads) struct `A client that breaks HTTP` {
    private static func setup() -> GatewaySetup {
        var setup = GatewaySetup()
        setup.limits = #""request_timeout":"1s","header_bytes":"16KiB","body_bytes":"1MiB""#
        return setup
    }

    /// Whether the answer that comes is one of these, or the connection just ends.
    private func ends(_ connection: HTTPConnection, in statuses: ClosedRange<Int>, within seconds: Double = 8) -> Bool {
        do {
            return try statuses.contains(connection.answer(within: seconds).status)
        } catch {
            return (error as? ConnectionError) == .closed
        }
    }

    @Test(arguments: [
        "/in/auth0", "/v1/log", "/v2/log", "/v2/log_async", "/v1/log_stream", "/v1/search", "/healthz", "/nowhere",
    ])
    func `with 100 KB of headers is refused and closed`(path: String) throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        let authorization = ("Authorization", "Bearer \(Secrets.app)")
        let hundred = String(repeating: "x", count: 100_000)
        let requests = [
            HTTPConnection.bytes("POST", path, [authorization, ("X-Long", hundred)], body: [123, 125]),
            HTTPConnection.bytes(
                "POST",
                path,
                [authorization] + (0..<2500).map { ("X-Many-\($0)", "0123456789012345678901234") },
                body: []
            ),
            HTTPConnection.bytes("POST", "\(path)?\(hundred)", [authorization], body: []),
            Array("POST \(path) HTTP/1.1\r\nX-Open: \(hundred)".utf8),
        ]
        for request in requests {
            let connection = try gateway.connect()
            connection.send(request)
            let answer = try connection.answer()
            #expect((400..<500).contains(answer.status))
            #expect(answer.isEnvelope)
            #expect(connection.isClosed(within: 5))
        }
        #expect(try gateway.get("/healthz").status == 200)
    }

    @Test(arguments: [
        ("Transfer-Encoding: chunked", "zz\r\n"), ("Transfer-Encoding: chunked", "4\r\n{}{}x"),
        ("Transfer-Encoding: gzip", "{}"),
    ])
    func `in its body is answered once`(header: String, body: String) throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        for path in ["/v1/log", "/in/auth0", "/v1/search", "/nowhere"] {
            let connection = try gateway.connect()
            connection.send(
                "POST \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Secrets.app)\r\n\(header)\r\n\r\n\(body)"
            )
            let answer = try connection.answer()
            #expect((400..<500).contains(answer.status), "\(path)")
            #expect(answer.isEnvelope, "\(path)")
            #expect(connection.isClosed(within: 5))
            #expect(connection.rest.isEmpty, "\(path): \(String(decoding: connection.rest, as: UTF8.self))")
        }
    }

    @Test func `behind a good request has that one answered first`() throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        let good = HTTPConnection.bytes(
            "POST",
            "/in/auth0",
            [("Authorization", Secrets.auth0)],
            body: Array(Records.auth0(id: "1").utf8)
        )
        let connection = try gateway.connect()
        connection.send(good + Array("garbage\r\n\r\n".utf8))
        #expect(try connection.answer().status == 200)
        let refusal = try connection.answer()
        #expect(refusal.status == 400)
        #expect(refusal.isEnvelope)
        #expect(connection.isClosed(within: 5))
        #expect(try gateway.count() == 1)
    }

    @Test(arguments: ["/in/auth0", "/v1/log", "/v2/log", "/v2/log_async", "/v1/log_stream", "/v1/search"])
    func `by stopping half way is answered 408, and holds nobody up`(path: String) throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        let authorization = path == "/in/auth0" ? Secrets.auth0 : "Bearer \(Secrets.app)"
        let body = Array(Records.single("half").utf8)
        let whole = HTTPConnection.bytes("POST", path, [("Authorization", authorization)], body: body)
        let stalled = try (0..<20).map { _ in try gateway.connect() }
        for connection in stalled { connection.send(Array(whole.dropLast(10))) }
        // The others are served meanwhile.
        let start = secondsNow()
        for number in 0..<20 { #expect(try gateway.deliver(Records.auth0(id: "\(number)")).status == 200) }
        #expect(secondsNow() - start < 1)
        for connection in stalled {
            #expect(try connection.answer(within: 6).status == 408)
            #expect(connection.isClosed(within: 5))
        }
        #expect(try gateway.count() == 20)
    }

    @Test func `by stopping in its head is closed in time`() throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        for text in ["P", "POST /v1/log", "POST /v1/log HTTP/1.1\r\nHost: a\r\nAuthor"] {
            let connection = try gateway.connect()
            connection.send(text)
            #expect(ends(connection, in: 400...499), "\(text)")
            #expect(connection.isClosed(within: 5), "\(text)")
        }
    }

    @Test func `by going away half way leaves nothing behind`() throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        let request = HTTPConnection.bytes(
            "POST",
            "/in/auth0",
            [("Authorization", Secrets.auth0)],
            body: Array(Records.auth0(id: "1").utf8)
        )
        // Counting opens a reader's files, which stay open.
        #expect(try gateway.count() == 0)
        let before = try #require(try gateway.metric("process_open_fds"))
        let lengths = stride(from: 1, to: request.count, by: 7)
        for count in lengths {
            let connection = try gateway.connect()
            connection.send(Array(request[..<count]))
        }
        #expect(try gateway.count() == 0)
        #expect(try gateway.get("/healthz").status == 200)
        // Another reader may have been opened meanwhile; of the many connections none is left.
        #expect(lengths.underestimatedCount > 40)
        var after = Double.infinity
        let isClosed = try eventually {
            after = try gateway.metric("process_open_fds") ?? .infinity
            return after < before + 20
        }
        #expect(isClosed, "\(before) descriptors before, \(after) after")
    }

    @Test(arguments: [
        "Content-Length: -1", "Content-Length: x", "Content-Length: 5, 6", "Content-Length: 99999999999999999999999",
        "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, chunked", "Bad Name: x", ": x", "X: a\u{0}b",
        "Content-Length : 2",
    ])
    func `in its head is refused`(header: String) throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        for path in ["/v1/log", "/in/auth0", "/v1/search"] {
            let connection = try gateway.connect()
            connection.send(
                "POST \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(Secrets.app)\r\n\(header)\r\n\r\n{}{}{}{}"
            )
            #expect(ends(connection, in: 400...499), "\(path)")
        }
        #expect(try gateway.get("/healthz").status == 200)
        #expect(try gateway.count() == 0)
    }

    @Test func `by a wrong length is refused or cut off`() throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        let authorization = ("Authorization", "Bearer \(Secrets.app)")
        let text = Records.single("a")
        // Longer than what comes: the end of the stream comes first.
        let short = try gateway.connect()
        short.send(
            HTTPConnection.bytes("POST", "/v1/log", [authorization, ("Content-Length", "\(text.utf8.count + 50)")])
        )
        short.send(text)
        short.finishSending()
        #expect(ends(short, in: 400...499))
        // Shorter: the body is not JSON any more, and what is left of it is no request.
        let long = try gateway.connect()
        long.send(
            HTTPConnection.bytes("POST", "/v1/log", [authorization, ("Content-Length", "\(text.utf8.count - 5)")])
        )
        long.send(text)
        #expect(try long.answer().status == 400)
        #expect(ends(long, in: 400...499))
        #expect(try gateway.count() == 0)
    }

    @Test func `with no HTTP at all is sent away`() throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        let greetings: [[UInt8]] = [
            [UInt8](repeating: 0, count: 100), [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03],
            Array("SSH-2.0-OpenSSH_9.2\r\n".utf8), Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8),
            Array("GET\r\n\r\n".utf8), Array("\r\n\r\n\r\n\r\nX\r\n\r\n".utf8), Array("GET / HTTP/9.9\r\n\r\n".utf8),
            Array("GET  / HTTP/1.1\r\n\r\n".utf8), Array("{\"event\":{}}\n".utf8),
            [UInt8](repeating: 0x41, count: 200_000),
        ]
        for greeting in greetings {
            let connection = try gateway.connect()
            connection.send(greeting)
            connection.finishSending()
            #expect(ends(connection, in: 400...505), "\(greeting.prefix(12))")
        }
        #expect(try gateway.get("/healthz").status == 200)
    }

    @Test func `in its path is answered like any other`() throws {
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        let token = ("Authorization", "Bearer \(Secrets.app)")
        let cases = [
            ("/", 404), ("/nowhere", 404), ("/v1", 404), ("/v1/", 404), ("/v1/log/x", 404), ("/v9/log", 404),
            ("/request/", 404), ("/request/x", 404), ("/request/%00", 404), ("/request/../../etc/passwd", 404),
            ("//v1//log", 404), ("/%2e%2e/%2e%2e/etc/passwd", 404), ("/\u{E9}", 404), ("*", 404),
            ("/request/" + String(repeating: "y", count: 8000), 404),
        ]
        for (path, status) in cases {
            for method in ["GET", "POST", "DELETE", "BREW"] {
                let connection = try gateway.connect()
                connection.send(HTTPConnection.bytes(method, path, [token], body: method == "GET" ? nil : [123, 125]))
                let answer = try connection.answer(to: method)
                #expect(
                    answer.status == status || (400..<500).contains(answer.status),
                    "\(method) \(path): \(answer.status)"
                )
                #expect(answer.status < 500 && answer.status >= 400, "\(method) \(path)")
            }
        }
        #expect(try gateway.get("/request/x").status == 401)
        #expect(try gateway.get("/request/x", [token]).status == 404)
        #expect(try gateway.get("/nowhere").isEnvelope)
        #expect(try gateway.get("/v1/log").status == 405 || gateway.get("/v1/log").status == 404)
    }
}

@Suite(.onOwnThreads) struct `A client of plain HTTP` {
    @Test func `that waits for a go-ahead gets it, unless its body is refused`() throws {
        var setup = GatewaySetup()
        setup.limits = #""body_bytes":"64KiB""#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let cases = [
            ("/in/auth0", Secrets.auth0, Records.auth0(id: "1")),
            ("/v1/log", "Bearer \(Secrets.app)", Records.single("a")),
            ("/v1/search", "Bearer \(Secrets.app)", "{}"),
        ]
        for (path, authorization, body) in cases {
            let connection = try gateway.connect()
            let headers = [
                ("Authorization", authorization), ("Expect", "100-continue"), ("Content-Length", "\(body.utf8.count)"),
            ]
            connection.send(HTTPConnection.bytes("POST", path, headers))
            let interim = try? connection.anyAnswer(within: 3)
            #expect(interim?.status == 100, "\(path)")
            connection.send(body)
            #expect(try connection.answer().status == 200, "\(path)")
            // The connection is in step for the next request.
            #expect(try connection.request("GET", "/healthz").text.contains("alive"), "\(path)")
        }
        let refused = try gateway.connect()
        refused.send(
            HTTPConnection.bytes(
                "POST",
                "/v1/log",
                [("Authorization", "Bearer \(Secrets.app)"), ("Expect", "100-continue"), ("Content-Length", "9999999")]
            )
        )
        #expect(try refused.anyAnswer().status == 413)
    }

    @Test(arguments: ["/healthz", "/in/auth0", "/v1/log", "/v1/search", "/nowhere", "/metrics"])
    func `that asks for the head alone gets no body`(path: String) throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let connection = try gateway.connect()
        for _ in 0..<3 {
            let answer = try connection.request("HEAD", path, [("Authorization", Secrets.auth0)])
            #expect(answer.status < 500)
            // A body here would be read as the start of the next answer.
            let next = try connection.request("GET", "/healthz")
            #expect(next.status == 200)
            #expect(next.text.contains("alive"))
        }
    }

    @Test(arguments: ["/healthz", "/in/auth0", "/v1/log", "/v1/search"])
    func `that speaks HTTP 1.0 is answered and closed`(path: String) throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let authorization = path == "/in/auth0" ? Secrets.auth0 : "Bearer \(Secrets.app)"
        let body = path == "/in/auth0" ? Records.auth0(id: "1") : path == "/v1/log" ? Records.single("a") : "{}"
        let method = path == "/healthz" ? "GET" : "POST"
        let connection = try gateway.connect()
        connection.send(
            "\(method) \(path) HTTP/1.0\r\nAuthorization: \(authorization)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
        #expect(try connection.answer().status == 200)
        #expect(connection.isClosed(within: 5))
    }

    @Test(arguments: ["/healthz", "/in/auth0", "/v1/log", "/v1/search"])
    func `that asks to close is answered and closed`(path: String) throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let authorization = path == "/in/auth0" ? Secrets.auth0 : "Bearer \(Secrets.app)"
        let body = path == "/in/auth0" ? Records.auth0(id: "1") : path == "/v1/log" ? Records.single("a") : "{}"
        let connection = try gateway.connect()
        let answer = try connection.request(
            path == "/healthz" ? "GET" : "POST",
            path,
            [("Authorization", authorization), ("Connection", "close")],
            body: path == "/healthz" ? nil : Array(body.utf8)
        )
        #expect(answer.status == 200)
        #expect(connection.isClosed(within: 5))
    }

    @Test func `that pipelines is answered in order, whatever the routes`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let token = [("Authorization", "Bearer \(Secrets.app)")]
        let connection = try gateway.connect()
        var requests: [UInt8] = []
        var expected: [(method: String, mark: String)] = []
        func add(_ method: String, _ path: String, _ headers: [(String, String)], _ body: String?, _ mark: String) {
            requests += HTTPConnection.bytes(method, path, headers, body: body.map { Array($0.utf8) })
            expected.append((method, mark))
        }
        for round in 0..<20 {
            let name = "pipelined-\(round)"
            add("GET", "/healthz", [], nil, "alive")
            add(
                "POST",
                "/v1/log",
                token,
                Records.adding(#""verbose":true"#, to: Records.single(name)),
                #""actor":"\#(name)""#
            )
            add("POST", "/v1/search", token, #"{"query":"actor=\#(name)"}"#, "Found 1 event(s)")
            add("POST", "/in/auth0", [("Authorization", Secrets.auth0)], Records.auth0(id: name), #"{"status":"ok"}"#)
            add("POST", "/in/auth0", [("Authorization", "Bearer wrong")], Records.auth0(id: name), "unauthenticated")
            add("GET", "/nowhere", [], nil, "NotFound")
            add("POST", "/v2/log", token, #"{"events":[]}"#, "BelowMinItems")
            add("GET", "/readyz", [], nil, #""reasons""#)
            add("POST", "/v2/log_async", token, Records.bulk([name + "-async"]), "Accepted")
        }
        // In pieces that end anywhere.
        var start = 0
        var size = 1
        while start < requests.count {
            let end = min(requests.count, start + size)
            guard connection.send(Array(requests[start..<end])) else { break }
            start = end
            size = size * 3 % 1009 + 1
        }
        for (number, request) in expected.enumerated() {
            let answer = try connection.answer(to: request.method)
            #expect(answer.text.contains(request.mark), "answer \(number): \(answer.startLine) \(answer.text)")
        }
        #expect(connection.rest.isEmpty)
        #expect(try gateway.count() == 60)
    }
}
