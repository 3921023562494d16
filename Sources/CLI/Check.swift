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
