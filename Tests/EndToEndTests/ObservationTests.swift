import Foundation
import Testing

@Suite(.onOwnThreads) struct `What a gateway shows of itself` {
    @Test func `has every metric that the code names, in the text format`() throws {
        var setup = GatewaySetup()
        setup.sinks = [GatewaySetup.sink(port: 9, endpoint: "/v2/log")]
        setup.tokens[0] = GatewaySetup.token(
            "app",
            Secrets.app,
            #""scopes":["write","read"],"restrict":{"action":{"not":["x"]}}"#
        )
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        #expect(try gateway.deliver(Records.auth0(id: "1")).status == 200)
        #expect(try gateway.deliver("{").status == 200)
        #expect(try gateway.post("/v1/log", Records.single("a", #""action":"x""#)).status == 403)
        let source = try String(
            contentsOfFile: "\(Executable.packageFolder)/Sources/Telemetry/Metric.swift",
            encoding: .utf8
        )
        let names = Set(source.matches(of: /"((?:audit_gateway|process)_[a-z_]+)"/).map { String($0.1) })
        #expect(names.count > 20)
        let answer = try gateway.get("/metrics")
        #expect(answer.status == 200)
        #expect(answer["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let text = answer.text
        for name in names.sorted() {
            let isDescribed = text.contains("# HELP \(name) ") && text.contains("# TYPE \(name) ")
            #expect(isDescribed, "\(name)")
        }
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? [-+0-9.eInfNa]+/) != nil, "\(line)")
        }
        #expect(try gateway.metric("audit_gateway_api_requests_total", #"route="/v1/log""#, #"status="403""#) == 1)
        #expect(try gateway.metric("audit_gateway_deliveries_total", #"source="auth0""#, #"outcome="stored""#) == 1)
        #expect(try gateway.metric("audit_gateway_log_size_events", #"log="default""#) == 1)
        #expect(try gateway.metric("audit_gateway_restriction_violations_total") == 1)
        let rule = #"rule="actor""#
        #expect(
            try gateway.metric("audit_gateway_rule_results_total", #"source="auth0""#, rule, #"outcome="given""#) == 1
        )
        let hasSecret = text.contains("of-the-tests")
        #expect(!hasSecret)
    }

    @Test(arguments: ["X-Forwarded-For", "Forwarded", "X-Real-IP", "x-forwarded-proto"])
    func `keeps its metrics from the world behind a proxy`(header: String) throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let proxied = [(header, "203.0.113.7")]
        func get(_ token: String?) throws -> Int {
            try gateway.get("/metrics", proxied + (token.map { [("Authorization", "Bearer \($0)")] } ?? [])).status
        }
        #expect(try get(nil) == 401)
        #expect(try get(Secrets.app) == 401)
        #expect(try get(Secrets.admin) == 200)
        #expect(try gateway.get("/metrics").status == 200)
    }

    @Test func `says that it is alive and ready`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.get("/healthz").json["status"].string == "alive")
        let readiness = try gateway.get("/readyz")
        #expect(readiness.status == 200)
        #expect(readiness.json["status"].string == "ready")
        #expect(readiness.json["degraded"].elements.isEmpty)
    }

    @Test func `holds no secret, whatever happens`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let secret = "a-secret-in-a-path-of-the-tests"
        _ = try gateway.post("/in/auth0/\(secret)", "{}", authorization: nil)
        _ = try gateway.post("/in/nobody/\(secret)?key=\(secret)", "{", authorization: "Bearer \(secret)")
        _ = try gateway.deliver("not JSON")
        _ = try gateway.post("/v1/log", "{", authorization: "Bearer \(secret)")
        for text in [
            gateway.log, try gateway.get("/metrics").text, try gateway.get("/readyz").text,
            try gateway.command("quarantine", "show", "1").output,
        ] {
            #expect(!text.contains(secret))
            #expect(!text.contains("auth0-secret-of-the-tests"))
        }
        // Neither does what it keeps of a delivery.
        let program = """
            import sqlite3, sys
            store = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
            for (context,) in store.execute("SELECT context FROM quarantine"): print(context)
            """
        let context = try Finished.python(program, [gateway.storePath]).output
        #expect(context.contains("/in/auth0"))
        #expect(!context.contains("secret-of-the-tests"))
    }

    @Test func `tells an administrator which log has which id`() throws {
        var setup = GatewaySetup()
        setup.logs = [#"{"name":"default"}"#, #"{"name":"second"}"#]
        setup.tokens[0] = GatewaySetup.token("app", Secrets.app, #""scopes":["write","read"],"logs":["default"]"#)
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("a")).status == 200)
        let administrator = [("Authorization", "Bearer \(Secrets.admin)")]
        let logs = try gateway.get("/admin/logs", administrator).json["logs"].elements
        #expect(logs.compactMap { $0["name"].string } == ["default", "second"])
        #expect(logs.compactMap { $0["size"].int } == [1, 0])
        let second = try #require(logs.last?["config_id"].string)
        let body = #"{"config_id":"\#(second)","event":{"message":"hi"}}"#
        #expect(try gateway.post("/v1/log", body, authorization: "Bearer \(Secrets.admin)").status == 200)
        for headers in [[], [("Authorization", "Bearer \(Secrets.app)")]] {
            #expect(try gateway.get("/admin/logs", headers).status == 401)
        }
    }
}
