import Cryptography
import JSON
import Mapping
import Schema
import Testing

@Suite struct `The identity of an event` {
    private func identity(
        _ record: String,
        event: String,
        scope: String = "log\u{0}source"
    ) throws -> (id: String, key: DeduplicationKey) {
        let mapper = RecordMapper()
        var context = RecordContext()
        context.scope = Array(scope.utf8)
        let outcome = try map(
            record,
            with: mapping(fields: #""message": "'m'""#, event: event),
            context: context,
            mapper: mapper
        )
        guard case .event = outcome else {
            Issue.record("\(outcome)")
            return ("", mapper.key)
        }
        return (String(decoding: mapper.id, as: UTF8.self), mapper.key)
    }

    @Test(arguments: [
        (#"{"a": "x"}"#, "x"), (#"{"a": 17}"#, "17"), (#"{"a": 9007199254740993}"#, "9007199254740993"),
        (#"{"a": null, "b": "y"}"#, "y"), (#"{"a": "", "b": "y"}"#, "y"), (#"{"a": [], "b": "y"}"#, "y"),
        (#"{"a": ["p", 1]}"#, #"["p",1]"#), (#"{"a": ["p", null], "b": "y"}"#, "y"),
        (#"{"a": ["p", ""], "b": "y"}"#, "y"),
    ])
    func `is the first id there is`(record: String, expected: String) throws {
        #expect(try identity(record, event: #", "id": ["a", "b"]"#).id == expected)
    }

    @Test func `is the hash of the record when there is none`() throws {
        let expected = Hex.encode(SHA256Hasher.hash(Array(#"{"a":1,"b":2}"#.utf8)))
        #expect(try identity(#"{"b": 2, "a": 1}"#, event: "").id == expected)
        #expect(try identity(#"{"a": 1, "b": 2}"#, event: #", "id": "c""#).id == expected)
    }

    @Test func `is the hash of scope and id behind the event's time`() throws {
        let (_, key) = try identity(#"{"a": "x", "t": "1970-01-01T00:01:00Z"}"#, event: #", "id": "a", "time": "t""#)
        var text: [UInt8] = [0, 0, 0, 10] + Array("log\u{0}source".utf8) + [0, 0, 0, 1] + Array("x".utf8)
        text = [0, 0, 0, 60] + SHA256Hasher.hash(text)[..<16]
        #expect(key.withBytes { [UInt8]($0) } == text)
    }

    @Test func `differs by scope, id and time, and by nothing else`() throws {
        let event = #", "id": "a", "time": "t""#
        let first = try identity(#"{"a": "x", "t": 60, "c": 1}"#, event: event).key
        #expect(try identity(#"{"a": "x", "t": 60, "c": 2}"#, event: event).key == first)
        #expect(try identity(#"{"a": "y", "t": 60}"#, event: event).key != first)
        #expect(try identity(#"{"a": "x", "t": 61}"#, event: event).key != first)
        #expect(try identity(#"{"a": "x", "t": 60}"#, event: event, scope: "log").key != first)
    }

    @Test(arguments: [
        (#""1969-12-31T23:59:59Z""#, 0), (#""9999-12-31T23:59:59Z""#, UInt32.max), ("null", 0), (#""soon""#, 0),
        ("1700000000123", 1_700_000_000),
    ])
    func `takes a time that fits`(time: String, expected: UInt32) throws {
        #expect(try identity(#"{"a": "x", "t": \#(time)}"#, event: #", "id": "a", "time": "t""#).key.time == expected)
    }
}

@Suite struct `An explanation` {
    @Test func `shows what was read and what was not`() throws {
        let mapping = try mapping(
            fields:
                #""message": "m", "actor": "user.name || user.id", "old": "json(before)", "nope": "x", "timestamp": "length(n)""#,
            event: #", "id": "id""#
        )
        let document = JSONDocument()
        try document.parse(
            Array(
                #"{"id": 7, "m": "hi", "user": {"id": "u"}, "before": {"a": [1]}, "n": 5, "list": [1, {"k k": 2}]}"#
                    .utf8
            )
        )
        let explanation = mapping.bind(to: .standard).explain(
            document.root,
            root: document.root,
            context: RecordContext(),
            with: RecordMapper()
        )
        #expect(explanation.lines.map(\.name) == ["id", "message", "actor", "old", "nope", "timestamp"])
        let actor = explanation.lines[2]
        #expect(actor.read.map(\.path) == ["user.id"])
        #expect(actor.read.map(\.value) == ["\"u\""])
        #expect(try actor.result.get() == "\"u\"")
        #expect(explanation.lines[3].read.map(\.path) == ["before"])
        #expect(explanation.lines[4].isOmitted)
        #expect(throws: RecordFailure.self) { try explanation.lines[5].result.get() }
        #expect(explanation.unread == ["list[0]", #"list[1]."k k""#])
    }
}

@Suite struct `What an explanation leaves unread` {
    private func explain(_ body: String, fields: String, event: String, context: RecordContext) throws -> Explanation {
        let mapping = try mapping(fields: fields, event: event)
        let document = JSONDocument()
        try document.parse(Array(body.utf8))
        let record = try #require(document.root["records"]?.elements?.first)
        return mapping.bind(to: .gateway).explain(record, root: document.root, context: context, with: RecordMapper())
    }

    @Test func `counts neither the hash nor the context as reading, and tells what was read around the record`() throws
    {
        var context = RecordContext()
        context.request = .object([JSONMember("headers", .object([JSONMember("x-kind", .string("greet"))]))])
        let explanation = try explain(
            #"{"team": {"name": "north"}, "records": [{"m": "hi", "spare": {"a": 1}}]}"#,
            fields: """
                "message": "m", "action": "$request.headers.\\"x-kind\\"", "tenant_id": "$.team.name",
                "context": "json(spare)", "vendor": "$request.headers.\\"x-none\\""
                """,
            event: #", "id": "hash(@)""#,
            context: context
        )
        #expect(explanation.unread == ["spare.a"])
        let read = Dictionary(uniqueKeysWithValues: explanation.lines.map { ($0.name, $0.read.map(\.path)) })
        #expect(read["id"] == ["@"] && read["context"] == ["spare"] && read["vendor"] == [])
        #expect(read["action"] == ["$request.headers.\"x-kind\""] && read["tenant_id"] == ["$.team.name"])
        #expect(try explanation.lines[2].result.get() == "\"greet\"")
    }
}
