import JMESPath
import JSON
import Mapping
import Testing

@Suite struct `Calls of every function` {
    private static let table = LookupTable([("a", .string("b"))])
    private static let functions = VendorFunctions.all(tables: ["t": table])
    private static let arguments = [
        "@", "a", "list", "list[*].a", "text", "`null`", "`true`", "`0`", "`-1`", "`9007199254740993`", "`1e308`", "''",
        "'t'", "'a,b'",
        "'%41%zz'", "'='", "'\u{1F600}é'", "`[]`", "`{}`", "`[[\"a\",1],[\"b\"]]`", "`[3,1,2]`", "`[\"x\",\"y\"]`",
        "`[{\"key\":\"a\",\"value\":1}]`",
        "&a", "&@", "&to_string(@)", "'H4sIAAAAAAAAA6tWMlSyUjCsBQAmFY2XDQAAAA=='", "'eyJhIjoxfQ=='", "'k=\"v\" x=1'",
        "'2026-01-01'",
        "'(a)(b)?'", "'yyyyMMddHHmmss'", "'ms'", "'key'", "'value'", "`1000000`",
    ]

    /// Whatever a function is given, it answers or says why not, within its budget.
    @Test(arguments: (Function.standard + functions).map(\.name))
    func `end`(name: String) throws {
        let document = JSONDocument()
        let record = #"{"a":1,"b":{"c":[1,2.5,null]},"list":[{"a":"x"},{"a":2},null,[]],"text":"a,b;c=\u0000 %41"}"#
        try document.parse(Array(record.utf8))
        let evaluation = Evaluation()
        evaluation.maximumSteps = 20_000
        evaluation.maximumOutputBytes = 200_000
        var random = Shuffle(state: UInt64(name.utf8.reduce(5381) { $0 &* 33 &+ Int($1) } & 0xFFFF_FFFF))
        var compiled = 0, answered = 0
        for round in 0..<900 {
            let count = round % 5
            let arguments = (0..<count).map { _ in Self.arguments.randomElement(using: &random) ?? "@" }
            // The tables and patterns of some stand in the text.
            let call = "\(name)(\(arguments.joined(separator: ", ")))"
            guard let expression = try? Expression(call, functions: Self.functions) else { continue }
            compiled += 1
            evaluation.reset(root: document.root)
            var writer = JSONWriter()
            guard let value = try? expression.evaluate(document.root, in: evaluation) else { continue }
            answered += 1
            writer.append(canonical: value)
            #expect(writer.bytes.count < 2_000_000)
        }
        #expect(compiled > 0 && answered > 0, "\(name): \(compiled) compiled, \(answered) answered")
    }
}

/// The same numbers every time (SplitMix64).
private struct Shuffle: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
