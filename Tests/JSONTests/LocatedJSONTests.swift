import Testing

@testable import JSON

@Suite struct `Located JSON` {
    private func refusal(_ text: String) -> LocatedJSONError? {
        do throws(LocatedJSONError) {
            _ = try LocatedJSON.parse(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    @Test func `knows where everything stands`() throws {
        let text = "{\n  \"listen\": { \"port\": 80 },\r\n\t\"é😀\": [\n    true, -1.5\n  ]\n}"
        let value = try LocatedJSON.parse(Array(text.utf8))
        #expect(value.position == SourcePosition(line: 1, column: 1))
        let members = try #require(value.members)
        #expect(members.map(\.name) == ["listen", "é😀"])
        #expect(
            members.map(\.namePosition) == [SourcePosition(line: 2, column: 3), SourcePosition(line: 3, column: 2)]
        )
        #expect(value["listen"]?["port"]?.position == SourcePosition(line: 2, column: 23))
        #expect(value["é😀"]?.position == SourcePosition(line: 3, column: 8))
        #expect(value["é😀"]?.elements?.map(\.position.description) == ["4:5", "4:11"])
        #expect(value["missing"] == nil)
    }

    @Test(arguments: [
        ("{\"a\":1,\"a\":2}", 1, 8, "duplicate member 'a', first at 1:2"),
        ("{\n\"a\": 1,\n}", 3, 1, "a comma stands before '}'"),
        ("[1,\n ]", 2, 2, "a comma stands before ']'"),
        ("", 1, 1, "empty"),
        ("{\"a\" 1}", 1, 6, "expected ':' behind the name 'a', not '1'"),
        ("{\"a\": tru }", 1, 7, "expected a value, not 't'"),
        ("{\"a\": nulls}", 1, 7, "expected a value"),
        ("{ // no\n}", 1, 3, "no comments"),
        ("{'a': 1}", 1, 2, "quotes are double"),
        ("[1] x", 1, 5, "expected the end of the file, not 'x'"),
        ("[01]", 1, 2, "leading zero"),
        ("[1.]", 1, 4, "a digit behind the point"),
        ("[1e]", 1, 4, "a digit in the exponent"),
        ("[9223372036854775808]", 1, 2, "does not fit in 64 bits"),
        ("[1e999]", 1, 2, "too large"),
        ("\"ab", 1, 1, "no closing quote"),
        ("[\"ab\n\"]", 1, 2, "no closing quote on its line"),
        ("[\"a\tb\"]", 1, 4, "control character"),
        ("[\"a\\x\"]", 1, 4, "unknown escape"),
        ("[\"é\\ud800\"]", 1, 4, "surrogate"),
        ("[\"\\ud800\\ud800\"]", 1, 3, "surrogate"),
        ("[\"\\udc00\"]", 1, 3, "surrogate"),
        ("[\"\\u12\"]", 1, 3, "four hexadecimal digits"),
        ("[\"\\u+123\"]", 1, 3, "four hexadecimal digits"),
        ("[1", 1, 3, "the file ends"),
        ("{\"a\":", 1, 6, "the file ends"),
        ("\"\\", 1, 1, "no closing quote"),
        ("[1x]", 1, 3, "end of a number"),
    ])
    func `says what is wrong and where`(text: String, line: Int, column: Int, message: String) throws {
        let error = try #require(refusal(text))
        #expect(error.position == SourcePosition(line: line, column: column))
        #expect(error.message.contains(message), "\(error)")
    }

    @Test func `is read past members that are there twice, and each of them is told`() throws {
        let text = #"{"a":1,"b":{"c":1,"c":2},"a":[{"d":1,"d":2}],"e":3}"#
        let (value, problems) = LocatedJSON.read(Array(text.utf8))
        #expect(problems.map(\.position.column) == [19, 26, 38])
        #expect(problems.allSatisfy { $0.message.contains("duplicate member") })
        #expect(value?.members?.map(\.name) == ["a", "b", "e"])
        #expect(value?["a"]?.integerValue == 1)
        let (nothing, all) = LocatedJSON.read(Array(#"{"a":1,"a":2,}"#.utf8))
        #expect(nothing == nil)
        #expect(all.map(\.position.column) == [8, 14])
    }

    @Test func `refuses invalid UTF-8`() {
        #expect(throws: LocatedJSONError.self) { try LocatedJSON.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: LocatedJSONError.self) { try LocatedJSON.parse([0x22, 0xED, 0xA0, 0x80, 0x22]) }
        #expect(throws: LocatedJSONError.self) { try LocatedJSON.parse([0xFF]) }
    }

    @Test func `passes over a byte order mark`() throws {
        let value = try LocatedJSON.parse([0xEF, 0xBB, 0xBF] + Array("{\"a\":1}".utf8))
        #expect(value.members?.first?.namePosition == SourcePosition(line: 1, column: 2))
    }

    @Test func `nests 64 deep and no deeper`() {
        let deepest = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(refusal(deepest) == nil)
        #expect(refusal("[" + deepest + "]")?.message.contains("64") == true)
        #expect(refusal(String(repeating: "[", count: 1 << 20))?.position.column == 65)
        #expect(refusal(String(repeating: "{\"a\":", count: 1 << 18)) != nil)
    }

    @Test(arguments: [
        #"{"a":[1,-2,0.5,1e3,true,false,null,"x\n\u00e9\ud83d\ude00\/"],"b":{}}"#, "[]", "\"\"", "0", "-0", "1E-2",
        "[ ]",
    ])
    func `agrees with the fast parser`(text: String) throws {
        #expect(canonical(try LocatedJSON.parse(Array(text.utf8)).json) == canonical(try parsed(text)))
    }

    @Test func `names its types`() throws {
        let value = try LocatedJSON.parse(Array("[null,true,1,1.5,\"\",[],{}]".utf8))
        #expect(
            value.elements?.map(\.typeName) == [
                "null", "a boolean", "a whole number", "a number with a fraction or exponent", "a string", "an array",
                "an object",
            ]
        )
    }
}

@Suite struct `The nearest word` {
    @Test(arguments: [
        ("prot", "port"), ("publicUrl", "public_url"), ("public-url", "public_url"), ("hosts", "host"),
        ("lisen", "listen"),
        ("mapping", "mappings"), ("actr", "actor"), ("trusted_proxy", "trusted_proxies"), ("PORT", "port"),
        ("url", "public_url"), ("trust", "trusted_proxies"), ("the_actor_name", "actor"),
        ("host_and_public_url", "public_url"),
    ])
    func `is found`(word: String, expected: String) {
        let known = ["host", "port", "public_url", "trusted_proxies", "listen", "mappings", "actor"]
        #expect(nearest(word, among: known) == expected)
    }

    @Test(arguments: ["zzz", "", "completely_else", "x"])
    func `is not made up`(word: String) {
        #expect(nearest(word, among: ["host", "port", "public_url"]) == nil)
        #expect(nearest(word, among: [String]()) == nil)
    }
}
