import Foundation
import Testing

@Suite(.onOwnThreads) struct `A secret that a vendor sends` {
    private static let mapping = #"""
        {"vendor": "hooks", "authenticate": {"hmac": {"message": ["body"], "signature": {"header": "x-hook-signature"}}},
         "handshakes": [{"when": "$request.headers.\"x-hook-secret\"", "authenticate": false,
           "keep_secret": {"header": "x-hook-secret"},
           "answer": {"headers": {"X-Hook-Secret": "$request.headers.\"x-hook-secret\""}}}],
         "framing": {"records": "events"},
         "event": {"fields": {"message": "m", "actor": "who"}},
         "answers": {"stored": {"value": "{n: length(events), ms: type($received_ms)}"}}}
        """#

    private func start() throws -> GatewayProcess {
        let folder = try TestFolder()
        try FileManager.default.createDirectory(atPath: folder.file("maps"), withIntermediateDirectories: true)
        try folder.write(Self.mapping, to: "maps/hooks.json")
        var setup = GatewaySetup()
        setup.mappings = folder.file("maps")
        setup.sources = [#"{"name":"hooks","mapping":"hooks","secrets":{}}"#]
        return try GatewayProcess(setup, in: folder)
    }

    private func offer(_ secret: String, to gateway: GatewayProcess) throws -> HTTPMessage {
        try gateway.post("/in/hooks", "{}", authorization: nil, [("X-Hook-Secret", secret)])
    }

    private func deliver(_ who: String, signedWith secret: String, to gateway: GatewayProcess) throws -> HTTPMessage {
        let body = #"{"events":[{"m":"x","who":"\#(who)"}]}"#
        let program =
            "import hmac,sys\nprint(hmac.new(sys.argv[1].encode(), sys.argv[2].encode(), 'sha256').hexdigest())"
        let code = try Finished.python(program, [secret, body]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        return try gateway.post("/in/hooks", body, authorization: nil, [("X-Hook-Signature", code)])
    }

    @Test func `is kept once after arming, and is still known after a crash`() throws {
        let gateway = try start()
        defer {
            gateway.end()
            gateway.folder.remove()
        }
        #expect(try offer("too-early", to: gateway).status == 401)
        #expect(try deliver("early", signedWith: "too-early", to: gateway).status == 401)
        #expect(!FileManager.default.fileExists(atPath: gateway.folder.file("data/kept-secrets.json")))

        let armed = try gateway.command("source", "arm", "hooks", "--url", gateway.url, "--json")
        #expect(armed.status == 0)
        #expect(JSON(parsing: armed.output)["is_armed"].bool == true)
        let reply = try offer("first-hook-secret", to: gateway)
        #expect(reply.status == 200)
        #expect(reply["x-hook-secret"] == "first-hook-secret")
        let stored = try deliver("ann", signedWith: "first-hook-secret", to: gateway)
        #expect(stored.status == 200)
        #expect(stored.text == #"{"ms":"number","n":1}"#)
        // Once only.
        #expect(try offer("second", to: gateway).status == 401)

        let path = gateway.folder.file("data/kept-secrets.json")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        gateway.kill()
        try gateway.start()
        #expect(try deliver("bob", signedWith: "first-hook-secret", to: gateway).status == 200)
        #expect(try deliver("eve", signedWith: "second", to: gateway).status == 401)
        #expect(try gateway.stored() == ["ann", "bob"])

        // Replaced after arming again, by nothing else.
        #expect(try gateway.command("source", "arm", "hooks", "--url", gateway.url).status == 0)
        #expect(try offer("third-hook-secret", to: gateway).status == 200)
        #expect(try deliver("cleo", signedWith: "third-hook-secret", to: gateway).status == 200)
        #expect(try deliver("eve", signedWith: "first-hook-secret", to: gateway).status == 401)
        #expect(!gateway.log.contains("hook-secret"))
    }

    @Test func `is one of those that are offered at once, and is known after a crash right behind the answer`() throws {
        let gateway = try start()
        defer {
            gateway.end()
            gateway.folder.remove()
        }
        for round in 1...3 {
            #expect(try gateway.command("source", "arm", "hooks", "--url", gateway.url).status == 0)
            let answers = concurrently(8) { number -> HTTPMessage? in
                try? offer("hook-secret-\(round)-\(number)", to: gateway)
            }
            gateway.kill()
            let kept = answers.enumerated().filter { $0.element??.status == 200 }
            #expect(kept.count == 1)
            #expect(answers.filter { $0??.status == 401 }.count == 7)
            let winner = try #require(kept.first?.offset)
            #expect(answers[winner]??["x-hook-secret"] == "hook-secret-\(round)-\(winner)")
            try gateway.start()
            for number in 0..<8 {
                let answer = try deliver("\(round)", signedWith: "hook-secret-\(round)-\(number)", to: gateway)
                #expect(answer.status == (number == winner ? 200 : 401))
            }
        }
        #expect(try gateway.stored() == ["1", "2", "3"])
        #expect(!gateway.log.contains("hook-secret"))
    }

    @Test func `waits for an administrator of a source that there is`() throws {
        let gateway = try start()
        defer {
            gateway.end()
            gateway.folder.remove()
        }
        #expect(try gateway.post("/admin/sources/hooks/arm", "").status == 401)
        #expect(try gateway.post("/admin/sources/hooks/arm", "", authorization: nil).status == 401)
        #expect(try gateway.post("/admin/sources/none/arm", "", authorization: "Bearer \(Secrets.admin)").status == 404)
        #expect(try offer("s", to: gateway).status == 401)
        #expect(try gateway.command("source", "arm", "none", "--url", gateway.url).status == 2)
    }

    @Test func `has nothing to wait for in other mappings`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let refused = try gateway.command("source", "arm", "generic", "--url", gateway.url)
        #expect(refused.status == 1)
        #expect(refused.error.contains("keep_secret"))
    }

    @Test func `that was kept in a broken file keeps the gateway from starting`() throws {
        let gateway = try start()
        defer {
            gateway.end()
            gateway.folder.remove()
        }
        #expect(gateway.stop() == 0)
        try gateway.folder.write(#"{"hooks":{"secret":"#, to: "data/kept-secrets.json")
        let finished = try gateway.command("serve")
        #expect(finished.status == 2 || finished.status == 1)
        #expect(finished.error.contains("kept-secrets.json"))
    }
}
