import Foundation
import Testing

/// Roots, proofs and the public tree over real sockets.
@Suite(.onOwnThreads) struct `The trees of a running gateway` {
    private static let token = [("Authorization", "Bearer \(Secrets.app)")]

    private func publish(_ gateway: GatewayProcess, _ body: String = "{}") throws -> HTTPMessage {
        try gateway.post("/admin/logs/publish", body, authorization: "Bearer \(Secrets.admin)")
    }

    /// The checkpoint that covers so many events, which is signed a moment after they came.
    private func checkpoint(_ gateway: GatewayProcess, size: Int, log: String = "default") throws -> String {
        var text = ""
        let isThere = try eventually(within: 20) {
            let answer = try gateway.get("/logs/\(log)/checkpoint", Self.token)
            text = answer.status == 200 ? answer.text : ""
            return text.split(separator: "\n").dropFirst().first == "\(size)"
        }
        #expect(isThere, "\(text)")
        return text
    }

    @Test func `publish roots on demand and keep them over a kill`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v1/root", "{}").json["status"].string == "TreeNotFound")
        for round in 1...3 {
            #expect(try gateway.post("/v1/log", Records.single("a\(round)")).status == 200)
            let answer = try publish(gateway)
            #expect(answer.status == 200)
            #expect(answer.json["logs"][0]["root"]["size"].int == round)
        }
        // Nothing new, nothing published.
        #expect(try publish(gateway, #"{"log":"default"}"#).json["logs"][0]["root"]["size"].int == 3)
        #expect(try publish(gateway, #"{"log":"other"}"#).status == 400)
        #expect(try publish(gateway, #"{"colour":1}"#).status == 400)
        let denied = try gateway.post("/admin/logs/publish", "{}")
        #expect(denied.status == 401)
        let roots = try (1...3).map { try gateway.post("/v1/root", #"{"tree_size":\#($0)}"#).json["result"]["data"] }
        gateway.kill()
        try gateway.start()
        for (index, root) in roots.enumerated() {
            let again = try gateway.post("/v1/root", #"{"tree_size":\#(index + 1)}"#).json["result"]["data"]
            #expect(again["root_hash"].string == root["root_hash"].string)
            #expect(again["published_at"].string == root["published_at"].string)
        }
        #expect(
            try gateway.post("/v1/root", #"{"tree_size":0}"#).json["result"]["errors"][0]["code"].string == "IsTooSmall"
        )
        let page = try gateway.search("", #""order":"asc""#)
        #expect(page["events"].elements.map { $0["leaf_index"].int } == [0, 1, 2])
        #expect(page["root"]["size"].int == 3)
        #expect(page["unpublished_root"].value == nil)
    }

    @Test func `publish by time and at a size`() throws {
        var setup = GatewaySetup()
        setup.logs = [
            #"{"name":"default","publish":{"interval":"1s"}}"#, #"{"name":"small","publish":{"events":3}}"#,
        ]
        setup.tokens = [
            GatewaySetup.token("app", Secrets.app, #""logs":["default"],"scopes":["write","read"]"#),
            GatewaySetup.token("other", Secrets.other, #""logs":["small"],"scopes":["write","read"]"#),
        ]
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("a")).status == 200)
        #expect(try eventually(within: 20) { try gateway.post("/v1/root", "{}").json["status"].string == "Success" })
        let other = "Bearer \(Secrets.other)"
        let names = (0..<10).map { "n\($0)" }
        #expect(try gateway.post("/v2/log", Records.bulk(names), authorization: other).status == 200)
        let root = try gateway.post("/v1/root", "{}", authorization: other).json["result"]["data"]
        #expect(root["size"].int == 3)
    }

    @Test func `show published roots where clients look for them`() throws {
        var setup = GatewaySetup()
        setup.more = #","verification":{"ledger_at_root":true}"#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        for name in ["a", "b"] {
            #expect(try gateway.post("/v1/log", Records.single(name)).status == 200)
            #expect(try publish(gateway).status == 200)
        }
        let root = try gateway.post("/v1/root", "{}").json["result"]["data"]
        let treeName = try #require(root["tree_name"].string)
        let query =
            #"{"query":"{ transactions(tags: [{name: \"tree_size\", values: [\"1\",\"2\",\"3\"]}, "#
            + #"{name: \"tree_name\", values: [\"\#(treeName)\"]}]) { edges { node { id tags { name value } } } } }"}"#
        for prefix in ["/ledger", ""] {
            let found = try gateway.post("\(prefix)/graphql", query, authorization: nil)
            let edges = found.json["data"]["transactions"]["edges"].elements
            #expect(edges.count == 2)
            let id = try #require(edges.last?["node"]["id"].string)
            let told = try gateway.get("\(prefix)/\(id)/")
            #expect(told.json["root_hash"].string == root["root_hash"].string)
            #expect(told.json["consistency_proof"].elements.count == 1)
            let data = try gateway.get("\(prefix)/tx/\(id)/data").text
            let padded =
                data.replacing("-", with: "+").replacing("_", with: "/")
                + String(repeating: "=", count: (4 - data.count % 4) % 4)
            #expect(try JSON(parsing: [UInt8](#require(Data(base64Encoded: padded))))["size"].int == 2)
        }
        #expect(root["url"].string?.hasPrefix("\(gateway.url)/ledger/") == true)
        #expect(try gateway.get("/ledger/\(String(repeating: "A", count: 43))/").status == 404)
        #expect(try gateway.post("/ledger/graphql", "{", authorization: nil).status == 400)
    }

    @Test func `is public only where the log says so, and verifies with tools that share no code`() throws {
        var setup = GatewaySetup()
        setup.logs = [#"{"name":"default"}"#, #"{"name":"open","public":true}"#]
        setup.tokens[0] = GatewaySetup.token("app", Secrets.app, #""logs":["default"],"scopes":["write","read"]"#)
        setup.more = #","verification":{"origin":"audit.example.com","checkpoint_interval":"1s"}"#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        #expect(try gateway.post("/v2/log", Records.bulk((0..<600).map { "n\($0)" })).status == 200)
        let note = try checkpoint(gateway, size: 600)
        #expect(note.hasPrefix("audit.example.com/default\n600\n"))
        let key = try gateway.get("/logs/default/key", Self.token).text.trimmingCharacters(in: .newlines)

        for path in ["checkpoint", "key", "tile/0/000", "tile/entries/000", "receipts/1"] {
            #expect(try gateway.get("/logs/default/\(path)").status == 401, "\(path)")
            #expect(try gateway.get("/logs/nothing/\(path)").status == 401, "\(path)")
            #expect(try gateway.get("/logs/default/\(path)", Self.token).status == 200, "\(path)")
        }
        #expect(try gateway.get("/logs/open/checkpoint").status == 200)
        #expect(try gateway.get("/logs/open/receipts/1").status == 401)
        for path in [
            "tile/0/002", "tile/0/002.p/89", "tile/0/2", "tile/8/000", "tile/x", "tile/entries/003", "receipts/601",
        ] {
            #expect(try gateway.get("/logs/default/\(path)", Self.token).status == 404, "\(path)")
        }
        let full = try gateway.get("/logs/default/tile/0/001", Self.token)
        #expect(full.body.count == 8192)
        #expect(full["cache-control"]?.contains("immutable") == true)
        #expect(try gateway.get("/logs/default/tile/0/002.p/88", Self.token).body.count == 88 * 32)
        #expect(try gateway.get("/logs/default/tile/1/000.p/2", Self.token).body.count == 64)

        let verifier = "\(Executable.packageFolder)/Scripts/verify-log"
        let tiles = try Finished.run(
            "/usr/bin/env",
            ["python3", verifier, "tiles", "\(gateway.url)/logs/default", "--key", key, "--token", Secrets.app],
            in: gateway.folder.path
        )
        #expect(tiles.status == 0, "\(tiles.output)\(tiles.error)")
        let event = try gateway.search("n17", #""limit":1"#)["events"][0]
        let time = try #require(event["envelope"]["received_at"].string)
        let receipt = try gateway.get("/logs/default/receipts/\(time)", Self.token)
        #expect(receipt.json["hash"].string == event["hash"].string)
        try gateway.folder.write(receipt.text, to: "receipt.json")
        for command in [["python3", verifier, "receipt"], try [Executable.path(), "verify", "receipt"]] {
            let verified = try Finished.run(
                "/usr/bin/env",
                command + [gateway.folder.file("receipt.json"), "--key", key],
                in: gateway.folder.path
            )
            #expect(verified.status == 0, "\(verified.output)\(verified.error)")
        }
        // The key and what it signed outlive the process, and the origin a change of the configuration.
        gateway.kill()
        gateway.setup.more = #","verification":{"origin":"other.example.com","checkpoint_interval":"1s"}"#
        try gateway.start()
        #expect(try gateway.get("/logs/default/checkpoint", Self.token).text == note)
        #expect(try gateway.post("/v1/log", Records.single("last")).status == 200)
        #expect(try checkpoint(gateway, size: 601).hasPrefix("audit.example.com/default\n"))
        #expect(try gateway.get("/logs/default/key", Self.token).text.trimmingCharacters(in: .newlines) == key)
        let verified = try gateway.command("verify", "--key", key)
        #expect(verified.status == 0, "\(verified.output)\(verified.error)")
    }
}
