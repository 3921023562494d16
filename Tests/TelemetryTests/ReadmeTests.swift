import Foundation
import Telemetry
import Testing

@Suite struct `The README's metrics` {
    @Test func `are those of the program, in its order`() throws {
        let url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .appendingPathComponent("../../../README.md").standardized
        let text = try String(contentsOf: url, encoding: .utf8)
        let described = text.matches(of: #/\n\| `((?:audit_gateway|process)_[a-z_]+)` \| [^|]+ \|/#).map {
            String($0.1)
        }
        #expect(described == Metric.all.map(\.name))
        // No other place of the text names one that does not exist.
        let named = text.matches(of: #/\b(?:audit_gateway|process)_[a-z_]+\b/#).map { String($0.0) }
        #expect(Set(named).isSubset(of: described))
    }
}
