import Foundation
import Testing

@testable import Settings

@Suite struct `The README` {
    private let settings: Substring

    init() throws {
        let url = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .appendingPathComponent("../../../README.md").standardized
        let text = try String(contentsOf: url, encoding: .utf8)
        let start = try #require(text.firstRange(of: "\n## Settings\n")).upperBound
        let rest = text[start...]
        settings = rest[..<(rest.firstRange(of: "\n## ")?.lowerBound ?? rest.endIndex)]
    }

    /// The rows of the tables below a head, cell by cell.
    private func rows(under head: String) throws -> [[Substring]] {
        let start = try #require(settings.firstRange(of: head)).upperBound
        return settings[start...].split(separator: "\n").dropFirst().prefix { $0.hasPrefix("|") }
            .map { $0.split(separator: "|").map { $0.trimmingPrefix(" ") } }
    }

    private func code(_ cell: Substring) -> [String] { cell.matches(of: #/`([^`]+)`/#).map { String($0.1) } }

    @Test func `has every key of the configuration, object by object, and no other`() throws {
        var described: [String: Set<String>] = [:]
        for row in try rows(under: "| object | keys | holds |") {
            let objects = code(row[0])
            for object in objects.isEmpty ? [""] : objects { described[object] = Set(code(row[1])) }
        }
        let known = Dictionary(uniqueKeysWithValues: SettingsKeys.all.map { ($0.path, Set($0.keys)) })
        #expect(Set(described.keys) == Set(known.keys))
        for (path, keys) in known { #expect(described[path] == keys, "\(path)") }
    }

    @Test func `has every environment variable and no other`() throws {
        let described = try rows(under: "| variable | key |").flatMap { code($0[0]) }
        #expect(described == EnvironmentOverride.allCases.map(\.rawValue))
    }
}
