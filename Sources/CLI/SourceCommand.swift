internal import ArgumentParser
internal import Forwarding
internal import Gateway
internal import JSON
internal import Settings

struct SourceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source",
        abstract: "Change what a source of a running gateway may do.",
        discussion: "Example:  audit-gateway source arm asana",
        subcommands: [Arm.self]
    )

    struct Arm: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a source keep the secret that its vendor sends, once within ten minutes.",
            discussion: """
                For vendors that make the secret themselves and send it when a webhook is created, as their mapping says
                ('keep_secret'). The secret is stored beside the events and survives a restart; a later one replaces it
                only after arming again. An admin token is taken from the configuration.

                Example:  audit-gateway source arm asana
                """
        )

        @OptionGroup var file: ConfigurationOption
        @Argument(help: "The source's name.")
        var name: String
        @Option(help: "Where the gateway is; the configuration's listener when left out.")
        var url: String?
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() throws {
            let settings = try file.settings()
            let source = try ConfigurationOption.source(name, of: settings)
            let admins = settings.tokens.filter { $0.scopes.contains(.admin) && $0.logs.contains(source.log) }
            guard let token = admins.lazy.compactMap(\.secrets.first).first else {
                throw CommandFailure.wrongUse(
                    "no token of the configuration has the scope 'admin' for the log '\(source.log)'; add one"
                )
            }
            let base = try url ?? RunningGateway.url(of: settings)
            do {
                let reply = try SingleRequest(
                    method: "POST",
                    url: "\(base)/admin/sources/\(name)/arm",
                    headers: [("authorization", "Bearer \(String(decoding: token.bytes, as: UTF8.self))")],
                    body: []
                ).send()
                try report(reply)
            } catch let error as ForwardingError {
                throw CommandFailure.no(error.message)
            }
        }

        private func report(_ reply: SingleRequest.Reply) throws {
            let document = JSONDocument()
            let root = (try? document.parse(reply.body)) == nil ? JSONValue.null : document.root
            let end = root["result"]?["armed_until"]?.stringValue
            let summary = root["summary"]?.stringValue ?? "the gateway answered \(reply.status)"
            if json {
                var line = JSONLine()
                line.add("is_armed", .bool(end != nil))
                line.add("armed_until", end.map { .string($0) } ?? .null)
                line.add("summary", .string(summary))
                line.print()
            } else if let end {
                Output.line("'\(name)' keeps the next secret that its vendor sends, until \(Output.printable(end))")
            }
            guard end != nil else { throw CommandFailure.no(json ? "" : Output.printable(summary)) }
        }
    }
}
