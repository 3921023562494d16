import Foundation
import Glibc
import Testing

@Suite(.onOwnThreads) struct `An issued token` {
    private func make(_ gateway: GatewayProcess, _ arguments: String...) throws -> String {
        let finished = try Finished.run(
            Executable.path(),
            ["token"] + arguments + ["--json", "--config", gateway.folder.file("audit-gateway.json")],
            in: gateway.folder.path
        )
        #expect(finished.status == 0, "\(finished.error)")
        return JSON(parsing: finished.output)["token"].string ?? ""
    }

    private func status(_ gateway: GatewayProcess, _ token: String, _ path: String = "/v1/log") throws -> Int {
        let body = path == "/v1/log" ? Records.single("a") : "{}"
        return try gateway.post(path, body, authorization: "Bearer \(token)").status
    }

    /// Whether calls with the token are answered so within two seconds from now.
    private func becomes(_ expected: Int, _ gateway: GatewayProcess, _ token: String) throws -> Bool {
        eventually(within: 2) { (try? status(gateway, token)) == expected }
    }

    @Test func `is in force within two seconds, until it is revoked, also after a new start`() throws {
        var setup = GatewaySetup()
        setup.port = try Socket.steadyPort()
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let token = try make(gateway, "create", "shop", "--scope", "write", "--log", "default")
        #expect(token.wholeMatch(of: /pts_[a-z2-7]{32}/) != nil)
        #expect(try becomes(200, gateway, token))
        #expect(try status(gateway, token, "/v1/search") == 401)
        let again = try gateway.command("token", "create", "shop", "--scope", "write")
        #expect(again.status == 1)
        #expect(again.error.contains("there is a token 'shop' already"))

        gateway.kill()
        try gateway.start()
        #expect(try status(gateway, token) == 200)
        #expect(try gateway.command("token", "revoke", "shop").status == 0)
        #expect(try becomes(401, gateway, token))
        #expect(try gateway.command("token", "revoke", "shop").status == 1)
    }

    @Test func `is kept as a hash alone, in a file for its owner`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let token = try make(gateway, "create", "shop", "--scope", "read")
        #expect(try eventually(within: 2) { try status(gateway, token, "/v1/search") == 200 })
        #expect(gateway.stop() == 0)
        let files = FileManager.default
        let data = gateway.folder.file("data")
        for name in try files.contentsOfDirectory(atPath: data) {
            let bytes = files.contents(atPath: "\(data)/\(name)") ?? Data()
            #expect(bytes.firstRange(of: Data(token.dropFirst(4).utf8)) == nil, "\(name)")
        }
        #expect(!gateway.log.contains(token))
        for name in ["tokens.json", "token-uses.json"] {
            var status = stat()
            #expect(stat("\(data)/\(name)", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(name)")
        }
    }

    @Test func `is listed with what it may and when it was used, never with its secret`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let token = try make(
            gateway,
            "create",
            "acme",
            "--scope",
            "write,/v1/search",
            "--log",
            "default",
            "--restrict",
            "tenant_id=acme",
            "--restrict",
            "tenant_id=labs",
            "--expires",
            "30d"
        )
        #expect(try eventually(within: 2) { try status(gateway, token, "/v1/search") == 200 })
        #expect(gateway.stop() == 0)
        let listed = try gateway.command("token", "list", "--json").output
        #expect(!listed.contains(token))
        let lines = listed.split(separator: "\n").map { JSON(parsing: String($0)) }
        let own = try #require(lines.first { $0["name"].string == "acme" })
        #expect(own["from"].string == "command")
        #expect(own["scopes"].elements.map(\.string) == ["write", "/v1/search"])
        #expect(own["logs"].elements.map(\.string) == ["default"])
        #expect(own["restrict"]["tenant_id"].elements.map(\.string) == ["acme", "labs"])
        #expect(own["created_at"].string != nil && own["expires_at"].string != nil)
        let used = try #require(own["last_used_at"].string)
        #expect(used >= own["created_at"].string ?? "~")
        #expect(lines.contains { $0["name"].string == "app" && $0["from"].string == "configuration" })
        #expect(try gateway.command("token", "list").output.contains(#"restricts {"tenant_id":["acme","labs"]}"#))
    }

    @Test func `may say and see what its restriction allows`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let token = try make(gateway, "create", "acme", "--scope", "write", "--scope", "read", "--restrict", "actor=a")
        #expect(try becomes(200, gateway, token))
        let calls = [
            ("/v1/log", Records.single("b")), ("/v2/log", Records.bulk(["a", "b"])),
            ("/v2/log_async", Records.bulk(["a", "b"])),
        ]
        for (path, body) in calls {
            let answer = try gateway.post(path, body, authorization: "Bearer \(token)")
            #expect(answer.status == 403, "\(path)")
            #expect(answer.json["status"].string == "ForbiddenFieldValue")
        }
        #expect(try gateway.post("/v1/log", Records.single("b")).status == 200)
        #expect(try gateway.count(token: token) == 1)
        let asked = try gateway.post(
            "/v1/search",
            #"{"search_restriction":{"actor":["b"]}}"#,
            authorization: "Bearer \(token)"
        )
        #expect(asked.status == 403)
    }

    @Test func `gets a new secret beside the old one, which ends after its grace`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let first = try make(gateway, "create", "shop", "--scope", "write")
        #expect(try becomes(200, gateway, first))
        let second = try make(gateway, "rotate", "shop", "--grace", "3s")
        #expect(try becomes(200, gateway, second))
        #expect(try status(gateway, first) == 200)
        #expect(try eventually(within: 6) { try status(gateway, first) == 401 })
        #expect(try status(gateway, second) == 200)
        let third = try make(gateway, "rotate", "shop", "--grace", "0s")
        #expect(try becomes(401, gateway, second))
        #expect(try status(gateway, third) == 200)
    }

    @Test func `ends at its time`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let token = try make(gateway, "create", "guest", "--scope", "write", "--expires", "3s")
        #expect(try becomes(200, gateway, token))
        #expect(try eventually(within: 6) { try status(gateway, token) == 401 })
    }

    @Test(arguments: [
        (["create", "Shop", "--scope", "write"], "the name 'Shop' must be"),
        (["create", "app", "--scope", "write"], "the configuration has a token 'app' already"),
        (["create", "x", "--scope", "wirte"], "did you mean 'write'?"),
        (["create", "x", "--scope", "write", "--log", "other"], "there is no log 'other'"),
        (["create", "x", "--scope", "write", "--restrict", "tennant_id=a"], "the schema has no field 'tennant_id'"),
        (["create", "x", "--scope", "write", "--restrict", "acme"], "--restrict must be FIELD=VALUE"),
        (["create", "x", "--scope", "write", "--restrict-json", #"{"actor":{"prefx":"a"}}"#], "unknown key 'prefx'"),
        (["create", "x", "--scope", "write", "--restrict-json", "[]"], "must be a JSON object"),
        (["create", "x", "--scope", "write", "--expires", "2001-01-01T00:00:00Z"], "must lie ahead"),
        (["create", "x", "--scope", "write", "--expires", "soon"], "must be a length of time"),
    ])
    func `is not made of mistakes`(arguments: [String], expected: String) throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try folder.write(GatewaySetup().text, to: "audit-gateway.json")
        let finished = try Finished.run(Executable.path(), ["token"] + arguments, in: folder.path)
        #expect(finished.status == 2)
        #expect(finished.error.contains(expected), "\(finished.error)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("data/tokens.json")))
    }

    @Test func `is not lost when many are made at once`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try folder.write(GatewaySetup().text, to: "audit-gateway.json")
        let children = try (0..<6).map {
            try ChildProcess(Executable.path(), ["token", "create", "t\($0)", "--scope", "read"], in: folder.path)
        }
        for child in children { #expect(child.wait(within: 30) == 0) }
        let listed = try Finished.run(Executable.path(), ["token", "list", "--json"], in: folder.path).output
        #expect(listed.split(separator: "\n").count { $0.contains(#""from":"command""#) } == 6)
    }

    @Test func `of a damaged file stays as it was`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let token = try make(gateway, "create", "shop", "--scope", "write")
        #expect(try becomes(200, gateway, token))
        try gateway.folder.write(#"{"tokens":[{"name":"shop"}]}"#, to: "data/tokens.json")
        #expect(eventually(within: 5) { gateway.log.contains("The issued tokens cannot be read") })
        #expect(try status(gateway, token) == 200)
        let refused = try gateway.command("token", "list")
        #expect(refused.status == 1)
        #expect(refused.error.contains("its token 1 is damaged"))
    }
}
