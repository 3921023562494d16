import Foundation
import Testing

/// Values that do not belong where they are put, as JSON texts or worse.
private enum Hostile {
    static let values: [[UInt8]] =
        [
            "null", "true", "false", "0", "-1", "1", "1.5", "-0", "1e999", "99999999999999999999",
            "-99999999999999999999", "9223372036854775807", #""""#, #""x""#, #""\u0000""#, #""\ud800""#,
            #""\udc00\ud800""#,
            #""received_at""#, #""2024-13-45T99:99:99Z""#, #""99999999999999999999y""#, #""a:(b OR""#, "[]", "{}",
            "[null]",
            "[[]]", "[{}]", "[1,\"a\"]", #"{"a":1,"a":2}"#, #"{"":""}"#, #"{"actor":["a",7]}"#, #"{"message":5}"#,
            #""pas_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#, #""pci_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#,
            #""prq_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#, "nul", "", "\"", "{", "NaN", "'x'", "/**/1",
            "\"\(String(repeating: "é", count: 40_000))\"", String(repeating: "[", count: 100_000),
            String(repeating: #"{"a":"#, count: 70) + "1" + String(repeating: "}", count: 70),
            "[\(Array(repeating: "0", count: 20_000).joined(separator: ","))]",
        ].map { Array($0.utf8) } + [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0x00, 0x22],
            [0x22, 0x0A, 0x22],
            [0xEF, 0xBB, 0xBF, 0x31],
        ]

    /// Bodies in which each member of each call is such a value; `%` stands for it.
    static let templates: [(path: String, texts: [String])] = [
        (
            "/v1/log",
            ["%", #"{"event":%}"#, #"{"event":{"message":"m"},"%":1}"#, #"{"event":{"message":"m"},"event":%}"#]
                + event
                + ["verbose", "signature", "public_key", "prev_root", "config_id", "other"].map {
                    #"{"event":{"message":"m"},"\#($0)":%}"#
                }
        ),
        ("/v2/log", bulk), ("/v2/log_async", bulk),
        (
            "/v1/log_stream",
            [
                "%", #"{"logs":%}"#, #"{"logs":[%]}"#, #"{"logs":[{"data":%}]}"#,
                #"{"logs":[{"data":{"date":%,"type":"s"}}]}"#,
                #"{"logs":[{"data":{"date":"2024-01-01T00:00:00Z","type":%}}]}"#,
                #"{"logs":[{"log_id":%,"data":{"date":"2024-01-01T00:00:00Z","type":"s"}}]}"#,
                #"{"logs":[{"data":{"date":"2024-01-01T00:00:00Z","type":"s","details":%}}]}"#,
                #"{"logs":[],"config_id":%}"#,
            ]
        ),
        (
            "/v1/search",
            ["%"]
                + [
                    "query", "start", "end", "order", "order_by", "limit", "max_results", "search_restriction",
                    "verbose",
                    "return_context", "verify_signature", "config_id", "include_hash", "other",
                ].map { #"{"\#($0)":%}"# } + [#"{"search_restriction":{"actor":%}}"#, #"{"query":"a","query":%}"#]
        ),
        (
            "/v1/results",
            ["%"]
                + [
                    "limit", "offset", "assert_search_restriction", "return_context", "config_id", "max_results",
                    "other",
                ].map { #"{"id":"pas_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","\#($0)":%}"# } + [#"{"id":%}"#]
        ),
        ("/v1/root", ["%"] + ["tree_size", "config_id", "other"].map { #"{"\#($0)":%}"# }),
        (
            "/v1/export",
            ["%"]
                + ["format", "start", "end", "order", "order_by", "verbose", "config_id", "other"].map {
                    #"{"\#($0)":%}"#
                }
        ),
        (
            "/v1/download_results",
            ["%", #"{"result_id":%}"#, #"{"request_id":%}"#, #"{"result_id":%,"request_id":%}"#]
                + ["format", "assert_search_restriction", "return_context", "config_id", "other"].map {
                    #"{"result_id":"pas_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","\#($0)":%}"#
                }
        ),
        ("/admin/logs/publish", ["%", #"{"log":%}"#, #"{"other":%}"#]),
        (
            "/admin/logs/erase",
            ["%", #"{"log":"default","sequences":[999999],"reason":"r","dry_run":%}"#]
                + ["log", "sequences", "received_at", "query", "reason", "other"].map {
                    #"{"dry_run":true,"\#($0)":%}"#
                }
                + [#"{"dry_run":true,"log":"default","reason":"r","sequences":[%]}"#]
        ),
        ("/v1/schema", ["%", #"{"config_id":%}"#, #"{"other":%}"#]),
        ("/v1/openapi.json", ["%", #"{"config_id":%}"#, #"{"other":%}"#]),
        ("/v1/forwarder/test", ["%", #"{"config_id":%}"#, #"{"other":%}"#]),
    ]

    private static let event = ["message", "actor", "timestamp", "tenant_id", "new", "other", "received_at"].map {
        #"{"event":{"message":"m","\#($0)":%}}"#
    }
    private static let bulk =
        [
            "%", #"{"events":%}"#, #"{"events":[%]}"#, #"{"events":[{"event":%}]}"#,
            #"{"events":[{"event":{"message":%}}]}"#,
        ]
        + ["signature", "public_key", "other"].map { #"{"events":[{"event":{"message":"m"},"\#($0)":%}]}"# }
        + ["verbose", "config_id", "other"].map { #"{"events":[{"event":{"message":"m"}}],"\#($0)":%}"# }

    static func body(_ template: String, _ value: [UInt8]) -> [UInt8] {
        let parts = template.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        return Array(parts[0].utf8) + value + Array((parts.count > 1 ? parts[1] : "").utf8)
    }
}

@Suite(.onOwnThreads) struct `Hostile requests to the API` {
    private static let codes: [String: Set<Int>] = [
        "Success": [200], "Accepted": [202], "ValidationError": [400, 413, 415], "BadOffset": [400],
        "InvalidSchema": [400], "MissingConfigID": [400], "NoForwarderConfigured": [400], "Unauthorized": [401],
        "ForbiddenFieldValue": [403], "NotFound": [404, 405], "TreeNotFound": [200], "TooManyRequests": [429],
    ]

    private func gateway() throws -> GatewayProcess {
        var setup = GatewaySetup()
        setup.logs = [#"{"name":"default"}"#, #"{"name":"auth0","schema":"auth0"}"#]
        setup.tokens = [
            GatewaySetup.token("app", Secrets.app, #""logs":["default"],"scopes":["admin"]"#),
            GatewaySetup.token("vendor", "vendor-token-of-the-tests", #""logs":["auth0"],"scopes":["write"]"#),
            GatewaySetup.token("admin", Secrets.admin, #""scopes":["admin"]"#),
        ]
        return try GatewayProcess(setup)
    }

    /// Whether an answer is one that the contract knows; what it is otherwise.
    private func fault(_ answer: HTTPMessage, _ path: String) -> String? {
        // These two answer without an envelope when all is well.
        if ["/v1/openapi.json", "/admin/logs/publish"].contains(path), answer.status == 200 { return nil }
        guard answer.isEnvelope, let status = answer.json["status"].string else {
            return "no envelope: \(answer.text.prefix(200))"
        }
        guard Self.codes[status]?.contains(answer.status) == true else { return "\(answer.status) \(status)" }
        guard status == "ValidationError" else { return nil }
        let errors = answer.json["result"]["errors"].elements
        let isTold = !errors.isEmpty && errors.allSatisfy { $0["code"].string != nil && $0["source"].string != nil }
        return isTold ? nil : "no errors"
    }

    @Test func `get a documented error, and nothing of them is stored`() throws {
        let gateway = try gateway()
        defer { gateway.end() }
        var connection = try gateway.connect()
        var requests = 0
        for (path, templates) in Hostile.templates {
            let isStream = path == "/v1/log_stream"
            let log = isStream ? "auth0" : "default"
            let token = isStream ? "vendor-token-of-the-tests" : Secrets.app
            for template in templates {
                let before = try #require(try gateway.size(of: log))
                var accepted = 0
                for value in Hostile.values {
                    let body = Hostile.body(template, value)
                    let answer = try connection.request(
                        "POST",
                        path,
                        [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")],
                        body: body
                    )
                    requests += 1
                    if let fault = fault(answer, path) {
                        Issue.record("\(path) \(String(decoding: body.prefix(200), as: UTF8.self)): \(fault)")
                    }
                    if (200..<300).contains(answer.status) { accepted += 1 }
                    if answer["connection"]?.lowercased() == "close" { connection = try gateway.connect() }
                }
                let stored = try #require(try gateway.size(of: log)) - before
                let isWriting = path.hasPrefix("/v1/log") || path.hasPrefix("/v2/log")
                // A repeat in a stream is stored once.
                let isRight = isStream ? stored <= accepted : stored == (isWriting ? accepted : 0)
                #expect(isRight, "\(path) \(template): \(stored) stored, \(accepted) accepted")
            }
        }
        print("hostile requests: \(requests)")
        #expect(gateway.isRunning)
    }

    @Test func `may be changed anywhere without an answer of 500`() throws {
        let gateway = try gateway()
        defer { gateway.end() }
        let bodies: [(String, String)] = [
            (
                "/v1/log",
                #"{"event":{"message":"héllo","actor":"a","timestamp":"2024-05-06T07:08:09Z"},"verbose":true}"#
            ),
            (
                "/v2/log",
                #"{"events":[{"event":{"message":"one"},"signature":"AAAA","public_key":"{}"}],"verbose":true}"#
            ),
            (
                "/v1/log_stream",
                #"{"logs":[{"log_id":"1","data":{"date":"2024-01-01T00:00:00Z","type":"s","details":{"a":1}}}]}"#
            ),
            (
                "/v1/search",
                #"{"query":"-actor:\"a b\" AND (x OR y>3)","start":"14d","limit":5,"search_restriction":{"actor":["a"]}}"#
            ),
            ("/v1/results", #"{"id":"pas_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","limit":10,"offset":0}"#),
            ("/v1/root", #"{"tree_size":7}"#),
            ("/v1/export", #"{"format":"json","start":"14d","order":"asc","order_by":"actor","verbose":false}"#),
            ("/v1/download_results", #"{"request_id":"prq_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","format":"csv"}"#),
            ("/admin/logs/erase", #"{"log":"default","query":"nothing","reason":"r","dry_run":true}"#),
        ]
        var state: UInt64 = 0x5EED
        func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(limit))
        }
        var connection = try gateway.connect()
        for round in 0..<1500 {
            let (path, text) = bodies[round % bodies.count]
            var body = Array(text.utf8)
            for _ in 0...next(3) {
                let place = next(body.count)
                switch next(4) {
                case 0: body[place] = UInt8(next(256))
                case 1: body.remove(at: place)
                case 2: body.insert(contentsOf: [0x22, 0x7B, 0x5B, 0x2C, 0x5C, 0x2D].shuffledPart(next(6)), at: place)
                default: body.replaceSubrange(place..., with: body[next(body.count)...])
                }
                if body.isEmpty { body = [0x7B] }
            }
            let token = path == "/v1/log_stream" ? "vendor-token-of-the-tests" : Secrets.app
            let answer = try connection.request("POST", path, [("Authorization", "Bearer \(token)")], body: body)
            if let fault = fault(answer, path) {
                Issue.record("\(path) \(String(decoding: body, as: UTF8.self)): \(fault)")
            }
            if answer["connection"]?.lowercased() == "close" { connection = try gateway.connect() }
        }
        #expect(gateway.isRunning)
    }

    @Test(arguments: [
        ("GET", "/request/prq_"), ("GET", "/request/%00"), ("GET", "/request/prq_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("GET", "/request/..%2f..%2fetc"), ("GET", "/v1/log"), ("PUT", "/v2/log"), ("DELETE", "/v1/search"),
        ("GET", "/v1/schema"), ("POST", "/v1/nothing"), ("POST", "/"), ("GET", "/v1/log_stream"),
        ("POST", "/request/prq_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ])
    func `to no path of the API are not found`(method: String, path: String) throws {
        let gateway = try gateway()
        defer { gateway.end() }
        let answer = try gateway.connect().request(method, path, [("Authorization", "Bearer \(Secrets.app)")], body: [])
        #expect(answer.json["status"].string == "NotFound", "\(answer.text)")
        #expect(answer.status == 404 || answer.status == 405)
        #expect(answer.isEnvelope)
        #expect(answer["x-request-id"]?.wholeMatch(of: /prq_[a-z0-9]{32}/) != nil)
    }
}

extension [UInt8] {
    /// One of the bytes, twice.
    fileprivate func shuffledPart(_ index: Int) -> [UInt8] { [self[index], self[index]] }
}
