import Foundation
import Testing

/// 0 done, 1 the answer is no, 2 wrong use or configuration.
@Suite(.onOwnThreads) struct `The exit status` {
    private func folder() throws -> TestFolder {
        let folder = try TestFolder()
        let place = folder.file("Mappings/Fixtures/acme")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try folder.write(
            #"{"vendor": "acme", "authenticate": {"secret": {"header": "x"}}, "event": {"fields": {"message": "m"}}}"#,
            to: "Mappings/acme.json"
        )
        try folder.write(#"{"vendor": "acme", "event": {"fields": {"message": "lenght(m)"}}}"#, to: "bad.json")
        try folder.write(#"{"vendor": "acme","#, to: "broken.json")
        try folder.write(#"{"m": "hello"}"#, to: "body.json")
        try folder.write(#"{"m": "hello"}"#, to: "Mappings/Fixtures/acme/one.input.json")
        try folder.write(
            #"{"secrets": {"secret": "s"}, "headers": {"x": "s"}}"#,
            to: "Mappings/Fixtures/acme/one.headers.json"
        )
        try folder.write(
            #"{"answer": {"status": 200}, "events": [{"message": "hello", "status": "other"}]}"#,
            to: "Mappings/Fixtures/acme/one.expected.json"
        )
        return folder
    }

    @Test(
        arguments: [
            (["eval", "m"], 0), (["eval", "m["], 1), (["eval"], 2), (["eval", "a", "b"], 2),
            (["map", "acme", "body.json"], 0), (["map", "acme", "body.json", "--json"], 0),
            (["map", "acme", "broken.json"], 1),
            (["map", "acme", "broken.json", "--json"], 1), (["map", "bad.json", "body.json"], 2),
            (["map", "none", "body.json"], 2),
            (["map", "acme", "none.json"], 2), (["map", "acme", "body.json", "--schema", "x"], 2),
            (["map", "acme", "body.json", "--headers", "broken.json"], 2),
            (["mappings", "check"], 0), (["mappings", "check", "--json"], 0), (["mappings", "check", "bad.json"], 1),
            (["mappings", "check", "broken.json", "--json"], 1), (["mappings", "check", "none.json"], 2),
            (["mappings", "check", "--config", "none.json"], 2), (["mappings", "check", "--mappings", "none"], 2),
            (["mappings", "test"], 0), (["mappings", "test", "acme", "--json"], 0), (["mappings", "test", "acne"], 2),
            (["mappings", "test", "--mappings", "none"], 2),
            (["mappings", "list"], 0), (["mappings", "list", "--json"], 0),
            (["mappings", "list", "--mappings", "none"], 2),
            (["mappings", "new", "south", "--from", "body.json"], 0),
            (["mappings", "new", "acme", "--from", "body.json"], 2),
            (["mappings", "new", "south", "--from", "none.json"], 2),
            (["mappings", "new", "No", "--from", "body.json"], 2),
            (["send", "--source", "a"], 2), (["send", "body.json"], 2),
            (["send", "--source", "a", "--config", "broken.json"], 2),
        ] as [([String], Int32)]
    )
    func `says what became of it`(arguments: [String], status: Int32) throws {
        let folder = try folder()
        defer { folder.remove() }
        let input = Array(#"{"m": 1}"#.utf8)
        let finished = try Finished.run(Executable.path(), arguments, in: folder.path, input: input)
        #expect(finished.status == status, "\(arguments): \(finished.output)\(finished.error)")
        // For a program one JSON value a line, whatever the answer; for people at least a word of what is wrong.
        if arguments.contains("--json"), status < 2 {
            let lines = finished.output.split(separator: "\n")
            #expect(!lines.isEmpty && lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") }, "\(finished.output)")
        } else if status > 0 {
            #expect(!(finished.output + finished.error).isEmpty)
        }
    }

    @Test func `of a check comes with every problem, its place and its cure`() throws {
        let folder = try folder()
        defer { folder.remove() }
        let found = [
            (#"{"vendor": "acme",}"#, "x.json:1:19", "remove it"),
            (
                #"{"vendor": "acme", "authenticat": "none", "event": {"fields": {}}}"#, "x.json:1:20",
                "did you mean 'authenticate'?"
            ),
            (
                #"{"vendor": "acme", "authenticate": "none", "event": {"fields": {"message": "lenght(m)"}}}"#,
                "x.json:1:77", "did you mean 'length'?"
            ),
            (
                #"{"vendor": "acme", "authenticate": "none", "framing": {"format": "jsn"}, "event": {"fields": {"message": "m"}}}"#,
                "x.json:1:66", "did you mean 'json'?"
            ),
            (
                #"{"vendor": "acme", "authenticate": "none", "paths": ["v1/logs"], "event": {"fields": {"message": "m"}}}"#,
                "x.json:1:54", #"write it such as "/v1/logs""#
            ),
            (
                #"{"vendor": "acme", "authenticate": "none", "event": {"fields": {"message": "!a.b"}}}"#, "x.json:1:77",
                "did you mean '!(a.b)'?"
            ),
            (
                #"{"vendor": "acme", "authenticate": "none", "event": {"fields": {"mesage": "m"}}}"#, "x.json:1:65",
                "did you mean 'message'?"
            ),
        ]
        for (text, place, cure) in found {
            try folder.write(text, to: "x.json")
            let checked = try Finished.run(Executable.path(), ["mappings", "check", "x.json"], in: folder.path)
            #expect(checked.error.contains(place) && checked.error.contains(cure), "\(text): \(checked.error)")
            #expect(checked.status == (checked.error.hasPrefix("warning") ? 0 : 1))
            let told = try Finished.run(Executable.path(), ["mappings", "check", "x.json", "--json"], in: folder.path)
            let json = JSON(parsing: told.output)
            let all = json["problems"].elements + json["warnings"].elements
            #expect(
                all.contains { $0["line"].int == 1 && $0["message"].string?.contains(cure) == true },
                "\(told.output)"
            )
        }
    }
}
