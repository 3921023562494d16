import JSON
import Mapping
import Testing

@Suite struct `A mapping file` {
    static let whole = """
        {
          "$schema": "mapping.schema.json",
          "vendor": "okta",
          "title": "Okta event hooks",
          "documentation": "https://developer.okta.com/",
          "authenticate": { "secret": { "header": "Authorization" } },
          "handshakes": [
            { "when": "$request.method == 'GET'", "answer": { "json": "{verification: $request.headers.x}" } }
          ],
          "framing": { "format": "json", "records": "data.events" },
          "event": {
            "id": ["uuid", "hash(@)"],
            "time": "published",
            "ignore": "eventType == 'ping'",
            "fields": { "message": "displayMessage", "status": "lookup('outcome', outcome.result)" }
          },
          "tables": { "outcome": { "SUCCESS": "success" } },
          "answers": { "stored": { "status": 204 }, "unreadable": { "status": 200 } }
        }
        """

    @Test func `is read whole`() throws {
        let mapping = try load(Self.whole, file: "Mappings/okta.json")
        #expect(mapping.name == "okta")
        #expect(mapping.vendor == "okta")
        #expect(mapping.title == "Okta event hooks")
        #expect(mapping.version.count == 16)
        #expect(mapping.handshakes.count == 1)
        #expect(mapping.framing.format == .json)
        #expect(mapping.event.ids.count == 2)
        #expect(mapping.event.fields.map(\.field) == ["message", "status"])
        #expect(mapping.answers[.stored].status == 204)
        #expect(mapping.answers[.stored].body.isEmpty)
        #expect(mapping.answers[.unreadable].status == 200)
        #expect(mapping.warnings.isEmpty)
        #expect(mapping.authentication.secretHeaders == ["authorization"])
    }

    @Test func `has another version when a byte changes`() throws {
        let other = Self.whole.replacing("Okta event", with: "Okta Event")
        #expect(try load(Self.whole).version != load(other).version)
        #expect(try load(Self.whole).version == load(Self.whole).version)
    }

    @Test(arguments: [
        ("{", ["1:2: "]),
        ("[]", ["1:1: a mapping is an object, not an array"]),
        (
            #"{"vendor": "x", "event": {"fields": {}}}"#,
            ["1:1: a mapping needs 'authenticate'; for a vendor that proves nothing it is \"none\""]
        ),
        (
            #"{"vendor": "x", "authenticate": "none", "evnt": {}}"#,
            ["1:1: a mapping needs 'event'", "1:41: a mapping has no 'evnt'; did you mean 'event'?"]
        ),
        (
            #"{"vendor": "x", "authenticate": {"secret": {}}, "event": {"fields": {}}}"#,
            ["1:44: 'secret' says where the secret stands with one of 'header', 'query', 'path' and 'item'"]
        ),
        (
            #"{"vendor": "x", "authenticate": "never", "event": {"fields": {}}}"#,
            ["1:33: 'authenticate' is \"none\" or an object"]
        ),
        (
            #"{"vendor": "X!", "authenticate": "none", "event": {"fields": {"Message": "a"}}}"#,
            ["1:12: a vendor's name has", "1:63: 'Message' is no name of a field"]
        ),
        (
            #"{"vendor": "x", "authenticate": "none", "framing": {"format": "line"}, "event": {"fields": {}}}"#,
            ["1:63: 'format' cannot be 'line'; did you mean 'lines'?"]
        ),
        (
            #"{"vendor": "x", "authenticate": "none", "event": {"fields": {}}, "answers": {"saved": {}, "unauthenticated": {}}}"#,
            ["1:78: there is no outcome 'saved'", "1:91: the answer to a wrong secret is always the same 401"]
        ),
        (
            #"{"vendor": "x", "authenticate": {"hmac": {"message": ["body"], "signature": {"header": "x-s"}, "timestamp": {"header": "x-t", "tolerance": "soon"}}}, "event": {"fields": {}}}"#,
            ["1:140: 'tolerance' is a number and a unit"]
        ),
    ])
    func `tells what is wrong and where`(text: String, expected: [String]) {
        let errors = #expect(throws: MappingErrors.self) { try load(text) }
        let found = errors?.problems.map(\.description) ?? []
        #expect(found.count == expected.count, "\(found)")
        for (problem, start) in zip(found, expected) {
            #expect(problem.hasPrefix("Mappings/test.json:\(start)"), "\(problem)")
        }
    }

    @Test(arguments: [
        (#""message": "lower_case(a)""#, #"1:77: unknown function 'lower_case'; did you mean 'lower'?"#),
        (#""message": "a ||""#, "1:81: the expression ends too early"),
        // Escapes are wider in the file than in the expression.
        (#""message": "\"ä\" || \u0061 || nope(a)""#, "1:96: unknown function 'nope'"),
        (#""message": "lookup('colour', a)""#, "1:77: there is no table 'colour'; did you mean 'colours'?"),
        (#""message": "lookup(a, b)""#, "1:77: the table of lookup() is a text in quotes"),
        (#""message": "match('(', a)""#, "1:77: the pattern of match() is not one of RE2's: missing"),
        (#""message": "time(a, 'h')""#, "1:77: the unit of time() is"),
        (#""message": "$reqest.method""#, "1:77: "),
        (#""message": 5"#, "1:76: the field 'message' is an expression in a text, not a whole number"),
    ])
    func `places an error inside of an expression`(field: String, expected: String) {
        let text =
            #"{"vendor": "test", "authenticate": "none", "event": {"fields": {\#(field)}}, "tables": {"colours": {}}}"#
        let errors = #expect(throws: MappingErrors.self) { try load(text) }
        #expect(errors?.problems.count == 1)
        let problem = errors?.problems.first?.description ?? ""
        #expect(problem.hasPrefix("Mappings/test.json:\(expected)"), "\(problem)")
    }

    @Test func `shows the line of an error with a caret below the place`() {
        let text = """
            {
              "vendor": "x", "authenticate": "none",
            \t"event": { "fields": { "message": "actor || lower_case(actor)" } }
            }
            """
        let errors = #expect(throws: MappingErrors.self) { try load(text) }
        #expect(
            errors?.description == """
                Mappings/test.json:3:46: unknown function 'lower_case'; did you mean 'lower'?
                    "event": { "fields": { "message": "actor || lower_case(actor)" } }
                                                                ^
                """
        )
        #expect(errors?.problems.first?.summary.hasSuffix("did you mean 'lower'?") == true)
    }

    @Test func `shows only the part of a long line around an error`() throws {
        let long = Array(repeating: "actor.name", count: 20).joined(separator: " || ")
        let errors = #expect(throws: MappingErrors.self) {
            try mapping(fields: #""message": "\#(long) || nope(a) || \#(long)""#)
        }
        let lines = try #require(errors?.problems.first?.excerpt).split(separator: "\n")
        try #require(lines.count == 2)
        #expect(lines[0].count <= 110)
        let caret = lines[1].count - 1
        #expect(lines[0].dropFirst(caret).hasPrefix("nope(a)"))
        #expect(lines[0].hasPrefix("    …") && lines[0].hasSuffix("…"))
    }

    @Test func `says what text means nothing and what becomes of one too long`() throws {
        let event = try mapping(fields: "", event: #", "absent": ["-", "N/A"], "too_long": "quarantine""#).event
        #expect(event.absent == [Array("-".utf8), Array("N/A".utf8)])
        #expect(event.tooLong == .quarantine)
        #expect(try mapping(fields: "").event.absent.isEmpty)
        #expect(try mapping(fields: "").event.tooLong == .cut)
        let errors = #expect(throws: MappingErrors.self) {
            try mapping(fields: "", event: #", "absent": ["", 5], "too_long": "drop""#)
        }
        #expect(errors?.problems.count == 3)
        #expect(throws: MappingErrors.self) { try mapping(fields: "", event: #", "absent": "-""#) }
    }

    @Test(arguments: [
        (#""id": "$received_at""#, "'id' cannot read $received_at"),
        (#""time": "$received_at""#, "'time' cannot read $received_at"),
        (#""time": "a || $request.headers.date""#, "'time' cannot read $request"),
    ])
    func `takes no identity that a repeat does not keep`(part: String, expected: String) {
        let errors = #expect(throws: MappingErrors.self) { try mapping(fields: "", event: ", " + part) }
        #expect(errors?.problems.first?.message.hasPrefix(expected) == true)
    }

    @Test func `may read the time of receipt in its fields`() throws {
        #expect(try mapping(fields: #""timestamp": "$received_at""#).event.fields.count == 1)
    }

    @Test(arguments: [
        ("a || b | c", 1), ("(a || b) | c", 0), ("a || (b | c)", 0), ("a | b || c", 0), ("f || '|'", 0),
        ("join('|', [a || b, c | d])", 0), (#"a || \"|\" || `\"|\"`"#, 0),
    ])
    func `warns about a pipe that takes more than meant`(expression: String, count: Int) throws {
        let text = expression.replacing("join('|', [a || b, c | d])", with: "join('|', [a || b, (c | d)])").replacing(
            "f",
            with: "f"
        )
        let mapping = try mapping(fields: #""message": "\#(text)""#)
        #expect(mapping.warnings.count == count, "\(mapping.warnings)")
    }

    @Test func `warns about an id that the signature does not cover`() throws {
        func warnings(_ message: String) throws -> [String] {
            try load(
                """
                {"vendor": "x", "event": {"id": "$request.headers.\\"x-id\\"", "fields": {}},
                 "authenticate": {"hmac": {"message": [\(message)], "signature": {"header": "x-s"}}}}
                """
            ).warnings.map(\.message)
        }
        #expect(
            try warnings(#""body""#) == [
                "the signature does not cover the header 'x-id': a delivery is replayable with another id"
            ]
        )
        #expect(try warnings(#"{"header": "X-ID"}, "body""#).isEmpty)
    }

    @Test func `warns about an id that one of several signatures does not cover`() throws {
        let mapping = try load(
            """
            {"vendor": "x", "event": {"id": "$request.headers.\\"x-id\\"", "fields": {}},
             "authenticate": {"any": [{"hmac": {"message": [{"header": "x-id"}, "body"], "signature": {"header": "a"}}},
                                      {"hmac": {"message": ["body"], "signature": {"header": "b"}}}]}}
            """
        )
        #expect(mapping.warnings.count == 1)
    }
}

@Suite struct `The answers of a mapping` {
    @Test func `keep what the standard says where nothing else is said`() throws {
        let mapping = try mapping(
            fields: "",
            rest:
                #", "answers": {"busy": {"status": 429}, "stored": {"json": {"code": 0, "text": "Success"}}, "duplicate": {"text": "ok", "headers": {"X-A": "b"}}}"#
        )
        #expect(mapping.answers[.busy].status == 429)
        #expect(mapping.answers[.stored].status == 200)
        #expect(String(decoding: mapping.answers[.stored].body, as: UTF8.self) == #"{"code":0,"text":"Success"}"#)
        #expect(mapping.answers[.duplicate].headers.map(\.name) == ["content-type", "x-a"])
        #expect(mapping.answers[.unavailable].status == 503)
        #expect(mapping.answers[.unavailable].headers.contains { $0.name == "retry-after" })
        #expect(mapping.answers[.unreadable].status == 400)
        #expect(mapping.answers[.tooLarge].status == 413)
        #expect(mapping.answers[.forbidden].status == 403)
        #expect(mapping.answers[.wrongMethod].status == 405)
        #expect(mapping.answers[.unsupported].status == 415)
    }

    @Test(arguments: ["unavailable": 200, "busy": 404, "too_large": 202, "unsupported": 200, "wrong_method": 204])
    func `refuses a success for what was not kept`(outcome: String, status: Int) {
        let text =
            #"{"vendor":"v","authenticate":"none","event":{"fields":{"message":"m"}},"#
            + #""answers":{"\#(outcome)":{"status":\#(status)}}}"#
        let errors = #expect(throws: MappingErrors.self) {
            try MappingFile.load(bytes: Array(text.utf8), file: "Mappings/v.json")
        }
        #expect(errors?.problems.contains { $0.message.contains("the answer must") } == true)
    }
}
