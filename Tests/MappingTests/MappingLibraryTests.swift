import Foundation
import Mapping
import Testing

@Suite struct `A folder of mappings` {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("mappings-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url.path)
    }

    @Test func `may be missing, which is told in words`() throws {
        try withFolder { folder in
            let library = MappingLibrary.load(folder: "\(folder)/none")
            #expect(library.mappings.isEmpty && library.problems.isEmpty)
            let expected = "the folder '\(folder)/none' does not exist; create it or set 'mappings'"
            #expect(library.missingFolder?.message == expected)
        }
    }

    @Test func `is a problem when it is a file`() throws {
        try withFolder { folder in
            try Data().write(to: URL(fileURLWithPath: "\(folder)/file"))
            let library = MappingLibrary.load(folder: "\(folder)/file")
            #expect(library.missingFolder == nil)
            #expect(library.problems.map(\.message) == ["the folder cannot be read: Not a directory"])
        }
    }

    @Test func `names the mappings that cannot be used`() throws {
        try withFolder { folder in
            try Data("{".utf8).write(to: URL(fileURLWithPath: "\(folder)/bad.json"))
            let good = #"{"vendor":"x","authenticate":"none","event":{"fields":{"message":"m"}}}"#
            try Data(good.utf8).write(to: URL(fileURLWithPath: "\(folder)/good.json"))
            try Data("{}".utf8).write(to: URL(fileURLWithPath: "\(folder)/mapping.schema.json"))
            let library = MappingLibrary.load(folder: folder)
            #expect(library.broken == ["bad"])
            #expect(library.mappings.keys.sorted() == ["good"])
            #expect(library.problems.map(\.file) == ["\(folder)/bad.json"])
        }
    }
}
