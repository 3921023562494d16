import JSON
import Mapping
import Schema
import Testing

@Suite struct `A value in a field` {
    static let schema = EventSchema(fields: [
        Field(id: "text", kind: .string, size: 5),
        Field(id: "free", kind: .text),
        Field(id: "at", kind: .datetime, size: 128),
        Field(id: "number", kind: .integer),
        Field(id: "flag", kind: .boolean),
    ])

    @Test(arguments: [
        ("text", #""abc""#, #"{"text":"abc"}"#),
        ("text", #""abcde""#, #"{"text":"abcde"}"#),
        ("text", #""ääääé""#, #"{"text":"ääääé"}"#),
        ("text", #""abcdef""#, #"{"text":"abcd…"}"#),
        ("text", #""ääääéé""#, #"{"text":"ääää…"}"#),
        ("text", #""""#, "{}"),
        ("text", "null", "{}"),
        ("text", "false", #"{"text":"false"}"#),
        ("text", "0", #"{"text":"0"}"#),
        ("free", "9007199254740993", #"{"free":"9007199254740993"}"#),
        ("free", "18446744073709551615", #"{"free":"18446744073709551615"}"#),
        ("free", "1.50", #"{"free":"1.5"}"#),
        ("free", "1e2", #"{"free":"100"}"#),
        ("free", #"{"b": 1, "a": "x"}"#, #"{"free":"{\"a\":\"x\",\"b\":1}"}"#),
        ("free", "[]", #"{"free":"[]"}"#),
        ("free", #""a\u0000\n\"""#, #"{"free":"a\u0000\n\""}"#),
        ("at", #""2026-1-2T3:4:5Z""#, #"{"at":"2026-1-2T3:4:5Z"}"#),
        ("at", #""""#, "{}"),
        ("number", "-5", #"{"number":-5}"#),
        ("number", #""12""#, #"{"number":12}"#),
        ("flag", "true", #"{"flag":true}"#),
        ("flag", #""false""#, #"{"flag":false}"#),
    ])
    func `is written as`(field: String, value: String, expected: String) throws {
        let mapping = try mapping(fields: #""\#(field)": "v""#)
        #expect(try map(#"{"v": \#(value)}"#, with: mapping, schema: Self.schema) == .event(expected))
    }

    @Test(arguments: [
        ("at", "5", "at: the date-time field takes text such as time() gives, not a number"),
        ("at", #""2026-01-02 03:04:05""#, "at: the text is no time of RFC 3339; time() reads other forms"),
        ("number", "1.5", "number: the integer field takes a whole number of 64 bits, not a number"),
        ("number", "18446744073709551615", "number: the integer field takes a whole number of 64 bits, not a number"),
        ("number", "true", "number: the integer field takes a whole number of 64 bits, not a boolean"),
        ("flag", "1", "flag: the boolean field takes true or false, not a number"),
        ("flag", "[1]", "flag: the boolean field takes true or false, not an array"),
    ])
    func `sends the record to quarantine when it does not fit`(field: String, value: String, expected: String) throws {
        let mapping = try mapping(fields: #""\#(field)": "v""#)
        let place = "Mappings/test.json:1:\(70 + field.count)"
        #expect(try map(#"{"v": \#(value)}"#, with: mapping, schema: Self.schema) == .failed("\(place): \(expected)"))
    }

    @Test func `is counted when it is cut`() throws {
        let mapping = try mapping(fields: #""text": "v", "free": "v""#)
        let mapper = RecordMapper()
        _ = try map(#"{"v": "abcdef"}"#, with: mapping, schema: Self.schema, mapper: mapper)
        #expect(mapper.cutCount == 1)
        _ = try map(#"{"v": "abc"}"#, with: mapping, schema: Self.schema, mapper: mapper)
        #expect(mapper.cutCount == 0)
    }
}

@Suite struct `A record` {
    @Test func `falls back to the action and to another status`() throws {
        let mapping = try mapping(fields: #""message": "m", "action": "a", "status": "s""#)
        #expect(
            try map(#"{"a": "login"}"#, with: mapping)
                == .event(#"{"action":"login","message":"login","status":"other"}"#)
        )
        #expect(
            try map(#"{"a": "login", "m": "hi", "s": "success"}"#, with: mapping)
                == .event(#"{"action":"login","message":"hi","status":"success"}"#)
        )
    }

    @Test(arguments: [
        (#""success""#, "success"), (#""failure""#, "failure"), (#""other""#, "other"), (#""SUCCESS""#, "other"),
        (#""ok""#, "other"), ("200", "other"), ("true", "other"), (#"["success"]"#, "other"), (#""""#, "other"),
    ])
    func `has one of three statuses`(given: String, expected: String) throws {
        let mapping = try mapping(fields: #""message": "'m'", "status": "s""#)
        #expect(try map(#"{"s": \#(given)}"#, with: mapping) == .event(#"{"message":"m","status":"\#(expected)"}"#))
    }

    @Test func `has the statuses of a vendor's own schema as they are`() throws {
        let mapping = try load(
            """
            {"vendor": "v", "authenticate": "none", "event": {"fields": {}},
             "schema": {"vendor_id": "v", "fields": [{"id": "status", "type": "string", "size": 8}], "values": {"status": "s"}}}
            """
        )
        let schema = try #require(mapping.vendorSchema?.schema)
        #expect(try map(#"{"s": "Denied"}"#, with: mapping, schema: schema) == .event(#"{"status":"Denied"}"#))
    }

    @Test func `lacks what its mapping calls absent`() throws {
        let mapping = try mapping(
            fields: #""message": "m", "action": "a", "actor": "b", "status": "s", "target": "t""#,
            event: #", "absent": ["-", "N/A"], "id": ["i", "j"]"#
        )
        let mapper = RecordMapper()
        let record = #"{"m": "-", "a": "login", "b": "N/A", "s": "-", "t": "--", "i": "-", "j": "1"}"#
        #expect(
            try map(record, with: mapping, mapper: mapper)
                == .event(#"{"action":"login","message":"login","status":"other","target":"--"}"#)
        )
        #expect(mapper.id == Array("1".utf8))
        guard case .failed = try map(#"{"m": "-", "a": "-"}"#, with: mapping) else { return #expect(Bool(false)) }
    }

    @Test func `goes to quarantine for a text that is too long when its mapping says so`() throws {
        let mapping = try mapping(fields: #""message": "m", "actor": "a""#, event: #", "too_long": "quarantine""#)
        let fits = String(repeating: "é", count: 128)
        #expect(
            try map(#"{"m": "m", "a": "\#(fits)"}"#, with: mapping)
                == .event(#"{"actor":"\#(fits)","message":"m","status":"other"}"#)
        )
        guard case .failed(let reason) = try map(#"{"m": "m", "a": "\#(fits)x"}"#, with: mapping) else {
            return #expect(Bool(false))
        }
        #expect(reason.hasSuffix("actor: the text is longer than the 128 characters of the field"))
    }

    @Test func `keeps its kind distinct when the action is cut`() throws {
        let mapping = try mapping(fields: #""message": "'m'", "action": "a""#)
        func action(_ text: String) throws -> String {
            guard case .event(let event) = try map(#"{"a": "\#(text)"}"#, with: mapping) else { return "" }
            return String(event.dropFirst(#"{"action":""#.count).prefix { $0 != "\"" })
        }
        let start = String(repeating: "é", count: 31)
        #expect(try action(start + "x") == start + "x")
        let cut = try ["one", "two", "three"].map { try action(start + $0) }
        #expect(Set(cut).count == 3)
        for action in cut {
            #expect(action.unicodeScalars.count == 32)
            #expect(action.hasPrefix(String(repeating: "é", count: 27) + "~"))
            #expect(action.suffix(4).allSatisfy { $0.isHexDigit })
        }
        #expect(try action(start + "one") == cut[0])
    }

    @Test func `has a status even when the mapping does not name it`() throws {
        #expect(
            try map(#"{"m": "x"}"#, with: mapping(fields: #""message": "m""#))
                == .event(#"{"message":"x","status":"other"}"#)
        )
    }

    @Test func `without a required field goes to quarantine`() throws {
        let named = try mapping(fields: #""message": "m""#)
        #expect(
            try map("{}", with: named) == .failed("Mappings/test.json:1:77: the required field 'message' has no value")
        )
        let unnamed = try mapping(fields: #""actor": "m""#)
        #expect(
            try map("{}", with: unnamed) == .failed("Mappings/test.json: the required field 'message' has no value")
        )
    }

    @Test func `that fails leaves nothing behind`() throws {
        let bound = try mapping(fields: #""actor": "a", "message": "m""#).bind(to: .standard)
        let document = JSONDocument()
        try document.parse(Array(#"[{"a": "1"}, {"m": "2"}]"#.utf8))
        var encoder = EventEncoder(schema: .standard)
        let mapper = RecordMapper()
        mapper.begin(bound, RecordContext())
        for record in document.root.elements ?? [] {
            _ = mapper.map(record, root: document.root, with: bound, to: &encoder)
        }
        #expect(String(decoding: encoder.take().bytes, as: UTF8.self) == #"{"message":"2","status":"other"}"#)
    }

    @Test func `may be a probe`() throws {
        let mapping = try mapping(fields: #""message": "m""#, event: #", "ignore": "kind == 'ping'""#)
        #expect(try map(#"{"kind": "ping"}"#, with: mapping) == .ignored)
        #expect(try map(#"{"kind": "x", "m": "y"}"#, with: mapping) != .ignored)
    }

    @Test func `that asks for too much goes to quarantine`() throws {
        let big = "[" + Array(repeating: "1", count: 2000).joined(separator: ",") + "]"
        let mapping = try mapping(
            fields:
                #""message": "length(a[?contains(@.a || `[]`, b)] || a[].[a, a, a, a].to_string(@)) && map(&map(&to_string(@), $.a), a)""#
        )
        let outcome = try map(#"{"a": \#(big)}"#, with: mapping)
        guard case .failed(let reason) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(reason.hasPrefix("Mappings/test.json:1:77: "))
    }

    @Test func `reads the request, the source and the time of receipt`() throws {
        var context = RecordContext()
        context.request = .object([JSONMember("method", .string("POST"))])
        context.source = .object([JSONMember("constants", .object([JSONMember("tenant", .string("acme"))]))])
        context.receivedAt = .string("2026-01-01T00:00:00Z")
        let mapping = try mapping(
            fields:
                #""message": "$request.method", "tenant_id": "$source.constants.tenant", "timestamp": "$received_at""#
        )
        #expect(
            try map("{}", with: mapping, context: context)
                == .event(#"{"message":"POST","status":"other","tenant_id":"acme","timestamp":"2026-01-01T00:00:00Z"}"#)
        )
        #expect(mapping.bind(to: .standard).volatileFields == ["message", "timestamp"])
    }

    @Test func `of a vendor's own schema gets its values only`() throws {
        let mapping = try mapping(
            fields: #""message": "m""#,
            rest:
                #", "schema": {"vendor_id": "v", "fields": [{"id": "kind", "type": "string", "required": true}, {"id": "n", "type": "integer"}], "values": {"kind": "k", "n": "n"}}"#
        )
        let schema = try #require(mapping.vendorSchema?.schema)
        #expect(
            try map(#"{"k": "a", "n": 5, "m": "x"}"#, with: mapping, schema: schema) == .event(#"{"kind":"a","n":5}"#)
        )
        guard case .failed = try map(#"{"m": "x"}"#, with: mapping, schema: schema) else { return #expect(Bool(false)) }
    }

    @Test func `leaves out what the schema lacks`() throws {
        let mapping = try mapping(fields: #""message": "m", "user_agent": "u""#)
        #expect(mapping.bind(to: .standard).omittedFields == ["user_agent"])
        #expect(mapping.bind(to: .gateway).omittedFields == [])
    }
}
