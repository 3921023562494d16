import Testing

@Suite(.onOwnThreads) struct `A delivery from Auth0` {
    @Test func `is stored in each of its formats, and its repeat is stored once`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let bodies = [
            Records.array([Records.auth0(id: "array-1"), Records.auth0(id: "array-2")]),
            Records.auth0(id: "lines-1") + "\n" + Records.auth0(id: "lines-2") + "\n",
            #"{"logs":[\#(Records.auth0(id: "logs-1")),\#(Records.auth0(id: "logs-2"))]}"#,
            Records.auth0Bare(id: "bare-1"),
        ]
        for body in bodies {
            #expect(try gateway.deliver(body).status == 200)
            #expect(try gateway.deliver(body).status == 200)
        }
        #expect(try gateway.count() == 7)
        #expect(try gateway.metric("audit_gateway_events_total", #"outcome="stored""#) == 7)
        #expect(try gateway.metric("audit_gateway_events_total", #"outcome="duplicate""#) == 7)
    }

    @Test func `that holds the same id twice stores it once`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let body = Records.array(["1", "2", "1", "1"].map { Records.auth0(id: $0) })
        #expect(try gateway.deliver(body).status == 200)
        #expect(try gateway.count() == 2)
    }

    @Test func `that repeats an id with other content keeps the first and sets the other aside`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.deliver(Records.auth0(id: "1", user: "first@example.com")).status == 200)
        #expect(try gateway.deliver(Records.auth0(id: "1", user: "second@example.com")).status == 200)
        #expect(try gateway.stored() == ["first@example.com"])
        let list = try gateway.command("quarantine", "list", "--json")
        #expect(JSON(parsing: list.output)["cause"].string == "conflict")
    }

    @Test func `is found by field, by word and by time`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let body = Records.array([
            Records.auth0(id: "1", user: "maria@example.com"),
            Records.auth0(id: "2", user: "paul@example.com", type: "f"),
        ])
        #expect(try gateway.deliver(body).status == 200)
        #expect(try gateway.count("actor:maria") == 1)
        #expect(try gateway.count("status:failure") == 1)
        #expect(try gateway.count("paul") == 1)
        #expect(try gateway.count("nobody") == 0)
        #expect(try gateway.count("-actor:maria") == 1)

        let event = try gateway.search("actor:maria")["events"][0]["envelope"]
        #expect(event["event"]["action"].string == "login_succeeded")
        #expect(event["event"]["status"].string == "success")
        #expect(event["event"]["source"].string == "203.0.113.7")
        let times = try gateway.search("", #""order":"asc""#)["events"].elements.map {
            $0["envelope"]["received_at"].string ?? ""
        }
        try #require(times.count == 2)
        #expect(times[0] < times[1])
        #expect(try gateway.search("", #""start":"\#(times[1])""#)["count"].int == 1)
        #expect(try gateway.search("", #""start":"14d","end":"\#(times[0])""#)["count"].int == 1)
        #expect(try gateway.search("", #""end":"1h""#)["count"].int == 0)
    }

    @Test func `is paged through by its search's id`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let names = (0..<25).map { "user-\($0 + 100)" }
        #expect(try gateway.deliver(Records.array(names.map { Records.auth0(id: $0, user: $0) })).status == 200)
        let search = try gateway.search("user", #""limit":10,"order":"asc""#)
        #expect(search["count"].int == 25)
        let id = try #require(search["id"].string)
        // What comes afterwards is not part of the answer.
        #expect(try gateway.deliver(Records.auth0(id: "late", user: "user-late")).status == 200)
        var seen = search["events"].elements
        for offset in [10, 20, 25] {
            let page = try gateway.post("/v1/results", #"{"id":"\#(id)","limit":10,"offset":\#(offset)}"#).json
            #expect(page["status"].string == "Success")
            #expect(page["result"]["count"].int == 25)
            seen += page["result"]["events"].elements
        }
        #expect(seen.map { $0["envelope"]["event"]["actor"].string } == names)
        let beyond = try gateway.post("/v1/results", #"{"id":"\#(id)","offset":26}"#)
        #expect(beyond.status == 400)
        #expect(beyond.json["status"].string == "BadOffset")
        let foreign = try gateway.post("/v1/results", #"{"id":"\#(id)"}"#, authorization: "Bearer \(Secrets.other)")
        #expect(foreign.status == 400)
        #expect(foreign.json["result"]["errors"][0]["code"].string == "DoesNotExist")
    }

    @Test func `with bad items keeps the good ones and sets the bad ones aside alone`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let bad = [
            #"{"log_id":"wide","data":{"date":"2026-11-23T12:00:00Z","type":"s","n":123456789012345678901234567890}}"#,
            #"{"log_id":"lone","data":{"date":"2026-11-23T12:00:00Z","type":"s","user_name":"\ud800"}}"#,
            #"{"log_id":"cut","data":{"date":"2026-11-23T12:00:00Z","type":nul}}"#,
        ]
        for (index, item) in bad.enumerated() {
            let body = Records.array([
                Records.auth0(id: "a\(index)", user: "before-\(index)"), item,
                Records.auth0(id: "b\(index)", user: "behind-\(index)"),
            ])
            #expect(try gateway.deliver(body).status == 200)
        }
        #expect(try gateway.stored() == (0..<3).flatMap { ["before-\($0)", "behind-\($0)"] })
        let list = try gateway.command("quarantine", "list", "--json").output.split(separator: "\n")
        #expect(list.map { JSON(parsing: String($0))["cause"].string } == ["unreadable", "unreadable", "unreadable"])
        #expect(try gateway.metric("audit_gateway_quarantine_entries_total", #"cause="unreadable""#) == 3)
    }
}

@Suite(.onOwnThreads) struct `A compressed delivery` {
    /// Compresses with Python's zlib, an implementation of its own here.
    private func gzip(_ program: String) throws -> [UInt8] {
        let hexadecimal = try Finished.python("import gzip,sys\nprint(gzip.compress(\(program), 9).hex())").output
        let digits = Array(hexadecimal.utf8.filter { $0 != 10 })
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
    }

    private func record(_ id: String) -> String { "b'''\(Records.auth0(id: id))'''" }

    @Test func `is inflated, with or without saying so`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let first = try gzip(record("1"))
        #expect(try gateway.deliver(first, [("Content-Encoding", "gzip")]).status == 200)
        #expect(try gateway.deliver(gzip(record("2"))).status == 200)
        #expect(try gateway.deliver(Records.auth0(id: "3"), [("Content-Encoding", "gzip")]).status == 200)
        #expect(try gateway.count() == 3)
    }

    @Test func `that grows beyond the limit is refused without the memory for it`() throws {
        var setup = GatewaySetup()
        setup.limits = #""inflated_bytes":"2MiB""#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let bomb = try gzip("b'[' + b' ' * (200 << 20) + b']'")
        let before = gateway.residentBytes
        for _ in 0..<5 { #expect(try gateway.deliver(bomb, [("Content-Encoding", "gzip")]).status == 413) }
        #expect(gateway.residentBytes - before < 50 << 20)
        #expect(try gateway.count() == 0)
    }

    @Test func `in a coding that is not read is refused`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        for coding in ["br", "deflate", "gzip, gzip", "zstd"] {
            #expect(try gateway.deliver(Records.auth0(id: "1"), [("Content-Encoding", coding)]).status == 415)
        }
        #expect(try gateway.count() == 0)
    }

    @Test func `that is cut off is unreadable, answered as the mapping says and kept`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let cut = try Array(gzip(record("1")).dropLast(12))
        // Auth0 would repeat anything but a 2xx for ever the same way, so its mapping answers 200.
        #expect(try gateway.deliver(cut, [("Content-Encoding", "gzip")]).status == 200)
        let generic = try gateway.post(
            "/in/generic",
            cut,
            authorization: "Bearer \(Secrets.generic)",
            [("Content-Encoding", "gzip")]
        )
        #expect(generic.status == 400)
        #expect(try gateway.count() == 0)
        #expect(try gateway.command("quarantine", "list", "--json").output.split(separator: "\n").count == 2)
    }
}
