internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Mapping

struct MappingsNew: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Draft a mapping from a captured body.",
        discussion: """
            Where the records stand and which values are the time, the actor, the action and so on is guessed from their \
            names and shapes. No value of the body or the headers gets into the draft. An existing file is never replaced.

            Example:  audit-gateway mappings new acme --from Mappings/Fixtures/generic/plain-record.input.json
            """
    )

    @Argument(help: "The vendor's short name: letters a to z, digits, '-' and '_'.")
    var vendor: String
    @Option(name: .customLong("from"), help: "The captured body; '-' is standard input.")
    var body: String
    @Option(help: "A JSON file with the request's 'headers'.")
    var headers: String?
    @Option(help: "Where to write; '-' is standard output. (default: VENDOR.json in the folder)")
    var output: String?
    @OptionGroup var folder: MappingsFolderOption
    @Flag(help: "Print one JSON object about what was found.")
    var json = false

    func run() throws {
        let request = try SampleRequest(file: headers)
        let draft: MappingDraft
        do throws(MappingDraft.Failure) {
            draft = try MappingDraft(vendor: vendor, body: try input(), headers: request.headers)
        } catch {
            throw CommandFailure.wrongUse(error.description)
        }
        let path = output ?? "\(folder.folder)/\(vendor).json"
        let checkup = MappingCheckup(bytes: draft.text, file: path)
        guard checkup.problems.isEmpty else {
            throw CommandFailure.no(checkup.problems.map { "\($0)" }.joined(separator: "\n"))
        }
        if path == "-" {
            Output.bytes(draft.text)
        } else {
            try write(draft.text, to: path)
        }
        if json, path != "-" {
            var line = JSONLine()
            line.add("file", .string(path))
            let found = draft.findings.map { JSONMember($0.part, $0.expression.map { .string($0) } ?? .null) }
            line.add("found", .object(found))
            line.print()
            return
        }
        var table = TextTable(["part", "found"])
        for finding in draft.findings { table.append([finding.part, finding.expression ?? "nothing"]) }
        for line in table.lines { Output.error(Output.printable(line)) }
        guard path != "-" else { return }
        Output.line("\(path) is a draft: look at each line, and try it with 'audit-gateway map \(vendor) … --explain'")
    }

    /// The body; what cannot be read ends the command.
    private func input() throws(MappingDraft.Failure) -> [UInt8] {
        do {
            return try Input.read(body)
        } catch let failure as CommandFailure {
            throw MappingDraft.Failure(failure.message)
        } catch {
            throw MappingDraft.Failure("cannot read '\(body)'")
        }
    }

    private func write(_ text: [UInt8], to path: String) throws {
        do {
            try Data(text).write(to: URL(filePath: path), options: .withoutOverwriting)
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw CommandFailure.wrongUse(
                isThere ? "'\(path)' is there already; say --output" : "cannot write '\(path)'; is its folder there?"
            )
        }
    }
}
