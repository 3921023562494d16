import Testing

@testable import JSON

/// Parses, reads and copies out; nil when the text is refused.
func parsed(_ text: String) throws(JSONError) -> JSONValue {
    let document = JSONDocument()
    try document.parse(Array(text.utf8))
    return document.root.owned()
}

func canonical(_ value: JSONValue) -> String {
    var writer = JSONWriter()
    writer.append(canonical: value)
    return String(decoding: writer.bytes, as: UTF8.self)
}

@Suite struct `A JSON document` {
    @Test(arguments: [
        "", " ", "\n\t", "{", "[1,]", "{\"a\":1,}", "{a:1}", "tru", "[1 2]", "1 2", "{\"a\" 1}", "]", "'a'",
    ])
    func `refuses what is no JSON`(text: String) {
        #expect(throws: JSONError.self) { try parsed(text) }
        #expect(code(of: text) == .syntax)
    }

    @Test(arguments: [
        "18446744073709551616", "-9223372036854775809", "1e400", "01", "1.", "-", "1e", "[1.0.0]", "[+1]",
    ])
    func `refuses numbers it cannot hold or read`(text: String) {
        let code = code(of: text)
        #expect(code == .number || code == .syntax)
    }

    @Test(arguments: ["18446744073709551616", "[-9223372036854775809]", "{\"a\":1e400}"])
    func `names numbers as the cause`(text: String) { #expect(code(of: text) == .number) }

    @Test(arguments: [
        #""\ud800""#, #""\udc00""#, #""\ud800\ud800""#, #""\ud83dx""#, #""\ud83d\n""#, #""\x""#, #""\u12g4""#,
    ])
    func `refuses half a surrogate pair and unknown escapes`(text: String) { #expect(code(of: text) == .string) }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0x0A, 0x22], [0x22, 0x00, 0x22], [0x22, 0x1F, 0x22],
    ])
    func `refuses invalid UTF-8 and raw controls in strings`(bytes: [UInt8]) { #expect(code(of: bytes) == .string) }

    @Test func `keeps integers exact to 64 bits`() throws {
        #expect(try parsed("9007199254740993").integerValue == 9_007_199_254_740_993)
        #expect(try parsed("-9223372036854775808").integerValue == .min)
        #expect(try parsed("9223372036854775807").integerValue == .max)
        guard case .unsigned(let value) = try parsed("18446744073709551615") else { return #expect(Bool(false)) }
        #expect(value == .max)
        guard case .double(let double) = try parsed("1.0") else { return #expect(Bool(false)) }
        #expect(double == 1)
    }

    @Test func `nests 64 deep and no deeper`() throws {
        for (open, inner, close) in [("[", "", "]"), ("[", "1", "]"), ("{\"a\":", "1", "}"), ("[", "[]", "]")] {
            let levels = inner == "[]" ? 63 : 64
            let deepest = String(repeating: open, count: levels) + inner + String(repeating: close, count: levels)
            #expect(throws: Never.self) { try parsed(deepest) }
            let tooDeep = open + deepest + close
            #expect(code(of: tooDeep) == .depth)
        }
    }

    @Test func `nests as deep as asked`() throws {
        let document = JSONDocument()
        #expect(throws: JSONError.self) { try document.parse(Array("[[[1]]]".utf8), maximumDepth: 2) }
        try document.parse(Array("[[[1]]]".utf8), maximumDepth: 3)
        try document.parse(Array("[[1]]".utf8), maximumDepth: 2)
        #expect(canonical(document.root) == "[[1]]")
    }

    @Test func `survives a megabyte of brackets`() {
        #expect(code(of: [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)) != nil)
        let nested =
            [UInt8](repeating: UInt8(ascii: "["), count: 1 << 19)
            + [UInt8](repeating: UInt8(ascii: "]"), count: 1 << 19)
        #expect(code(of: nested) == .depth)
        #expect(code(of: [UInt8](repeating: UInt8(ascii: "]"), count: 1 << 20)) == .syntax)
        #expect(code(of: [UInt8](repeating: UInt8(ascii: "\""), count: 1 << 20)) != nil)
        #expect(code(of: [UInt8](repeating: UInt8(ascii: ","), count: 1 << 20)) != nil)
    }

    @Test func `is parsed into again and again`() throws {
        let document = JSONDocument()
        for count in [0, 10, 100_000, 3, 1_000_000, 1] {
            let text = "[\"" + String(repeating: "x", count: count) + "\",\(count)]"
            try document.parse(Array(text.utf8))
            #expect(document.root.elements?.first?.stringBytes?.count == count)
            #expect(document.root.elements?.last?.integerValue == Int64(count))
            #expect(throws: JSONError.self) { try document.parse(Array("[".utf8)) }
        }
    }

    @Test(arguments: ["null", "true", "false", "0", "-1", "\"\"", "[]", "{}", " \"a\" ", "1.5"])
    func `may be any value`(text: String) throws {
        #expect(canonical(try parsed(text)) == text.filter { $0 != " " })
    }

    private func code(of text: String) -> JSONError.Code? { code(of: Array(text.utf8)) }

    private func code(of bytes: [UInt8]) -> JSONError.Code? {
        do throws(JSONError) {
            try JSONDocument().parse(bytes)
            return nil
        } catch {
            return error.code
        }
    }
}

@Suite struct `Source ranges` {
    @Test(arguments: [
        #"[1,2,3]"#, #" [ {"a":[1,2,{"b":"]}"}]} , "x\"y" , -1.5e3 , true,null ,[ ] ,{ }, 18446744073709551615 ] "#,
        "[\n\t\"a\" \r\n,\n{\"k\" : \"v\"}\n]",
    ])
    func `cut each element out of its text`(text: String) throws {
        let document = JSONDocument()
        let bytes = Array(text.utf8)
        try document.parse(bytes)
        guard case .node(let node) = document.root else { return #expect(Bool(false)) }
        let positions = node.elements.map(\.index)
        let ranges = try #require(bytes.withUnsafeBytes { document.sourceRanges(of: positions, in: $0) })
        let expected = node.elements.map { canonical($0.value.owned()) }
        #expect(ranges.count == expected.count)
        for (range, expected) in zip(ranges, expected) {
            let piece = String(decoding: bytes[range], as: UTF8.self)
            #expect(piece.first?.isWhitespace == false && piece.last?.isWhitespace == false)
            #expect(canonical(try parsed(piece)) == expected)
        }
    }

    @Test(arguments: ["{\"a\":1}", "  [1,2] ", " 17 ", "\"x\"", "17", "{}"])
    func `cut the whole value`(text: String) throws {
        let document = JSONDocument()
        let bytes = Array(text.utf8)
        try document.parse(bytes)
        let ranges = bytes.withUnsafeBytes { document.sourceRanges(of: [1], in: $0) }
        let range = try #require(ranges?.first)
        #expect(String(decoding: bytes[range], as: UTF8.self) == text.filter { $0 != " " })
    }

    @Test func `reach members inside members`() throws {
        let text = #"{"detail":{"data":{"x":[1, 2]},"n":1},"more":[{"data":"y"}]}"#
        let document = JSONDocument()
        try document.parse(Array(text.utf8))
        guard case .node(let node)? = document.root["detail"]?["data"],
            case .node(let other)? = document.root["more"]?.elements?.first
        else { return #expect(Bool(false)) }
        let bytes = Array(text.utf8)
        let ranges = bytes.withUnsafeBytes { document.sourceRanges(of: [node.index, other.index], in: $0) }
        #expect(ranges?.map { String(decoding: bytes[$0], as: UTF8.self) } == [#"{"x":[1, 2]}"#, #"{"data":"y"}"#])
        #expect(bytes.withUnsafeBytes { document.sourceRanges(of: [9999], in: $0) } == nil)
        #expect(bytes.withUnsafeBytes { document.sourceRanges(of: [], in: $0) } == [])
    }
}

@Suite struct `A JSON node` {
    private let document = JSONDocument()

    private func node(_ text: String) throws -> JSONNode {
        try document.parse(Array(text.utf8))
        guard case .node(let node) = document.root else { throw JSONError(code: .syntax, message: "no node") }
        return node
    }

    @Test func `iterates elements past nested values`() throws {
        let node = try node(#"[1,[2,[3]],{"a":{"b":1}},"x",1.5,18446744073709551615,null,true,false,[],{}]"#)
        #expect(node.isArray && !node.isObject)
        #expect(node.count == 11)
        #expect(
            node.elements.map { canonical($0.value) } == [
                "1", "[2,[3]]", #"{"a":{"b":1}}"#, "\"x\"", "1.5", "18446744073709551615", "null", "true", "false",
                "[]",
                "{}",
            ]
        )
        #expect(node.members.map(\.name.string).isEmpty)
    }

    @Test func `iterates members with their duplicates`() throws {
        let node = try node(#"{"a":1,"b":{"a":2},"a":[3],"":null,"é\n":"x"}"#)
        #expect(node.count == 5)
        #expect(node.members.map(\.name.string) == ["a", "b", "a", "", "é\n"])
        #expect(node.members.map { canonical($0.node.value) } == ["1", #"{"a":2}"#, "[3]", "null", "\"x\""])
        #expect(node.elements.map(\.index).isEmpty)
    }

    @Test func `finds the first member of a name`() throws {
        let node = try node(#"{"x":{"id":0},"id":1,"idx":2,"id":3,"i":4,"":5}"#)
        #expect(node["id"]?.integerValue == 1)
        #expect(node["i"]?.integerValue == 4)
        #expect(node[""]?.integerValue == 5)
        #expect(node["idx"]?.integerValue == 2)
        #expect(node["missing"] == nil)
        #expect(node.member([UInt8]("x".utf8))?["id"]?.integerValue == 0)
    }

    @Test func `has no members when it is an array or empty`() throws {
        #expect(try node(#"["a","b"]"#)["a"] == nil)
        #expect(try node("{}")["a"] == nil)
        #expect(try node("{}").count == 0)
        #expect(try node("[]").count == 0)
    }

    @Test func `keeps strings with every byte`() throws {
        let node = try node(#"["\u0000a\u0000","","😀\ud83d\ude00\/"]"#)
        #expect(node.elements.compactMap(\.value.stringValue) == ["\0a\0", "", "😀😀/"])
    }

    @Test func `reads like its owned copy`() throws {
        let text = #"{"a":[1,{"b":"c"}],"d":{"e":null},"f":-0.5,"g":"h"}"#
        let node = try node(text)
        let inPlace = JSONValue.node(node)
        let owned = inPlace.owned()
        #expect(canonical(inPlace) == text)
        #expect(canonical(owned) == text)
        #expect(owned["d"]?["e"]?.isNull == true)
        #expect(owned.count == inPlace.count && owned.isObject && inPlace.isObject)
        var names: [String] = []
        owned.forEachMember { name, _ in names.append(String(decoding: name, as: UTF8.self)) }
        inPlace.forEachMember { name, _ in names.append(String(decoding: name, as: UTF8.self)) }
        #expect(names == ["a", "d", "f", "g", "a", "d", "f", "g"])
    }
}
