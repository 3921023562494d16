import AuditLog
import JSON
import Schema
import Testing

@Suite struct `A search for text` {
    private static let letters = ["a", "b", "\"", "\\", ":", ",", "{", "}", "n", "u", "0", "é", "\n", "\u{1}", "/"]
    private static let fields = ["message", "actor", "status", "context", "vendor"]

    /// Texts that look like JSON, and words that lie across its quotes, names and escapes.
    @Test func `finds in events what their decoded texts hold`() throws {
        var generator = SeededGenerator(seed: 21)
        func text(_ length: ClosedRange<Int>) -> String {
            if Int.random(in: 0..<8, using: &generator) == 0 {
                return ["{\"actor\":\"a\"", "actor\":", "\",\"status\":\"b", "x:"].randomElement(using: &generator)
                    ?? ""
            }
            return (0..<Int.random(in: length, using: &generator)).map { _ in
                Self.letters.randomElement(using: &generator) ?? ""
            }.joined()
        }
        var matches = 0
        for round in 0..<6000 {
            var values: [String: String] = [:]
            for field in Self.fields where Bool.random(using: &generator) { values[field] = text(0...8) }
            var writer = JSONWriter()
            writer.append(canonical: .object(values.map { JSONMember($0.key, .string($0.value)) }))
            let event = StoredEvent(
                sequence: UInt64(round + 1),
                receivedAt: 0,
                event: writer.bytes,
                signature: nil,
                hash: []
            )
            let word = round % 3 == 0 ? ["actor", "\":\"", ",", "\"", "sta", "n", "00"][round % 7] : text(1...3)
            if word.isEmpty { continue }
            let quoted = "\"\(word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
            func holds(_ field: String) -> Bool {
                values[field].map { SearchText(word).isPart(of: Array($0.utf8)) } ?? false
            }
            let expected: [String: Bool] = [
                quoted: Self.fields.contains { $0 != "context" && holds($0) },
                "actor:\(quoted)": holds("actor"), "-message:\(quoted)": !holds("message"),
                "status=\(quoted)": values["status"].map { Array($0.utf8) == Array(word.utf8) } ?? false,
            ]
            for (query, isMatch) in expected {
                let matcher = SearchMatcher(try SearchQuery(query, schema: .gateway), schema: .gateway)
                #expect(matcher.matches(event) == isMatch, "\(query) on \(values)")
                matches += isMatch ? 1 : 0
            }
        }
        #expect(matches > 2000)
    }
}

extension SearchText {
    fileprivate func isPart(of other: [UInt8]) -> Bool {
        guard other.count >= bytes.count else { return false }
        return (0...other.count - bytes.count).contains { other[$0..<$0 + bytes.count].elementsEqual(bytes) }
    }
}
