import Foundation
import Testing

@Suite(.onOwnThreads) struct `The writing API` {
    @Test func `logs one event, and shows its envelope when asked to`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let plain = try gateway.post("/v1/log", Records.single("a"))
        #expect(plain.status == 200)
        #expect(plain.isEnvelope)
        #expect(plain["content-type"] == "application/json")
        #expect(plain.json["status"].string == "Success")
        #expect(plain.json["summary"].string == "Logged 1 record(s)")
        #expect(plain.json["result"].keys == ["hash"])
        #expect(plain.json["request_id"].string?.wholeMatch(of: /prq_[a-z0-9]{32}/) != nil)

        let verbose = try gateway.post("/v1/log", Records.adding(#""verbose":true"#, to: Records.single("b")))
        let result = verbose.json["result"]
        #expect(result["envelope"]["event"]["actor"].string == "b")
        let time = try #require(result["envelope"]["received_at"].string)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
        let found = try gateway.search("actor:b")["events"][0]
        #expect(found["hash"].string == result["hash"].string)
        #expect(found["envelope"]["received_at"].string == time)
    }

    @Test func `hashes the canonical envelope`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let texts = ["plain", "é \u{1F600} \u{7F} / < > &", "tab\tline\nquote\"backslash\\", "\u{2028}\u{0}\u{1F}"]
        let program = """
            import hashlib, json, sys
            for event in json.load(sys.stdin)["events"]:
                text = json.dumps(event["envelope"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
                print(hashlib.sha256(text.encode()).hexdigest() == event["hash"])
            """
        for text in texts {
            let body = #"{"event":{"message":\#(JSON.quoted(text)),"actor":"a"}}"#
            #expect(try gateway.post("/v1/log", body).status == 200, "\(text)")
        }
        let search = try gateway.post("/v1/search", "{}")
        let result = String(
            search.text[(try #require(search.text.firstRange(of: #""result":"#))).upperBound...].dropLast()
        )
        let checked = try Finished.python(program, input: Array(result.utf8))
        #expect(checked.output == String(repeating: "True\n", count: texts.count), "\(checked.error)")
    }

    @Test func `logs many events in order`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let names = (0..<1000).map { "n\($0)" }
        let answer = try gateway.post("/v2/log", Records.bulk(names))
        #expect(answer.status == 200)
        #expect(answer.json["result"]["results"].elements.count == 1000)
        #expect(answer.json["result"]["results"][0].keys == ["hash"])
        #expect(try gateway.stored() == names)

        let verbose = try gateway.post("/v2/log", Records.bulk(["x", "y"], #""verbose":true"#)).json["result"][
            "results"
        ]
        #expect(verbose.elements.map { $0["envelope"]["event"]["actor"].string } == ["x", "y"])
        let tooMany = try gateway.post("/v2/log", Records.bulk((0...1000).map { "m\($0)" }))
        #expect(tooMany.status == 400)
        #expect(tooMany.json["result"]["errors"][0]["code"].string == "AboveMaxItems")
        #expect(try gateway.count() == 1002)
    }

    @Test func `tells all problems of a request at once and stores nothing of it`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let body = """
            {"events":[
                {"event":{"message":"fine"}},
                {"event":{"actor":7,"unknown":1}},
                {"event":{"message":"","action":"\(String(repeating: "x", count: 33))","timestamp":"yesterday"}},
                {},
                5
            ],"verbose":"yes","colour":"red"}
            """
        let answer = try gateway.post("/v2/log", body)
        #expect(answer.status == 400)
        #expect(answer.json["status"].string == "ValidationError")
        let problems = Set(
            answer.json["result"]["errors"].elements.map {
                "\($0["code"].string ?? "-") \($0["source"].string ?? "-")"
            }
        )
        let expected: Set = [
            "FieldRequired /events/1/event/message", "InvalidString /events/1/event/actor",
            "UnexpectedProperty /events/1/event/unknown", "BelowMinLength /events/2/event/message",
            "AboveMaxLength /events/2/event/action", "BadFormatDateTime /events/2/event/timestamp",
            "FieldRequired /events/3/event", "InvalidObject /events/4", "InvalidBool /verbose",
            "UnexpectedProperty /colour",
        ]
        #expect(problems == expected)
        #expect(answer.json["result"]["errors"].elements.allSatisfy { !($0["detail"].string ?? "").isEmpty })
        #expect(try gateway.count() == 0)
    }

    @Test func `asks for config_id when a token has several logs, and knows only its own`() throws {
        var setup = GatewaySetup()
        setup.logs = [#"{"name":"default"}"#, #"{"name":"second"}"#, #"{"name":"third"}"#]
        setup.tokens = [
            GatewaySetup.token("app", Secrets.app, #""logs":["default","second"],"scopes":["write","read"]"#),
            GatewaySetup.token("other", Secrets.other, #""logs":["third"],"scopes":["write","read"]"#),
        ]
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let program = """
            import sqlite3, sys
            store = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
            for name, config in store.execute("SELECT name, config_id FROM log"): print(name, config)
            """
        var ids: [String: String] = [:]
        for line in try Finished.python(program, [gateway.storePath]).output.split(separator: "\n") {
            let words = line.split(separator: " ")
            ids[String(words[0])] = String(words[1])
        }
        let second = try #require(ids["second"])
        let third = try #require(ids["third"])
        for (path, body) in [("/v1/log", Records.single("a")), ("/v2/log", Records.bulk(["a"])), ("/v1/search", "{}")] {
            let missing = try gateway.post(path, body)
            #expect(missing.status == 400)
            #expect(missing.json["status"].string == "MissingConfigID")
            let foreign = try gateway.post(path, with(body, third))
            #expect(foreign.status == 400)
            #expect(foreign.json["result"]["errors"][0]["code"].string == "ConfigNotExist")
            #expect(foreign.json["result"]["errors"][0]["source"].string == "/config_id")
            #expect(try gateway.post(path, with(body, second)).status == 200)
        }
        #expect(
            try gateway.post("/v1/log", Records.single("b"), authorization: "Bearer \(Secrets.other)").status == 200
        )
        #expect(try gateway.search("", #""config_id":"\#(second)""#)["count"].int == 2)
        #expect(try gateway.search("", #""config_id":"\#(ids["default"] ?? "")""#)["count"].int == 0)
        #expect(try gateway.count(token: Secrets.other) == 1)
    }

    private func with(_ body: String, _ id: String) -> String {
        body == "{}" ? #"{"config_id":"\#(id)"}"# : Records.adding(#""config_id":"\#(id)""#, to: body)
    }

    @Test func `answers asynchronously from the disk, also after a crash`() throws {
        var setup = GatewaySetup()
        setup.port = try Socket.steadyPort()
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let accepted = try gateway.post("/v2/log_async", Records.bulk(["a", "b"], #""verbose":true"#))
        #expect(accepted.status == 202)
        #expect(accepted.json["status"].string == "Accepted")
        #expect(accepted.json["result"].keys == ["location", "retry_counter", "ttl_mins"])
        let id = try #require(accepted.json["request_id"].string)
        #expect(accepted.json["result"]["location"].string == "\(gateway.url)/request/\(id)")
        // The 202 itself promises that they are stored.
        #expect(try gateway.stored() == ["a", "b"])
        func fetch(_ token: String?) throws -> HTTPMessage {
            try gateway.get("/request/\(id)", token.map { [("Authorization", "Bearer \($0)")] } ?? [])
        }
        let answer = try fetch(Secrets.app)
        #expect(answer.status == 200)
        #expect(answer.json["request_id"].string == id)
        let results = answer.json["result"]["results"]
        #expect(results.elements.map { $0["envelope"]["event"]["actor"].string } == ["a", "b"])
        #expect(try fetch(Secrets.other).status == 401)
        #expect(try fetch(nil).status == 401)
        let unknown = try gateway.get(
            "/request/prq_22222222222222222222222222222222",
            [("Authorization", "Bearer \(Secrets.app)")]
        )
        #expect(unknown.status == 404)
        #expect(unknown.json["status"].string == "NotFound")

        gateway.kill()
        try gateway.start()
        let again = try fetch(Secrets.app)
        #expect(again.status == 200)
        #expect(
            again.json["result"]["results"].elements.map { $0["hash"].string }
                == results.elements.map { $0["hash"].string }
        )
        let refused = try gateway.post("/v2/log_async", #"{"events":[{"event":{}}]}"#)
        #expect(refused.status == 400)
    }

    @Test func `takes a vendor's stream with a source's token only`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let body = #"{"logs":[\#(Records.auth0(id: "1")),\#(Records.auth0(id: "2"))]}"#
        let stream = try gateway.post("/v1/log_stream", body, authorization: "Bearer \(Secrets.stream)")
        #expect(stream.status == 200)
        // The same vendor's record is the same event on either route.
        #expect(try gateway.deliver(body).status == 200)
        #expect(try gateway.count() == 2)
        let token = try gateway.post("/v1/log_stream", body)
        #expect(token.status == 400)
        #expect(token.json["status"].string == "InvalidSchema")
    }

    @Test func `takes what the official clients send beside the event`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let null = #"{"event":{"message":"nulls are absent","actor":null,"target":null}}"#
        #expect(try gateway.post("/v1/log", null).status == 200)
        let signed = Records.adding(#""signature":"c2ln","public_key":"key","verbose":true"#, to: Records.single("s"))
        let envelope = try gateway.post("/v1/log", signed).json["result"]["envelope"]
        #expect(envelope["signature"].string == "c2ln")
        #expect(envelope["public_key"].string == "key")
        let root = String(repeating: "a", count: 64)
        let rooted = Records.adding(#""prev_root":"\#(root)""#, to: Records.single("r"))
        #expect(try gateway.post("/v1/log", rooted).status == 200)
        #expect(try gateway.search("nulls")["events"][0]["envelope"]["event"].keys == ["message"])
    }
}
