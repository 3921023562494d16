import Foundation
import Testing

@Suite(.onOwnThreads) struct `Exports and downloads` {
    private func authorization(_ token: String) -> [(String, String)] { [("Authorization", "Bearer \(token)")] }

    /// Asks for an export, waits for its end, and gets the link to its file.
    private func export(_ gateway: GatewayProcess, _ body: String, token: String = Secrets.app) throws -> HTTPMessage {
        let accepted = try gateway.post("/v1/export", body, authorization: "Bearer \(token)")
        #expect(accepted.status == 202 && accepted.isEnvelope)
        let result = accepted.json["result"]
        let id = try #require(accepted.json["request_id"].string)
        #expect(result["location"].string?.hasSuffix("/request/\(id)") == true)
        #expect(result["ttl_mins"].int == 2880 && result["retry_counter"].int == 0)
        var last = accepted
        let isDone = try eventually(within: 400) {
            last = try gateway.get("/request/\(id)", authorization(token))
            return last.status == 200
        }
        #expect(isDone && last.json["status"].string == "Success" && last.json["result"].keys == [])
        return try gateway.post("/v1/download_results", #"{"request_id":"\#(id)"}"#, authorization: "Bearer \(token)")
    }

    /// The path that an answer's link leads to.
    private func path(_ answer: HTTPMessage, _ gateway: GatewayProcess) throws -> String {
        #expect(answer.status == 200 && answer.json["result"].keys == ["dest_url", "expires_at"])
        let url = try #require(answer.json["result"]["dest_url"].string)
        #expect(url.hasPrefix(gateway.url + "/downloads/"))
        return String(url.dropFirst(gateway.url.count))
    }

    private func inflated(_ bytes: [UInt8]) throws -> String {
        let program = "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(open(sys.argv[1],'rb').read()))"
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).gz").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        let finished = try Finished.python(program, [file])
        #expect(finished.status == 0)
        return finished.output
    }

    @Test func `give the events of the log as files that a link leads to without a token`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let actors = (0..<500).map { "actor-\($0)" }
        #expect(try gateway.post("/v2/log", Records.bulk(actors)).status == 200)

        let answer = try export(gateway, #"{"format":"json","order":"asc","verbose":false}"#)
        let link = try path(answer, gateway)
        #expect(link.contains(#/^\/downloads\/[a-z2-7]{40}\/audit-default-[0-9]{8}T[0-9]{6}Z\.json\.gz$/#))
        let file = try gateway.get(link)
        #expect(file.status == 200 && file["content-type"] == "application/gzip" && file["content-encoding"] == nil)
        #expect(file["accept-ranges"] == "bytes" && file["content-length"] == "\(file.body.count)")
        let lines = try inflated(file.body).split(separator: "\n").map { JSON(parsing: String($0)) }
        #expect(lines.map { $0["envelope"]["event"]["actor"].string } == actors)
        #expect(lines.allSatisfy { $0.keys == ["envelope", "hash"] })
        let found = try gateway.search("", #""order":"asc","limit":500"#)["events"].elements
        #expect(found.map { $0["hash"].string } == lines.map { $0["hash"].string })

        // In parts, as a client does that was cut off.
        let tag = try #require(file["etag"])
        let half = file.body.count / 2
        let first = try gateway.get(link, [("Range", "bytes=0-\(half - 1)")])
        let second = try gateway.get(link, [("Range", "bytes=\(half)-"), ("If-Range", tag)])
        #expect(first.status == 206 && second.status == 206)
        #expect(first["content-range"] == "bytes 0-\(half - 1)/\(file.body.count)")
        #expect(first.body + second.body == file.body)
        #expect(try gateway.get(link, [("Range", "bytes=\(file.body.count)-")]).status == 416)

        // As CSV, the newest first, with proofs.
        let csv = try inflated(try gateway.get(try path(try export(gateway, "{}"), gateway)).body)
        let rows = csv.components(separatedBy: "\r\n")
        #expect(rows.count == 502 && rows[0].hasSuffix("hash,published,leaf_index,membership_proof"))
        #expect(rows[1].contains("actor-499") && rows[1].contains(",false,,\"l:"))

        // Only the holder of the link.
        let wrong = link.replacing("/downloads/", with: "/downloads/a")
        #expect(try gateway.get(wrong).status == 404)
        #expect(try gateway.get(link + "x").status == 404)
        #expect(!gateway.log.contains(link.split(separator: "/")[1]))
    }

    @Test func `of a search hold all that it found, also beyond its pages`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(
            try gateway.post("/v2/log", Records.bulk((0..<300).map { $0 < 200 ? "maria" : "jo-\($0)" })).status == 200
        )
        let search = try gateway.search("actor:maria", #""limit":5,"search_restriction":{"actor":["maria"]}"#)
        let id = try #require(search["id"].string)
        // Comes later, and is not in it.
        #expect(try gateway.post("/v1/log", Records.single("maria")).status == 200)
        let answer = try gateway.post("/v1/download_results", #"{"result_id":"\#(id)","format":"json"}"#)
        let lines = try inflated(try gateway.get(try path(answer, gateway)).body).split(separator: "\n")
        #expect(lines.count == 200)

        let asserted = #"{"result_id":"\#(id)","assert_search_restriction":{"actor":["maria"]}}"#
        #expect(try gateway.post("/v1/download_results", asserted).status == 200)
        let refusals: [(body: String, code: String, source: String)] = [
            (
                #"{"result_id":"\#(id)","assert_search_restriction":{"actor":["jo"]}}"#, "InvalidConst",
                "/assert_search_restriction"
            ),
            ("{}", "MustProvideOne", "/result_id"),
            (#"{"result_id":"\#(id)","request_id":"prq_a"}"#, "MutuallyExclusive", "/request_id"),
            (#"{"result_id":"pas_unknown"}"#, "DoesNotExist", "/result_id"),
            (#"{"request_id":"prq_unknown"}"#, "DoesNotExist", "/request_id"),
        ]
        for (body, code, source) in refusals {
            let refused = try gateway.post("/v1/download_results", body)
            let error = refused.json["result"]["errors"][0]
            #expect(
                refused.status == 400 && error["code"].string == code && error["source"].string == source,
                "\(body)"
            )
        }
        // Another token's.
        let foreign = try gateway.post(
            "/v1/download_results",
            #"{"result_id":"\#(id)"}"#,
            authorization: "Bearer \(Secrets.other)"
        )
        #expect(foreign.status == 400 && foreign.json["result"]["errors"][0]["code"].string == "DoesNotExist")
    }

    @Test func `hold only what the token may see`() throws {
        var setup = GatewaySetup()
        setup.tokens.append(
            GatewaySetup.token(
                "acme",
                "acme-token-of-the-tests",
                #""scopes":["read"],"restrict":{"tenant_id":["acme"]}"#
            )
        )
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        for tenant in ["acme", "other", "acme"] {
            #expect(try gateway.post("/v1/log", #"{"event":{"message":"m","tenant_id":"\#(tenant)"}}"#).status == 200)
        }
        #expect(try gateway.post("/v1/log", #"{"event":{"message":"m"}}"#).status == 200)
        let answer = try export(gateway, #"{"format":"json","verbose":false}"#, token: "acme-token-of-the-tests")
        let text = try inflated(try gateway.get(try path(answer, gateway)).body)
        #expect(text.split(separator: "\n").count == 2 && !text.contains("other"))

        let accepted = try gateway.post("/v1/export", "{}", authorization: "Bearer acme-token-of-the-tests")
        let id = try #require(accepted.json["request_id"].string)
        #expect(try gateway.get("/request/\(id)", authorization(Secrets.app)).status == 401)
        #expect(try gateway.get("/request/\(id)").status == 401)
    }

    @Test func `survive kill -9, whole and in order, and so do their links`() throws {
        var setup = GatewaySetup()
        setup.port = try Socket.steadyPort()
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let filler = String(repeating: "z", count: 1500)
        let count = 12_000
        for start in stride(from: 0, to: count, by: 1000) {
            let events = (start..<start + 1000).map { #"{"event":{"message":"\#(filler)","actor":"\#($0)"}}"# }
            #expect(try gateway.post("/v2/log", #"{"events":[\#(events.joined(separator: ","))]}"#).status == 200)
        }
        var kills = 0
        var ids: [String] = []
        for body in [#"{"format":"json","order":"asc"}"#, #"{"format":"json","order":"asc","order_by":"message"}"#] {
            let accepted = try gateway.post("/v1/export", body)
            #expect(accepted.status == 202)
            let id = try #require(accepted.json["request_id"].string)
            ids.append(id)
            // Not finished: no file yet.
            let early = try gateway.post("/v1/download_results", #"{"request_id":"\#(id)"}"#)
            if early.status == 400 { #expect(early.json["result"]["errors"][0]["code"].string == "BadState") }
            for round in 0..<3 {
                Thread.sleep(forTimeInterval: 0.05 + 0.15 * Double(round))
                if try gateway.get("/request/\(id)", authorization(Secrets.app)).status == 202 { kills += 1 }
                gateway.kill()
                try gateway.start()
            }
        }
        #expect(kills > 0)
        var link = ""
        for id in ids {
            let isDone = try eventually(within: 60) {
                try gateway.get("/request/\(id)", authorization(Secrets.app)).status == 200
            }
            #expect(isDone)
            link = try path(try gateway.post("/v1/download_results", #"{"request_id":"\#(id)"}"#), gateway)
            let lines = try inflated(try gateway.get(link).body).split(separator: "\n")
            #expect(
                lines.map { JSON(parsing: String($0))["envelope"]["event"]["actor"].string }
                    == (0..<count).map { "\($0)" }
            )
        }
        let before = try gateway.get(link).body
        gateway.kill()
        try gateway.start()
        #expect(try gateway.get(link).body == before)
    }

    @Test func `need little memory, however large they are`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let filler = String(repeating: "w", count: 2000)
        for _ in 0..<20 {
            let events = (0..<1000).map { #"{"event":{"message":"\#(filler)","actor":"\#($0)"}}"# }
            #expect(try gateway.post("/v2/log", #"{"events":[\#(events.joined(separator: ","))]}"#).status == 200)
        }
        // A search's memory, and that of what was just logged, is not the export's.
        _ = try export(gateway, #"{"start":"2100-01-01T00:00:00Z"}"#)
        let before = gateway.peakBytes
        let answer = try export(gateway, #"{"order_by":"actor"}"#)
        let file = try gateway.get(try path(answer, gateway))
        #expect(file.status == 200 && file.body.count > 1 << 20)
        let growth = gateway.peakBytes - before
        // More than 40 MB of text were written.
        #expect(growth < 25 << 20, "\(growth >> 20) MiB")
    }
}
