import JMESPath
import JSON
import Mapping
import Testing

@Suite struct `Functions of mappings` {
    @Test(arguments: [
        ("lookup('t', a)", #"{"a": "x"}"#, #""one""#),
        ("lookup('t', a)", #"{"a": 404}"#, #""number""#),
        ("lookup('t', a)", #"{"a": true}"#, #""bool""#),
        ("lookup('t', a)", #"{"a": "none"}"#, "null"),
        ("lookup('t', a)", #"{"a": null}"#, "null"),
        ("lookup('t', a)", #"{"a": []}"#, "null"),
        ("lookup('t', a, 'other')", #"{"a": {"x": 1}}"#, #""other""#),
        ("lookup('t', a, 'other')", #"{"a": null}"#, #""other""#),
        ("lookup('t', a, b)", #"{"a": "none", "b": 7}"#, "7"),
        ("json(@)", #"{"b": 1, "a": [1.50, null]}"#, #""{\"a\":[1.5,null],\"b\":1}""#),
        ("parse_json(a).b", #"{"a": "{\"b\": [1]}"}"#, "[1]"),
        ("parse_json(a)", #"{"a": "{"}"#, "null"),
        ("parse_json(a)", #"{"a": 5}"#, "null"),
        ("parse_json(a) || a", #"{"a": "plain"}"#, #""plain""#),
        ("hash(a)", #"{"a": "abc"}"#, #""ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#),
        ("hash(@) == hash(json(@))", #"{"b": 2, "a": 1}"#, "true"),
        ("base64_decode(a)", #"{"a": "aGnDpA=="}"#, #""hiä""#),
        ("base64_decode(a)", #"{"a": "____"}"#, "null"),
        ("base64_decode(a)", #"{"a": 1}"#, "null"),
        ("base64_encode(a)", #"{"a": "hiä"}"#, #""aGnDpA==""#),
        ("percent_decode(a)", #"{"a": "Caf%C3%A9%20te+am%"}"#, #""Café te+am%""#),
        ("percent_decode(a)", #"{"a": "%FF"}"#, "null"),
        ("match('^(?P<kind>[a-z]+)-([0-9]+)(x)?$', a)", #"{"a": "job-17"}"#, #"{"0":"job-17","2":"17","kind":"job"}"#),
        ("match('b*', a).\"0\"", #"{"a": "abb"}"#, #""""#),
        ("match('z', a)", #"{"a": "abb"}"#, "null"),
        ("match('()', a)", #"{"a": ""}"#, #"{"0":"","1":""}"#),
        ("match('z', a)", #"{"a": 1}"#, "null"),
    ])
    func `give`(expression: String, record: String, expected: String) throws {
        let table = LookupTable([
            ("x", .string("one")), ("404", .string("number")), ("true", .string("bool")), ("", .string("empty")),
            ("[]", .string("array")),
        ])
        #expect(try evaluate(expression, on: record, tables: ["t": table]) == expected)
    }

    @Test(arguments: [
        (#""2026-11-22T10:30:00.123Z""#, #""2026-11-22T10:30:00.123Z""#),
        (#""2026-11-22 10:30:00.123456789+02:00""#, #""2026-11-22T08:30:00.123456789Z""#),
        (#""2026-11-22T10:30:00""#, #""2026-11-22T10:30:00Z""#),
        ("1700000000", #""2023-11-14T22:13:20Z""#),
        ("1700000000123", #""2023-11-14T22:13:20.123Z""#),
        ("1700000000123456", #""2023-11-14T22:13:20.123456Z""#),
        ("1700000000123456789", #""2023-11-14T22:13:20.123456789Z""#),
        ("1700000000.5", #""2023-11-14T22:13:20.5Z""#),
        ("1700000000.123456", #""2023-11-14T22:13:20.123456Z""#),
        (#""1700000000""#, #""2023-11-14T22:13:20Z""#),
        (#""1700000000.25""#, #""2023-11-14T22:13:20.25Z""#),
        ("-1500", #""1969-12-31T23:35:00Z""#),
        ("-0.5", #""1969-12-31T23:59:59.5Z""#),
        ("0", "null"), (#""0""#, "null"), (#""""#, "null"), ("null", "null"), ("true", "null"), ("[]", "null"),
        (#""0001-01-01T00:00:00Z""#, "null"),
        (#""yesterday""#, "null"), (#""2026-02-30T00:00:00Z""#, "null"),
        ("1e300", "null"), ("18446744073709551615", "null"),
    ])
    func `read times`(value: String, expected: String) throws {
        #expect(try evaluate("time(t)", on: #"{"t": \#(value)}"#) == expected)
    }

    @Test(arguments: [
        ("'auto'", "1700000000123", #""2023-11-14T22:13:20.123Z""#),
        ("'auto'", "1700000000", #""2023-11-14T22:13:20Z""#),
        ("'float'", #""1700000000.25""#, #""2023-11-14T22:13:20.25Z""#),
        ("'float'", "1700000000123", "null"),
        ("'yyyyMMddHHmmss.SSS'", #""20261122103000.120""#, #""2026-11-22T10:30:00.12Z""#),
        ("'yyyyMMddHHmmss'", "20261122103000", #""2026-11-22T10:30:00Z""#),
        ("'yyyy-MM-dd HH:mm:ss UTC'", #""2026-11-22 10:30:00 UTC""#, #""2026-11-22T10:30:00Z""#),
        ("'yyyy-MM-dd HH:mm:ss UTC'", #""2026-11-22 10:30:00 EST""#, "null"),
        ("'yyyy-MM-dd HH:mm:ss Z'", #""2026-11-22 10:30:00 +0200""#, #""2026-11-22T08:30:00Z""#),
        ("'yyyy-MM-dd HH:mm:ss X'", #""2026-11-22 10:30:00 GMT""#, #""2026-11-22T10:30:00Z""#),
        ("'dd/MMM/yyyy:HH:mm:ss Z'", #""22/Nov/2026:10:30:00 -01:30""#, #""2026-11-22T12:00:00Z""#),
        ("'EEE, d MMM yyyy H:mm:ss'", #""Sun, 2 Nov 2026 9:30:00""#, #""2026-11-02T09:30:00Z""#),
        ("'M/d/yyyy h:mm a'", #""1/2/2026 12:05 AM""#, #""2026-01-02T00:05:00Z""#),
        ("'M/d/yyyy h:mm a'", #""11/22/2026 1:05 pm""#, #""2026-11-22T13:05:00Z""#),
        ("'M/d/yyyy h:mm a'", #""11/22/2026 13:05 pm""#, "null"),
        ("'yyyy-MM-dd'", #""2026-02-30""#, "null"),
        ("'yyyy-MM-dd'", #""2026-02-03x""#, "null"),
        ("'yyyy-MM-dd'", #""0001-01-01""#, "null"),
        ("'yyyy-MM-dd'", "true", "null"),
        ("'yyyyMMdd'", #""２０２６""#, "null"),
    ])
    func `read times of other units and patterns`(unit: String, value: String, expected: String) throws {
        #expect(try evaluate("time(t, \(unit))", on: #"{"t": \#(value)}"#) == expected)
    }

    @Test(arguments: ["'m'", "'yyyy'", "'HH:mm'", "@", "''"])
    func `refuse units that are none`(unit: String) {
        #expect(throws: JMESPathError.self) { try evaluate("time(t, \(unit))", on: "{}") }
    }

    @Test(arguments: [
        ("s", "1970-01-02T03:46:40Z"), ("ms", "1970-01-01T00:01:40Z"), ("us", "1970-01-01T00:00:00.1Z"),
        ("ns", "1970-01-01T00:00:00.0001Z"),
    ])
    func `read times of a named unit`(unit: String, expected: String) throws {
        #expect(try evaluate("time(t, '\(unit)')", on: #"{"t": 100000}"#) == "\"\(expected)\"")
    }

    /// A value in which every part stands twice has a text of gigabytes.
    @Test(arguments: ["json($z)", "hash($z)", "lookup('t', $z)"])
    func `build no text that is longer than allowed`(call: String) throws {
        let doubled = (0..<28).reduce("let $z = [@, @] in ") { text, _ in text + "let $z = [$z, $z] in " }
        let start = ContinuousClock.now
        let result = Result { try evaluate(doubled + call, on: "{}", tables: ["t": LookupTable([])]) }
        if call.hasPrefix("lookup") {
            #expect(throws: Never.self) { try result.get() }
        } else {
            #expect(throws: JMESPathError.self) { try result.get() }
        }
        #expect(start.duration(to: .now) < .seconds(5))
    }

    @Test func `find every key of a table`() {
        let keys = (0..<500).map { "key-\($0)" }
        let table = LookupTable(keys.map { ($0, .string($0)) })
        for key in keys {
            let found = Array(key.utf8).withUnsafeBytes { table.value(for: $0)?.stringValue }
            #expect(found == key)
        }
        #expect(Array("key-500".utf8).withUnsafeBytes { table.value(for: $0) } == nil)
    }
}
