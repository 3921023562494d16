import Foundation
import Testing

@Suite(.onOwnThreads) struct `Erasing` {
    private static let secret = "maria-of-the-old-mill"

    private func filesWithSecret(_ gateway: GatewayProcess) throws -> [String] {
        let folder = (gateway.storePath as NSString).deletingLastPathComponent
        let needle = Data(Self.secret.utf8)
        return try FileManager.default.subpathsOfDirectory(atPath: folder).filter { name in
            FileManager.default.contents(atPath: "\(folder)/\(name)")?.firstRange(of: needle) != nil
        }
    }

    private func erase(_ gateway: GatewayProcess, _ body: String, token: String = Secrets.admin) throws -> HTTPMessage {
        try gateway.post("/admin/logs/erase", body, authorization: "Bearer \(token)")
    }

    @Test func `takes what events said out of every file of a running gateway, and is told by the log`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let records = (0..<5).map { Records.auth0(id: "\($0)", user: $0 == 2 ? Self.secret : "jo\($0)") }
        #expect(try gateway.deliver(Records.array(records)).status == 200)
        #expect(try gateway.post("/v1/log", Records.single(Self.secret)).status == 200)
        let search = try gateway.search(Self.secret)
        #expect(search["count"].int == 2)
        let export = try gateway.post("/v1/export", #"{"format":"json"}"#)
        let id = try #require(export.json["request_id"].string)
        let token = [("Authorization", "Bearer \(Secrets.app)")]
        #expect(try eventually { try gateway.get("/request/\(id)", token).status == 200 })
        let link = try #require(
            try gateway.post("/v1/download_results", #"{"request_id":"\#(id)"}"#).json["result"]["dest_url"].string
        ).dropFirst(gateway.url.count)
        let old = try gateway.get(String(link)).body
        #expect(try !filesWithSecret(gateway).isEmpty)

        let dry = try erase(gateway, #"{"log":"default","query":"\#(Self.secret)","reason":"r 1","dry_run":true}"#)
        #expect(
            dry.status == 200 && dry.json["result"]["erased"].int == 2 && dry.json["result"]["dry_run"].bool == true
        )
        #expect(try gateway.count(Self.secret) == 2)
        #expect(
            try erase(gateway, #"{"log":"default","sequences":[3],"reason":"r"}"#, token: Secrets.app).status == 401
        )
        #expect(try erase(gateway, #"{"log":"nowhere","sequences":[3],"reason":"r"}"#).status == 400)
        #expect(try erase(gateway, #"{"log":"default","sequences":[3]}"#).status == 400)

        let told = try gateway.command(
            "erase",
            "--query",
            Self.secret,
            "--reason",
            "request 4711",
            "--url",
            gateway.url
        )
        #expect(told.status == 0 && told.output.contains("Erased 2 event(s): 3,6"), "\(told.error)")
        #expect(try eventually { try filesWithSecret(gateway).isEmpty })
        #expect(try gateway.count(Self.secret) == 0)
        let record = try gateway.search("request 4711")["events"][0]["envelope"]["event"]
        #expect(
            record["target"].string == "3,6" && record["actor"].string == "admin" && record["action"].string == "erase"
        )

        // The search that was frozen, and the export, hold what is left.
        let results = try gateway.post("/v1/results", #"{"id":"\#(search["id"].string ?? "")"}"#).json["result"]
        #expect(results["events"].elements.isEmpty)
        let new = try gateway.get(String(link))
        #expect(new.status == 200 && new.body != old)

        let verified = try gateway.command("verify")
        #expect(
            verified.status == 0 && verified.output.contains("2 erased, whose places in the trees are right"),
            "\(verified.output)"
        )
        // Repeats are still known, and nothing comes back after a restart.
        #expect(try gateway.deliver(Records.array(records)).status == 200)
        #expect(gateway.stop() == 0)
        try gateway.start()
        #expect(try gateway.count() == 5)
        #expect(try filesWithSecret(gateway).isEmpty)
        let again = try gateway.command("erase", "--sequence", "3", "--reason", "again", "--url", gateway.url)
        #expect(again.status == 1)
    }

    @Test func `is told apart from tampering`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        for actor in ["a", "b", "c"] { #expect(try gateway.post("/v1/log", Records.single(actor)).status == 200) }
        #expect(try erase(gateway, #"{"log":"default","sequences":[1],"reason":"r"}"#).status == 200)
        #expect(gateway.stop() == 0)
        let program = """
            import sqlite3, sys
            store = sqlite3.connect(sys.argv[1])
            store.execute("UPDATE event SET event = NULL, salt = NULL WHERE id & 1099511627775 = 2")
            store.commit()
            """
        #expect(try Finished.python(program, [gateway.storePath]).status == 0)
        let verified = try gateway.command("verify")
        #expect(verified.status == 1)
        #expect(verified.output.contains("sequence 2: its body is gone, and no erasure is recorded"))
        #expect(!verified.output.contains("sequence 1:"))
    }
}
