import JSON
import Mapping
import Testing

@Suite struct `The check of a mapping` {
    private func checkup(
        fields: String = #""message": "m""#,
        rest: String = "",
        authenticate: String = "\"none\"",
        known: Set<String> = [],
        secrets: [Set<String>]? = nil
    ) -> MappingCheckup {
        let text = #"{"vendor": "x", "authenticate": \#(authenticate), "event": {"fields": {\#(fields)}}\#(rest)}"#
        return MappingCheckup(bytes: Array(text.utf8), file: "x.json", fields: known, secrets: secrets)
    }

    @Test func `finds nothing wrong with a good one`() {
        let found = checkup(
            fields: #""message": "m", "status": "lookup('s', a, 'other')", "action": "a == 'x' && 'done' || b""#,
            rest: #", "tables": {"s": {"ok": "success"}}"#
        )
        #expect(found.mapping != nil && found.problems.isEmpty && found.warnings.isEmpty)
    }

    @Test(arguments: [
        "!a", "!(a.b)", "(!a).b", "!a[0]", "!a || b.c", "!a | b", "a.b != c.d", "!a && c.d", "[!a, b.c]", "'!a.b'",
        "!!a",
        "a[?!b].c", "!contains(a.b, c)",
    ])
    func `lets a negation be that takes what it seems to`(expression: String) {
        let found = checkup(fields: #""message": "\#(expression)""#)
        #expect(found.problems.isEmpty && found.warnings.isEmpty, "\(found.warnings)")
    }

    @Test(arguments: [
        (
            #""message": "lookup('s', a)""#, #", "tables": {"s": {}, "spare": {}}"#,
            "no expression looks into the table 'spare'; write lookup('spare', …) or leave it out", "spare"
        ),
        (
            #""message": "m", "actr": "a""#, "",
            "neither the standard nor the gateway schema has a field 'actr'; did you mean 'actor'?", "actr"
        ),
        (
            #""message": "a || b | c""#, "",
            "this '|' takes everything before it, the '||' too; put parentheses around what it is meant for", "| c"
        ),
        (
            #""action": "b || 'a_name_of_an_action_that_is_too_long'""#, "",
            "the text has 36 characters and would be cut: the field 'action' takes 32", "'a_name"
        ),
        (
            #""action": "not_null(b, lookup('t', a))""#,
            #", "tables": {"t": {"a": "a_name_of_an_action_that_is_too_long"}}"#,
            "the text has 36 characters and would be cut: the field 'action' takes 32", "\"a_name"
        ),
        (
            #""message": "b && !a.b[0].c == d || e""#, "",
            "this '!' takes 'a' alone, for it binds tighter than what follows; did you mean '!(a.b[0].c)'?", "!a.b"
        ),
        (
            #""message": "b[? !(x) .y]""#, "",
            "this '!' takes '(x)' alone, for it binds tighter than what follows; did you mean '!((x) .y)'?", "!(x)"
        ),
        (
            #""message": "!$request.headers[*] && b""#, "",
            "this '!' takes '$request' alone, for it binds tighter than what follows; did you mean '!($request.headers[*])'?",
            "!$request"
        ),
        (
            #""message": "!contains(a, ').x')[]""#, "",
            "this '!' takes 'contains(a, ').x')' alone, for it binds tighter than what follows; did you mean '!(contains(a, ').x')[])'?",
            "!contains"
        ),
        (
            #""status": "a ? 'succes' : 'failure'""#, "",
            "a status is 'success', 'failure', 'other'; 'succes' becomes 'other'; did you mean 'success'?", "'succes'"
        ),
    ])
    func `warns with place and cure`(fields: String, rest: String, message: String, place: String) throws {
        let found = checkup(fields: fields, rest: rest)
        #expect(found.problems.isEmpty)
        let warning = try #require(found.warnings.first)
        #expect(found.warnings.count == 1, "\(found.warnings)")
        #expect(warning.message == message)
        let text = #"{"vendor": "x", "authenticate": "none", "event": {"fields": {\#(fields)}}\#(rest)}"#
        let rest = text.dropFirst(warning.position.column - 1)
        #expect(rest.hasPrefix(place) || rest.hasPrefix("\"\(place)"), "\(rest)")
    }

    @Test func `knows the fields of the logs that it is told of`() {
        #expect(checkup(fields: #""colour": "c""#).warnings.count == 1)
        #expect(checkup(fields: #""colour": "c""#, known: ["colour"]).warnings.isEmpty)
    }

    @Test func `refuses secrets that no source provides`() {
        let rule = #"{"secret": {"header": "x", "key": "tokn"}}"#
        #expect(checkup(authenticate: rule, secrets: nil).problems.isEmpty)
        #expect(checkup(authenticate: rule, secrets: []).problems.isEmpty)
        #expect(checkup(authenticate: rule, secrets: [["a"], ["tokn"]]).problems.isEmpty)
        let found = checkup(authenticate: rule, secrets: [["token"]])
        let message = "no source of this mapping provides the secret 'tokn'; did you mean 'token'?"
        #expect(found.problems.map(\.message) == [message])
        #expect(found.mapping == nil)
        let several = checkup(authenticate: #"{"any": [\#(rule), {"secret": {"query": "q"}}]}"#, secrets: [["secret"]])
        #expect(several.problems.isEmpty && several.warnings.count == 1)
    }

    @Test func `goes on behind problems`() {
        let found = checkup(fields: #""message": "a[", "spare_field": "b""#)
        #expect(found.mapping == nil && found.problems.count == 1 && found.warnings.count == 1)
        #expect(MappingCheckup(bytes: Array("{".utf8), file: "x.json").problems.count == 1)
        #expect(MappingCheckup(bytes: Array("[1]".utf8), file: "x.json").problems.count == 1)
    }

    @Test(arguments: ["$request.headers.x", "$received_at"])
    func `refuses what differs between repeats in the time`(expression: String) {
        let text = #"{"vendor":"x","authenticate":"none","event":{"time":"\#(expression)","fields":{"message":"m"}}}"#
        let found = MappingCheckup(bytes: Array(text.utf8), file: "x.json")
        #expect(found.problems.count == 1 && found.problems[0].message.contains("cannot read $"))
    }
}
