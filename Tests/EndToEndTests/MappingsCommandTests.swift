import Foundation
import Testing

@Suite(.onOwnThreads) struct `The mappings command` {
    private func run(_ arguments: String..., input: String = "", in folder: String = "/") throws -> Finished {
        try Finished.run(Executable.path(), ["mappings"] + arguments, in: folder, input: Array(input.utf8))
    }

    /// A folder with one mapping, `acme`, and one fixture of it.
    private func folder(expected: String?) throws -> TestFolder {
        let folder = try TestFolder()
        let place = folder.file("Mappings/Fixtures/acme")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try folder.write(
            """
            {"vendor": "acme", "authenticate": {"secret": {"header": "x-token"}},
             "event": {"id": "id", "fields": {"message": "m", "action": "a", "tenant_id": "$source.constants.tenant",
                       "source": "$received_at"}}}
            """,
            to: "Mappings/acme.json"
        )
        try folder.write(#"[{"id": 7, "m": "hello", "a": "greet"}]"#, to: "Mappings/Fixtures/acme/one.input.json")
        try folder.write(
            """
            {"headers": {"X-Token": "s"}, "secrets": {"secret": "s"}, "constants": {"tenant": "north"},
             "received_at": "2026-01-02T03:04:05Z"}
            """,
            to: "Mappings/Fixtures/acme/one.headers.json"
        )
        if let expected { try folder.write(expected, to: "Mappings/Fixtures/acme/one.expected.json") }
        return folder
    }

    @Test func `runs the bundled fixtures`() throws {
        let finished = try run("test", "auth0", "generic", "--mappings", Executable.mappings)
        #expect(finished.status == 0, "\(finished.output)\(finished.error)")
        let rows = finished.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(rows.first?.first == "vendor")
        #expect(rows.dropFirst().allSatisfy { $0.count == 3 && $0[1] == $0[2] && $0[1] != "0" })
    }

    @Test func `shows what differs, and writes it when asked`() throws {
        let folder = try folder(
            expected: #"{"answer": {"status": 200}, "events": [{"message": "bye"}], "ids": ["7"], "spare": 1}"#
        )
        defer { folder.remove() }
        let failed = try run("test", in: folder.path)
        #expect(failed.status == 1)
        #expect(failed.output.contains("acme/one") && failed.output.contains("bye") && failed.output.contains("hello"))
        let told = JSON(parsing: try run("test", "--json", in: folder.path).output)
        #expect(told["is_good"].bool == false && told["vendors"][0]["passed"].int == 0)
        #expect(told["failures"][0]["fixture"].string == "acme/one")

        #expect(try run("test", "--update", in: folder.path).status == 0)
        let written = folder.text(of: "Mappings/Fixtures/acme/one.expected.json")
        let json = JSON(parsing: written)
        #expect(json["events"][0]["message"].string == "hello" && json["events"][0]["tenant_id"].string == "north")
        #expect(json["events"][0]["source"].string?.hasPrefix("2026-01-02T03:04:05") == true)
        #expect(json["ids"][0].string == "7" && !written.contains("spare") && written.contains("\n  \"events\": ["))
        #expect(try run("test", "acme", in: folder.path).status == 0)
    }

    @Test func `writes what is expected of a new fixture`() throws {
        let folder = try folder(expected: nil)
        defer { folder.remove() }
        #expect(try run("test", in: folder.path).output.contains("there is no one.expected.json yet"))
        #expect(try run("test", "--update", in: folder.path).status == 0)
        #expect(try run("test", in: folder.path).status == 0)
    }

    @Test func `names the nearest mapping, and refuses files that are no JSON`() throws {
        let folder = try folder(expected: "{")
        defer { folder.remove() }
        let unknown = try run("test", "acmes", in: folder.path)
        #expect(unknown.status == 2 && unknown.error.contains("did you mean 'acme'?"))
        let broken = try run("test", in: folder.path)
        #expect(broken.status == 2 && broken.error.contains("one.expected.json:1:2"))
        #expect(try run("test", in: "/").status == 2)
        try folder.write("{}", to: "Mappings/acme.json")
        try folder.write("{}", to: "Mappings/Fixtures/acme/one.expected.json")
        let bad = try run("test", in: folder.path)
        #expect(bad.status == 1 && bad.output.contains("cannot be read"))
    }

    @Test func `drafts a mapping that maps its body, and replaces none`() throws {
        let folder = try folder(expected: nil)
        defer { folder.remove() }
        let body = try folder.write(
            #"{"events": [{"id": "e1", "time": "2026-01-02T03:04:05Z", "action": "greet", "user": "ada"}]}"#,
            to: "body.json"
        )
        let drafted = try run("new", "north", "--from", body, in: folder.path)
        #expect(drafted.status == 0 && drafted.error.contains("events"), "\(drafted.error)")
        let mapped = try Finished.run(Executable.path(), ["map", "north", body], in: folder.path)
        #expect(mapped.status == 0, "\(mapped.error)")
        let event = JSON(parsing: mapped.output)
        #expect(event["actor"].string == "ada" && event["message"].string == "greet")
        #expect(event["timestamp"].string == "2026-01-02T03:04:05Z")
        let text = folder.text(of: "Mappings/north.json")
        #expect(try run("new", "north", "--from", body, in: folder.path).status == 2)
        #expect(folder.text(of: "Mappings/north.json") == text)
        let told = try run("new", "north", "--from", body, "--output", folder.file("other.json"), "--json")
        #expect(JSON(parsing: told.output)["found"]["action"].string == "action")
        #expect(try run("new", "north", "--from", "-", "--output", "-", input: "[{}]").output.hasPrefix("{\n"))
        #expect(try run("new", "No", "--from", body, in: folder.path).status == 2)
        #expect(try run("new", "south", "--from", "-", in: folder.path).status == 2)
    }

    @Test func `lists the mappings`() throws {
        let listed = try run("list", "--mappings", Executable.mappings)
        #expect(listed.status == 0 && listed.output.contains("auth0") && listed.output.contains("a secret in"))
        let lines = try run("list", "--json", "--mappings", Executable.mappings).output.split(separator: "\n")
        let auth0 = try #require(lines.map { JSON(parsing: String($0)) }.first { $0["name"].string == "auth0" })
        #expect(!auth0["fixtures"].elements.isEmpty && auth0["authentication"].string?.isEmpty == false)
        let page = try run("list", "--markdown", "--mappings", Executable.mappings).output
        #expect(page == (try String(contentsOfFile: "\(Executable.mappings)/README.md", encoding: .utf8)))
    }

    @Test func `checks against a configuration`() throws {
        let folder = try folder(expected: nil)
        defer { folder.remove() }
        let sources = #"[{"name": "a", "mapping": "acme", "secrets": {"secrt": {"value": "x"}}}]"#
        try folder.write(#"{"mappings": "Mappings", "sources": \#(sources)}"#, to: "gateway.json")
        #expect(try run("check", in: folder.path).status == 0)
        let checked = try run("check", "--config", "gateway.json", in: folder.path)
        #expect(checked.status == 1 && checked.error.contains("did you mean 'secrt'?"), "\(checked.error)")
    }
}
