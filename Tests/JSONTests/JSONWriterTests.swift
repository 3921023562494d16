import Foundation
import Testing

@testable import JSON

@Suite struct `The canonical writer` {
    /// Every length around the borders of what is written at once, with a byte to escape at every eighth place.
    @Test(arguments: [0, 1, 7, 8, 9, 999, 1_000, 1_001, 1_023, 1_024, 1_025, 2_047, 2_049, 5_000])
    func `escapes texts of any length as byte by byte`(length: Int) {
        for special in [UInt8(ascii: "a"), UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x0A, 0x1F, 0x00, 0x80] {
            for place in 0..<8 {
                let text = (0..<length).map { $0 % 8 == place ? special : UInt8(ascii: "x") }
                var expected = [UInt8(ascii: "\"")]
                for byte in text {
                    switch byte {
                    case UInt8(ascii: "\""), UInt8(ascii: "\\"): expected += [UInt8(ascii: "\\"), byte]
                    case 0x0A: expected += Array(#"\n"#.utf8)
                    case 0x1F: expected += Array(#"\u001f"#.utf8)
                    case 0x00: expected += Array(#"\u0000"#.utf8)
                    default: expected.append(byte)
                    }
                }
                expected.append(UInt8(ascii: "\""))
                var writer = JSONWriter()
                writer.append(string: text)
                #expect(writer.bytes == expected)
            }
        }
    }

    /// Few members are sorted in another way than many.
    @Test(arguments: [0, 1, 2, 31, 32, 33, 100])
    func `sorts members in place as it sorts its own`(count: Int) throws {
        var generator = SplitMix(state: UInt64(count) + 1)
        for _ in 0..<50 {
            let members = (0..<count).map { number in
                // Names that begin alike, are equal, empty, or hold a zero byte.
                let tails = ["", "a", "b", "longname", "longnames", "longname\u{0}", "é", "\u{0}"]
                let heads = ["", "x", "longerprefix"]
                let name = heads[Int(generator.next() % 3)] + tails[Int(generator.next() % 8)]
                return JSONMember(name, .integer(Int64(number)))
            }
            var text = JSONWriter()
            text.append(byte: UInt8(ascii: "{"))
            for (number, member) in members.enumerated() {
                if number > 0 { text.append(byte: UInt8(ascii: ",")) }
                text.append(string: member.name)
                text.append(byte: UInt8(ascii: ":"))
                text.append(canonical: member.value)
            }
            text.append(byte: UInt8(ascii: "}"))
            let document = JSONDocument()
            try document.parse(text.bytes)
            #expect(canonical(document.root) == canonical(.object(members)))
        }
    }

    @Test(arguments: [
        ("0.0", "0"), ("-0.0", "0"), ("1", "1"), ("-1", "-1"), ("1e21", "1e+21"), ("1e20", "100000000000000000000"),
        ("1e-7", "1e-7"), ("0.000001", "0.000001"), ("0.0000015", "0.0000015"), ("1.5e-7", "1.5e-7"),
        ("123456789012345680000", "123456789012345680000"), ("1234567890123456800000", "1.2345678901234568e+21"),
        ("5e-324", "5e-324"), ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("-1.7976931348623157e308", "-1.7976931348623157e+308"), ("2.2250738585072014e-308", "2.2250738585072014e-308"),
        ("9007199254740992", "9007199254740992"), ("9007199254740994", "9007199254740994"),
        ("18014398509481984", "18014398509481984"), ("295147905179352830000", "295147905179352830000"),
        ("333333333.3333333", "333333333.3333333"), ("4.5", "4.5"), ("0.002", "0.002"), ("1e23", "1e+23"),
        ("0.1", "0.1"),
        ("100", "100"), ("1424953923781206.2", "1424953923781206.2"), ("9.999999999999997e22", "9.999999999999997e+22"),
        ("999999999999999900000", "999999999999999900000"), ("10.25", "10.25"), ("-0.5", "-0.5"), ("1e100", "1e+100"),
    ])
    func `writes doubles as ECMAScript does`(number: String, text: String) throws {
        #expect(canonical(.double(try #require(Double(number)))) == text)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `writes null for what JSON cannot say`(value: Double) { #expect(canonical(.double(value)) == "null") }

    @Test func `writes doubles with the fewest digits that read back`() {
        var generator = SplitMix(state: 7)
        for _ in 0..<5_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(canonical(.double(value)) == ecmaScript(value))
            let small = Double(Int64(truncatingIfNeeded: generator.next()) % 1_000_000) / 1_000
            #expect(canonical(.double(small)) == ecmaScript(small))
        }
    }

    @Test(arguments: [
        (Int64.min, "-9223372036854775808"), (.max, "9223372036854775807"), (0, "0"), (-1, "-1"), (10, "10"),
        (9_007_199_254_740_993, "9007199254740993"),
    ])
    func `writes integers with all their digits`(value: Int64, text: String) {
        #expect(canonical(.integer(value)) == text)
    }

    @Test func `writes unsigned integers with all their digits`() {
        #expect(canonical(.unsigned(.max)) == "18446744073709551615")
    }

    @Test(arguments: [
        ("", #""""#), ("a/b </script>", #""a/b </script>""#), ("say \"hi\" \\ done", #""say \"hi\" \\ done""#),
        ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#), ("\0\u{1}\u{B}\u{1F}", #""\u0000\u0001\u000b\u001f""#),
        ("\u{7F}\u{80}\u{9F}", "\"\u{7F}\u{80}\u{9F}\""), ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""),
        ("e\u{301} \u{E9}", "\"e\u{301} \u{E9}\""), ("😀", "\"😀\""), ("\"", #""\"""#), ("x\n", #""x\n""#),
        ("\nx", #""\nx""#),
        ("a\nb\nc", #""a\nb\nc""#),
    ])
    func `escapes as little as JSON allows`(text: String, expected: String) {
        #expect(Array(canonical(.string(text)).utf8) == Array(expected.utf8))
        var writer = JSONWriter()
        writer.append(string: text)
        #expect(writer.bytes == Array(expected.utf8))
    }

    @Test func `sorts members by their bytes`() throws {
        let text = #"{"b":1,"a":{"d":[{"z":1,"y":2}],"c":0},"B":2,"":3,"aa":4,"é":5,"ab":6,"a\u0000":7}"#
        let expected = #"{"":3,"B":2,"a":{"c":0,"d":[{"y":2,"z":1}]},"a\u0000":7,"aa":4,"ab":6,"b":1,"é":5}"#
        let document = JSONDocument()
        try document.parse(Array(text.utf8))
        #expect(canonical(document.root) == expected)
        #expect(canonical(document.root.owned()) == expected)
    }

    @Test func `keeps the first of duplicate members`() throws {
        let text = #"{"b":1,"a":2,"b":3,"a":{"x":1,"x":2},"c":{"x":1,"x":2,"x":{}},"":0,"":1}"#
        let expected = #"{"":0,"a":2,"b":1,"c":{"x":1}}"#
        let document = JSONDocument()
        try document.parse(Array(text.utf8))
        #expect(canonical(document.root) == expected)
        #expect(canonical(document.root.owned()) == expected)
    }

    @Test func `is its own fixed point`() throws {
        let text = #"{"z":[1,2.5,-0.0,1E2,"\u00e9\/"],"a":{"k":[ ]},"n":1e-7}"#
        let once = canonical(try parsed(text))
        #expect(once == #"{"a":{"k":[]},"n":1e-7,"z":[1,2.5,0,100,"é/"]}"#)
        #expect(canonical(try parsed(once)) == once)
    }

    @Test func `agrees with the published vectors`() throws {
        let url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .appendingPathComponent("../../../../shared/contract/vectors/canonical-json.json").standardized
        guard let data = FileManager.default.contents(atPath: url.path) else {
            return print("skipped: no canonical-json.json beside the checkout")
        }
        let document = JSONDocument()
        try document.parse(Array(data))
        let cases = try #require(document.root["cases"]?.elements)
        #expect(cases.count > 20)
        for item in cases {
            let input = try #require(item["input"])
            #expect(canonical(input) == item["canonical"]?.stringValue, "\(item["name"]?.stringValue ?? "")")
            #expect(canonical(input.owned()) == item["canonical"]?.stringValue)
        }
    }

    /// ECMAScript's layout of the shortest digits, found by trying every precision.
    private func ecmaScript(_ value: Double) -> String {
        if value == 0 { return "0" }
        let sign = value < 0 ? "-" : ""
        let texts = (0..<17).lazy.map { String(format: "%.\($0)e", value.magnitude) }
        let text = texts.first { Double($0) == value.magnitude } ?? ""
        let parts = text.split(separator: "e")
        let digits = parts[0].filter { $0 != "." }
        let n = (Int(parts[1]) ?? 0) + 1
        let k = digits.count
        if k <= n, n <= 21 { return sign + digits + String(repeating: "0", count: n - k) }
        if 0 < n, n <= 21 { return sign + digits.prefix(n) + "." + digits.dropFirst(n) }
        if -6 < n, n <= 0 { return sign + "0." + String(repeating: "0", count: -n) + digits }
        let mantissa = k == 1 ? String(digits) : digits.prefix(1) + "." + digits.dropFirst()
        return sign + mantissa + "e" + (n > 0 ? "+" : "-") + "\((n - 1).magnitude)"
    }
}

/// A small generator with a fixed seed, so that a failure comes again.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
