import JSON
import Mapping
import Receiving
import Schema
import Testing

@Suite struct `The quarantine of a delivery` {
    @Test func `keeps the JSON of a record without a place of its own`() throws {
        let source = try source(framing: #"{"records": "a[].n"}"#)
        let delivery = try #require(read(#"{"a":[{"n":1},{"n":{"m":"x"}},{"n":"two"}]}"#, for: source).delivery)
        #expect(delivery.texts == [#"{"message":"x","status":"other"}"#])
        #expect(delivery.setAside == ["1", #""two""#])
        #expect(delivery.quarantined.allSatisfy { $0.cause == .unmapped && $0.place != nil })
    }

    @Test func `is no multiple of the body when scalars are taken out of a large one`() throws {
        let long = String(repeating: "x", count: 500_000)
        let elements = Array(repeating: #"{"data":1}"#, count: 4000).joined(separator: ",")
        let body = #"[{"data":{"data":1,"p":"\#(long)"}},\#(elements)]"# + "\n"
        let delivery = try #require(read(body, for: try source(framing: #"{"records": "[*].data"}"#)).delivery)
        #expect(delivery.quarantined.count == 4001)
        #expect(keptBytes(of: delivery) <= delivery.body.count + 64 << 10)
    }

    @Test(arguments: [
        // A value that is taken many times: with a place, whole, and out of other text.
        #"{"records": "[*] | map(&$[0], @)"}"#, #"{"records": "map(&$, @)"}"#,
        #"{"records": "let $text = parse_json([0].t) in map(&$text, @)"}"#,
    ])
    func `is the whole body once when its records would be longer`(framing: String) throws {
        let long = String(repeating: "x", count: 100_000)
        let elements = Array(repeating: "1", count: 10).joined(separator: ",")
        let body = #"[{"p":"\#(long)","t":"[[\"\#(long)\"]]"},\#(elements)]"#
        let delivery = try #require(read(body, for: try source(framing: framing)).delivery)
        #expect(delivery.quarantined.count == 1)
        #expect(delivery.setAside == [body])
        #expect(delivery.quarantined[0].reason.hasPrefix("11 records were set aside"))
        #expect(delivery.quarantined[0].place != nil)
    }

    private func keptBytes(of delivery: Delivery) -> Int {
        delivery.quarantined.reduce(0) { $0 + delivery.bytes(of: $1).count }
    }

    @Test(arguments: [
        (#"[{"m":"a"},{"n":00}]"#, "not readable at byte 16: a number is malformed or beyond 64 bits"),
        (#"[{"m":"a"},{"n":"\ud800"}]"#, "not readable at byte 16: a string is not valid"),
        (#"[{"m":"a"},nope]"#, "not readable at byte 11: not JSON"),
        ("{\"m\":\"a\"}\n{\"m\": \"open\n{\"m\":\"b\"}\n", "not readable at byte 10: not JSON"),
        ("{\"m\":\"a\"}\n{\"m\":00}\n", "not readable at byte 15: a number is malformed or beyond 64 bits"),
        (#"{"m":"a"}{"n":tru}"#, "not readable at byte 14: not JSON"),
    ])
    func `says what cannot be read and where`(body: String, reason: String) throws {
        let delivery = try #require(read(body, for: try source()).delivery)
        #expect(delivery.quarantined.count == 1)
        #expect(delivery.quarantined[0].reason.hasPrefix(reason), "\(delivery.quarantined[0].reason)")
    }

    @Test func `says where the only record of a body cannot be read`() throws {
        let reply = try #require(read(#"{"m":"a","n":[1,00]}"#, for: try source()).reply)
        #expect(reply.reason == "at byte 16: a number is malformed or beyond 64 bits")
    }

    @Test func `takes a bad member without its neighbours`() throws {
        let source = try source(framing: #"{"records": "logs"}"#)
        for body in [#"{"logs":[{"m":"a"}],"x":1e999}"#, #"{"x":{"y":[1e999]},"logs":[{"m":"a"}]}"#] {
            let delivery = try #require(read(body, for: source).delivery)
            #expect(delivery.records == [#"{"m":"a"}"#])
            #expect(delivery.setAside == ["1e999"])
            #expect(delivery.quarantined.map(\.cause) == [.unreadable])
        }
    }

    @Test func `keeps a null among overwritten elements`() throws {
        let source = try source(framing: #"{"records": "map(&@, @)"}"#)
        let delivery = try #require(read(#"[{"m":"a"},null,nope,null]"#, for: source).delivery)
        #expect(delivery.records.count == 1)
        #expect(delivery.setAside.sorted() == ["nope", "null", "null"])
    }

    @Test func `is not for those who have not said who they are`() throws {
        let open =
            #"{"when": "$request.method == 'POST'", "authenticate": \#(false), "answer": {"text": "join('', a)"}}"#
        let closed = open.replacing("false", with: "true")
        for (handshake, isKept) in [(open, false), (closed, true)] {
            let source = try source(rest: #", "handshakes": [\#(handshake)]"#)
            let reply = try #require(read(#"{"a":1}"#, for: source).reply)
            #expect(reply.outcome == .unreadable)
            #expect(reply.answer.status == 400)
            #expect((reply.quarantine != nil) == isKept)
        }
    }
}

@Suite struct `The records of a delivery` {
    @Test func `are numbered as they were sent`() throws {
        let plain = try #require(read(#"[{"m":"a"},{"m":"b"}]"#, for: try source()).delivery)
        #expect(plain.events.indices.map { plain.recordNumbers[$0] } == [0, 1])
        let body = "[{\"m\":\"a\"},{\"kind\":\"ping\"},{},{\"m\":\"b\"},nope,{\"m\":\"c\"}]\n{\"m\":\"d\"}\n"
        let mixed = try #require(read(body, for: try source()).delivery)
        #expect(mixed.texts.count == 4)
        #expect(mixed.events.indices.map { mixed.recordNumbers[$0] } == [0, 3, 5, 6])
    }

    @Test func `may not become longer events than allowed`() throws {
        var limits = DeliveryLimits()
        let body =
            "[" + Array(repeating: #"{"m":"\#(String(repeating: "x", count: 80))"}"#, count: 20).joined(separator: ",")
            + "]"
        limits.maximumEventBytes = 3000
        #expect(read(body, for: try source(limits: limits)).delivery?.events.count == 20)
        limits.maximumEventBytes = 1000
        let reply = try #require(read(body, for: try source(limits: limits)).reply)
        #expect(reply.outcome == .tooLarge)
        #expect(reply.reason == "the delivery's events have more than 1000 bytes")
    }

    @Test func `may need as many steps as they are`() throws {
        var limits = DeliveryLimits()
        limits.mappingSteps = 100
        limits.mappingOutputBytes = 1 << 10
        let elements = Array(repeating: #"{"r":{"m":"a"}}"#, count: 1000).joined(separator: ",")
        let source = try source(framing: #"{"records": "[*].r"}"#, limits: limits)
        #expect(read("[\(elements)]", for: source).delivery?.events.count == 1000)
    }

    @Test func `have the steps and bytes that the limits give`() throws {
        let record = #"{"m":["\#(Array(repeating: "x", count: 200).joined(separator: #"",""#))"]}"#
        let field = #""message": "join('', m[*].upper(@))""#
        var limits = DeliveryLimits()
        #expect(read(record, for: try source(fields: field, limits: limits)).delivery?.events.count == 1)
        limits.mappingSteps = 100
        let steps = try #require(read(record, for: try source(fields: field, limits: limits)).delivery)
        #expect(steps.quarantined.map(\.reason) == ["the evaluation takes more steps than allowed"])
        limits.mappingSteps = 100_000
        limits.mappingOutputBytes = 1 << 10
        let bytes = try #require(read(record, for: try source(fields: field, limits: limits)).delivery)
        #expect(bytes.quarantined.map(\.reason) == ["the result is larger than an expression may build"])
    }
}

@Suite struct `Records of Auth0 in envelopes` {
    private static let record = #"{"log_id":"1","data":{"type":"s","description":"in"}}"#

    private func read(_ body: String) throws -> Delivery {
        let mapping = try #require(`The bundled mappings`.library.mappings["auth0"])
        let source = try Source(
            name: "auth0",
            mapping: mapping.bind(to: .standard),
            secrets: ["secret": [Array("s".utf8)]],
            scope: []
        )
        return try #require(ReceivingTests.read(body, for: source, headers: [("authorization", "s")]).delivery)
    }

    @Test(arguments: [
        (#"[{"id":"g","data":R},{"id":"x"}]"#, 1, [#"{"id":"x"}"#]),
        (#"[{"id":"x"},{"id":"g","data":R}]"#, 1, [#"{"id":"x"}"#]),
        (#"[{"detail":R}]"#, 1, []), (#"[{"detail":R},R,{"data":R}]"#, 3, []), (#"{"detail":R}"#, 1, []),
        (#"{"data":R}"#, 1, []), (#"[R,R]"#, 2, []), (#"{"logs":[R,{"id":"x"}]}"#, 1, [#"{"id":"x"}"#]),
        (#"[{"detail":"x"},R]"#, 1, [#"{"detail":"x"}"#]),
        (#"[{"data":R},1,null,"x",[]]"#, 1, ["1", "null", #""x""#, "[]"]),
        (#"[1,R]"#, 1, ["1"]),
    ])
    func `are unwrapped one by one, and nothing is lost`(body: String, count: Int, setAside: [String]) throws {
        let delivery = try read(body.replacing("R", with: Self.record))
        #expect(delivery.events.count == count)
        #expect(delivery.records == Array(repeating: Self.record, count: count))
        #expect(delivery.setAside == setAside)
    }

    @Test func `may be longer than what the mapping of one record may build`() throws {
        let long = Self.record.replacing("in", with: String(repeating: "x", count: 30_000))
        let delivery = try read("[" + Array(repeating: #"{"data":\#(long)}"#, count: 200).joined(separator: ",") + "]")
        #expect(delivery.body.count > DeliveryLimits().mappingOutputBytes)
        #expect(delivery.events.count == 200)
    }

    @Test func `may be as many as a delivery holds`() throws {
        let elements = Array(repeating: #"{"id":"g","topic":"t","data":\#(Self.record)}"#, count: 10_000)
        let delivery = try read("[\(elements.joined(separator: ","))]")
        #expect(delivery.events.count == 10_000)
        #expect(delivery.quarantined.isEmpty, "\(delivery.quarantined.first?.reason ?? "")")
    }
}
