import JMESPath
import JSON
import Mapping
import Schema
import Testing

@Suite struct `The coverage of a record` {
    private func coverage(_ record: String, fields: String, event: String = "") throws -> MappingCoverage {
        let document = JSONDocument()
        try document.parse(Array(record.utf8))
        let mapping = try mapping(fields: fields, event: event).bind(to: .gateway)
        let context = RecordContext()
        let evaluation = Evaluation()
        return MappingCoverage(
            of: mapping,
            record: document.root,
            root: document.root,
            context: context,
            in: evaluation
        )
    }

    @Test func `tells what each rule gave, and what none read`() throws {
        let found = try coverage(
            #"{"id": 7, "m": "hi", "user": {"name": "ada", "age": 3}, "list": [{"k": 1}, {"k": 2, "l l": 3}], "n": 5}"#,
            fields: """
                "message": "m", "actor": "user.name", "action": "nothing", "source": "length(n)", "unknown": "x",
                "context": "json(@)"
                """,
            event: #", "id": ["none", "id", "hash(@)"], "ignore": "m == 'ping'""#
        )
        let outcomes = found.outcomes.map { "\($0.rule) \($0.outcome)" }
        let expected = [
            "ignore absent", "id[0] absent", "id[1] given", "id[2] given", "message given", "actor given",
            "action absent", "source failed", "context given",
        ]
        #expect(outcomes == expected)
        #expect(found.unread == ["user.age", "list[*].k", "list[*].\"l l\""])
    }

    @Test func `counts a container that was taken as read`() throws {
        let found = try coverage(#"{"a": {"b": [1, {"c": 2}]}, "d": 1}"#, fields: #""message": "json(a)""#)
        #expect(found.unread == ["d"])
    }

    @Test func `stays small whatever the record holds`() throws {
        let members = (0..<5000).map { "\"name-\($0)-\(String(repeating: "x", count: 200))\": \($0)" }
        let found = try coverage("{\(members.joined(separator: ","))}", fields: #""message": "'m'""#)
        #expect(found.unread.count == 100 && found.unread.allSatisfy { $0.count <= 100 })
        #expect(try coverage("[5]", fields: #""message": "'m'""#).unread == ["[*]"])
        #expect(try coverage("5", fields: #""message": "'m'""#).outcomes.count == 1)
    }
}
