import Foundation
import JMESPath
import JSON
import Testing

/// The published compliance suites, when they lie beside the package (or where `SHARED_DIR` says).
@Suite struct `The published compliance cases` {
    /// Community cases that contradict the standard's suite, which wins; none is known.
    private static let contradictions: Set<String> = []

    private static let folder: URL = {
        let environment = ProcessInfo.processInfo.environment
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared =
            environment["SHARED_DIR"].map { URL(filePath: $0) }
            ?? package.deletingLastPathComponent().appending(path: "shared")
        return shared.appending(path: "jmespath")
    }()

    private static let files: [String] = {
        let found = ["standard", "community"].flatMap { suite in
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: suite).path())
            return (names ?? []).filter { $0.hasSuffix(".json") }.sorted().map { "\(suite)/\($0)" }
        }
        if found.isEmpty { print("skipped: no JMESPath compliance cases at \(folder.path())") }
        return found
    }()

    @Test(arguments: files)
    func `hold`(file: String) throws {
        let document = JSONDocument()
        try document.parse(Array(Data(contentsOf: Self.folder.appending(path: file))))
        var count = 0
        for group in document.root.elements ?? [] {
            let given = try #require(group["given"])
            for test in group["cases"]?.elements ?? [] {
                let expression = try #require(test["expression"]?.stringValue)
                if Self.contradictions.contains(expression) { continue }
                count += 1
                check(expression, given, test, file)
            }
        }
        #expect(count > 0)
    }

    private func check(_ expression: String, _ given: JSONValue, _ test: JSONValue, _ file: String) {
        for value in [given, given.owned()] {
            let outcome: String
            do throws(JMESPathError) {
                outcome = text(of: try Expression(expression).evaluate(value))
            } catch {
                outcome = "!" + error.kind.rawValue
            }
            if let error = test["error"]?.stringValue {
                #expect(outcome == "!" + error, "\(file): \(expression)")
            } else if let result = test["result"] {
                #expect(outcome == text(of: result), "\(file): \(expression)")
            } else {
                #expect(!outcome.hasPrefix("!"), "\(file): \(expression)")
            }
        }
    }
}
