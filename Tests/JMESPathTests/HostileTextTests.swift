import JMESPath
import JSON
import Synchronization
import Testing

/// The functions of the test in which a function calls itself.
enum Recursion {
    static let functions = Mutex<[Function]>([])

    static func expression() throws(JMESPathError) -> Expression {
        try Expression("again(@)", functions: functions.withLock { $0 })
    }
}

@Suite struct `Hostile expressions` {
    @Test(arguments: [
        ("(", "a", ")"), ("[", "a", "]"), ("!", "a", ""), ("-", "a", ""), ("to_array(", "a", ")"), ("{a: ", "a", "}"),
        ("a[?", "a", "]"),
        ("a || (", "a", ")"), ("a ? ", "a", " : b"), ("let $a = ", "a", " in a"), ("a[*].", "a", ""),
        ("map(&", "a", ", a)"), ("*.", "a", ""),
        ("a ? b : ", "a", ""),
    ])
    func `are refused when they nest too deep`(open: String, middle: String, close: String) throws {
        for depth in [95, 250, 5000] {
            let text = String(repeating: open, count: depth) + middle + String(repeating: close, count: depth)
            let error = try failure(of: text)
            if depth > 200 {
                #expect(error?.kind == .syntax)
            } else {
                #expect(error?.kind != .syntax)
            }
        }
    }

    /// Links that the parser takes one after the other, and links that nest.
    @Test(arguments: [
        (".a", 240), ("[0]", 240), (" || a", 240), (" && a", 240), (" | a", 240), (" + a", 240), (" == a", 240),
        ("[]", 240), (".[a]", 240),
        (".{a: a}", 240), ("[*]", 90), ("[?a]", 90), ("[:]", 90), (".*", 90),
    ])
    func `are refused when they chain too long`(link: String, length: Int) throws {
        let short = "a" + String(repeating: link, count: length)
        let error = try failure(of: short)
        #expect(error == nil || error?.kind == .notANumber)
        for count in [600, 8000, 100_000] {
            #expect(try failure(of: "a" + String(repeating: link, count: count))?.kind == .syntax)
        }
    }

    @Test func `never crash the compiler or the evaluation`() throws {
        var random = SplitMix(state: 20_261_123)
        let words = [
            "a", "b", "list", "\"a b\"", "$", "$x", "@", "*", "[]", "[?", "[", "]", "{", "}", "(", ")", ".", ",", ":",
            "|", "||", "&&", "&", "!", "==",
            "!=", "<", "<=", ">", ">=", "?", "+", "-", "/", "//", "%", "×", "÷", "−", "`1`", "`[1, \"a\", null]`",
            "`{\"a\": {\"b\": 2}}`", "'t'", "0", "-1", "7",
            "let $x = ", " in ", "length(", "sort_by(", "map(&", "to_string(", "split(", "pad_left(", "group_by(", " ",
            "\n", "é", "'", "`", "\"", "\\",
        ]
        let seeds = [
            "list[?a == 'x'] | [0].b || $.a", "let $x = a in list[*].[$x, b]", "sort_by(list, &a)[::-1].{a: a, b: b}",
            "a ? b : c + `1` // `2`",
            "map(&to_string(@), values(@))", "group_by(list, &to_string(a))",
            "join(',', split(to_string(@), ''))[1:-1]", "*.*[] | [?@ > `1`]",
        ]
        let document = JSONDocument()
        try document.parse(
            Array(
                #"{"a": {"b": [1, 2.5, "x"]}, "b": 3, "list": [{"a": "x", "b": 1}, {"a": 2}, null, []], "a b": "t"}"#
                    .utf8
            )
        )
        let evaluation = Evaluation()
        evaluation.maximumSteps = 20_000
        evaluation.maximumOutputBytes = 100_000
        evaluation.onRead = { _ = $0.value }
        var compiled = 0
        for round in 0..<20_000 {
            var bytes: [UInt8]
            if round.isMultiple(of: 2) {
                bytes = (0..<random.below(14) + 1).flatMap { _ in Array(words[random.below(words.count)].utf8) }
            } else {
                bytes = Array(seeds[random.below(seeds.count)].utf8)
                for _ in 0..<random.below(4) {
                    let place = random.below(bytes.count)
                    switch random.below(3) {
                    case 0: bytes.remove(at: place)
                    case 1: bytes.insert(contentsOf: words[random.below(words.count)].utf8, at: place)
                    default: bytes[place] = UInt8(random.below(256))
                    }
                    if bytes.isEmpty { break }
                }
            }
            let source = String(decoding: bytes, as: UTF8.self)
            guard let expression = try? Expression(source, variables: ["x"]) else { continue }
            compiled += 1
            evaluation.reset(root: document.root, variables: ["x": .integer(1)])
            if let value = try? expression.evaluate(document.root, in: evaluation) { _ = text(of: value) }
        }
        #expect(compiled > 500)
    }
}

/// Sebastiano Vigna's SplitMix64, so that a failure comes again.
struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((word ^ (word >> 31)) % UInt64(max(bound, 1)))
    }
}
