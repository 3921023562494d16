import Cryptography
import Mapping
import Receiving
import Schema
import Testing

@Suite struct `A body that is no JSON by itself` {
    @Test func `may be lines of text`() throws {
        let source = try source(framing: #"{"format": "text"}"#, event: "", fields: #""message": "line""#)
        let delivery = try #require(read("first line\r\n\n  at \"x\"\n \nlast", for: source).delivery)
        #expect(delivery.records == ["first line", "  at \"x\"", "last"])
        #expect(delivery.texts.map { $0.contains("first line") } == [true, false, false])
        #expect(delivery.texts[1].contains(#"  at \"x\""#))
        let broken = try #require(read(Array("good\n".utf8) + [0xFF, 0x0A], for: source).delivery)
        #expect(broken.records == ["good"])
        #expect(broken.quarantined.map(\.cause) == [.unreadable])
        #expect(read([0xFF], for: source).reply?.outcome == .unreadable)
        #expect(read("\n", for: source).reply?.outcome == .unreadable)
    }

    @Test func `has at most so many lines`() throws {
        var limits = DeliveryLimits()
        limits.maximumRecords = 3
        let source = try source(framing: #"{"format": "text"}"#, fields: #""message": "line""#, limits: limits)
        #expect(read("a\nb\nc", for: source).delivery?.events.count == 3)
        #expect(read("a\nb\nc\nd", for: source).reply?.outcome == .tooLarge)
    }

    @Test func `may be a form that holds JSON in one field`() throws {
        let source = try source(framing: #"{"format": "form", "field": "payload", "records": "list"}"#)
        let body = "x=1&payload=%7B%22list%22%3A%5B%7B%22m%22%3A%22a+b%22%7D%2C%7B%22id%22%3A7%7D%5D%7D"
        let delivery = try #require(read(body, for: source).delivery)
        #expect(delivery.texts.count == 1)
        #expect(delivery.texts[0].contains(#""message":"a b""#))
        // What was decoded has no place in the body.
        #expect(delivery.records == [body])
        #expect(delivery.setAside == [#"{"id":7}"#])
        #expect(read(#"{"list":[{"m":"a"}]}"#, for: source).delivery?.records == [#"{"m":"a"}"#])
        for bad in ["payload=%7B", "payload", "payloads={}", "{", "&&&=&"] {
            #expect(read(bad, for: source).reply?.outcome == .unreadable)
        }
    }

    @Test func `may be empty where the mapping says so`() throws {
        let fields = #""message": "$request.headers.\"x-state\"""#
        let open = try source(framing: #"{"empty": true}"#, event: "", fields: fields)
        for body in ["", " \n"] {
            let delivery = try #require(read(body, for: open, headers: [("x-state", "sync")]).delivery)
            #expect(delivery.texts.map { $0.contains(#""message":"sync""#) } == [true])
            #expect(delivery.records == [""])
        }
        let closed = try source(event: "", fields: fields)
        #expect(read("", for: closed, headers: [("x-state", "sync")]).reply?.outcome == .unreadable)
    }

    @Test(arguments: [
        "text/xml", "Application/XML; charset=utf-8", "application/soap+xml", "application/x-protobuf",
        "application/vnd.google.protobuf", "application/protobuf", "application/grpc+proto",
    ])
    func `is refused when it is XML or protobuf`(type: String) throws {
        let reply = try #require(read("<a/>", for: source(), headers: [("content-type", type)]).reply)
        #expect(reply.outcome == .unsupported)
        #expect(reply.answer.status == 415)
        let text = String(decoding: reply.answer.body, as: UTF8.self)
        #expect(text.contains("is not supported; set the sender to JSON"))
        let own = try source(rest: #", "answers": {"unsupported": {"status": 422, "text": "no"}}"#)
        let answer = try #require(read("<a/>", for: own, headers: [("content-type", type)]).reply?.answer)
        #expect(answer.status == 422)
        #expect(String(decoding: answer.body, as: UTF8.self) == "no")
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", "", "x"])
    func `is read as the mapping says, whatever other type it has`(type: String) throws {
        #expect(read(#"{"m":"a"}"#, for: try source(), headers: [("content-type", type)]).delivery?.events.count == 1)
    }

    @Test func `is told from JSON before it is authenticated by nobody`() throws {
        let source = try source(authenticate: #"{"secret": {"header": "x-key"}}"#, secrets: ["secret": ["s"]])
        #expect(read("<a/>", for: source, headers: [("content-type", "text/xml")]).reply?.outcome == .unauthenticated)
    }

    @Test(arguments: [
        (#"{"field": "payload"}"#, "'field' names a field of a form"),
        (#"{"format": "form", "field": ""}"#, "'field' is empty"),
        (#"{"empty": "yes"}"#, "'empty' is true or false"),
        (#"{"format": "xml"}"#, "'format' cannot be 'xml'"),
    ])
    func `needs a framing that can be`(framing: String, message: String) {
        do {
            _ = try source(framing: framing)
            Issue.record("accepted")
        } catch { #expect("\(error)".contains(message)) }
    }
}

@Suite struct `Records inside of texts` {
    /// Plain events one a line, or the log events of CloudWatch, whose message may be JSON.
    private static let records = """
        map(&(let $z = inflate(data) in json_lines($z || base64_decode(data))), records)[] \
        | map(&(logEvents && (let $c = @ in map(&merge(parse_json(message) || {m: message}, \
        {event: id, container: omit($c, 'logEvents')}), logEvents)) || [@]), @)[]
        """

    private func firehose(_ records: [String], limits: DeliveryLimits = DeliveryLimits()) throws -> DeliveryOutcome {
        let source = try source(
            framing: #"{"records": "\#(Self.records)"}"#,
            event: #""id": "event || id", "#,
            fields: #""message": "m", "target": "container.logGroup", "tenant_id": "$.requestId""#,
            limits: limits
        )
        let list = records.map { #"{"data":"\#($0)"}"# }.joined(separator: ",")
        return read(#"{"requestId":"r1","timestamp":1,"records":[\#(list)]}"#, for: source)
    }

    private static func packed(_ text: String) throws -> String { Base64.encode(try Gzip.deflate(Array(text.utf8))) }

    @Test func `keep what they came from within reach`() throws {
        let logs = #"{"logGroup":"g","logEvents":[{"id":"1","message":"{\"m\":\"a\"}"},{"id":"2","message":"plain"}]}"#
        let plain = Base64.encode(Array("{\"m\":\"b\"}\n{\"m\":\"c\"}\n".utf8))
        let delivery = try #require(try firehose([Self.packed(logs), plain]).delivery)
        #expect(
            delivery.texts == [
                #"{"message":"a","status":"other","target":"g","tenant_id":"r1"}"#,
                #"{"message":"plain","status":"other","target":"g","tenant_id":"r1"}"#,
                #"{"message":"b","status":"other","tenant_id":"r1"}"#,
                #"{"message":"c","status":"other","tenant_id":"r1"}"#,
            ]
        )
        #expect(delivery.idTexts.prefix(2) == ["1", "2"])
    }

    @Test func `that cannot be read are set aside alone`() throws {
        let good = Base64.encode(Array(#"{"m":"b"}"#.utf8))
        let bad = Base64.encode(Array(#"{"m":"#.utf8))
        let delivery = try #require(try firehose([good, bad]).delivery)
        #expect(delivery.texts.count == 1)
        #expect(delivery.setAside == [#""{\"m\":""#])
    }

    @Test func `expand no further than a body may`() throws {
        var limits = DeliveryLimits()
        limits.maximumBodyBytes = 8 << 20
        let text = #"{"m":"\#(String(repeating: "x", count: 6 << 20))"}"#
        #expect(try firehose([Self.packed(text)], limits: limits).delivery?.events.count == 1)
        let bomb = try Self.packed(String(repeating: " ", count: 40 << 20))
        let delivery = try #require(try firehose([bomb], limits: limits).delivery)
        #expect(delivery.events.isEmpty)
        #expect(delivery.quarantined.count == 1)
    }
}
