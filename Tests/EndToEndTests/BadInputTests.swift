import Foundation
import Testing

/// Bodies that are wrong in one way each.
private enum BadBodies {
    static let all: [(name: String, bytes: [UInt8])] =
        texts.map { ($0.key, Array($0.value.utf8)) }.sorted { $0.0 < $1.0 } + bytes
        + repeated.map { ("a megabyte of \($0.key)", [UInt8](repeating: $0.value, count: 1 << 20)) }.sorted {
            $0.0 < $1.0
        }

    private static let bytes: [(String, [UInt8])] = [
        ("invalid UTF-8", Array(#"{"event":{"message":""#.utf8) + [0xFF, 0xC0, 0x80] + Array(#""}}"#.utf8)),
        ("a lone continuation", [0x80]),
        ("NULs", [0, 0, 0, 0]),
        ("UTF-16", [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00]),
        ("a gzip header alone", [0x1F, 0x8B, 8, 0]),
        ("a megabyte of nested objects", Array(String(repeating: #"{"a":"#, count: 200_000).utf8)),
    ]

    private static let repeated: [String: UInt8] = [
        "brackets": UInt8(ascii: "["), "quotes": UInt8(ascii: "\""), "spaces": UInt8(ascii: " "),
        "commas": UInt8(ascii: ","), "empty lines": UInt8(ascii: "\n"), "backslashes": UInt8(ascii: "\\"),
    ]

    private static let texts: [String: String] = [
        "nothing": "", "an open object": "{", "an open array": "[", "half a word": "nul", "a quote": "\"",
        "a number": "123", "a text": "\"text\"", "null": "null", "true": "true", "an array": "[]",
        "an array of numbers": "[1,2,3]", "two values": "{} {}", "a comment": "{/* */}",
        "a trailing comma": #"{"a":1,}"#,
        "single quotes": "{'a':1}", "a bare name": "{a:1}", "NaN": #"{"event":NaN}"#,
        "a number beyond 64 bits": #"{"event":{"message":"m","target":123456789012345678901234567890}}"#,
        "a number beyond a double": #"{"event":{"message":1e999}}"#,
        "minus nothing": #"{"event":{"message":-}}"#,
        "leading zeros": #"{"event":{"message":007}}"#,
        "duplicate members": #"{"event":{"message":"a","message":"b"},"events":1,"events":2,"query":"","query":""}"#,
        "a lone surrogate": #"{"event":{"message":"\ud800"},"query":"\ud800"}"#,
        "a raw control": "{\"event\":{\"message\":\"\u{1}\"},\"query\":\"\u{1}\"}",
        "a bad escape": #"{"event":{"message":"\x"},"query":"\x"}"#,
        "wrong types": #"{"event":5,"events":{"a":1},"query":7,"id":[],"limit":"x","verbose":3,"logs":true}"#,
        "nulls": #"{"event":null,"events":null,"query":null,"id":null,"logs":null}"#,
        "deep nesting": #"{"event":"# + String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000) + "}",
        "an unknown member": #"{"colour":"red","event":{"message":"m","colour":"red"}}"#,
        "a long name": #"{"\#(String(repeating: "n", count: 100_000))":1}"#,
        "many members": "{" + (0..<20_000).map { #""m\#($0)":1"# }.joined(separator: ",") + "}",
    ]
}

@Suite(.onOwnThreads) struct `A bad body` {
    /// A route, who may use it, and which bodies it takes all the same.
    private static let routes: [(path: String, authorization: String, taken: Set<String>)] = [
        ("/v1/log", "Bearer \(Secrets.app)", []),
        ("/v2/log", "Bearer \(Secrets.app)", []),
        ("/v2/log_async", "Bearer \(Secrets.app)", []),
        ("/v1/search", "Bearer \(Secrets.app)", ["nothing"]),
        ("/v1/results", "Bearer \(Secrets.app)", []),
    ]

    @Test func `is a validation error on every route of the API`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        for (path, authorization, taken) in Self.routes {
            for (name, bytes) in BadBodies.all {
                let answer = try gateway.post(path, bytes, authorization: authorization)
                #expect(answer.isEnvelope, "\(path), \(name)")
                // What is beside the point for a route is judged as the rest of the body is.
                if taken.contains(name) || (answer.status == 200 && path == "/v1/search" && name == "nulls") {
                    #expect(answer.status == 200, "\(path), \(name)")
                    continue
                }
                #expect(answer.status == 400 || answer.status == 413, "\(path), \(name): \(answer.status)")
                #expect(answer.json["status"].string == "ValidationError", "\(path), \(name)")
                let problems = answer.json["result"]["errors"].elements
                #expect(!problems.isEmpty, "\(path), \(name)")
                for problem in problems {
                    let isWhole = ["code", "detail", "source"].allSatisfy { problem[$0].string != nil }
                    #expect(isWhole, "\(path), \(name)")
                }
            }
        }
        #expect(try gateway.count() == 0)
        #expect(try gateway.get("/healthz").status == 200)
    }

    @Test func `at a source is answered as its mapping says, and kept when it is unreadable`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let unreadable: Set = [
            "nothing", "an open object", "an open array", "half a word", "a quote", "a lone continuation", "NULs",
            "UTF-16", "a gzip header alone", "a megabyte of brackets", "a megabyte of nested objects",
            "a megabyte of quotes", "a megabyte of spaces", "a megabyte of commas", "a megabyte of empty lines",
            "a megabyte of backslashes", "a comment", "single quotes", "a bare name", "a trailing comma",
        ]
        for (name, bytes) in BadBodies.all {
            let auth0 = try gateway.deliver(bytes)
            #expect(auth0.status == 200, "auth0, \(name): \(auth0.status)")
            let stream = try gateway.post("/v1/log_stream", bytes, authorization: "Bearer \(Secrets.stream)")
            #expect(stream.status == 200, "log_stream, \(name): \(stream.status)")
            let generic = try gateway.post("/in/generic", bytes, authorization: "Bearer \(Secrets.generic)")
            if unreadable.contains(name) {
                #expect(generic.status == 400, "generic, \(name): \(generic.status)")
            } else {
                #expect([200, 400].contains(generic.status), "generic, \(name): \(generic.status)")
            }
        }
        let kept = try gateway.command("quarantine", "list", "--limit", "1000", "--json").output.split(separator: "\n")
        #expect(kept.count { JSON(parsing: String($0))["cause"].string == "unreadable" } >= 2 * unreadable.count - 2)
        // What was set aside is what came.
        for (name, bytes) in BadBodies.all where unreadable.contains(name) && !bytes.isEmpty && bytes.count < 1000 {
            let size = bytes.count
            #expect(kept.contains { JSON(parsing: String($0))["bytes"].int == size }, "\(name)")
        }
        #expect(gateway.isRunning)
        #expect(try gateway.get("/healthz").status == 200)
    }

    @Test func `does not make the gateway grow`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        func round() throws {
            for (name, bytes) in BadBodies.all {
                for (path, authorization, _) in Self.routes {
                    _ = try gateway.post(path, bytes, authorization: authorization)
                }
                // Kept bodies take disk, not memory; those of a megabyte are enough once.
                guard bytes.count < 1 << 16 || name == "a megabyte of brackets" else { continue }
                _ = try gateway.deliver(bytes)
            }
        }
        try round()
        let before = gateway.residentBytes
        for _ in 0..<3 { try round() }
        let growth = gateway.residentBytes - before
        print(
            "Memory: \(before >> 20) MiB after a first round of bad bodies, \(growth >> 10) KiB more after three others"
        )
        #expect(growth < 150 << 20)
        #expect(try gateway.get("/healthz").status == 200)
    }
}

@Suite(.onOwnThreads) struct `A large delivery` {
    private func records(_ count: Int) -> String {
        Records.array(
            (0..<count).map {
                #"{"log_id":"\#($0)","data":{"date":"2026-11-23T12:00:00Z","type":"s","user_name":"u"}}"#
            }
        )
    }

    @Test func `of 10,000 records is stored whole, one more is refused whole`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.deliver(records(10_001)).status == 413)
        #expect(try gateway.count() == 0)
        #expect(try gateway.deliver(records(10_000)).status == 200)
        #expect(try gateway.count() == 10_000)
        #expect(try gateway.deliver(records(10_000)).status == 200)
        #expect(try gateway.stored().count == 10_000)
        #expect(try gateway.command("verify").status == 0)
    }

    @Test func `at the limit passes, and a byte more is refused on every route`() throws {
        var setup = GatewaySetup()
        setup.limits = #""body_bytes":"64KiB""#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        func padded(_ text: String, _ count: Int) -> [UInt8] {
            Array(text.utf8) + [UInt8](repeating: 0x20, count: count - text.utf8.count)
        }
        let cases = [
            ("/in/auth0", Records.auth0(id: "1"), Secrets.auth0),
            ("/in/generic", #"{"id":"1","message":"m"}"#, "Bearer \(Secrets.generic)"),
            ("/v1/log_stream", Records.auth0(id: "2"), "Bearer \(Secrets.stream)"),
            ("/v1/log", Records.single("a"), "Bearer \(Secrets.app)"),
            ("/v2/log", Records.bulk(["b"]), "Bearer \(Secrets.app)"),
            ("/v2/log_async", Records.bulk(["c"]), "Bearer \(Secrets.app)"),
        ]
        for (path, text, authorization) in cases {
            let headers = [("Authorization", authorization)]
            let fits = padded(text, 64 << 10)
            let exceeds = padded(text, 64 << 10 + 1)
            #expect(try gateway.connect().request("POST", path, headers, body: fits).status < 300, "\(path)")
            let connection = try gateway.connect()
            connection.send(HTTPConnection.bytes("POST", path, headers, body: exceeds))
            #expect(try connection.answer().status == 413, "\(path)")
            #expect(connection.isClosed(within: 5), "\(path)")
            // Not a byte of the body is needed for a refusal when the head tells its length.
            let early = try gateway.connect()
            early.send(HTTPConnection.bytes("POST", path, headers + [("Content-Length", "65537")]))
            #expect(try early.answer().status == 413, "\(path)")

            let chunks = [Array(exceeds[..<30_000]), Array(exceeds[30_000..<60_000]), Array(exceeds[60_000...])]
            let chunked = try gateway.connect()
            chunked.send(HTTPConnection.chunked("POST", path, headers, chunks: chunks))
            #expect(try chunked.answer().status == 413, "\(path)")
            // A body in chunks of one byte is read like any other.
            let small = try gateway.connect()
            small.send(HTTPConnection.chunked("POST", path, headers, chunks: text.utf8.map { [$0] }))
            #expect(try small.answer().status < 300, "\(path)")
        }
        #expect(try gateway.stored("message").count == cases.count + 3)
        #expect(try gateway.get("/healthz").status == 200)
    }

    @Test func `is worked on without holding up others`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let port = gateway.port
        let body = Array(records(10_000).utf8)
        let isDone = Flag()
        Thread {
            for _ in 0..<4 {
                let connection = try? HTTPConnection(port: port)
                _ = try? connection?.request("POST", "/in/auth0", [("Authorization", Secrets.auth0)], body: body)
            }
            isDone.raise()
        }.start()
        var slowest = 0.0
        var count = 0
        let ended = try eventually(within: 60) {
            let start = secondsNow()
            let status = try gateway.get("/healthz").status
            #expect(status == 200)
            slowest = max(slowest, secondsNow() - start)
            count += 1
            return isDone.isRaised
        }
        #expect(ended)
        print("/healthz beside deliveries of 10,000 records: \(count) times, at most \(Int(slowest * 1000)) ms")
        // A delivery is read for longer than that where the machine has much else to do.
        #expect(slowest < 5)
    }
}
