import AuditLog
import JSON
import Schema
import Testing

@Suite struct `A search call` {
    /// 2024-05-06T07:08:09.123456Z.
    static let now: Int64 = 1_714_979_289_123_456
    static let day: Int64 = 86_400_000_000

    private let body = APIRequestBody()

    private func parse(_ text: String) throws(APIRefusal) {
        let result: Result<Void, APIRefusal> = Array(text.utf8).withUnsafeBytes { bytes in
            do throws(APIRefusal) { return .success(try body.parse(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }

    private func search(_ text: String, schema: EventSchema = .standard) throws(APIRefusal) -> SearchCall {
        try parse(text)
        return try SearchCall(body, schema: schema, now: Self.now)
    }

    private func results(_ text: String) throws(APIRefusal) -> ResultsCall {
        try parse(text)
        return try ResultsCall(body)
    }

    @Test(arguments: ["", "{}", #"{"query":null,"start":null,"limit":null,"verbose":null,"search_restriction":null}"#])
    func `has defaults`(text: String) throws {
        let call = try search(text)
        #expect(call.query == .everything)
        #expect(call.receivedAt == (Self.now - 14 * Self.day)...Int64.max)
        #expect(call.order == .receivedAt)
        #expect(call.isDescending)
        #expect(call.limit == 20)
        #expect(call.maximumResults == 10_000)
        #expect(call.restriction == .none)
        #expect(call.isVerbose)
        #expect(!call.returnsContext)
        #expect(!call.verifiesSignatures)
    }

    @Test func `has every member of the contract`() throws {
        let call = try search(
            #"{"query": "message:\"hello world\"", "order": "asc", "order_by": "actor", "start": "2024-01-01T00:00:00.000000Z", "end": "2024-02-01T00:00:00Z", "limit": 10, "max_results": 100, "search_restriction": {"actor": ["Dennis", "Ann", "Ann"], "status": []}, "verbose": false, "return_context": true, "verify_signature": true, "config_id": "pci_fyfzfpj3h7n3ny3nk3snk5mst4himudl", "include_membership_proof": true, "include_hash": 1, "include_root": "x"}"#
        )
        #expect(call.receivedAt == 1_704_067_200_000_000...1_706_745_600_000_000)
        #expect(call.order == .field(try #require(EventSchema.standard.index(of: "actor"))))
        #expect(!call.isDescending)
        #expect(call.limit == 10)
        #expect(call.maximumResults == 100)
        #expect(call.restriction.values == ["actor": ["Ann", "Dennis"]])
        #expect(call.restriction.canonical == Array(#"{"actor":["Ann","Dennis"]}"#.utf8))
        #expect(!call.isVerbose)
        #expect(call.returnsContext)
        #expect(call.verifiesSignatures)
        #expect(body.configurationID == "pci_fyfzfpj3h7n3ny3nk3snk5mst4himudl")
    }

    @Test(arguments: [
        ("1s", 1_000_000), ("2secs", 2_000_000), ("1mi", 60_000_000), ("3minutes", 180_000_000), ("1h", 3_600_000_000),
        ("2hrs", 7_200_000_000), ("0d", 0), ("14d", 14 * day), ("1da", day), ("2w", 14 * day), ("1mo", 30 * day),
        ("1month", 30 * day), ("1y", 365 * day), ("2years", 730 * day),
    ])
    func `starts a duration before now`(duration: String, microseconds: Int64) throws {
        let call = try search(#"{"start":"\#(duration)"}"#)
        #expect(call.receivedAt?.lowerBound == Self.now - microseconds)
    }

    @Test(arguments: [
        ("2024-05-06T07:08:09Z", now - 123_456),
        ("2024-5-6T7:8:9", now - 123_456),
        ("2024-05-06T07:08:09.123456Z", now),
        ("2024-05-06T09:08:09.1+02:00", now - 23_456),
        ("2024-05-06T09:08:09.1+0200", now - 23_456),
        ("2024-05-06T09:08:09.1+02", now - 23_456),
        ("2024-05-06T02:38:09.1-0430", now - 23_456),
    ])
    func `starts at a time`(time: String, microseconds: Int64) throws {
        #expect(try search(#"{"start":"\#(time)"}"#).receivedAt?.lowerBound == microseconds)
    }

    @Test func `ends with now open, so that what was just logged is found`() throws {
        #expect(try search(#"{"end":"0d"}"#).receivedAt?.upperBound == .max)
        #expect(try search(#"{"end":"1s"}"#).receivedAt?.upperBound == Self.now - 1_000_000)
        #expect(try search(#"{"start":"1d","end":"2d"}"#).receivedAt == nil)
        #expect(try search(#"{"start":"99999999999999999999999y"}"#).receivedAt?.lowerBound ?? 0 < -(1 << 62))
    }

    static let refusals: [(body: String, code: APIProblem.Code, source: String)] = [
        (#"{"query":1}"#, .invalidString, "/query"),
        (#"{"query":"("}"#, .badFormat, "/query"),
        (#"{"start":"yesterday"}"#, .badFormatDateTime, "/start"),
        (#"{"start":"14 d"}"#, .badFormatDateTime, "/start"),
        (#"{"start":"-1d"}"#, .badFormatDateTime, "/start"),
        (#"{"start":"1fortnight"}"#, .badFormatDateTime, "/start"),
        (#"{"start":"d"}"#, .badFormatDateTime, "/start"),
        (#"{"start":""}"#, .badFormatDateTime, "/start"),
        (#"{"start":7}"#, .invalidString, "/start"),
        (#"{"end":"2024-02-30T00:00:00Z"}"#, .badFormatDateTime, "/end"),
        (#"{"end":"\#(String(repeating: "1", count: 129))"}"#, .aboveMaxLength, "/end"),
        (#"{"order":"up"}"#, .notEnumMember, "/order"),
        (#"{"order_by":"nobody"}"#, .notEnumMember, "/order_by"),
        (#"{"order_by":"field_str_long"}"#, .notEnumMember, "/order_by"),
        (#"{"limit":0}"#, .isTooSmall, "/limit"),
        (#"{"limit":-9223372036854775808}"#, .isTooSmall, "/limit"),
        (#"{"limit":2.0}"#, .invalidInteger, "/limit"),
        (#"{"limit":"2"}"#, .invalidInteger, "/limit"),
        (#"{"max_results":0}"#, .notWithinRange, "/max_results"),
        (#"{"max_results":10001}"#, .notWithinRange, "/max_results"),
        (#"{"search_restriction":[]}"#, .invalidObject, "/search_restriction"),
        (#"{"search_restriction":{"message":"x"}}"#, .invalidArray, "/search_restriction/message"),
        (#"{"search_restriction":{"message":["x",1]}}"#, .invalidString, "/search_restriction/message/1"),
        (#"{"search_restriction":{"no/body":["x"]}}"#, .unexpectedProperty, "/search_restriction/no~1body"),
        (#"{"search_restriction":{"received_at":["x"]}}"#, .unexpectedProperty, "/search_restriction/received_at"),
        (
            #"{"search_restriction":{"field_str_long":["x"]}}"#, .unexpectedProperty,
            "/search_restriction/field_str_long"
        ),
        (#"{"search_restriction":{"message":["x"],"message":[]}}"#, .unexpectedProperty, "/search_restriction/message"),
        (#"{"verbose":"yes"}"#, .invalidBool, "/verbose"),
        (#"{"config_id":"x"}"#, .doesNotMatchPattern, "/config_id"),
        (#"{"limitt":1}"#, .unexpectedProperty, "/limitt"),
        (#"{"limit":1,"limit":2}"#, .unexpectedProperty, "/limit"),
        ("[", .badFormat, ""),
        ("null", .invalidObject, ""),
    ]

    @Test(arguments: refusals)
    func `is refused`(text: String, code: APIProblem.Code, source: String) {
        let found = problems { () throws(APIRefusal) in _ = try search(text, schema: .custom) }
        #expect(found.map(\.code) == [code])
        #expect(found.map(\.source) == [source])
    }

    @Test func `tells all its problems at once`() {
        let found = problems { () throws(APIRefusal) in
            _ = try search(#"{"query":"x:1 y:2","limit":0,"order":"x","start":"x"}"#)
        }
        #expect(found.map(\.source) == ["/query", "/query", "/start", "/order", "/limit"])
    }

    @Test func `for results asks for a page`() throws {
        let call = try results(
            #"{"id":"pas_ozqrbpzsjp2obclvn7xl5n7canphx3mv","limit":10,"offset":5,"verify_signature":true,"max_results":7}"#
        )
        #expect(call.id == "pas_ozqrbpzsjp2obclvn7xl5n7canphx3mv")
        #expect(call.verifiesSignatures)
        #expect(call.page(of: 100) == 5..<15)
        #expect(call.page(of: 7) == 5..<7)
        #expect(call.page(of: 5) == 5..<5)
        #expect(call.page(of: 4) == nil)
        #expect(try results(#"{"id":"x","offset":-1}"#).page(of: 4) == nil)
        #expect(try results(#"{"id":"x"}"#).page(of: 30) == 0..<20)
        #expect(try results(#"{"id":"x","limit":9223372036854775807,"offset":3}"#).page(of: 30) == 3..<30)
    }

    @Test(arguments: [
        ("{}", APIProblem.Code.fieldRequired, "/id"),
        (#"{"id":1}"#, .invalidString, "/id"),
        (#"{"id":"x","offset":1.5}"#, .invalidInteger, "/offset"),
        (#"{"id":"x","limit":0}"#, .isTooSmall, "/limit"),
        (#"{"id":"x","assert_search_restriction":{"a":1}}"#, .invalidArray, "/assert_search_restriction/a"),
        (#"{"id":"x","query":""}"#, .unexpectedProperty, "/query"),
    ])
    func `for results is refused`(text: String, code: APIProblem.Code, source: String) {
        let found = problems { () throws(APIRefusal) in _ = try results(text) }
        #expect(found.map(\.code) == [code])
        #expect(found.map(\.source) == [source])
    }

    @Test(arguments: [
        (#"{"id":"x"}"#, true),
        (#"{"id":"x","assert_search_restriction":{"actor":["b","a","a"],"status":[]}}"#, true),
        (#"{"id":"x","assert_search_restriction":{"actor":["a"]}}"#, false),
        (#"{"id":"x","assert_search_restriction":{}}"#, false),
        (#"{"id":"x","assert_search_restriction":{"unknown":["a"]}}"#, false),
    ])
    func `for results asserts the restriction of the search`(text: String, isRight: Bool) throws {
        let call = try results(text)
        let restriction = SearchRestriction(values: ["actor": ["a", "b"]])
        let found = problems { () throws(APIRefusal) in try call.checkRestriction(restriction.canonical) }
        #expect(found.map(\.code) == (isRight ? [] : [.invalidConst]))
    }

    @Test func `is accepted as the official client writes it`() throws {
        guard let requests = ContractVectors.load("client-requests.json")?["requests"]?.elements else { return }
        for request in requests {
            let text = try #require(request["body_text"]?.stringValue)
            switch request["path"]?.stringValue {
            case "/v1/search": #expect(throws: Never.self) { _ = try search(text) }
            case "/v1/results": #expect(throws: Never.self) { _ = try results(text) }
            default: break
            }
        }
    }
}
