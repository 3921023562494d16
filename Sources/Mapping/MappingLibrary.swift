internal import JSON
internal import FoundationEssentials

/// The mapping files of a folder.
package struct MappingLibrary: Sendable {
    /// The mappings by their files' names without `.json`.
    package private(set) var mappings: [String: MappingFile] = [:]
    /// What is wrong with the files that are not among the mappings.
    package private(set) var problems: [MappingProblem] = []

    /// The JSON Schema that editors check mappings with; it lies beside them and is none.
    package static let schemaFile = "mapping.schema.json"

    /// Reads every `*.json` of a folder except the schema; what is wrong is in ``problems``.
    package static func load(folder: String) -> MappingLibrary {
        var library = MappingLibrary()
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            library.add(problem: "the folder cannot be read: \(error)", file: folder)
            return library
        }
        for name in names.sorted() where name.hasSuffix(".json") && name != schemaFile {
            library.read(file: "\(folder)/\(name)")
        }
        return library
    }

    private mutating func read(file: String) {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            return add(problem: "the file cannot be read; check its permissions", file: file)
        }
        do throws(MappingErrors) {
            let mapping = try MappingFile.load(bytes: Array(bytes), file: file)
            mappings[mapping.name] = mapping
        } catch {
            problems += error.problems
        }
    }

    private mutating func add(problem message: String, file: String) {
        problems.append(MappingProblem(file: file, position: SourcePosition(line: 1, column: 1), message: message))
    }
}
