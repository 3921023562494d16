import Testing

@Suite(.onOwnThreads) struct `An idempotency key` {
    private func log(_ gateway: GatewayProcess, _ actors: [String], key: String, path: String = "/v2/log") throws
        -> HTTPMessage
    {
        try gateway.post(path, Records.bulk(actors), [("Idempotency-Key", key)])
    }

    private func hashes(_ answer: HTTPMessage) -> [String] {
        answer.json["result"]["results"].elements.compactMap { $0["hash"].string }
    }

    @Test func `of a gateway stores each event once, however batches are cut`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let sender = "agw1;pci_sender;"
        let first = try log(gateway, ["1", "2", "3", "4"], key: sender + "1-4")
        #expect(first.status == 200)
        let middle = try log(gateway, ["3", "4", "5", "6"], key: sender + "3-6")
        #expect(middle.status == 200)
        #expect(hashes(middle).count == 4)
        #expect(hashes(middle).prefix(2) == hashes(first).suffix(2))
        #expect(try log(gateway, ["2", "6", "7", "9"], key: sender + "2,6-7,9").status == 200)
        #expect(try gateway.post("/v1/log", Records.single("9"), [("Idempotency-Key", sender + "9")]).status == 200)
        #expect(try log(gateway, ["1", "2"], key: sender + "1-2", path: "/v2/log_async").status == 202)
        #expect(try gateway.stored() == ["1", "2", "3", "4", "5", "6", "7", "9"])
        // Another sender's and another token's numbers are their own.
        #expect(try log(gateway, ["other"], key: "agw1;pci_another;1").status == 200)
        let foreign = try gateway.post(
            "/v2/log",
            Records.bulk(["foreign"]),
            authorization: "Bearer \(Secrets.other)",
            [("Idempotency-Key", sender + "1")]
        )
        #expect(foreign.status == 200)
        #expect(try gateway.stored().suffix(2) == ["other", "foreign"])
    }

    @Test func `of anybody else repeats the stored answer, and refuses another body`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let first = try log(gateway, ["a", "b"], key: "order 17")
        let again = try log(gateway, ["a", "b"], key: "order 17")
        #expect(first.status == 200)
        #expect(again.status == 200)
        #expect(hashes(again) == hashes(first))
        #expect(hashes(again).count == 2)
        let other = try log(gateway, ["c"], key: "order 17")
        #expect(other.status == 422)
        #expect(other.isEnvelope)
        #expect(try gateway.stored() == ["a", "b"])

        let single = try gateway.post("/v1/log", Records.single("s"), [("Idempotency-Key", "k")])
        let repeated = try gateway.post("/v1/log", Records.single("s"), [("Idempotency-Key", "k")])
        #expect(repeated.json["result"]["hash"].string == single.json["result"]["hash"].string)
        // A verbose repeat shows the event as it was stored the first time.
        let body = Records.bulk(["v"], #""verbose":true"#)
        let before = try gateway.post("/v2/log", body, [("Idempotency-Key", "v")]).json["result"]["results"][0]
        let after = try gateway.post("/v2/log", body, [("Idempotency-Key", "v")]).json["result"]["results"][0]
        #expect(before["hash"].string == after["hash"].string)
        #expect(before["envelope"]["received_at"].string == after["envelope"]["received_at"].string)
        #expect(try gateway.stored() == ["a", "b", "s", "v"])
    }

    @Test func `leads a repeated asynchronous request to the first one's outcome`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        var results: [[String]] = []
        for _ in 0..<2 {
            let answer = try log(gateway, ["a", "b"], key: "order 17", path: "/v2/log_async")
            #expect(answer.status == 202)
            let id = try #require(answer.json["request_id"].string)
            let fetched = try gateway.get("/request/\(id)", [("Authorization", "Bearer \(Secrets.app)")])
            #expect(fetched.status == 200)
            results.append(hashes(fetched))
        }
        #expect(results[0].count == 2)
        #expect(results[0] == results[1])
        #expect(try gateway.stored() == ["a", "b"])
    }

    @Test func `of a gateway that comes with another event is a conflict, which is kept and counted`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let key = "agw1;pci_sender;1"
        let first = try log(gateway, ["first"], key: key)
        for _ in 0..<2 {
            let body = Records.bulk(["second"], #""verbose":true"#)
            let second = try gateway.post("/v2/log", body, [("Idempotency-Key", key)])
            #expect(second.status == 200)
            #expect(hashes(second) == hashes(first))
            // What it shows belongs to the hash beside it.
            #expect(second.json["result"]["results"][0]["envelope"]["event"]["actor"].string == "first")
        }
        #expect(try gateway.stored() == ["first"])
        #expect(try gateway.metric("audit_gateway_events_total", #"outcome="conflict""#) == 2)
        let listed = try gateway.command("quarantine", "list", "--json")
        #expect(listed.output.contains("token:app"))
        #expect(listed.output.contains("conflict"))
        #expect(listed.output.split(separator: "\n").count { $0.contains("conflict") } == 1)
    }

    @Test func `outlives a crash`() throws {
        var setup = GatewaySetup()
        setup.port = try Socket.steadyPort()
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let first = try log(gateway, ["a", "b"], key: "order 17")
        #expect(try log(gateway, ["1", "2"], key: "agw1;pci_sender;1-2").status == 200)
        gateway.kill()
        try gateway.start()
        #expect(hashes(try log(gateway, ["a", "b"], key: "order 17")) == hashes(first))
        #expect(try log(gateway, ["2", "3"], key: "agw1;pci_sender;2-3").status == 200)
        #expect(try gateway.stored() == ["a", "b", "1", "2", "3"])
    }

    @Test(arguments: [
        "agw1;", "agw1;pci_sender", "agw1;pci_sender;", "agw1;;1-2", "agw1;pci_sender;1", "agw1;pci_sender;1-3",
        "agw1;pci_sender;2-1", "agw1;pci_sender;1-2;3", "agw1;pci_sender;x", "agw1;pci_sender;1,1",
        "agw1;pci_sender;0-1", "agw1;pci_sender;1-18446744073709551615", "agw1;pci_sender;99999999999999999999999",
        "agw1;pci_sender;-1", "agw1;pci_sender;1-", "",
    ])
    func `that is malformed is refused`(key: String) throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let answer = try log(gateway, ["a", "b"], key: key)
        #expect(answer.status == 400)
        #expect(answer.isEnvelope)
        #expect(try gateway.count() == 0)
    }
}
