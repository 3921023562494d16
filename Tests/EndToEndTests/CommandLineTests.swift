import Foundation
import Testing

@Suite(.onOwnThreads) struct `The command line` {
    private func run(_ arguments: String..., input: String = "", in folder: String = "/") throws -> Finished {
        try Finished.run(Executable.path(), arguments, in: folder, input: Array(input.utf8))
    }

    @Test(arguments: [
        ("a[1]", #"{"a":[1,2]}"#, "2"), ("a", "{}", "null"), ("-`1`", "null", "-1"), ("-a", #"{"a":5}"#, "-5"),
        ("a - b", #"{"a":5,"b":3}"#, "2"), ("--a", #"{"a":5}"#, "5"), ("@", "[1, 2.5, \"é\"]", "[1,2.5,\"é\"]"),
        ("b", #"{"b":9007199254740993}"#, "9007199254740993"), ("sort(@)", "[3,1,2]", "[1,2,3]"),
        ("lower('ABC')", "null", "\"abc\""),
    ]) func `evaluates an expression`(expression: String, input: String, result: String) throws {
        let finished = try run("eval", expression, input: input)
        #expect(finished.status == 0, "\(finished.error)")
        #expect(finished.output == result + "\n")
    }

    @Test(arguments: [
        ("a[", "syntax"), ("foo(a)", "unknown-function"), ("length(a, b)", "invalid-arity"),
        ("length(@)", "invalid-type"), ("-a[", "syntax"), ("$x", "undefined-variable"), ("a + b", "not-a-number"),
        ("[0:1:0]", "invalid-value"), ("", "syntax"),
    ]) func `names the kind of an error and ends with 1`(expression: String, kind: String) throws {
        let finished = try run("eval", expression, input: "5")
        #expect(finished.status == 1)
        let first = (finished.output + finished.error).split(separator: "\n").first ?? ""
        #expect(first.hasPrefix("\(kind): ") && first.count > kind.count + 5, "\(finished.output)\(finished.error)")
    }

    @Test func `maps a body as it would be stored`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let body = try folder.write(
            Records.array([Records.auth0(id: "1"), Records.auth0(id: "2", type: "f")]),
            to: "body.json"
        )
        let mapped = try run("map", "auth0", body, "--mappings", Executable.mappings)
        #expect(mapped.status == 0, "\(mapped.error)")
        let events = mapped.output.split(separator: "\n").map { JSON(parsing: String($0)) }
        #expect(events.map { $0["status"].string } == ["success", "failure"])
        #expect(events.allSatisfy { $0["actor"].string == "maria@example.com" })
        let explained = try run("map", "auth0", body, "--explain", "--mappings", Executable.mappings)
        #expect(explained.output.contains("actor"))
        #expect(explained.output.contains("nobody read"))
        let gateway = try run(
            "map",
            "auth0",
            "-",
            "--schema",
            "gateway",
            "--mappings",
            Executable.mappings,
            input: Records.auth0(id: "1")
        )
        #expect(JSON(parsing: gateway.output)["event_id"].string == "1")
        let bad = try run("map", "auth0", "-", "--mappings", Executable.mappings, input: "[")
        #expect(bad.status == 1)
        #expect(!bad.error.isEmpty)
        #expect(try run("map", "nobody", "-", "--mappings", Executable.mappings, input: "{}").status == 2)
    }

    @Test func `explains records that would be set aside too`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let body = try folder.write("[\(Records.auth0(id: "1")),{\"log_id\":\"2\",\"spare\":5}]", to: "body.json")
        let options = ["map", "auth0", body, "--explain", "--mappings", Executable.mappings]
        let shown = try Finished.run(Executable.path(), options, in: "/")
        #expect(shown.status == 1)
        #expect(shown.output.contains("set aside: "), "\(shown.output)")
        #expect(shown.output.contains("read log_id=\"2\""))
        let told = try Finished.run(Executable.path(), options + ["--json"], in: "/")
        #expect(told.status == 1)
        let records = told.output.split(separator: "\n").map { JSON(parsing: String($0)) }
        #expect(records.count == 3)
        #expect(records.last?["answer"]["status"].int == 200)
        #expect(records[0]["event"]["status"].string == "success")
        #expect(records[1]["event"].value == nil)
        #expect(records[1]["problem"].string?.contains("auth0.json:") == true)
        let ids = records[1]["explanation"].elements.filter { $0["name"].string == "id" }
        #expect(ids.first?["read"]["log_id"].string == "2" && ids.first?["gave"].string == "2")
    }

    @Test func `checks mapping files for people and for programs`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let bad = try folder.write("{}", to: "bad.json")
        let good = "\(Executable.mappings)/auth0.json"
        #expect(try run("mappings", "check", good).status == 0)
        #expect(try run("mappings", "check", bad).status == 1)
        #expect(try run("mappings", "check", in: folder.path).status == 2)
        #expect(JSON(parsing: try run("mappings", "check", "--json", good).output)["is_good"].bool == true)
        let told = try run("mappings", "check", "--json", good, bad)
        #expect(told.status == 1)
        let json = JSON(parsing: told.output)
        #expect(json["mappings"].int == 1)
        #expect(json["problems"][0]["file"].string == bad && json["problems"][0]["line"].int == 1)
    }

    @Test func `tells every problem of a configuration with its place and ends with 2`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let path = try folder.write(
            """
            {
                "listen": { "port": 70000, "hots": "127.0.0.1" },
                "mappings": "\(Executable.mappings)",
                "tokens": [ { "name": "a", "secret": { "env": "NO_SUCH_VARIABLE_HERE" }, "scopes": ["wirte"] } ],
                "sources": [ { "name": "s", "mapping": "auth0", "log": "nowhere", "secrets": {} } ],
                "limits": { "body_bytes": "much" }
            }
            """,
            to: "broken.json"
        )
        let checked = try run("check", "--config", path)
        #expect(checked.status == 2)
        let expected = [
            (2, "port"), (2, "hots"), (4, "NO_SUCH_VARIABLE_HERE"), (4, "wirte"), (5, "nowhere"), (6, "body_bytes"),
        ]
        for (line, word) in expected {
            let isTold = checked.error.split(separator: "\n").contains {
                $0.contains(word) && $0.firstMatch(of: #/broken\.json:(\d+):\d+: /#)?.1 == "\(line)"
            }
            #expect(isTold, "\(word) in line \(line):\n\(checked.error)")
        }
        #expect(checked.error.contains("'host'"))
        #expect(try run("serve", "--config", path).status == 2)
        #expect(!FileManager.default.fileExists(atPath: folder.file("data")))
        let text = try folder.write("{ \"listen\": }", to: "no.json")
        #expect(try run("check", "--config", text).status == 2)
        #expect(try run("check", "--config", folder.file("absent.json")).status == 2)

        let good = try folder.write(GatewaySetup().text, to: "good.json")
        #expect(try run("check", "--config", good).status == 0)
        #expect(!FileManager.default.fileExists(atPath: folder.file("data")))
    }

    @Test func `writes a configuration for its owner alone and never over another`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        let first = try run("init", in: folder.path)
        #expect(first.status == 0, "\(first.error)")
        let path = folder.file("audit-gateway.json")
        let text = folder.text(of: "audit-gateway.json")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let second = try run("init", in: folder.path)
        #expect(second.status == 2)
        #expect(second.error.contains("audit-gateway.json"))
        #expect(folder.text(of: "audit-gateway.json") == text)
        let other = try TestFolder()
        defer { other.remove() }
        #expect(try run("init", "--config", other.file("mine.json")).status == 0)
        #expect(other.text(of: "mine.json") != text)
        #expect(try FileManager.default.contentsOfDirectory(atPath: other.path) == ["mine.json"])
    }

    @Test func `searches, sends and shows what was set aside`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let port = "\(gateway.url)"
        let sent = try gateway.command("send", "--source", "auth0", "--url", port, "-", input: Records.auth0(id: "1"))
        #expect(sent.status == 0, "\(sent.error)")
        #expect(sent.output.hasPrefix("200"))
        let generic = try gateway.command(
            "send",
            "--source",
            "generic",
            "--url",
            port,
            "-",
            input: #"{"id":"9","message":"hello","actor":"paul"}"#
        )
        #expect(generic.status == 0, "\(generic.error)")
        let bad = try gateway.command(
            "send",
            "--source",
            "generic",
            "--url",
            port,
            "-",
            input: "\u{1}not JSON\u{1B}[2J\u{9B}"
        )
        #expect(bad.status == 1)
        let again = try gateway.command(
            "send",
            "--json",
            "--source",
            "auth0",
            "--url",
            port,
            "-",
            input: Records.auth0(id: "1")
        )
        #expect(JSON(parsing: again.output)["is_accepted"].bool == true)
        #expect(JSON(parsing: again.output)["status"].int == 200)
        #expect(try gateway.command("send", "--source", "nobody", "--url", port, "-").status == 2)

        let found = try gateway.command("search", "actor:maria", "--json")
        #expect(found.status == 0)
        #expect(JSON(parsing: found.output)["envelope"]["event"]["actor"].string == "maria@example.com")
        #expect(JSON(parsing: found.output)["sequence"].int == 1)
        #expect(try gateway.command("search").output.split(separator: "\n").count == 2)
        #expect(try gateway.command("search", "--limit", "1").output.split(separator: "\n").count == 1)
        #expect(try gateway.command("search", "nothing:like").status == 2)
        #expect(try gateway.command("search", "(").status == 2)
        // A query may begin with '-', whatever short options there are.
        #expect(try gateway.command("search", "-actor:paul").output.split(separator: "\n").count == 1)
        #expect(try gateway.command("search", "-actor:paul", "--limit", "5").status == 0)
        #expect(try gateway.command("search", "--limt", "5").error.contains("'--limit'"))
        for limit in ["0", "20000"] {
            let refused = try gateway.command("search", "--limit", limit)
            #expect(refused.status == 2)
            #expect(refused.error == "--limit must be a whole number from 1 to 10000, not \(limit)\n")
        }

        let list = JSON(parsing: try gateway.command("quarantine", "list", "--json").output)
        #expect(list["source"].string == "generic")
        #expect(list["cause"].string == "unreadable")
        let id = try #require(list["id"].int)
        #expect(try gateway.command("quarantine", "show", "\(id)", "--raw").output == "\u{1}not JSON\u{1B}[2J\u{9B}")
        let shown = try gateway.command("quarantine", "show", "\(id)").output
        #expect(shown.contains("unreadable"))
        #expect(shown.hasSuffix("\n\\u0001not JSON\\u001b[2J\\u009b\n"), "\(shown)")
        let entry = JSON(parsing: try gateway.command("quarantine", "show", "\(id)", "--json").output)
        #expect(entry["body"].string == "\u{1}not JSON\u{1B}[2J\u{9B}")
        #expect(entry["request"]["method"].string == "POST")
        #expect(try gateway.command("quarantine", "show", "999").status == 1)
        #expect(try gateway.command("quarantine", "list", "--source", "auth0").output == "")
        #expect(try gateway.command("health", "--url", port).status == 0)
        #expect(try gateway.command("health", "--url", "http://127.0.0.1:9").status == 1)
    }

    @Test func `lists dead letters for people and for programs`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("a")).status == 200)
        #expect(gateway.stop() == 0)
        let program = """
            import sqlite3, sys
            store = sqlite3.connect(sys.argv[1])
            store.execute("INSERT INTO dead_letter VALUES (1, 'central', 1 << 40 | 1, 'refused', 'no\\x1b[2J', 3, 1)")
            store.commit()
            """
        #expect(try Finished.python(program, [gateway.storePath]).status == 0)
        let shown = try gateway.command("dead-letters", "list")
        #expect(shown.output == "central sequence 1, 3 attempt(s): refused; no\\u001b[2J\n")
        let told = JSON(parsing: try gateway.command("dead-letters", "list", "--json").output)
        #expect(told["sink"].string == "central" && told["log"].string == "default")
        #expect(told["sequence"].int == 1 && told["attempts"].int == 3)
        #expect(told["cause"].string == "refused" && told["answer"].string == "no\u{1B}[2J")
    }

    @Test func `finds a log that was changed`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v2/log", Records.bulk(["a", "b", "c"])).status == 200)
        #expect(gateway.stop() == 0)
        #expect(try gateway.command("verify").output.contains("the log is whole"))
        let program = """
            import sqlite3, sys
            store = sqlite3.connect(sys.argv[1])
            store.execute(sys.argv[2])
            store.commit()
            """
        let change = "UPDATE event SET event = replace(event, '\"b\"', '\"x\"')"
        #expect(try Finished.python(program, [gateway.storePath, change]).status == 0)
        let verified = try gateway.command("verify")
        #expect(verified.status == 1)
        #expect(verified.output.contains("sequence 2"))
        #expect(
            try Finished.python(program, [gateway.storePath, "DELETE FROM event WHERE event LIKE '%\"x\"%'"]).status
                == 0
        )
        #expect(try gateway.command("verify").status == 1)
    }

    @Test(arguments: [["--help"], ["--version"], ["serve", "--help"], ["search", "--help"], ["eval", "--help"]])
    func `helps`(arguments: [String]) throws {
        let finished = try Finished.run(Executable.path(), arguments, in: "/")
        #expect(finished.status == 0)
        #expect(!finished.output.isEmpty)
        #expect(!arguments.contains("serve") || finished.output.contains("Example:"))
    }

    @Test(arguments: [
        ["nonsense"], ["serve", "--nonsense"], ["eval", "a", "b"], ["quarantine", "show", "x"], ["map"],
    ])
    func `ends with 2 at wrong use`(arguments: [String]) throws {
        let finished = try Finished.run(Executable.path(), arguments, in: "/")
        #expect(finished.status == 2, "\(finished.error)")
        #expect(!finished.error.isEmpty)
    }
}
