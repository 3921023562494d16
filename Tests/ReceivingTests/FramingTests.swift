import Cryptography
import Mapping
import Receiving
import Schema
import Testing

@Suite struct `The records of a body` {
    @Test(arguments: [
        (#"{"m":"a"}"#, [#"{"m":"a"}"#]),
        (" \r\n[ {\"m\":\"a\"} , {\"m\":\"b\"}\t]\n", [#"{"m":"a"}"#, #"{"m":"b"}"#]),
        ("{\"m\":\"a\"}\n{\"m\":\"b\"}\n", [#"{"m":"a"}"#, #"{"m":"b"}"#]),
        ("{\"m\":\"a\"}\r\n\r\n  {\"m\":\"b\"}", [#"{"m":"a"}"#, #"{"m":"b"}"#]),
        ("{\"m\":\"a\"}{\"m\":\"b\"} {\"m\":\"c\"}", [#"{"m":"a"}"#, #"{"m":"b"}"#, #"{"m":"c"}"#]),
        ("{\n\"m\":\"a\"\n}\n{\n\"m\":\"b\"\n}", ["{\n\"m\":\"a\"\n}", "{\n\"m\":\"b\"\n}"]),
        (
            "{\"m\":\"a\"}{\"m\":\"b\"}\n{\"m\":\"c\"}{\"m\":\"d\"}",
            [#"{"m":"a"}"#, #"{"m":"b"}"#, #"{"m":"c"}"#, #"{"m":"d"}"#]
        ),
        ("[{\"m\":\"a\"}]\n[{\"m\":\"b\"},{\"m\":\"c\"}]\n", [#"{"m":"a"}"#, #"{"m":"b"}"#, #"{"m":"c"}"#]),
        ("\u{FEFF}[{\"m\":\"a\"}]", [#"{"m":"a"}"#]),
        ("\u{FEFF}{\"m\":\"a\"}\n{\"m\":\"b\"}", [#"{"m":"a"}"#, #"{"m":"b"}"#]),
        ("[]", []),
        ("[\n  {\"m\": \"a\"},\n  {\"m\": \"b\"}\n]\n", [#"{"m": "a"}"#, #"{"m": "b"}"#]),
    ])
    func `are found whatever the framing is`(body: String, records: [String]) throws {
        let delivery = try #require(read(body, for: source()).delivery)
        #expect(delivery.records == records)
        #expect(delivery.events.count == records.count)
        #expect(delivery.keys.count == records.count)
        #expect(delivery.quarantined.isEmpty)
        #expect(delivery.body == Array(body.utf8))
    }

    @Test(arguments: [
        (#"{"logs":[{"m":"a"},{"m":"b"}]}"#, [#"{"m":"a"}"#, #"{"m":"b"}"#]),
        (#"{"logs":[]}"#, []),
        (#"[{"m":"a"}]"#, [#"{"m":"a"}"#]),
        (#"{"m":"a"}"#, [#"{"m":"a"}"#]),
        (#"{"logs":{"m":"a"},"x":1}"#, [#"{"m":"a"}"#]),
        (#"{"logs":"none","m":"a"}"#, [#"{"logs":"none","m":"a"}"#]),
        ("{\"logs\":[{\"m\":\"a\"}]}\n{\"logs\":[{\"m\":\"b\"}]}", [#"{"m":"a"}"#, #"{"m":"b"}"#]),
    ])
    func `stand where the mapping says, or at the top`(body: String, records: [String]) throws {
        let delivery = try #require(read(body, for: source(framing: #"{"records": "logs"}"#)).delivery)
        #expect(delivery.records == records)
        #expect(delivery.quarantined.isEmpty)
    }

    @Test func `keep their place when a projection picks or sorts them`() throws {
        let body = #"{"a":[{"r":[{"m":"1","n":3},{"m":"2","n":1}]},{"r":[{"m":"3","n":2}]}]}"#
        let picked = try #require(read(body, for: source(framing: #"{"records": "a[].r[]"}"#)).delivery)
        #expect(picked.records == [#"{"m":"1","n":3}"#, #"{"m":"2","n":1}"#, #"{"m":"3","n":2}"#])
        let sorted = try #require(read(body, for: source(framing: #"{"records": "sort_by(a[].r[], &n)"}"#)).delivery)
        #expect(sorted.records == [#"{"m":"2","n":1}"#, #"{"m":"3","n":2}"#, #"{"m":"1","n":3}"#])
    }

    @Test func `that have no place of their own take the whole value`() throws {
        let body = #"{"t":"x","a":[{"m":"1"},{"m":"2"}],"text":"[{\"m\":\"3\"}]"}"#
        let made = try #require(read(body, for: source(framing: #"{"records": "a[].{m: m}"}"#)).delivery)
        #expect(made.records == [body, body])
        let parsed = try #require(read(body, for: source(framing: #"{"records": "parse_json(text)"}"#)).delivery)
        #expect(parsed.records == [body])
        #expect(parsed.texts == [#"{"message":"3","status":"other"}"#])
    }

    @Test func `may read the body around them`() throws {
        let body = #"{"t":"x","a":[{"m":"1"}]}"#
        let source = try source(framing: #"{"records": "a"}"#, fields: #""message": "join('-', [$.t, m])""#)
        #expect(read(body, for: source).delivery?.texts == [#"{"message":"x-1","status":"other"}"#])
    }

    @Test func `are a form's fields`() throws {
        let source = try source(framing: #"{"format": "form", "records": "parse_json(payload) || @"}"#)
        let form = try #require(read("m=a+b%26c&x=&y", for: source).delivery)
        #expect(form.texts == [#"{"message":"a b&c","status":"other"}"#])
        let json = try #require(read("payload=%7B%22m%22%3A%22a%22%7D", for: source).delivery)
        #expect(json.texts == [#"{"message":"a","status":"other"}"#])
    }

    @Test func `may read the body as a form`() throws {
        let form = [(name: "content-type", value: "application/x-www-form-urlencoded; charset=utf-8")]
        let fields = #""message": "$request.form.m || 'none'""#
        #expect(
            read("m=a+b", for: try source(framing: #"{"format": "form"}"#, fields: fields)).delivery?.texts
                == [#"{"message":"a b","status":"other"}"#]
        )
        // Whatever the framing says, and only when the body is a form.
        let lines = try source(
            framing: #"{"format": "form", "records": "parse_json($request.form.payload)"}"#,
            fields: #""message": "join('-', [m, $request.form.x])""#
        )
        #expect(
            read("x=1&payload=%7B%22m%22%3A%22a%22%7D", for: lines, headers: form).delivery?.texts
                == [#"{"message":"a-1","status":"other"}"#]
        )
        #expect(
            read(#"{"m":"a"}"#, for: try source(fields: fields)).delivery?.texts
                == [#"{"message":"none","status":"other"}"#]
        )
        let handshake = try source(
            rest:
                #", "handshakes": [{"when": "$request.form.challenge", "answer": {"text": "$request.form.challenge"}}]"#
        )
        let reply = try #require(read("challenge=a%20b", for: handshake, headers: form).reply)
        #expect(String(decoding: reply.answer.body, as: UTF8.self) == "a b")
        #expect(read("challenge=a%20b", for: handshake).reply?.outcome == .unreadable)
    }

    @Test func `are one value when the mapping says so`() throws {
        let source = try source(framing: #"{"format": "json"}"#)
        #expect(read("[{\"m\":\"a\"}]", for: source).delivery?.events.count == 1)
        #expect(read("{\"m\":\"a\"}\n{\"m\":\"b\"}", for: source).reply?.outcome == .unreadable)
    }

    @Test func `are lines when the mapping says so`() throws {
        let source = try source(framing: #"{"format": "lines"}"#)
        #expect(read("{\"m\":\"a\"}", for: source).delivery?.events.count == 1)
        #expect(read("{\"m\":\n\"a\"}", for: source).reply?.outcome == .unreadable)
    }

    @Test func `are ignored when they are probes`() throws {
        let delivery = try #require(read(#"[{"kind":"ping"},{"m":"a"},{"kind":"ping"}]"#, for: source()).delivery)
        #expect(delivery.ignoredCount == 2)
        #expect(delivery.records == [#"{"m":"a"}"#])
        #expect(delivery.outcomeWithoutEvents == nil)
        #expect(read(#"{"kind":"ping"}"#, for: try source()).delivery?.outcomeWithoutEvents == .ignored)
        #expect(read("[]", for: try source()).delivery?.outcomeWithoutEvents == .ignored)
        #expect(read("[{}]", for: try source()).delivery?.outcomeWithoutEvents == .quarantined)
    }

    @Test func `are counted`() throws {
        let body = "[" + Array(repeating: #"{"m":"a"}"#, count: 10_000).joined(separator: ",") + "]"
        #expect(read(body, for: try source()).delivery?.events.count == 10_000)
        let longer = body.dropLast() + ",{}]"
        #expect(read(String(longer), for: try source()).reply?.outcome == .tooLarge)
        let lines = Array(repeating: #"{"m":"a"}"#, count: 10_001).joined(separator: "\n")
        #expect(read(lines, for: try source()).reply?.outcome == .tooLarge)
    }

    @Test func `of one delivery do not show in the next`() throws {
        let reader = DeliveryReader()
        let first = try source()
        let second = try source(fields: #""message": "m", "actor": "m""#)
        for _ in 0..<3 {
            #expect(
                read(Array(#"[{"m":"a"},{}]"#.utf8), for: first, reader: reader).delivery?.texts == [
                    #"{"message":"a","status":"other"}"#
                ]
            )
            #expect(read(Array("nonsense".utf8), for: first, reader: reader).reply?.outcome == .unreadable)
            #expect(
                read(Array(#"{"m":"b"}"#.utf8), for: second, reader: reader).delivery?.texts
                    == [#"{"actor":"b","message":"b","status":"other"}"#]
            )
        }
    }
}

@Suite struct `A bad record` {
    @Test(arguments: [
        // An integer beyond 64 bits, half a surrogate pair, a control character, a word.
        (#"[{"m":"a"},{"n":123456789012345678901234567890},{"m":"b"}]"#, [#"{"n":123456789012345678901234567890}"#]),
        (#"[{"m":"a"},{"n":"\ud800"},{"m":"b"}]"#, [#"{"n":"\ud800"}"#]),
        ("[{\"m\":\"a\"},{\"n\":\"\u{1}\"},{\"m\":\"b\"}]", ["{\"n\":\"\u{1}\"}"]),
        (#"[{"m":"a"},nope,{"m":"b"},x]"#, ["nope", "x"]),
        (#"[{"m":"a"},{"n":[1,{"k":0123}]},{"m":"b"}]"#, [#"{"n":[1,{"k":0123}]}"#]),
        (#"[{"m":"a"},{"n" 1},{"m":"b"}]"#, [#"{"n" 1}"#]),
        ("{\"m\":\"a\"}\n{\"m\": nope}\n{\"m\":\"b\"}\n", ["{\"m\": nope}"]),
        ("{\"m\":\"a\"}\n{\"m\": \"open\n{\"m\":\"b\"}\n", ["{\"m\": \"open"]),
        ("{\"m\": \"open\n{\"m\":\"a\"}\n{\"m\":\"b\"}\n", ["{\"m\": \"open"]),
        ("{\"m\":\"a\"}\nplain words\n{\"m\":\"b\"}\n", ["plain words"]),
        ("{\"m\":\"a\"}{\"n\":tru}{\"m\":\"b\"}", ["{\"n\":tru}"]),
        ("{\"m\":\"a\"}{\"m\":\"b\"}rest", ["rest"]),
    ])
    func `is set aside alone`(body: String, bad: [String]) throws {
        let delivery = try #require(read(body, for: source()).delivery)
        #expect(delivery.records == [#"{"m":"a"}"#, #"{"m":"b"}"#])
        #expect(delivery.setAside == bad)
        #expect(delivery.quarantined.allSatisfy { $0.cause == .unreadable && $0.place == nil })
        #expect(delivery.body == Array(body.utf8))
    }

    @Test func `is set aside alone with bytes that are no UTF-8`() throws {
        let body = Array(#"[{"m":"a"},{"n":""#.utf8) + [0xFF, 0xC0] + Array(#""},{"m":"b"}]"#.utf8)
        let delivery = try #require(read(body, for: source()).delivery)
        #expect(delivery.records == [#"{"m":"a"}"#, #"{"m":"b"}"#])
        #expect(
            delivery.quarantined.map { Array(delivery.body[$0.range]) } == [
                Array(#"{"n":""#.utf8) + [0xFF, 0xC0] + Array(#""}"#.utf8)
            ]
        )
    }

    @Test(arguments: [
        ("logs", #"{"logs":[{"m":"a"},{"n":00},{"m":"b"}]}"#, [#"{"n":00}"#]),
        ("logs[].r", #"{"logs":[{"r":{"m":"a"}},{"r":{"n":00}},{"r":{"m":"b"}}]}"#, [#"{"n":00}"#]),
        ("x[].r[]", #"{"x":[{"r":[{"m":"a"},{"n":00}]},{"r":[{"m":"b"}]}]}"#, [#"{"n":00}"#]),
        // The bad element is deeper than the record, which goes whole.
        ("logs", #"{"logs":[{"m":"a"},{"n":[1,00]},{"m":"b"}]}"#, [#"{"n":[1,00]}"#]),
    ])
    func `is set aside alone wherever the records stand`(records: String, body: String, bad: [String]) throws {
        let delivery = try #require(read(body, for: source(framing: #"{"records": "\#(records)"}"#)).delivery)
        #expect(delivery.records == [#"{"m":"a"}"#, #"{"m":"b"}"#])
        #expect(delivery.setAside == bad)
    }

    @Test func `that cannot be mapped is set aside with the place of the reason`() throws {
        let source = try source(fields: #""message": "m", "timestamp": "t""#)
        let delivery = try #require(read(#"[{"m":"a"},{"x":1},{"m":"b","t":"never"},{"m":"c"}]"#, for: source).delivery)
        #expect(delivery.records == [#"{"m":"a"}"#, #"{"m":"c"}"#])
        #expect(delivery.setAside == [#"{"x":1}"#, #"{"m":"b","t":"never"}"#])
        #expect(delivery.quarantined.map(\.cause) == [.unmapped, .unmapped])
        #expect(delivery.quarantined[0].place?.hasPrefix("Mappings/test.json:2:") == true)
    }

    @Test(arguments: [
        "", " \n ", "hello world", "nope", "{", "[", "[1,", #"{"m":"#, #"{"m":"a"]"#, #"{"m":00}"#,
        "[{\"m\":\"a\"},{\"n\":\"open},{\"m\":\"b\"}]",
        "\u{FEFF}", "[,]", "]",
    ])
    func `without borders makes the body unreadable`(body: String) throws {
        let reply = try #require(read(body, for: source()).reply)
        #expect(reply.outcome == .unreadable)
        #expect(reply.answer.status == 400)
        #expect(reply.quarantine?.body == Array(body.utf8))
    }
}

@Suite struct `A compressed body` {
    private let text = Array(#"[{"m":"a"}]"#.utf8)

    @Test(arguments: [[(name: "content-encoding", value: "gzip")], [(name: "content-encoding", value: "X-GZIP")], []])
    func `is inflated, also without its header`(headers: [(name: String, value: String)]) throws {
        let body = try text.withUnsafeBytes { try Gzip.deflate($0) }
        let delivery = try #require(read(body, for: source(), headers: headers).delivery)
        #expect(delivery.body == text)
        #expect(delivery.records == [#"{"m":"a"}"#])
    }

    @Test func `is read as it is when only its header says so`() throws {
        #expect(read(text, for: try source(), headers: [("content-encoding", "gzip")]).delivery?.events.count == 1)
    }

    @Test(arguments: ["br", "zstd", "deflate", "gzip, gzip"])
    func `of another coding is not supported`(coding: String) throws {
        let reply = try #require(read(text, for: source(), headers: [("content-encoding", coding)]).reply)
        #expect(reply.outcome == .unsupported)
        #expect(reply.answer.status == 415)
    }

    @Test func `that is cut off is unreadable and kept`() throws {
        let body = try text.withUnsafeBytes { try Gzip.deflate($0) }.dropLast(9)
        let reply = try #require(read(Array(body), for: source()).reply)
        #expect(reply.outcome == .unreadable)
        #expect(reply.quarantine?.body == Array(body))
    }

    @Test func `that becomes too long is refused`() throws {
        var limits = DeliveryLimits()
        limits.maximumBodyBytes = 1 << 20
        let bomb = try [UInt8](repeating: 0x20, count: 64 << 20).withUnsafeBytes { try Gzip.deflate($0) }
        #expect(bomb.count < limits.maximumBodyBytes)
        #expect(read(bomb, for: try source(limits: limits)).reply?.outcome == .tooLarge)
        let plain = [UInt8](repeating: 0x20, count: limits.maximumBodyBytes + 1)
        #expect(read(plain, for: try source(limits: limits)).reply?.outcome == .tooLarge)
    }
}
