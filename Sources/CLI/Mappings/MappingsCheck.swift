internal import ArgumentParser
internal import JSON
internal import Mapping

struct MappingsCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check mapping files; every problem with its place and cure.",
        discussion: "Example:  audit-gateway mappings check Mappings/auth0.json"
    )

    @Argument(help: "The files; all of ./Mappings when left out.")
    var files: [String] = []
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let (count, problems, warnings) = try read()
        if json {
            var line = JSONLine()
            line.add("is_good", .bool(problems.isEmpty))
            line.add("mappings", .integer(Int64(count)))
            line.add("problems", .array(problems.map(\.json)))
            line.add("warnings", .array(warnings.map(\.json)))
            line.print()
            guard problems.isEmpty else { throw CommandFailure.no("") }
            return
        }
        for warning in warnings { Output.error("warning: \(warning)") }
        guard problems.isEmpty else {
            throw CommandFailure.no(problems.map { "\($0)" }.joined(separator: "\n"))
        }
        Output.line("\(count) mapping(s), no problem")
    }

    private func read() throws -> (count: Int, problems: [MappingProblem], warnings: [MappingProblem]) {
        guard !files.isEmpty else {
            let library = MappingLibrary.load(folder: "Mappings")
            guard library.missingFolder == nil else {
                throw CommandFailure.wrongUse("there is no folder 'Mappings' here; name the files to check")
            }
            let mappings = library.mappings.values.sorted { $0.name < $1.name }
            return (mappings.count, library.problems, mappings.flatMap(\.warnings))
        }
        var count = 0
        var problems: [MappingProblem] = []
        var warnings: [MappingProblem] = []
        for file in files {
            let bytes = try Input.read(file)
            do throws(MappingErrors) {
                warnings += try MappingFile.load(bytes: bytes, file: file).warnings
                count += 1
            } catch {
                problems += error.problems
            }
        }
        return (count, problems, warnings)
    }
}
