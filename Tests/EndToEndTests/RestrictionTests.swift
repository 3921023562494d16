import Testing

@Suite(.onOwnThreads) struct `A restriction` {
    private func setup(token: String, source: String = "") -> GatewaySetup {
        var setup = GatewaySetup()
        setup.tokens = [
            GatewaySetup.token("app", Secrets.app, #""scopes":["write","read"],\#(token)"#),
            GatewaySetup.token("other", Secrets.other),
        ]
        setup.sources = [
            GatewaySetup.source("auth0", mapping: "auth0", ["secret": Secrets.auth0], source),
            GatewaySetup.source("generic", mapping: "generic", ["secret": Secrets.generic], source),
        ]
        return setup
    }

    @Test func `of a token refuses what it may not say on every writing route`() throws {
        let gateway = try GatewayProcess(setup(token: #""restrict":{"tenant_id":["acme"]}"#))
        defer { gateway.end() }
        let bad = Records.event("bad", #""tenant_id":"umbrella""#)
        let good = Records.event("good", #""tenant_id":"acme""#)
        let bulk = #"{"events":[{"event":\#(good)},{"event":\#(bad)}]}"#
        let cases = [
            ("/v1/log", #"{"event":\#(bad)}"#, "/event/tenant_id"),
            ("/v2/log", bulk, "/events/1/event/tenant_id"),
            ("/v2/log_async", bulk, "/events/1/event/tenant_id"),
        ]
        for (path, body, pointer) in cases {
            let answer = try gateway.post(path, body)
            #expect(answer.status == 403)
            #expect(answer.isEnvelope)
            #expect(answer.json["status"].string == "ForbiddenFieldValue")
            #expect(answer.json["result"]["errors"].elements.map { $0["source"].string } == [pointer])
        }
        #expect(try gateway.count(token: Secrets.other) == 0)
        #expect(
            try gateway.metric(
                "audit_gateway_restriction_violations_total",
                #"subject="token:app""#,
                #"mode="enforce""#
            ) == 3
        )
        #expect(try gateway.post("/v1/log", #"{"event":\#(good)}"#).status == 200)
        // A field that is not there says nothing forbidden.
        #expect(try gateway.post("/v1/log", Records.single("absent")).status == 200)
        #expect(try gateway.stored() == ["good", "absent"])
    }

    @Test func `of a token also limits what it sees`() throws {
        let gateway = try GatewayProcess(setup(token: #""restrict":{"tenant_id":["acme"]}"#))
        defer { gateway.end() }
        for tenant in ["acme", "umbrella"] {
            let body = Records.single(tenant, #""tenant_id":"\#(tenant)""#)
            #expect(try gateway.post("/v1/log", body, authorization: "Bearer \(Secrets.other)").status == 200)
        }
        #expect(try gateway.count(token: Secrets.other) == 2)
        #expect(try gateway.search()["events"].elements.map { $0["envelope"]["event"]["actor"].string } == ["acme"])
        let asked = try gateway.post("/v1/search", #"{"search_restriction":{"tenant_id":["umbrella"]}}"#)
        #expect(asked.status == 403)
        #expect(asked.json["status"].string == "ForbiddenFieldValue")
    }

    @Test func `of a source stores nothing of a delivery that breaks it, and keeps the delivery`() throws {
        let rule = #""constants":{"vendor":"x"},"restrict":{"actor":{"not":["mallory@example.com"]}}"#
        let gateway = try GatewayProcess(setup(token: #""restrict":{}"#, source: rule))
        defer { gateway.end() }
        let body = Records.array([
            Records.auth0(id: "1"), Records.auth0(id: "2", user: "mallory@example.com"), Records.auth0(id: "3"),
        ])
        let answer = try gateway.deliver(body)
        #expect(answer.status == 403)
        #expect(answer.isEnvelope)
        #expect(answer.json["status"].string == "ForbiddenFieldValue")
        #expect(answer.json["result"]["errors"].elements.count == 1)
        #expect(answer.json["result"]["errors"][0]["source"].string?.hasSuffix("/actor") == true)
        #expect(!answer.text.contains("mallory"))
        #expect(try gateway.count() == 0)
        let list = try gateway.command("quarantine", "list", "--json").output
        #expect(list.split(separator: "\n").count == 1)
        let entry = JSON(parsing: list)
        #expect(entry["source"].string == "auth0")
        #expect(entry["cause"].string == "forbidden")
        #expect(entry["bytes"].int == body.utf8.count)
        let id = try #require(entry["id"].int)
        #expect(try gateway.command("quarantine", "show", "\(id)", "--raw").output == body)
        #expect(try gateway.metric("audit_gateway_restriction_violations_total", #"subject="source:auth0""#) == 1)
        #expect(
            try gateway.metric("audit_gateway_quarantine_entries_total", #"source="auth0""#, #"cause="forbidden""#) == 1
        )
        #expect(try gateway.metric("audit_gateway_deliveries_total", #"source="auth0""#, #"outcome="forbidden""#) == 1)
        #expect(try gateway.deliver(Records.auth0(id: "1")).status == 200)
        #expect(try gateway.count() == 1)
    }

    @Test func `in dry-run stores and counts`() throws {
        let rule = #""restrict":{"actor":["paul@example.com"]},"restrict_mode":"dry-run""#
        let gateway = try GatewayProcess(setup(token: rule, source: rule))
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("mallory")).status == 200)
        #expect(try gateway.deliver(Records.auth0(id: "1")).status == 200)
        #expect(try gateway.stored() == ["mallory", "maria@example.com"])
        let name = "audit_gateway_restriction_violations_total"
        #expect(try gateway.metric(name, #"subject="token:app""#, #"mode="dry-run""#) == 1)
        #expect(try gateway.metric(name, #"subject="source:auth0""#, #"mode="dry-run""#) == 1)
        #expect(try gateway.command("quarantine", "list").output == "")
    }

    @Test func `knows prefixes, networks, exclusions and required fields`() throws {
        let rules = """
            "restrict":{
                "tenant_id":{"required":true,"in":["acme",{"prefix":"acme-"}]},
                "source":[{"cidr":"10.0.0.0/8"},{"cidr":"2001:db8::/32"}],
                "action":{"not":["delete",{"prefix":"drop"}]}
            }
            """
        let gateway = try GatewayProcess(setup(token: rules))
        defer { gateway.end() }
        let cases: [(String, [String])] = [
            (#""tenant_id":"acme""#, []),
            (#""tenant_id":"acme-north","source":"10.9.8.7","action":"update""#, []),
            (#""tenant_id":"acme","source":"2001:DB8:0::1""#, []),
            (#""actor":"someone""#, ["tenant_id"]),
            (#""tenant_id":null"#, ["tenant_id"]),
            (#""tenant_id":"acmenorth""#, ["tenant_id"]),
            (#""tenant_id":"ACME""#, ["tenant_id"]),
            (#""tenant_id":"acme","source":"11.0.0.1""#, ["source"]),
            (#""tenant_id":"acme","source":"no address""#, ["source"]),
            (#""tenant_id":"acme","action":"delete""#, ["action"]),
            (#""tenant_id":"acme","action":"drop table""#, ["action"]),
            (#""tenant_id":"x","action":"delete","source":"1.2.3.4""#, ["action", "source", "tenant_id"]),
        ]
        for (members, fields) in cases {
            let answer = try gateway.post("/v1/log", #"{"event":{"message":"m",\#(members)}}"#)
            #expect(answer.status == (fields.isEmpty ? 200 : 403), "\(members)")
            let named = answer.json["result"]["errors"].elements.compactMap { $0["source"].string }
            #expect(named.sorted() == fields.map { "/event/\($0)" }, "\(members)")
        }
        #expect(try gateway.count(token: Secrets.other) == 3)
    }

    @Test func `in dry-run mode hides nothing from the one who wrote it`() throws {
        var setup = GatewaySetup()
        let members = #""scopes":["write","read"],"restrict":{"tenant_id":["acme"]},"restrict_mode":"dry-run""#
        setup.tokens[0] = GatewaySetup.token("app", Secrets.app, members)
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("a", #""tenant_id":"umbrella""#)).status == 200)
        #expect(try gateway.count() == 1)
        #expect(try gateway.search("", #""search_restriction":{"tenant_id":["umbrella"]}"#)["count"].int == 1)
        #expect(try gateway.metric("audit_gateway_restriction_violations_total", "dry-run") == 1)
    }

    @Test func `of whole numbers lets a search name an allowed one`() throws {
        var setup = GatewaySetup()
        setup.logs = [#"{"name":"default","schema":{"fields":[{"id":"level","type":"integer"}]}}"#]
        setup.sources = []
        setup.tokens[0] = GatewaySetup.token(
            "app",
            Secrets.app,
            #""scopes":["write","read"],"restrict":{"level":[1,2]}"#
        )
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", #"{"event":{"level":1}}"#).status == 200)
        #expect(try gateway.search("", #""search_restriction":{"level":["1"]}"#)["count"].int == 1)
        #expect(try gateway.post("/v1/search", #"{"search_restriction":{"level":["3"]}}"#).status == 403)
    }

    @Test func `that a whole delivery breaks is told of in few words`() throws {
        var setup = GatewaySetup()
        setup.sources[0] = GatewaySetup.source(
            "auth0",
            mapping: "auth0",
            ["secret": Secrets.auth0],
            #""restrict":{"actor":["nobody"]}"#
        )
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let answer = try gateway.deliver(Records.array((0..<5000).map { Records.auth0(id: "\($0)") }))
        #expect(answer.status == 403)
        #expect(answer.json["result"]["errors"].elements.count == 100)
        let listed = try gateway.command("quarantine", "list", "--json")
        #expect(listed.output.utf8.count < 4000)
    }
}
