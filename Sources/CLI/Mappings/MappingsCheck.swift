internal import ArgumentParser
internal import Foundation
internal import JSON
internal import Mapping
internal import Schema
internal import Settings

struct MappingsCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check mapping files; every problem with its place and cure.",
        discussion: """
            What cannot work is a problem and ends with 1. What is allowed but looks like a mistake is a warning: tables \
            that no expression uses, fields that no schema has, texts that are too long for their field. With '--config', \
            the secrets of the configuration's sources and the schemas of its logs are looked at too.

            Example:  audit-gateway mappings check Mappings/auth0.json
            """
    )

    @Argument(help: "The files; all of the folder when left out.")
    var files: [String] = []
    @OptionGroup var folder: MappingsFolderOption
    @Option(name: [.customLong("config"), .customShort("c")], help: "The configuration whose sources to look at.")
    var config: String?
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let settings = try config.map { try ConfigurationOption.settings(of: $0) }
        let checkups = try paths(settings).map { path in
            let name = MappingLibrary.name(of: path)
            let sources = settings?.sources.filter { $0.mapping == name }
            return MappingCheckup(
                bytes: try Input.read(path),
                file: path,
                fields: Set(settings?.logs.flatMap(\.schema.declaredOrder) ?? []),
                secrets: sources?.map { Set($0.secrets.keys) }
            )
        }
        let count = checkups.count { $0.mapping != nil }
        let problems = checkups.flatMap(\.problems)
        let warnings = checkups.flatMap(\.warnings)
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

    private func paths(_ settings: GatewaySettings?) throws -> [String] {
        guard files.isEmpty else { return files }
        let place = settings?.mappingsFolder ?? folder.folder
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: place) else {
            throw CommandFailure.wrongUse("there is no folder '\(place)' here; name the files to check")
        }
        return names.filter { $0.hasSuffix(".json") && $0 != MappingLibrary.schemaFile }.sorted().map {
            "\(place)/\($0)"
        }
    }
}
