import JSON
import Testing

@testable import JMESPath

@Suite struct `An evaluation that parses` {
    @Test func `keeps no memory of a long text that it parsed`() throws {
        let evaluation = Evaluation()
        for length in [3 << 20, 10] {
            let text = Array("\"\(String(repeating: "x", count: length))\"".utf8)
            let parsed = try text.withUnsafeBytes { try evaluation.parse($0) }
            #expect(parsed?.stringValue?.utf8.count == length)
            evaluation.begin(root: .null)
            #expect(evaluation.documents.allSatisfy { $0.capacity <= 1 << 20 })
        }
        #expect(evaluation.documents.contains { $0.capacity > 0 })
    }
}
