import Foundation
import Glibc
import Testing

/// The schema of the clients' own tests, and what a log may say beside its fields.
private func custom(_ members: String = "", log: String = "") -> String {
    let fields = """
        {"id":"message","type":"string","required":true,"name":"Message","description":"What happened"},
        {"id":"field_int","type":"integer"},{"id":"field_bool","type":"boolean","ui_default_visible":false},
        {"id":"field_str_short","type":"string","size":8},{"id":"field_str_long","type":"string-unindexed"},
        {"id":"field_time","type":"datetime"}
        """
    let more = members.isEmpty ? "" : ",\(members)"
    return #"{"name":"default","schema":{"fields":[\#(fields)]\#(more)}\#(log.isEmpty ? "" : "," + log)}"#
}

@Suite(.onOwnThreads) struct `The API's configurations` {
    private func gateway(_ logs: [String]) throws -> GatewayProcess {
        var setup = GatewaySetup()
        setup.logs = logs
        return try GatewayProcess(setup)
    }

    @Test func `show their schema, fields in the order of the file`() throws {
        let gateway = try gateway([
            custom(), #"{"name":"auth0","schema":"auth0"}"#, #"{"name":"wide","schema":"gateway"}"#,
        ])
        defer { gateway.end() }
        func schema(_ log: String) throws -> JSON {
            let answer = try gateway.post("/v1/schema", #"{"config_id":"\#(try gateway.configurationID(log))"}"#)
            #expect(answer.status == 200)
            #expect(answer.isEnvelope)
            return answer.json["result"]
        }
        let own = try schema("default")
        #expect(own.keys == ["client_signable", "fields", "save_malformed", "tamper_proofing"])
        #expect(own["client_signable"].bool == true && own["tamper_proofing"].bool == true)
        #expect(own["save_malformed"].string == "reject")
        #expect(
            own["fields"].elements.map { $0["id"].string }
                == ["message", "field_int", "field_bool", "field_str_short", "field_str_long", "field_time"]
        )
        let message = own["fields"][0]
        #expect(message["name"].string == "Message" && message["description"].string == "What happened")
        #expect(message["required"].bool == true && message["type"].string == "string")
        #expect(own["fields"][2]["ui_default_visible"].bool == false)
        #expect(own["fields"][3]["size"].int == 8)
        let vendor = try schema("auth0")
        #expect(vendor["vendor_id"].string == "auth0")
        #expect(vendor["json_path"].string == "$.logs[*].data")
        #expect(vendor["fields"].elements.count == 16)
        #expect(try schema("wide")["fields"].elements.count == 17)
        #expect(try gateway.post("/v1/schema", "{}").json["status"].string == "MissingConfigID")
    }

    @Test func `give a JSON Schema that takes what the log takes`() throws {
        let gateway = try gateway([custom()])
        defer { gateway.end() }
        let answer = try gateway.post("/v1/openapi.json", "{}")
        #expect(answer.status == 200)
        #expect(answer.json["openapi"].string == "3.1.0")
        #expect(answer["x-request-id"] != nil)
        let event = answer.json["components"]["schemas"]["AuditEvent"]
        #expect(event["additionalProperties"].bool == false)
        #expect(event["required"].elements.map(\.string) == ["message"])
        #expect(event["properties"]["field_time"]["format"].string == "date-time")
        #expect(event["properties"]["field_str_short"]["maxLength"].int == 8)
        #expect(event["properties"]["field_int"]["type"].string == "integer")
        #expect(event["properties"]["field_bool"]["type"].string == "boolean")
    }

    @Test func `are told to an administrator with their names and schemas`() throws {
        let gateway = try gateway([custom(), #"{"name":"auth0","schema":"auth0"}"#])
        defer { gateway.end() }
        let logs = try gateway.get("/admin/logs", [("Authorization", "Bearer \(Secrets.admin)")]).json["logs"]
        #expect(logs.elements.map { $0["schema"].string } == ["custom", "auth0"])
        #expect(logs.elements.map { $0["size"].int } == [0, 0])
        #expect(logs[0]["tree_name"].string?.wholeMatch(of: /[0-9a-f]{64}/) != nil)
        #expect(try gateway.get("/admin/logs", [("Authorization", "Bearer \(Secrets.app)")]).status == 401)
    }

    @Test func `keep what fits of an event, and the rest under the same hash`() throws {
        let gateway = try gateway([custom(#""save_malformed":"all""#)])
        defer { gateway.end() }
        let body = """
            {"event":{"message":"m","field_int":1.5,"field_bool":"yes","field_str_short":"123456789","colour":{"b":1,"a":2}},
             "verbose":true}
            """
        let answer = try gateway.post("/v1/log", body)
        #expect(answer.status == 200, "\(answer.text)")
        let envelope = answer.json["result"]["envelope"]
        #expect(envelope["event"].keys == ["message"])
        let errors = envelope["err"].elements
        #expect(Set(errors.map { $0["field"].string }) == ["field_int", "field_bool", "field_str_short", "colour"])
        #expect(errors.allSatisfy { $0["error"].string?.isEmpty == false })
        #expect(errors.first { $0["field"].string == "field_int" }?["value"].string == "1.5")
        #expect(errors.first { $0["field"].string == "colour" }?["value"].string == #"{"a":2,"b":1}"#)
        #expect(try gateway.post("/v1/log", #"{"event":{}}"#).status == 200)
        #expect(try gateway.post("/v1/log", #"{"event":5}"#).status == 400)

        let search = try gateway.post("/v1/search", #"{"order":"asc"}"#)
        #expect(search.json["result"]["events"][0]["envelope"]["err"].elements.count == 4)
        #expect(try gateway.count("message:m") == 1)
        let program = """
            import hashlib, json, sys
            for event in json.load(sys.stdin)["result"]["events"]:
                text = json.dumps(event["envelope"], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
                print(hashlib.sha256(text.encode()).hexdigest() == event["hash"])
            """
        #expect(try Finished.python(program, input: search.body).output == "True\nTrue\n")
        let verified = try gateway.command("verify")
        #expect(verified.status == 0, "\(verified.output)\(verified.error)")
    }

    @Test func `show no hash without tamper proofing, and take no signature where clients may not sign`() throws {
        let gateway = try gateway([custom(#""tamper_proofing":false,"client_signable":false"#)])
        defer { gateway.end() }
        let plain = try gateway.post("/v1/log", #"{"event":{"message":"m"}}"#)
        #expect(plain.status == 200 && plain.json["result"].keys.isEmpty)
        let verbose = try gateway.post("/v2/log", #"{"events":[{"event":{"message":"m"}}],"verbose":true}"#)
        #expect(verbose.json["result"]["results"][0].keys == ["envelope"])
        #expect(try gateway.search()["events"][0]["hash"].value == nil)
        let signed = try gateway.post("/v1/log", #"{"event":{"message":"m"},"signature":"x","public_key":"y"}"#)
        #expect(signed.status == 400)
        #expect(signed.json["result"]["errors"][0]["source"].string == "/signature")
        #expect(try gateway.size() == 2)
    }

    @Test func `sign what no client has signed, with one key across starts`() throws {
        var setup = GatewaySetup()
        setup.port = try Socket.steadyPort()
        setup.logs = [custom("", log: #""signing":"service""#)]
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", #"{"event":{"message":"one","field_int":7}}"#).status == 200)
        let client =
            #"{"event":{"message":"two"},"signature":"AAAA","public_key":"{\"key\":\"k\",\"algorithm\":\"ED25519\"}"}"#
        #expect(try gateway.post("/v1/log", client).status == 200)
        #expect(gateway.stop() == 0)
        try gateway.start()
        #expect(try gateway.post("/v2/log", #"{"events":[{"event":{"message":"three"}}]}"#).status == 200)

        let found = try gateway.search("", #""order":"asc","verify_signature":true"#)["events"].elements
        #expect(found.map { $0["valid_signature"].bool } == [true, false, true])
        let plain = try gateway.search("", #""order":"asc""#)["events"].elements
        #expect(plain.allSatisfy { $0["valid_signature"].value == nil })
        #expect(found[1]["envelope"]["signature"].string == "AAAA")
        let text = try #require(found[0]["envelope"]["public_key"].string)
        #expect(text == found[2]["envelope"]["public_key"].string)
        let key = JSON(parsing: text)
        #expect(key.keys == ["algorithm", "key", "vault_key_id", "vault_key_version"])
        #expect(text.hasPrefix(#"{"algorithm":"ED25519","key":"-----BEGIN PUBLIC KEY-----\n"#))
        #expect(key["vault_key_id"].string?.wholeMatch(of: /pvi_[a-z2-7]{32}/) != nil)
        var status = stat()
        #expect(stat(gateway.folder.file("data/signing-keys.json"), &status) == 0 && status.st_mode & 0o777 == 0o600)

        #expect(try gateway.command("signing-key", "rotate").status == 0)
        #expect(gateway.stop() == 0)
        try gateway.start()
        #expect(try gateway.post("/v1/log", #"{"event":{"message":"four"}}"#).status == 200)
        let last = try gateway.search("message:four", #""verify_signature":true"#)["events"][0]
        #expect(last["valid_signature"].bool == true)
        let newest = JSON(parsing: last["envelope"]["public_key"].string ?? "")
        #expect(newest["vault_key_version"].string == "2")
        #expect(newest["vault_key_id"].string == key["vault_key_id"].string)
        #expect(newest["key"].string != key["key"].string)
        let listed = try gateway.command("signing-key", "list", "--json").output.split(separator: "\n")
        #expect(listed.map { JSON(parsing: String($0))["vault_key_version"].string } == ["1", "2"])
    }

    @Test func `sign vendors' events too`() throws {
        let gateway = try gateway([#"{"name":"default","signing":"service"}"#])
        defer { gateway.end() }
        #expect(try gateway.deliver(Records.array([Records.auth0(id: "1")])).status == 200)
        let event = try gateway.search("", #""verify_signature":true"#)["events"][0]
        #expect(event["valid_signature"].bool == true)
        #expect(try gateway.command("verify").status == 0)
    }
}

@Suite(.onOwnThreads) struct `A test of forwarders` {
    private func answer(_ gateway: GatewayProcess, token: String = Secrets.admin) throws -> HTTPMessage {
        try gateway.post("/v1/forwarder/test", "{}", authorization: "Bearer \(token)")
    }

    @Test(arguments: ["/v1/log", "/v2/log", "/v2/log_async"])
    func `stores nothing and tells whether the sink knows us`(endpoint: String) throws {
        let central = try GatewayProcess(.central())
        defer { central.end() }
        var setup = GatewaySetup()
        setup.sinks = [GatewaySetup.sink(port: central.port, endpoint: endpoint)]
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let good = try answer(gateway)
        #expect(good.status == 200, "\(good.text)")
        #expect(good.json["status"].string == "Success")
        #expect(good.json["result"]["forwarders"][0]["name"].string == "central")
        #expect(good.json["result"]["forwarders"][0]["succeeded"].bool == true)
        #expect(try central.size() == 0)
        #expect(try answer(gateway, token: Secrets.app).status == 401)
    }

    @Test func `tells what failed`() throws {
        let central = try GatewayProcess(.central(token: "another-token-of-the-sink"))
        var setup = GatewaySetup()
        setup.sinks = [GatewaySetup.sink(port: central.port)]
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let refused = try answer(gateway)
        #expect(refused.status == 400)
        #expect(refused.isEnvelope)
        #expect(refused.json["status"].string == "ForwardingError")
        #expect(refused.json["summary"].string?.contains("401") == true)
        #expect(!refused.text.contains(Secrets.central))
        central.end()
        let silent = try answer(gateway)
        #expect(silent.json["status"].string == "ForwardingError")
        #expect(silent.json["result"]["forwarders"][0]["error"].string?.isEmpty == false)
    }

    @Test func `says when there is none`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let none = try answer(gateway)
        #expect(none.status == 400)
        #expect(none.json["status"].string == "NoForwarderConfigured")
        #expect(none.json["result"].isNull)
    }
}
