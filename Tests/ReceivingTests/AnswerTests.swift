import Mapping
import Receiving
import Schema
import Testing

@Suite struct `An answer that depends on the delivery` {
    private func source(_ answers: String, framing: String = "{}") throws -> Source {
        try ReceivingTests.source(
            authenticate: #"{"secret": {"header": "x-key"}}"#,
            framing: framing,
            rest: #", "answers": {\#(answers)}"#,
            secrets: ["secret": ["s"]]
        )
    }

    private func text(_ body: [UInt8]?) -> String? { body.map { String(decoding: $0, as: UTF8.self) } }

    private let headers: [(name: String, value: String)] = [("x-key", "s"), ("x-id", "r9")]

    @Test func `repeats what the vendor sent, with our time`() throws {
        let value = #"{"value": "{requestId: requestId, timestamp: $received_ms}"}"#
        let source = try source(#""stored": \#(value), "duplicate": \#(value)"#, framing: #"{"records": "records"}"#)
        let delivery = try #require(
            read(#"{"requestId":"r1","records":[{"m":"a"},{"m":"b"}]}"#, for: source, headers: headers).delivery
        )
        let expected = #"{"requestId":"r1","timestamp":\#(now / 1000)}"#
        #expect(text(delivery.answerBodies[.stored]) == expected)
        #expect(text(delivery.answerBodies[.duplicate]) == expected)
        #expect(delivery.answerBodies[.quarantined] == nil)
    }

    @Test func `reads the request, the source and the first of several values`() throws {
        let source = try source(
            #""stored": {"value": "[m, $request.headers.\"x-id\", $source.constants.tenant, $received_at, $.m]"}"#
        )
        let delivery = try #require(read("{\"m\":\"a\"}\n{\"m\":\"b\"}", for: source, headers: headers).delivery)
        #expect(text(delivery.answerBodies[.stored])?.hasPrefix(#"["a","r9","acme","20"#) == true)
        #expect(text(delivery.answerBodies[.stored])?.hasSuffix(#"Z","a"]"#) == true)
    }

    @Test func `is there for bodies that cannot be read, of an empty object`() throws {
        let source = try source(
            #""unreadable": {"value": "{id: $request.headers.\"x-id\", m: m}"}, "unsupported": {"value": "{id: 'x'}"}"#
        )
        let reply = try #require(read("no JSON", for: source, headers: headers).reply)
        #expect(reply.answer.status == 400)
        #expect(text(reply.answer.body) == #"{"id":"r9","m":null}"#)
        #expect(reply.answer.headers.contains { $0 == ("content-type", "application/json") })
        let xml = try #require(read("<a/>", for: source, headers: headers + [("content-type", "text/xml")]).reply)
        #expect(text(xml.answer.body) == #"{"id":"x"}"#)
        // A wrong secret is answered the same by all.
        #expect(text(read("no JSON", for: source).reply?.answer.body) == #"{"status":"unauthenticated"}"#)
    }

    @Test(arguments: ["keys(m)", "nothing", "join('', [@, @])", "pad_left('', `5000`)", "pad_left('', `1e18`)"])
    func `is empty when it fails or is too long`(expression: String) throws {
        let source = try source(#""stored": {"value": "\#(expression)"}"#)
        let delivery = try #require(read(#"{"m":"a"}"#, for: source, headers: headers).delivery)
        #expect(delivery.answerBodies[.stored] == [])
        #expect(delivery.events.count == 1)
    }

    @Test func `is made anew for each delivery`() throws {
        let source = try source(#""stored": {"value": "m"}, "unreadable": {"value": "m"}"#)
        let reader = DeliveryReader()
        for word in ["a", "b"] {
            let delivery = read(Array(#"{"m":"\#(word)"}"#.utf8), for: source, headers: headers, reader: reader)
                .delivery
            #expect(text(delivery?.answerBodies[.stored]) == "\"\(word)\"")
        }
        #expect(read(Array("x".utf8), for: source, headers: headers, reader: reader).reply?.answer.body == [])
    }

    @Test(arguments: [
        (#""stored": {"value": "a", "json": {}}"#, "one of 'json', 'text' and 'value'"),
        (#""stored": {"value": "a", "status": 204}"#, "an answer 204 has no body"),
        (#""stored": {"value": "a["}"#, "test.json:"),
        (#""stored": {"value": "$nobody"}"#, "nobody"),
        (#""stored": {"value": 5}"#, "expression in a text"),
        (#""unauthenticated": {"value": "a"}"#, "always the same 401"),
    ])
    func `is checked when its mapping is loaded`(answers: String, message: String) {
        do {
            _ = try source(answers)
            Issue.record("accepted")
        } catch { #expect("\(error)".contains(message)) }
    }

    @Test func `alone may read the time in milliseconds`() {
        #expect(throws: MappingErrors.self) {
            try ReceivingTests.source(fields: #""message": "to_string($received_ms)""#)
        }
    }
}
