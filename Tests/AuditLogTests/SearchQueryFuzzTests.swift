import AuditLog
import Schema
import Testing

@Suite struct `A random search query` {
    private static let pieces = [
        "(", ")", "-", " ", "AND", "OR", "a", "bob", "\"", "\\", "actor", ":", "=", "<", ">", "field_int", "3", "é",
        "😀",
        "message:x", "\"a b\"", ",", "\t", "field_bool:true", "field_time>2024-01-01", "received_at",
    ]

    @Test func `is read or refused, and says where`() {
        var generator = SeededGenerator(seed: 42)
        var accepted = 0
        for _ in 0..<30_000 {
            let count = Int.random(in: 0...12, using: &generator)
            let query = (0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            do throws(APIRefusal) {
                _ = try SearchQuery(query, schema: .custom)
                accepted += 1
            } catch {
                #expect(
                    error.problems.allSatisfy { $0.code == .badFormat && $0.source == "/query" && !$0.detail.isEmpty }
                )
                for problem in error.problems where problem.detail.contains("LexToken(") {
                    // As browser viewers take it apart.
                    let parts = problem.detail.split(separator: ": LexToken(")
                    #expect(parts.count == 2 && parts.last?.split(separator: ",").count == 4, "\(problem.detail)")
                }
            }
        }
        #expect(accepted > 1000)
    }

    /// What is written from a random tree is read back, and matches what the tree itself says.
    @Test func `means what it was made from`() throws {
        indirect enum Tree {
            case word(String)
            case not(Tree)
            case and(Tree, Tree)
            case or(Tree, Tree)

            static func random(_ depth: Int, _ generator: inout SeededGenerator) -> Tree {
                switch depth == 0 ? 0 : Int.random(in: 0...4, using: &generator) {
                case 1: .not(random(depth - 1, &generator))
                case 2: .and(random(depth - 1, &generator), random(depth - 1, &generator))
                case 3: .or(random(depth - 1, &generator), random(depth - 1, &generator))
                default: .word(["a", "b", "c", "\\\"", "é\\\\"].randomElement(using: &generator) ?? "a")
                }
            }

            var text: String {
                switch self {
                case .word(let word): "message:\"\(word)\""
                case .not(let part): "-(\(part.text))"
                case .and(let a, let b): "(\(a.text) \(b.text))"
                case .or(let a, let b): "(\(a.text) OR \(b.text))"
                }
            }

            func holds(_ message: String) -> Bool {
                switch self {
                case .word("\\\""): message.contains("\"")
                case .word("é\\\\"): message.contains("é\\")
                case .word(let word): message.contains(word)
                case .not(let part): !part.holds(message)
                case .and(let a, let b): a.holds(message) && b.holds(message)
                case .or(let a, let b): a.holds(message) || b.holds(message)
                }
            }
        }
        var generator = SeededGenerator(seed: 1)
        let messages = ["a", "ab", "c\"b", "é\\", "x", "abc\"é\\"]
        for _ in 0..<2000 {
            let tree = Tree.random(5, &generator)
            let matcher = SearchMatcher(try SearchQuery(tree.text, schema: .standard), schema: .standard)
            for message in messages {
                let quoted = message.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                #expect(
                    matcher.matches(StoredEvent(1, #"{"message":"\#(quoted)"}"#)) == tree.holds(message),
                    "\(tree.text) on \(message)"
                )
            }
        }
    }
}
