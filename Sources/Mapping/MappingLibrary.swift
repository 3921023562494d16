internal import FoundationEssentials
internal import Glibc
internal import JSON

/// The mapping files of a folder.
package struct MappingLibrary: Sendable {
    /// The mappings by their files' names without `.json`.
    package private(set) var mappings: [String: MappingFile] = [:]
    /// What is wrong with the files that are not among the mappings.
    package private(set) var problems: [MappingProblem] = []
    /// Set when there is no such folder: a gateway without sources needs none.
    package private(set) var missingFolder: MappingProblem?
    /// The names of the mappings among the ``problems``.
    package private(set) var broken: Set<String> = []

    /// The JSON Schema that editors check mappings with; it lies beside them and is none.
    package static let schemaFile = "mapping.schema.json"

    /// One without any mapping.
    package init() {}

    /// Reads every `*.json` of a folder except the schema; what is wrong is in ``problems`` and ``missingFolder``.
    package static func load(folder: String) -> MappingLibrary {
        var library = MappingLibrary()
        var status = stat()
        guard stat(folder, &status) == 0 || errno != ENOENT else {
            let message = "the folder '\(folder)' does not exist; create it or set 'mappings'"
            library.missingFolder = MappingProblem(file: folder, position: start, message: message)
            return library
        }
        guard let handle = opendir(folder) else {
            library.add(problem: "the folder cannot be read: \(String(cString: strerror(errno)))", file: folder)
            return library
        }
        closedir(handle)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.sorted() where name.hasSuffix(".json") && name != schemaFile {
            library.read(file: "\(folder)/\(name)")
        }
        return library
    }

    private mutating func read(file: String) {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            broken.insert(MappingLibrary.name(of: file))
            return add(problem: "the file cannot be read; check its permissions", file: file)
        }
        do throws(MappingErrors) {
            let mapping = try MappingFile.load(bytes: Array(bytes), file: file)
            mappings[mapping.name] = mapping
        } catch {
            broken.insert(MappingLibrary.name(of: file))
            problems += error.problems
        }
    }

    /// A file's name without folder and `.json`.
    package static func name(of file: String) -> String {
        String((file.split(separator: "/").last ?? "").dropLast(".json".count))
    }

    private mutating func add(problem message: String, file: String) {
        problems.append(MappingProblem(file: file, position: MappingLibrary.start, message: message))
    }

    private static let start = SourcePosition(line: 1, column: 1)
}
