internal import ArgumentParser
internal import Forwarding
internal import Gateway
internal import JSON
internal import Mapping
internal import Settings

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration and every mapping without opening anything.",
        discussion: """
            Tells every problem at once with its line and column, and how to mend it.

            Example:  audit-gateway check --config audit-gateway.json
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        if json { return try printJSON() }
        let configuration = try file.load(port: nil)
        let settings = configuration.settings
        Output.line(
            "\(file.path): good; \(settings.logs.count) log(s), \(settings.tokens.count) token(s), "
                + "\(settings.sources.count) source(s), \(settings.sinks.count) sink(s), "
                + "\(configuration.mappings.mappings.count) mapping(s)"
        )
    }

    private func printJSON() throws {
        var line = JSONLine()
        line.add("file", .string(file.path))
        do throws(SettingsError) {
            let configuration = try ConfigurationFile.load(file.path)
            let settings = configuration.settings
            line.add("is_good", .bool(true))
            let counts = [
                ("logs", settings.logs.count), ("tokens", settings.tokens.count), ("sources", settings.sources.count),
                ("sinks", settings.sinks.count), ("mappings", configuration.mappings.mappings.count),
            ]
            for (name, count) in counts { line.add(name, .integer(Int64(count))) }
            line.add("problems", .array([]))
            line.add("warnings", .array(configuration.warnings.map(\.json)))
            line.print()
        } catch {
            line.add("is_good", .bool(false))
            line.add("problems", .array(error.problems.map(\.json)))
            line.add("warnings", .array(error.warnings.map(\.json)))
            line.print()
            throw CommandFailure.wrongUse("")
        }
    }
}

struct MappingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mappings",
        abstract: "Work on mapping files.",
        discussion: "Example:  audit-gateway mappings check",
        subcommands: [CheckFiles.self]
    )

    struct CheckFiles: ParsableCommand {
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
}

extension MappingProblem {
    fileprivate var json: JSONValue { SettingsProblem(place: .file(file, position), message: message).json }
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
        let address = try url ?? RunningGateway.url(of: try file.settings())
        do {
            var request = SingleRequest(method: "GET", url: "\(address)/readyz")
            request.timeout = .seconds(3)
            let reply = try request.send()
            Output.line(Output.printable(String(decoding: reply.body, as: UTF8.self), keepsLines: true))
            guard reply.status == 200 else { throw CommandFailure.no("the gateway answered \(reply.status)") }
        } catch let error as ForwardingError {
            throw CommandFailure.no("\(error)")
        }
    }
}

/// Where the gateway of a configuration is reached from this machine.
enum RunningGateway {
    static func url(of settings: GatewaySettings) throws -> String {
        guard settings.listen.port != 0 else {
            throw CommandFailure.wrongUse("the configuration lets the system choose the port (0); say --url")
        }
        let host =
            switch settings.listen.host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "[::1]"
            default: settings.listen.host.contains(":") ? "[\(settings.listen.host)]" : settings.listen.host
            }
        return "http://\(host):\(settings.listen.port)"
    }
}
