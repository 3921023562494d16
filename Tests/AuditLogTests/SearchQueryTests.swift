import AuditLog
import JSON
import Schema
import Testing

@Suite struct `A search query` {
    /// The contract's data sets (vectors, search-queries.json).
    static let standardEvents = [
        #"{"message":"Jane Doe signed in","actor":"Jane Doe","action":"login","status":"success","target":"portal","source":"web"}"#,
        #"{"message":"bob failed to sign in","actor":"bob","action":"login","status":"failure","target":"portal","source":"web"}"#,
        #"{"message":"deleted record 42","actor":"bob","action":"delete","status":"success","target":"record/42","old":"{\"name\":\"x\"}"}"#,
        #"{"message":"viewed x-ray","actor":"Dr. Alice","action":"view","target":"x-ray:7","source":"10.0.0.1"}"#,
        #"{"message":"Deactivated user","actor":"root","action":"update","status":"success","target":"/etc/shadow","new":"deactivated"}"#,
        #"{"message":"a (b) c","actor":"alice","action":"note","status":"ok"}"#,
    ]
    static let customEvents = [
        #"{"message":"n0","field_int":-10,"field_bool":false,"field_time":"2024-01-01T00:00:00Z"}"#,
        #"{"message":"n1","field_int":0,"field_bool":true,"field_time":"2024-06-01T00:00:00Z"}"#,
        #"{"message":"n2","field_int":3,"field_bool":true,"field_time":"2025-01-01T00:00:00Z"}"#,
        #"{"message":"n3","field_int":30,"field_bool":false,"field_time":"2023-01-01T00:00:00Z"}"#,
    ]

    private func matches(
        _ query: String,
        in events: [String],
        schema: EventSchema,
        restriction: SearchRestriction = .none
    ) throws(APIRefusal) -> [Int] {
        let matcher = SearchMatcher(try SearchQuery(query, schema: schema), restriction: restriction, schema: schema)
        return events.indices.filter { matcher.matches(StoredEvent(UInt64($0 + 1), events[$0])) }
    }

    private func standard(_ query: String) throws(APIRefusal) -> [Int] {
        try matches(query, in: Self.standardEvents, schema: .standard)
    }

    private func custom(_ query: String) throws(APIRefusal) -> [Int] {
        try matches(query, in: Self.customEvents, schema: .custom)
    }

    @Test(arguments: [
        ("", [0, 1, 2, 3, 4, 5]),
        (" \t\n", [0, 1, 2, 3, 4, 5]),
        (#"message:"""#, [0, 1, 2, 3, 4, 5]),
        (#"new:"""#, [4]),
        (#"-new:"""#, [0, 1, 2, 3, 5]),
        (#""""#, [0, 1, 2, 3, 4, 5]),
        ("deactivated", [4]),
        ("Deactivated", [4]),
        (#"actor:"Jane Doe""#, [0]),
        ("actor:jane", []),
        (#""viewed x-ray""#, [3]),
        ("actor:bob target:portal sign", [1]),
        ("actor:root target:/etc/shadow", [4]),
        (#"-actor:"bob""#, [0, 3, 4, 5]),
        ("--actor:bob", [1, 2]),
        ("- actor:bob", [0, 3, 4, 5]),
        ("status:success AND action:login", [0]),
        ("action:login OR action:delete", [0, 1, 2]),
        ("status:success AND (actor:bob OR actor:root)", [2, 4]),
        ("action:view OR actor:bob AND action:login", [1, 3]),
        ("action:view OR actor:bob action:login", [1, 3]),
        ("-(action:login OR action:delete)", [3, 4, 5]),
        ("target:x-ray:7", [3]),
        ("x-ray:7", [3]),
        ("10.0.0.1", [3]),
        (#"message:"(b)""#, [5]),
        (#"old:"{\"name\"""#, [2]),
        ("old={\"name\":\"x\"}", [2]),
        ("action=login", [0, 1]),
        ("action=log", []),
        (#"action="""#, []),
        ("and", []),
        ("or", [0, 1, 2]),
        (#""AND""#, []),
        ("((((bob))))", [1, 2]),
        ("(actor:bob)(action:delete)", [2]),
        ("action", []),
        (#""action":"#, []),
        ("received_at>2023-11-14T22:13:24Z", [4, 5]),
        ("received_at<2023-11-14", []),
        ("received_at:2023-11-14T22:13:23", [2]),
        ("received_at=2023-11-14T22:13:23.000000Z", [2]),
    ])
    func `finds events of the standard schema`(query: String, indices: [Int]) throws {
        #expect(try standard(query) == indices)
    }

    @Test(arguments: [
        ("field_int>2", [2, 3]),
        ("field_int<0", [0]),
        ("field_int:-10", [0]),
        ("field_int:3", [2]),
        ("field_int=3", [2]),
        (#"field_int:"3""#, [2]),
        (#"field_int:"""#, [0, 1, 2, 3]),
        ("field_bool:true", [1, 2]),
        ("field_bool=false", [0, 3]),
        ("3", [2, 3]),
        ("30", [3]),
        ("true", [1, 2]),
        ("field_time>2024-03-01T00:00:00Z", [1, 2]),
        ("field_time>2024-03-01", [1, 2]),
        ("field_time=2024-01-01T02:00:00+02:00", [0]),
        ("field_time:2024", [0, 1]),
        ("field_int>-5 field_bool:true", [1, 2]),
        ("-field_int:0", [0, 2, 3]),
    ])
    func `finds events with typed fields`(query: String, indices: [Int]) throws {
        #expect(try custom(query) == indices)
    }

    @Test func `does not look into fields that are not indexed`() throws {
        let events = [#"{"message":"m","field_str_long":"needle"}"#]
        #expect(try matches("needle", in: events, schema: .custom) == [])
        #expect(try matches("m", in: events, schema: .custom) == [0])
    }

    @Test func `finds text with control characters, quotes and beyond ASCII`() throws {
        let events = [#"{"message":"tab\there \"quoted\" back\\slash – 😀é\u0000x"}"#, #"{"message":"n"}"#]
        for query in ["\"tab\there\"", #""\"quoted\"""#, #"back\slash"#, "–", "😀", "é\u{0}x"] {
            #expect(try matches(query, in: events, schema: .standard) == [0])
        }
        #expect(try matches("n", in: events, schema: .standard) == [1])
        #expect(try matches(#"\t"#, in: events, schema: .standard) == [])
    }

    static let syntaxErrors: [(query: String, detail: String?)] = [
        ("(", "syntax error at the end of the query"),
        (")", "syntax error at ): LexToken(CPAREN,')',1,0)"),
        ("actor:alice)", "syntax error at ): LexToken(CPAREN,')',1,11)"),
        ("actor:bob AND", "syntax error at the end of the query"),
        ("OR actor:bob", "syntax error at OR: LexToken(OR,'OR',1,0)"),
        (#"actor:"bob"#, nil),
        ("()", "syntax error at ): LexToken(CPAREN,')',1,1)"),
        ("actor:bob )", "syntax error at ): LexToken(CPAREN,')',1,10)"),
        ("😀é )", "syntax error at ): LexToken(CPAREN,')',1,3)"),
        ("-", "syntax error at the end of the query"),
        ("-OR", nil),
        ("a OR OR b", nil),
        ("actor:", nil),
        ("actor:)", nil),
        ("actor: bob", nil),
        ("a AND OR b", nil),
    ]

    @Test(arguments: syntaxErrors)
    func `with a syntax error is refused`(query: String, detail: String?) {
        let found = problems { () throws(APIRefusal) in _ = try SearchQuery(query, schema: .standard) }
        #expect(found.map(\.code) == [.badFormat])
        #expect(found.map(\.source) == ["/query"])
        if let detail { #expect(found.map(\.detail) == [detail]) }
    }

    @Test(arguments: [
        ("nobody:x", 1), ("Actor:x", 1), ("nobody:x a -(nothing=y)", 2), ("field_str_long:x", 1), ("field_int:x", 1),
        ("field_int>=3", 1), ("field_int>1.5", 1), ("field_int:9223372036854775808", 1), ("field_bool:yes", 1),
        ("field_bool>true", 1), ("message>a", 1), ("field_time>yesterday", 1), ("field_time=2024", 1),
        ("received_at<now", 1),
    ])
    func `that does not fit the schema is refused`(query: String, count: Int) {
        let found = problems { () throws(APIRefusal) in _ = try SearchQuery(query, schema: .custom) }
        #expect(found.count == count)
        #expect(found.allSatisfy { $0.code == .badFormat && $0.source == "/query" })
    }

    @Test func `has bounds`() throws {
        func isRefused(_ query: String) -> Bool {
            !problems { () throws(APIRefusal) in _ = try SearchQuery(query, schema: .standard) }.isEmpty
        }
        let deep = { (count: Int) in String(repeating: "(", count: count) + "a" + String(repeating: ")", count: count) }
        #expect(!isRefused(deep(64)))
        #expect(isRefused(deep(65)))
        #expect(isRefused(String(repeating: "-", count: 8000) + "a"))
        #expect(!isRefused(String(repeating: "a", count: 8192)))
        #expect(isRefused(String(repeating: "a", count: 8193)))
        #expect(!isRefused(Array(repeating: "a", count: 256).joined(separator: " ")))
        #expect(isRefused(Array(repeating: "a", count: 257).joined(separator: " OR ")))
    }

    @Test func `is narrowed by a restriction that it cannot widen`() throws {
        let restriction = SearchRestriction(values: ["actor": ["bob", "nobody"], "action": [], "status": ["success"]])
        #expect(
            try matches("message:d OR actor:root", in: Self.standardEvents, schema: .standard, restriction: restriction)
                == [2]
        )
        let numbers = SearchRestriction(values: ["field_int": ["3", "030", "x"]])
        #expect(try matches("", in: Self.customEvents, schema: .custom, restriction: numbers) == [2])
        let nothing = SearchRestriction(values: ["field_bool": ["yes"]])
        #expect(try matches("", in: Self.customEvents, schema: .custom, restriction: nothing) == [])
        // A part of a value is not the value.
        let part = SearchRestriction(values: ["actor": ["Jane"]])
        #expect(try matches("", in: Self.standardEvents, schema: .standard, restriction: part) == [])
    }

    @Test func `never widens for a restriction on a field that is not there`() throws {
        let restriction = SearchRestriction(values: ["nobody": ["x"]])
        #expect(try matches("", in: Self.standardEvents, schema: .standard, restriction: restriction) == [])
    }

    /// Texts that look like members must not be taken for them.
    @Test func `tells members from text that imitates them`() throws {
        let events = [#"{"message":"\"actor\":\"bob\"","actor":"eve"}"#, #"{"message":"x","actor":"bob"}"#]
        #expect(try matches("actor=bob", in: events, schema: .standard) == [1])
        #expect(
            try matches("", in: events, schema: .standard, restriction: SearchRestriction(values: ["actor": ["bob"]]))
                == [1]
        )
        #expect(try matches("-actor:bob", in: events, schema: .standard) == [0])
    }

    @Test func `gives the contract's answers`() throws {
        guard let vectors = ContractVectors.load("search-queries.json") else { return }
        var writer = JSONWriter()
        for test in try #require(vectors["cases"]?.elements) {
            let query = try #require(test["query"]?.stringValue)
            let isStandard = test["dataset"]?.stringValue == "std"
            let events = try #require(vectors["datasets"]?[isStandard ? "std" : "custom"]?.elements).map { event in
                writer.removeAll()
                writer.append(canonical: event)
                return String(decoding: writer.bytes, as: UTF8.self)
            }
            let expected = test["matches"]?.elements?.compactMap { $0.integerValue.map(Int.init) }
            #expect(try matches(query, in: events, schema: isStandard ? .standard : .custom) == expected, "\(query)")
        }
        for query in try #require(vectors["syntax_errors"]?.elements).compactMap(\.stringValue) {
            #expect(!problems { () throws(APIRefusal) in _ = try SearchQuery(query, schema: .standard) }.isEmpty)
        }
    }
}
