import AuditLog
import JSON
import Schema
import Testing

@Suite struct `A writing call` {
    private let reader = WritingCallReader()

    private func single(_ body: String, schema: EventSchema = .standard) throws(APIRefusal) -> WritingCall {
        try parse(body)
        return try reader.readSingle(schema: schema)
    }

    private func bulk(_ body: String, schema: EventSchema = .standard) throws(APIRefusal) -> WritingCall {
        try parse(body)
        return try reader.readBulk(schema: schema)
    }

    private func parse(_ body: String) throws(APIRefusal) { try parse(Array(body.utf8)) }

    private func parse(_ body: [UInt8]) throws(APIRefusal) {
        let result: Result<Void, APIRefusal> = body.withUnsafeBytes { bytes in
            do throws(APIRefusal) { return .success(try reader.parse(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }

    private func events(_ call: WritingCall) -> [String] {
        (0..<call.events.count).map { index in
            call.events.withEvent(index) { String(decoding: $0, as: UTF8.self) }
        }
    }

    // MARK: Accepted

    @Test func `of one event becomes canonical JSON`() throws {
        let call = try single(
            #"{"event": {"message": "caf\u00e9\n", "actor": "a/b\u007f", "action": null}, "verbose": true}"#
        )
        #expect(events(call) == ["{\"actor\":\"a/b\u{7F}\",\"message\":\"café\\n\"}"])
        #expect(call.isVerbose)
        #expect(call.signatures.isEmpty)
        #expect(call.previousRoot == nil)
    }

    @Test func `keeps JSON text in a field as it was sent`() throws {
        let call = try single(#"{"event":{"message":"m","new":"{\"b\": 1, \"a\":2}"}}"#)
        #expect(events(call) == [#"{"message":"m","new":"{\"b\": 1, \"a\":2}"}"#])
    }

    @Test func `keeps times as they were sent`() throws {
        let call = try single(#"{"event":{"message":"m","timestamp":"2024-5-6T7:8:9.120000"}}"#)
        #expect(events(call) == [#"{"message":"m","timestamp":"2024-5-6T7:8:9.120000"}"#])
    }

    @Test func `of many events keeps their order`() throws {
        let call = try bulk(#"{"events": [{"event": {"message": "one"}}, {"event": {"actor":"x","message": "two"}}]}"#)
        #expect(events(call) == [#"{"message":"one"}"#, #"{"actor":"x","message":"two"}"#])
        #expect(!call.isVerbose)
        let field = try #require(EventSchema.standard.index(of: "message"))
        let range = try #require(call.events.value(ofField: field, inEvent: 1))
        #expect(String(decoding: call.events.bytes[range], as: UTF8.self) == #""two""#)
    }

    @Test func `has typed fields in a schema of its own`() throws {
        let call = try single(
            #"{"event":{"message":"m","field_int":-9223372036854775808,"field_bool":false,"field_time":"2024-05-06T07:08:09.1Z"}}"#,
            schema: .custom
        )
        #expect(
            events(call) == [
                #"{"field_bool":false,"field_int":-9223372036854775808,"field_time":"2024-05-06T07:08:09.1Z","message":"m"}"#
            ]
        )
    }

    @Test func `tells its configuration before it is read`() throws {
        try parse(#"{"event":{"message":"m"},"config_id":"pci_fyfzfpj3h7n3ny3nk3snk5mst4himudl"}"#)
        #expect(reader.configurationID == "pci_fyfzfpj3h7n3ny3nk3snk5mst4himudl")
        _ = try reader.readSingle(schema: .standard)
        try parse(#"{"config_id":"pci_1"}"#)
        #expect(reader.configurationID == nil)
        try parse("")
        #expect(reader.configurationID == nil)
    }

    @Test func `has one signature for each event once one is signed`() throws {
        let call = try bulk(
            #"{"events":[{"event":{"message":"a"}},{"event":{"message":"b"},"signature":"AA==","public_key":"bare"},{"event":{"message":"c"}}]}"#
        )
        #expect(call.signatures.count == 3)
        #expect(call.signatures[0] == ClientSignature(signature: nil, publicKey: nil))
        #expect(call.signatures[1] == ClientSignature(signature: Array("AA==".utf8), publicKey: Array("bare".utf8)))
        #expect(call.signatures[2] == ClientSignature(signature: nil, publicKey: nil))
    }

    @Test(arguments: [
        #"{\"key\":\"k\",\"algorithm\":\"ED25519\"}"#: #"{"algorithm":"ED25519","key":"k"}"#,
        #"{ \"a\" : 1 }"#: #"{"a":1}"#,
        #"[\"b\", \"a\"]"#: #"["b", "a"]"#,
        "lvOyDMpK2DQ16NI8G41yINl01wMHzINBahtDPoh4+mE=": "lvOyDMpK2DQ16NI8G41yINl01wMHzINBahtDPoh4+mE=",
        #"{\"a\":1"#: #"{"a":1"#,
        "": "",
    ])
    func `rewrites a public key that is a JSON object`(sent: String, stored: String) throws {
        let call = try single(#"{"event":{"message":"m"},"public_key":"\#(sent)"}"#)
        #expect(call.signatures == [ClientSignature(signature: nil, publicKey: Array(stored.utf8))])
    }

    @Test func `has a previous root`() throws {
        let root = String(repeating: "0a", count: 32)
        #expect(try single(#"{"event":{"message":"m"},"prev_root":"\#(root)"}"#).previousRoot == root)
        #expect(try single(#"{"event":{"message":"m"},"prev_root":null}"#).previousRoot == nil)
    }

    @Test func `counts characters and not bytes`() throws {
        let most = String(repeating: "😀", count: 32)
        #expect(try single(#"{"event":{"message":"m","action":"\#(most)"}}"#).events.count == 1)
        #expect(
            problems { () throws(APIRefusal) in _ = try single(#"{"event":{"message":"m","action":"\#(most)😀"}}"#) }
                == [
                    APIProblem(.aboveMaxLength, at: "/event/action", "'action' cannot have more than 32 characters")
                ]
        )
    }

    // MARK: Refused

    static let refusals: [(body: String, code: APIProblem.Code, source: String)] = [
        ("{", .badFormat, ""),
        ("nonsense", .badFormat, ""),
        (#"{"event":{"message":"\ud800"}}"#, .badFormat, ""),
        (#"{"event":{"message":123456789012345678901234567890}}"#, .badFormat, ""),
        (String(repeating: "[", count: 100_000), .badFormat, ""),
        ("[]", .invalidObject, ""),
        ("7", .invalidObject, ""),
        ("", .fieldRequired, "/event"),
        ("{}", .fieldRequired, "/event"),
        (#"{"event":null}"#, .fieldRequired, "/event"),
        (#"{"event":"x"}"#, .invalidObject, "/event"),
        (#"{"event":[]}"#, .invalidObject, "/event"),
        (#"{"event":{}}"#, .fieldRequired, "/event/message"),
        (#"{"event":{"message":null}}"#, .fieldRequired, "/event/message"),
        (#"{"event":{"message":""}}"#, .belowMinLength, "/event/message"),
        (#"{"event":{"message":1}}"#, .invalidString, "/event/message"),
        (#"{"event":{"message":{}}}"#, .invalidString, "/event/message"),
        (#"{"event":{"message":["x"]}}"#, .invalidString, "/event/message"),
        (#"{"event":{"message":"m","message":"n"}}"#, .unexpectedProperty, "/event/message"),
        (#"{"event":{"message":"m","actor":null,"actor":null}}"#, .unexpectedProperty, "/event/actor"),
        (#"{"event":{"message":"m"},"event":{"message":"m"}}"#, .unexpectedProperty, "/event"),
        (#"{"event":{"message":"m","a/b~c":1}}"#, .unexpectedProperty, "/event/a~1b~0c"),
        (#"{"event":{"message":"m","received_at":"x"}}"#, .unexpectedProperty, "/event/received_at"),
        (#"{"event":{"message":"m"},"events":[]}"#, .unexpectedProperty, "/events"),
        (#"{"event":{"message":"m","timestamp":"yesterday"}}"#, .badFormatDateTime, "/event/timestamp"),
        (#"{"event":{"message":"m","timestamp":1}}"#, .invalidString, "/event/timestamp"),
        (#"{"event":{"message":"m"},"verbose":"true"}"#, .invalidBool, "/verbose"),
        (#"{"event":{"message":"m"},"verbose":1}"#, .invalidBool, "/verbose"),
        (#"{"event":{"message":"m"},"signature":7}"#, .invalidString, "/signature"),
        (#"{"event":{"message":"m"},"prev_root":"ABC"}"#, .doesNotMatchPattern, "/prev_root"),
        (#"{"event":{"message":"m"},"config_id":"pci_1"}"#, .doesNotMatchPattern, "/config_id"),
        (#"{"event":{"message":"m"},"config_id":{}}"#, .invalidString, "/config_id"),
    ]

    @Test(arguments: refusals)
    func `of one event is refused`(body: String, code: APIProblem.Code, source: String) {
        let found = problems { () throws(APIRefusal) in _ = try single(body) }
        #expect(found.map(\.code) == [code])
        #expect(found.map(\.source) == [source])
    }

    static let typedRefusals: [(value: String, code: APIProblem.Code, source: String)] = [
        (#""field_int":1.0"#, .invalidInteger, "/event/field_int"),
        (#""field_int":1e3"#, .invalidInteger, "/event/field_int"),
        (#""field_int":"1""#, .invalidInteger, "/event/field_int"),
        (#""field_int":true"#, .invalidInteger, "/event/field_int"),
        (#""field_int":9223372036854775808"#, .invalidInteger, "/event/field_int"),
        (#""field_bool":0"#, .invalidBool, "/event/field_bool"),
        (#""field_bool":"true""#, .invalidBool, "/event/field_bool"),
        (#""field_time":"""#, .badFormatDateTime, "/event/field_time"),
        (#""field_str_long":false"#, .invalidString, "/event/field_str_long"),
    ]

    @Test(arguments: typedRefusals)
    func `with typed fields is refused`(value: String, code: APIProblem.Code, source: String) {
        let found = problems { () throws(APIRefusal) in
            _ = try single(#"{"event":{"message":"m",\#(value)}}"#, schema: .custom)
        }
        #expect(found.map(\.code) == [code])
        #expect(found.map(\.source) == [source])
    }

    static let bulkRefusals: [(body: String, code: APIProblem.Code, source: String)] = [
        ("{}", .fieldRequired, "/events"),
        (#"{"events":{}}"#, .invalidArray, "/events"),
        (#"{"events":[]}"#, .belowMinItems, "/events"),
        (#"{"events":[1]}"#, .invalidObject, "/events/0"),
        (#"{"events":[{}]}"#, .fieldRequired, "/events/0/event"),
        (#"{"events":[{"event":{"message":"a"}},{"event":{"actor":"x"}}]}"#, .fieldRequired, "/events/1/event/message"),
        (#"{"events":[{"event":{"message":"a"},"verbose":true}]}"#, .unexpectedProperty, "/events/0/verbose"),
        (#"{"events":[{"event":{"message":"a"},"signature":[]}]}"#, .invalidString, "/events/0/signature"),
        (#"{"events":[{"event":{"message":"a"}}],"prev_root":"x"}"#, .unexpectedProperty, "/prev_root"),
    ]

    @Test(arguments: bulkRefusals)
    func `of many events is refused`(body: String, code: APIProblem.Code, source: String) {
        let found = problems { () throws(APIRefusal) in _ = try bulk(body) }
        #expect(found.map(\.code) == [code])
        #expect(found.map(\.source) == [source])
    }

    @Test func `tells all its problems at once, in the words of the contract`() {
        let target = String(repeating: "x", count: 129)
        let found = problems { () throws(APIRefusal) in _ = try single(#"{"event":{"target":"\#(target)"},"verbos":1}"#)
        }
        #expect(
            Set(found) == [
                APIProblem(.unexpectedProperty, at: "/verbos", "'verbos' is not a known member"),
                APIProblem(.fieldRequired, at: "/event/message", "'message' is required"),
                APIProblem(.aboveMaxLength, at: "/event/target", "'target' cannot have more than 128 characters"),
            ]
        )
        let empty = problems { () throws(APIRefusal) in _ = try single(#"{"event":{"message":""}}"#) }
        #expect(empty.map(\.detail) == ["'message' cannot have less than 1 characters"])
        let twice = problems { () throws(APIRefusal) in _ = try single(#"{"event":{"message":"a","message":"b"}}"#) }
        #expect(twice.map(\.detail) == ["'message' appears twice in one object"])
    }

    @Test func `refuses a signature or key beyond 256 characters`() {
        let long = String(repeating: "A", count: 257)
        let found = problems { () throws(APIRefusal) in
            _ = try single(#"{"event":{"message":"m"},"signature":"\#(long)","public_key":"\#(long)"}"#)
        }
        #expect(found.map(\.source) == ["/signature", "/public_key"])
        #expect(found.allSatisfy { $0.code == .aboveMaxLength })
    }

    @Test func `has at most 1000 events`() throws {
        let event = #"{"event":{"message":"m"}}"#
        let most = Array(repeating: event, count: 1000).joined(separator: ",")
        #expect(try bulk(#"{"events":[\#(most)]}"#).events.count == 1000)
        let found = problems { () throws(APIRefusal) in _ = try bulk(#"{"events":[\#(most),\#(event)]}"#) }
        #expect(found.map(\.code) == [.aboveMaxItems])
        #expect(found.map(\.source) == ["/events"])
    }

    @Test func `is refused when it is not UTF-8`() {
        let body = Array(#"{"event":{"message":"m"#.utf8) + [0xFF, 0xC0] + Array(#""}}"#.utf8)
        let found = problems { () throws(APIRefusal) in try parse(body) }
        #expect(found.map(\.code) == [.badFormat])
    }

    @Test func `tells a bounded number of problems`() {
        let members = (0..<50_000).map { #""x\#($0)":1"# }.joined(separator: ",")
        let found = problems { () throws(APIRefusal) in _ = try single(#"{"event":{"message":"m",\#(members)}}"#) }
        #expect(found.count == APIRefusal.maximumCount)
    }

    @Test func `leaves nothing behind when it is refused`() throws {
        _ = problems { () throws(APIRefusal) in
            _ = try bulk(#"{"events":[{"event":{"message":"secret"}},{"event":{"actor":"x"}}]}"#)
        }
        #expect(events(try bulk(#"{"events":[{"event":{"message":"next"}}]}"#)) == [#"{"message":"next"}"#])
        _ = problems { () throws(APIRefusal) in try parse("{") }
        #expect(
            problems { () throws(APIRefusal) in _ = try reader.readSingle(schema: .standard) }.map(\.source) == [
                "/event"
            ]
        )
    }

    @Test func `is read by the schema that is asked for`() throws {
        for _ in 0..<3 {
            #expect(events(try single(#"{"event":{"message":"m","actor":"a"}}"#)) == [#"{"actor":"a","message":"m"}"#])
            #expect(
                events(try single(#"{"event":{"message":"m","field_int":1}}"#, schema: .custom))
                    == [#"{"field_int":1,"message":"m"}"#]
            )
        }
        for count in 1...40 {
            let schema = EventSchema(fields: (1...count).map { Field(id: "f\($0)", kind: .integer) })
            #expect(
                events(try single(#"{"event":{"f\#(count)":\#(count)}}"#, schema: schema)) == [
                    #"{"f\#(count)":\#(count)}"#
                ]
            )
        }
    }

    @Test func `refusal is an answer of the API`() {
        let refusal = APIRefusal(APIProblem(.fieldRequired, at: "/event/message", "'message' is required"))
        var writer = JSONWriter()
        refusal.appendResult(to: &writer)
        #expect(refusal.summary == "There were 1 field(s) with errors")
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"errors":[{"code":"FieldRequired","detail":"'message' is required","source":"/event/message"}]}"#
        )
    }

    /// Random damage to a good request never gets past the reader as anything but an event of the schema.
    @Test func `survives damage`() throws {
        var generator = SeededGenerator(seed: 7)
        let good = Array(
            #"{"events":[{"event":{"message":"m","actor":"a","timestamp":"2024-05-06T07:08:09Z"},"signature":"AA=="}],"verbose":true}"#
                .utf8
        )
        let alphabet = Array("{}[]\",:\\u0é1-.eE tfn".utf8)
        let document = JSONDocument()
        for _ in 0..<20_000 {
            var body = good
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<body.count, using: &generator)
                body[place] = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            }
            guard problems({ () throws(APIRefusal) in try parse(body) }).isEmpty,
                let call = try? reader.readBulk(schema: .standard)
            else { continue }
            for index in 0..<call.events.count {
                try document.parse(call.events.withEvent(index) { [UInt8]($0) })
                var writer = JSONWriter()
                writer.append(canonical: document.root)
                #expect(writer.bytes == call.events.withEvent(index) { [UInt8]($0) })
            }
        }
    }

    // MARK: The contract's vectors

    @Test func `is accepted as the official client writes it`() throws {
        guard let requests = ContractVectors.load("client-requests.json")?["requests"]?.elements else { return }
        var count = 0
        for request in requests {
            let path = request["path"]?.stringValue
            let body = try #require(request["body_text"]?.stringValue)
            switch path {
            case "/v1/log":
                #expect(try single(body).events.count == 1)
                count += 1
            case "/v2/log", "/v2/log_async":
                #expect(try !bulk(body).events.isEmpty)
                count += 1
            default: break
            }
        }
        #expect(count == 13)
    }

    /// The same requests' hardest ones, as they are on the wire.
    @Test func `is accepted with escapes, blanks and a signature`() throws {
        let objects = try single(
            #"{"event": {"message": "caf\u00e9", "new": "{\"a\":[true,\"\u00e9\"],\"b\":1}", "old": "{\"k\":\"v\"}"}}"#
        )
        #expect(events(objects) == [#"{"message":"café","new":"{\"a\":[true,\"é\"],\"b\":1}","old":"{\"k\":\"v\"}"}"#])
        let signed = try single(
            #"{"event": {"message": "m", "actor": "a"}, "verbose": true, "signature": "JNx/nlF0VkApOOePABf89Q/JZ3QqoA+/boBkPNAnz2/h5QsaWIUIxdygTMTKetg8cb39OFS5+rYdcL1E/c92Dw==", "public_key": "{\"algorithm\":\"ED25519\",\"key\":\"-----BEGIN PUBLIC KEY-----\\nMCowBQYDK2VwAyEASmyCH4dza+n6ZBy2R8gp8xo+XZb5LLptKB8RETCHC88=\\n-----END PUBLIC KEY-----\\n\"}"}"#
        )
        let key =
            #"{"algorithm":"ED25519","key":"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEASmyCH4dza+n6ZBy2R8gp8xo+XZb5LLptKB8RETCHC88=\n-----END PUBLIC KEY-----\n"}"#
        #expect(signed.signatures.first?.publicKey == Array(key.utf8))
    }
}
