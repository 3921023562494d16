import Foundation
import Testing

@Suite(.onOwnThreads) struct `Verifying the log` {
    private func change(_ gateway: GatewayProcess, _ statement: String) throws {
        let program = """
            import sqlite3, sys
            store = sqlite3.connect(sys.argv[1])
            store.execute(sys.argv[2])
            store.commit()
            """
        let finished = try Finished.python(program, [gateway.storePath, statement])
        #expect(finished.status == 0, "\(finished.error)")
    }

    @Test func `finds that its end was cut off`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let records = (1...3).map { Records.auth0(id: "\($0)") }
        #expect(try gateway.deliver(Records.array(records)).status == 200)
        #expect(gateway.stop() == 0)
        #expect(try gateway.command("verify").status == 0)
        try change(gateway, "DELETE FROM event WHERE id & 1099511627775 > 1")
        let verified = try gateway.command("verify")
        #expect(verified.status == 1)
        for reference in ["a deduplication key", "a raw delivery"] {
            let line = "default: events after sequence 1 are missing: \(reference) refers to 3\n"
            #expect(verified.output.contains(line))
        }
        let json = JSON(parsing: try gateway.command("verify", "--json").output)
        #expect(json["log"].string == "default")
        #expect(json["is_whole"].bool == false)
        #expect(json["events"].int == 1 && json["head"].int == 1)
        #expect(json["problems"].elements.count >= 2)
        #expect(json["problem_count"].int == json["problems"].elements.count)
        try change(gateway, "DELETE FROM event")
        #expect(try gateway.command("verify").output.contains("events after sequence 0 are missing"))
    }

    @Test func `finds every reference to an event that is not there`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v2/log", Records.bulk(["a", "b"])).status == 200)
        #expect(gateway.stop() == 0)
        let event = "((SELECT id FROM log) << 40 | 7)"
        let list = "x'02000000000000000700000000000000'"
        let cases = [
            ("deduplication", "(x'0102030405060708090a0b0c0d0e0f1011121314', \(event))", "a deduplication key"),
            ("raw", "(\(event), \(event), x'00')", "a raw delivery"),
            ("cursor", "('sink:a', (SELECT id FROM log), 7)", "a sink's cursor"),
            ("request", "('r', 't', 0, \(list), (SELECT id FROM log), 1)", "an asynchronous request"),
            ("search", "('s', 't', (SELECT id FROM log), \(list), 0, '{}', 1)", "a search"),
            ("dead_letter", "(1, 's', \(event), '', '', 1, 1)", "a dead letter"),
        ]
        for (table, row, name) in cases {
            try change(gateway, "INSERT INTO \(table) VALUES \(row)")
            let verified = try gateway.command("verify")
            #expect(verified.status == 1, "\(table)")
            let expected = "default: events after sequence 2 are missing: \(name) refers to 7\n"
            #expect(verified.output.contains(expected))
            try change(gateway, "DELETE FROM \(table)")
        }
        let verified = try gateway.command("verify")
        #expect(verified.status == 0)
        #expect(verified.output.hasPrefix("default: 2 event(s), sequences 1 to 2, the log is whole\n"))
    }

    @Test func `looks at logs that the configuration names no more`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("a")).status == 200)
        #expect(gateway.stop() == 0)
        let text = gateway.setup.text.replacing(#"{"name":"default"}"#, with: #"{"name":"other"}"#)
            .replacing(#""secrets":"#, with: #""log":"other","secrets":"#)
        try gateway.folder.write(text, to: "audit-gateway.json")
        let verified = try gateway.command("verify")
        #expect(verified.status == 0, "\(verified.error)")
        let lines = [
            "other: empty, nothing to verify", "default: 1 event(s), sequences 1 to 1, the log is whole",
        ]
        #expect(verified.output.split(separator: "\n").prefix(2).map(String.init) == lines)
        #expect(try gateway.command("verify", "--log", "default").status == 0)
    }

    @Test func `takes a store alone, and refuses what it cannot use`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        #expect(try gateway.post("/v1/log", Records.single("a")).status == 200)
        let arguments = ["verify", "store", "--store", gateway.storePath]
        let verified = try Finished.run(Executable.path(), arguments, in: "/")
        #expect(verified.status == 0, "\(verified.error)")
        #expect(verified.output.hasPrefix("default: 1 event(s), sequences 1 to 1, the log is whole\n"))
        for wrong in [
            ["--store", "/nowhere.db"], ["--store", gateway.storePath, "--key", "none"],
            ["--store", gateway.storePath, "--config", "x.json"], ["--store", gateway.storePath, "--log", "nothing"],
        ] {
            #expect(try Finished.run(Executable.path(), ["verify"] + wrong, in: "/").status == 2, "\(wrong)")
        }
        let key = "audit.example.com/other+2b7d4b9f+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        #expect(try Finished.run(Executable.path(), arguments + ["--key", key], in: "/").status != 0)
        #expect(gateway.stop() == 0)
    }

    @Test func `of a receipt tells that it is none`() throws {
        let folder = try TestFolder()
        defer { folder.remove() }
        try folder.write("{}", to: "receipt.json")
        let path = folder.file("receipt.json")
        #expect(try Finished.run(Executable.path(), ["verify", "receipt", path], in: "/").status == 2)
        #expect(try Finished.run(Executable.path(), ["verify", "receipt", path, "--key", "x"], in: "/").status == 2)
    }

    @Test func `of a log that is not there is wrong use`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let verified = try gateway.command("verify", "--log", "nothing")
        #expect(verified.status == 2)
        #expect(verified.error == "there is no log 'nothing'; the configuration has default\n")
        #expect(try gateway.command("verify", "--log", "default").status == 0)
    }
}
