import JMESPath
import JSON
import Testing

@Suite struct `Members of a wide record` {
    /// Names of every length from 0, some of one length and beginning, and one twice.
    private static let names =
        (0..<12).map { String(repeating: "n", count: $0) } + (10..<60).map { "name-\($0)" } + ["nn", "ä", "äö"]

    private static func object(_ names: [String], _ prefix: String) -> String {
        let members = names.enumerated().map { "\"\($1)\": \"\(prefix)\($0)\"" }
        return "{" + members.joined(separator: ", ") + "}"
    }

    @Test func `are found however often and in whatever order they are asked for`() throws {
        let document = JSONDocument()
        let evaluation = Evaluation()
        let expressions = try Self.names.map { name in
            (try Expression("a.\"\(name)\""), try Expression("b.\"\(name)\""), try Expression("c.\"\(name)\""))
        }
        let missing = try Expression("[a.x, a.nname, a.\"name-60\", b.\"name-6\", c.q]")
        for round in 0..<3 {
            let wide = Self.object(Self.names, "a\(round)-")
            let narrow = Self.object(Array(Self.names.prefix(9 + round)), "b\(round)-")
            let widest = Self.object((0..<200).map { "w\($0)" } + Self.names, "c\(round)-")
            try document.parse(Array("{\"a\": \(wide), \"b\": \(narrow), \"c\": \(widest)}".utf8))
            evaluation.begin(root: document.root)
            for (number, name) in Self.names.enumerated() {
                let first = Self.names.firstIndex(of: name) ?? number
                let (a, b, c) = expressions[number]
                #expect(try a.evaluate(document.root, in: evaluation).stringValue == "a\(round)-\(first)")
                let inNarrow = first < 9 + round ? "b\(round)-\(first)" : nil
                #expect(try b.evaluate(document.root, in: evaluation).stringValue == inNarrow)
                #expect(try c.evaluate(document.root, in: evaluation).stringValue == "c\(round)-\(first + 200)")
            }
            let none = try missing.evaluate(document.root, in: evaluation)
            #expect(none.elements?.allSatisfy(\.isNull) == true)
        }
    }

    @Test func `of one name give the first`() throws {
        let members = (0..<20).map { "\"k\($0 % 10)\": \($0)" }.joined(separator: ",")
        let record = "{\(members)}"
        #expect(try evaluate("[k0, k1, k2, k9, k5, k0]", on: record) == "[0,1,2,9,5,0]")
    }
}
