import Foundation
import Testing

@Suite(.onOwnThreads) struct `A configuration` {
    private func run(_ arguments: String..., in folder: String) throws -> Finished {
        try Finished.run(Executable.path(), arguments, in: folder)
    }

    /// Settings, sources and mappings, each with something wrong.
    private func writeBroken(to folder: TestFolder) throws {
        try FileManager.default.createDirectory(atPath: folder.file("Maps"), withIntermediateDirectories: true)
        try folder.write(
            """
            {
              "listen": { "prot": 1, "host": "0.0.0.0" },
              "mappings": "Maps",
              "logs": [ { "name": "default" }, { "name": "second", "schema": "auth0", "retention": "30d" } ],
              "sources": [
                { "name": "a", "mapping": "auth0", "secrets": {} },
                { "name": "b", "mapping": "generic", "secrets": { "secrte": { "value": "0123456789abcdef" } } },
                { "name": "c", "mapping": "genric" },
                { "name": "d", "mapping": "open" },
                { "name": "e", "mapping": "generic", "secrets": { "token": { "value": "0123456789abcdeg" } } },
                { "name": "f", "mapping": "generic", "secrets": { "secret": { "env": "NO_SUCH_VARIABLE_HERE" } } }
              ]
            }
            """,
            to: "audit-gateway.json"
        )
        let misspelt = "{\n\"vendor\": \"auth0\", \"authenticate\": \"none\",\n\"evnt\": {}\n}"
        try folder.write(misspelt, to: "Maps/auth0.json")
        let open = #"{"vendor":"open","authenticate":"none","event":{"fields":{"message":"m"}}}"#
        try folder.write(open, to: "Maps/open.json")
        try FileManager.default.copyItem(
            atPath: "\(Executable.mappings)/generic.json",
            toPath: folder.file("Maps/generic.json")
        )
    }

    private static let broken = [
        "warning: audit-gateway.json:2:34: answers would name http://0.0.0.0:8080, which nobody can reach; set listen.public_url",
        "./Maps/auth0.json:1:1: a mapping needs 'event'",
        "./Maps/auth0.json:3:1: a mapping has no 'evnt'; did you mean 'event'?",
        "audit-gateway.json:2:15: unknown key 'prot' in listen; did you mean 'port'?",
        "audit-gateway.json:7:55: source 'b': neither the mapping 'generic' nor 'token' uses the secret 'secrte'; did you mean 'secret'?",
        "audit-gateway.json:8:31: source 'c': there is no mapping 'genric'; did you mean 'generic'?",
        "audit-gateway.json:9:31: source 'd': its mapping authenticates nobody; if that is meant, write \"authenticate\": \"none\" in the source too",
        "audit-gateway.json:10:53: source 'e': the mapping 'generic' needs a secret named 'secret'; add it to the source's 'secrets'",
        "audit-gateway.json:11:74: the environment variable NO_SUCH_VARIABLE_HERE is not set",
    ]

    @Test func `is told whole, with its mappings and sources, before anything is opened`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try writeBroken(to: folder)
        let checked = try run("check", in: folder.path)
        #expect(checked.status == 2)
        let lines = checked.error.split(separator: "\n").map(String.init)
        for (found, expected) in zip(lines, Self.broken) { #expect(found == expected) }
        #expect(lines.count == Self.broken.count, "\(checked.error)")
        let served = try run("serve", in: folder.path)
        #expect(served.status == 2)
        #expect(served.error == checked.error)
        #expect(!FileManager.default.fileExists(atPath: folder.file("data")))
    }

    @Test func `is told to programs as JSON`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try writeBroken(to: folder)
        let finished = try run("check", "--json", in: folder.path)
        #expect(finished.status == 2)
        #expect(finished.error.isEmpty)
        let checked = JSON(parsing: finished.output)
        #expect(checked["is_good"].bool == false)
        #expect(checked["warnings"].elements.count == 1)
        let problem = checked["problems"].elements.first { $0["message"].string?.contains("genric") == true }
        #expect(problem?["file"].string == "audit-gateway.json")
        #expect(problem?["line"].int == 8 && problem?["column"].int == 31)
        let good = try folder.write(GatewaySetup().text, to: "good.json")
        let other = JSON(parsing: try run("check", "--json", "--config", good, in: folder.path).output)
        #expect(other["is_good"].bool == true)
        #expect(other["sources"].int == 2 && other["problems"].elements.isEmpty)
    }

    @Test func `with a mapping that is broken keeps nobody from searching`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("a")).status == 200)
        #expect(gateway.stop() == 0)
        try FileManager.default.createDirectory(atPath: gateway.folder.file("Maps"), withIntermediateDirectories: true)
        try gateway.folder.write("{", to: "Maps/auth0.json")
        let text = gateway.setup.text.replacing(JSON.quoted(Executable.mappings), with: "\"Maps\"")
        try gateway.folder.write(text, to: "audit-gateway.json")
        #expect(try gateway.command("check").status == 2)
        #expect(try gateway.command("search").output.contains(#""actor":"a""#))
        #expect(try gateway.command("verify").status == 0)
    }

    @Test func `may be empty`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try folder.write("{}", to: "audit-gateway.json")
        let missing =
            "warning: audit-gateway.json: the folder './Mappings' does not exist; create it or set 'mappings'\n"
        let checked = try run("check", in: folder.path)
        #expect(checked.status == 0)
        #expect(checked.error == missing)
        let child = try ChildProcess(
            Executable.path(),
            ["serve", "--port", "0"],
            in: folder.path,
            error: folder.file("log")
        )
        defer { child.end() }
        #expect(eventually(within: 30) { folder.text(of: "log").contains(" gateway: Listening ") })
        #expect(folder.text(of: "log").hasPrefix(missing))
        child.signal(15)
        #expect(child.wait(within: 30) == 0)
        // A folder that was named has to be there.
        try folder.write(#"{"mappings":"none"}"#, to: "audit-gateway.json")
        let named = try run("check", in: folder.path)
        #expect(named.status == 2)
        #expect(named.error.hasPrefix("audit-gateway.json:1:13: the folder './none' does not exist"), "\(named.error)")
    }

    @Test func `that was named and is not there is no beginning`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let finished = try run("serve", "--config", "typo.json", in: folder.path)
        #expect(finished.status == 2)
        #expect(finished.error.hasPrefix("typo.json: cannot read the configuration: No such file"), "\(finished.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func `begins with the port that was asked for, and shows commands as they were called`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let port = try Socket.steadyPort()
        let child = try ChildProcess(
            Executable.path(),
            ["serve", "--port", "\(port)"],
            in: folder.path,
            error: folder.file("log")
        )
        defer { child.end() }
        let program = try Executable.path()
        #expect(eventually(within: 30) { folder.text(of: "log").contains("\(program) search actor:maria") })
        #expect(folder.text(of: "audit-gateway.json").contains("\"port\": \(port) "))
        child.signal(15)
        #expect(child.wait(within: 30) == 0)
        let written = try run("init", "--config", "the other.json", in: folder.path)
        #expect(written.output.contains("\(program) search --config 'the other.json' actor:maria"), "\(written.output)")
        let json = JSON(parsing: try run("init", "--config", "third.json", "--json", in: folder.path).output)
        #expect(json["file"].string == "third.json")
        let secret = try #require(json["auth0_authorization"].string)
        #expect(folder.text(of: "third.json").contains(secret))
    }

    @Test(arguments: [
        ["init", "--port", "99999"], ["serve", "--port", "99999"], ["init", "--port", "-1"], ["serve", "--port", "x"],
    ])
    func `takes no port that is none`(arguments: [String]) throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let finished = try Finished.run(Executable.path(), arguments, in: folder.path)
        #expect(finished.status == 2)
        #expect(finished.error.contains("--port") && !finished.error.contains("AUDIT_GATEWAY"), "\(finished.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func `with a port that is in use says so`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let folder = try TestFolder()
        defer { folder.remove() }
        var setup = GatewaySetup()
        setup.port = gateway.port
        try folder.write(setup.text, to: "audit-gateway.json")
        let finished = try run("serve", in: folder.path)
        #expect(finished.status == 2)
        let expected = "cannot listen on 127.0.0.1:\(gateway.port): the port is in use; set listen.port or --port\n"
        #expect(finished.error.hasSuffix(expected), "\(finished.error)")
    }
}
