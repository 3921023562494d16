import Cryptography
import JMESPath
import JSON
import Mapping
import Testing

@Suite struct `Transforms of vendors' records` {
    @Test(arguments: [
        // Quoted keys, constants, the first that is present, templates, tables, switches.
        (#""event-data"."@timestamp""#, #"{"event-data": {"@timestamp": 1}}"#, "1"),
        (#"'fixed'"#, "{}", #""fixed""#),
        (#"a || b || c"#, #"{"a": null, "b": "", "c": "x"}"#, #""x""#),
        (#"join('', ['user ', u, ' of ', to_string(n)])"#, #"{"u": "ann", "n": 5}"#, #""user ann of 5""#),
        (#"join(' ', [a, b, c][?@])"#, #"{"a": "x", "c": "z"}"#, #""x z""#),
        (#"lookup('t', k, join('.', ['other', k]))"#, #"{"k": "login"}"#, #""other.login""#),
        (#"kind == 'a' && x || starts_with(kind, 'b.') && y || z"#, #"{"kind": "b.c", "y": 2}"#, "2"),
        (#"contains(['a', 'b'], kind) ? 'in' : 'out'"#, #"{"kind": "b"}"#, #""in""#),
        // Splitting, patterns with groups, arrays.
        (#"split(a, ':')[-1]"#, #"{"a": "x:y:z"}"#, #""z""#),
        (#"match('^(?P<verb>\w+)\.(?P<noun>\w+)$', a).noun"#, #"{"a": "add.user"}"#, #""user""#),
        (#"target[?type == 'User'] | [0].id"#, #"{"target": [{"type": "App"}, {"type": "User", "id": 7}]}"#, "7"),
        (#"events[].parameters[].name"#, #"{"events": [{"parameters": [{"name": "a"}]}]}"#, #"["a"]"#),
        // Case, conversions, JSON text, base 64, percent signs.
        (#"lower(a)"#, #"{"a": "ADMIN"}"#, #""admin""#),
        (#"[to_number(a), to_string(b), c == 'true']"#, #"{"a": "5", "b": 6, "c": "true"}"#, #"[5,"6",true]"#),
        (#"parse_json(a) || a"#, #"{"a": "{not"}"#, #""{not""#),
        (#"base64_decode(a)"#, #"{"a": "eA=="}"#, #""x""#),
        (#"percent_decode(a)"#, #"{"a": "a%20b"}"#, #""a b""#),
        // Redacting, and copying the rest.
        (
            #"merge(omit(@, ['secret']), {user: sha256(user)}).user"#, #"{"user": "", "secret": 1}"#,
            #""e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855""#
        ),
        (
            #"compact(omit(@, ['a']))"#, #"{"a": 1, "b": null, "c": {"d": null}, "e": false}"#,
            #"{"c":{"d":null},"e":false}"#
        ),
        // Tagged unions.
        (#"field(entity, entity.type).name"#, #"{"entity": {"type": "user", "user": {"name": "ann"}}}"#, #""ann""#),
        (#"field(@, ".tag")"#, #"{".tag": "team", "team": 5}"#, "5"),
    ])
    func `are expressions`(expression: String, record: String, expected: String) throws {
        #expect(try evaluate(expression, on: record, tables: ["t": LookupTable([])]) == expected)
    }

    @Test(arguments: [
        (
            "pairs(a, 'name', 'value')", #"{"a": [{"name": "x", "value": 1}, {"name": "y", "value": null}]}"#,
            #"{"x":1}"#
        ),
        ("pairs(a, 'name')", #"{"a": [{"name": "x", "value": false}, {"name": "x", "value": 2}]}"#, #"{"x":false}"#),
        (
            "pairs(a, 'n', 'value', 'multi', 'int')",
            #"{"a": [{"n": "x", "value": "", "multi": ["p"]}, {"n": "y", "int": "5"}]}"#,
            #"{"x":["p"],"y":"5"}"#
        ),
        ("pairs(a, 'field', 'to')", #"{"a": [{"field": "role", "from": "a", "to": "b"}]}"#, #"{"role":"b"}"#),
        (
            "pairs(a, 'key', 'value')",
            #"{"a": [{"key": "k", "value": {"stringValue": "v"}}, {"key": "n", "value": {"intValue": "9007199254740993"}}]}"#,
            #"{"k":"v","n":9007199254740993}"#
        ),
        (
            "pairs(a, 'key', 'value')",
            #"{"a": [{"key": "k", "value": {"arrayValue": {"values": [{"boolValue": true}, {"kvlistValue": {"values": [{"key": "z", "value": {"doubleValue": 1.5}}]}}]}}}]}"#,
            #"{"k":[true,{"z":1.5}]}"#
        ),
        (
            "pairs(a, 'key', 'value')", #"{"a": [{"key": "k", "value": {"other": 1}}, 5, {"key": []}, {"value": 1}]}"#,
            #"{"k":{"other":1}}"#
        ),
        ("pairs(a, 'key')", #"{"a": "text"}"#, "null"),
        ("pick(@.new, old)", #"{"new": {"a": 1, "b": 2, "c": 3}, "old": {"a": 0, "c": 0, "d": 0}}"#, #"{"a":1,"c":3}"#),
        ("pick(@, ['a', 'z'])", #"{"a": 1, "b": 2}"#, #"{"a":1}"#),
        ("pick(a, b)", #"{"a": [], "b": {}}"#, "null"),
        ("omit(@, 'a')", #"{"a": 1, "b": 2}"#, #"{"b":2}"#),
        ("omit(@, x)", #"{"a": 1}"#, #"{"a":1}"#),
        ("compact(a)", #"{"a": []}"#, "null"),
        ("field(@, n)", #"{"n": 5, "5": "five"}"#, #""five""#),
        ("field(@, n)", #"{"n": null, "": 1}"#, "null"),
        ("field(a, 'b')", #"{"a": "b"}"#, "null"),
        ("text(a)", #"{"a": {"b": [1.50]}}"#, #""{\"b\":[1.5]}""#),
        ("[text(a), text(b), text(c)]", #"{"a": 5, "b": "x"}"#, #"["5","x",null]"#),
        ("sha256(a)", #"{"a": 5}"#, "null"),
        ("host(a)", #"{"a": "203.0.113.7:443"}"#, #""203.0.113.7""#),
        ("host(a)", #"{"a": "[2001:db8::1]:443"}"#, #""2001:db8::1""#),
        ("host(a)", #"{"a": "2001:db8::1"}"#, #""2001:db8::1""#),
        ("host(a)", #"{"a": "::ffff:10.0.0.1"}"#, #""10.0.0.1""#),
        ("host(a)", #"{"a": "[::FFFF:10.0.0.1]:80"}"#, #""10.0.0.1""#),
        ("host(a)", #"{"a": "::ffff:10.0.0.1:80"}"#, #""10.0.0.1""#),
        ("host(a)", #"{"a": "::ffff:0a00:1"}"#, #""10.0.0.1""#),
        ("host(a)", #"{"a": "api.example.com:8443"}"#, #""api.example.com""#),
        ("host(a)", #"{"a": " example.com "}"#, #""example.com""#),
        ("host(a)", #"{"a": "::ffff:"}"#, #""::ffff:""#),
        ("host(a)", #"{"a": "["}"#, #""[""#), ("host(a)", #"{"a": ""}"#, #""""#), ("host(a)", #"{"a": 1}"#, "null"),
        (
            "keyvalues(a)", #"{"a": "WARN type=\"LOGIN_ERROR\", realmId=\"a b\", n=5 user=\"null\""}"#,
            #"{"n":"5","realmId":"a b","type":"LOGIN_ERROR","user":"null"}"#
        ),
        ("keyvalues(a)", #"{"a": "k=\"a \\\"b\\\" \\\\ c\" k=2 e= =x y"}"#, #"{"e":"","k":"a \"b\" \\ c"}"#),
        ("keyvalues(a)", #"{"a": "k=\"open"}"#, #"{"k":"open"}"#),
        ("keyvalues(a)", #"{"a": ""}"#, "{}"), ("keyvalues(a)", #"{"a": 1}"#, "null"),
        ("json_lines(a)", #"{"a": "{\"x\":1}\n\n{\"x\":2}\r\n"}"#, #"[{"x":1},{"x":2}]"#),
        ("json_lines(a)", #"{"a": "{\"x\":1}{\"x\":2}[3]"}"#, #"[{"x":1},{"x":2},[3]]"#),
        ("json_lines(a)", #"{"a": "{\n\"x\":\n1}"}"#, #"[{"x":1}]"#),
        ("json_lines(a)", #"{"a": "{\"x\":1}\n{bad}\n{\"x\":2}"}"#, #"[{"x":1},"{bad}",{"x":2}]"#),
        ("json_lines(a)", #"{"a": "{\"x\":1}\n{\"y\n{\"x\":2}"}"#, #"[{"x":1},"{\"y",{"x":2}]"#),
        ("json_lines(a)", #"{"a": "] [ 1"}"#, #"["] [ 1"]"#),
        ("json_lines(a)", #"{"a": ""}"#, "[]"), ("json_lines(a)", #"{"a": 1}"#, "null"),
        ("inflate(a)", #"{"a": "plain"}"#, "null"), ("inflate(a)", #"{"a": "H4s="}"#, "null"),
        ("inflate(a)", #"{"a": 1}"#, "null"),
        // The zlib stream of "hi".
        ("inflate(a)", #"{"a": "eJzLyAQAATsA0g=="}"#, #""hi""#),
    ])
    func `have functions`(expression: String, record: String, expected: String) throws {
        #expect(try evaluate(expression, on: record) == expected)
    }

    @Test func `expand text in gzip`() throws {
        let packed = Base64.encode(try Gzip.deflate(Array("{\"a\":\"ü\"}".utf8)))
        #expect(try evaluate("parse_json(inflate(a)).a", on: #"{"a": "\#(packed)"}"#) == #""ü""#)
        let binary = Base64.encode(try Gzip.deflate([0xFF, 0xFE]))
        #expect(try evaluate("inflate(a)", on: #"{"a": "\#(binary)"}"#) == "null")
    }

    @Test func `expand no more than may be built`() throws {
        let bomb = Base64.encode(try Gzip.deflate([UInt8](repeating: 0x20, count: 16 << 20)))
        #expect(throws: JMESPathError.self) { try evaluate("inflate(a)", on: #"{"a": "\#(bomb)"}"#) }
    }

    @Test func `are limited for values that hold a part many times over`() {
        let doubled = (0..<28).reduce("let $z = {a: @} in ") { text, _ in text + "let $z = {a: $z, b: $z} in " }
        for call in ["text($z)", "text(compact($z))", "text(omit($z, 'x'))", "text(pick($z, $z))"] {
            #expect(throws: JMESPathError.self) { try evaluate(doubled + call, on: "{}") }
        }
    }

    @Test func `read headers, the query and the time of receipt`() throws {
        var context = RecordContext()
        context.request = .object([
            JSONMember("headers", .object([JSONMember("x-github-event", .string("push"))])),
            JSONMember("query", .object([JSONMember("tenant", .string("t1"))])),
        ])
        context.receivedAt = .string("2026-11-22T10:30:00Z")
        let fields = """
            "message": "'m'", "actor": "$request.query.tenant", "action": "$request.headers.\\"x-github-event\\"",
            "timestamp": "time(at) || $received_at"
            """
        let result = try map("{}", with: mapping(fields: fields), context: context)
        #expect(
            result
                == .event(
                    #"{"action":"push","actor":"t1","message":"m","status":"other","timestamp":"2026-11-22T10:30:00Z"}"#
                )
        )
    }
}
