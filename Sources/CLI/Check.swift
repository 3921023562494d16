internal import ArgumentParser
internal import Forwarding
internal import Gateway
internal import Mapping
internal import Settings

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration and every mapping without opening anything.",
        discussion: """
            Tells every problem at once with its line and column, and how to mend it.

            Example:  audit-gateway check --config /etc/audit-gateway/audit-gateway.json
            """
    )

    @OptionGroup var file: ConfigurationOption

    func run() throws {
        let settings = try file.load()
        for warning in settings.warnings { Output.line("warning: \(warning)") }
        var problems: [String] = []
        let library = MappingLibrary.load(folder: settings.mappingsFolder)
        problems += library.problems.map { "\($0)" }
        for mapping in library.mappings.values.sorted(by: { $0.name < $1.name }) {
            for warning in mapping.warnings { Output.line("warning: \(warning)") }
        }
        problems += Gateway.sourceProblems(settings: settings, mappings: library)
        guard problems.isEmpty else { throw CommandFailure.wrongUse(problems.joined(separator: "\n")) }
        Output.line(
            "\(file.path): good; \(settings.logs.count) log(s), \(settings.tokens.count) token(s), "
                + "\(settings.sources.count) source(s), \(settings.sinks.count) sink(s), \(library.mappings.count) mapping(s)"
        )
    }
}

struct MappingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mappings",
        abstract: "Work on mapping files.",
        subcommands: [CheckFiles.self]
    )

    struct CheckFiles: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Check mapping files; every problem with its place and cure.",
            discussion: "Example:  audit-gateway mappings check Mappings/okta.json"
        )

        @Argument(help: "The files; all of ./Mappings when left out.")
        var files: [String] = []

        func run() throws {
            var problems: [MappingProblem] = []
            var warnings: [MappingProblem] = []
            var count = 0
            if files.isEmpty {
                let library = MappingLibrary.load(folder: "Mappings")
                problems = library.problems
                warnings = library.mappings.values.flatMap(\.warnings)
                count = library.mappings.count
            }
            for file in files {
                do {
                    warnings += try MappingFile.load(bytes: try Input.read(file), file: file).warnings
                    count += 1
                } catch let error as MappingErrors {
                    problems += error.problems
                }
            }
            for warning in warnings { Output.line("warning: \(warning)") }
            guard problems.isEmpty else {
                throw CommandFailure.no(problems.map { "\($0)" }.joined(separator: "\n"))
            }
            Output.line("\(count) mapping(s), no problem")
        }
    }
}

struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask a running gateway whether it can accept events; for container health checks.",
        discussion: "Example:  audit-gateway health --url http://127.0.0.1:8080"
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: "Where the gateway is; the configuration's listener when left out.")
    var url: String?

    func run() throws {
        let address = try url ?? RunningGateway.url(of: try file.load())
        do {
            var request = SingleRequest(method: "GET", url: "\(address)/readyz")
            request.timeout = .seconds(3)
            let reply = try request.send()
            Output.bytes(reply.body + [10])
            guard reply.status == 200 else { throw CommandFailure.no("the gateway answered \(reply.status)") }
        } catch let error as ForwardingError {
            throw CommandFailure.no("\(error)")
        }
    }
}

/// Where the gateway of a configuration is reached from this machine.
enum RunningGateway {
    static func url(of settings: GatewaySettings) -> String {
        let host =
            switch settings.listen.host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "[::1]"
            default: settings.listen.host.contains(":") ? "[\(settings.listen.host)]" : settings.listen.host
            }
        return "http://\(host):\(settings.listen.port)"
    }
}
