internal import ArgumentParser
internal import Forwarding
internal import Gateway
internal import JSON
internal import Settings

struct Publish: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish the roots of a running gateway's logs now.",
        discussion: """
            Closes the open buffers, publishes their roots and signs checkpoints, as happens by itself in the interval that the
            log's 'publish' says. A log without new events stays as it is. An admin token is taken from the configuration.

            Example:  audit-gateway publish default
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The log's name; all logs when left out.")
    var log: String?
    @Option(help: "Where the gateway is; the configuration's listener when left out.")
    var url: String?
    @Flag(help: "Print one JSON object a log.")
    var json = false

    func run() throws {
        let settings = try file.settings()
        if let log, settings.log(named: log) == nil {
            throw CommandFailure.wrongUse("the configuration has no log '\(log)'")
        }
        let wanted = log.map { [$0] } ?? settings.logs.map(\.name)
        let admins = settings.tokens.filter { token in
            token.scopes.contains(.admin) && wanted.allSatisfy(token.logs.contains)
        }
        guard let token = admins.lazy.compactMap(\.secrets.first).first else {
            throw CommandFailure.wrongUse("no token of the configuration has the scope 'admin' for these logs; add one")
        }
        let base = try url ?? RunningGateway.url(of: settings)
        var body = JSONLine()
        if let log { body.add("log", .string(log)) }
        do {
            let reply = try SingleRequest(
                method: "POST",
                url: "\(base)/admin/logs/publish",
                headers: [("authorization", "Bearer \(String(decoding: token.bytes, as: UTF8.self))")],
                body: body.bytes
            ).send()
            try report(reply)
        } catch let error as ForwardingError {
            throw CommandFailure.no(error.message)
        }
    }

    private func report(_ reply: SingleRequest.Reply) throws {
        let document = JSONDocument()
        let root = (try? document.parse(reply.body)) == nil ? JSONValue.null : document.root
        guard let logs = root["logs"]?.elements else {
            throw CommandFailure.no(
                Output.printable(root["summary"]?.stringValue ?? "the gateway answered \(reply.status)")
            )
        }
        for log in logs {
            let name = log["name"]?.stringValue ?? ""
            guard !json else {
                var writer = JSONWriter()
                writer.append(canonical: log)
                Output.line(String(decoding: writer.bytes, as: UTF8.self))
                continue
            }
            guard let published = log["root"], let size = published["size"]?.integerValue,
                let hash = published["root_hash"]?.stringValue
            else {
                Output.line("\(Output.printable(name)): nothing to publish yet")
                continue
            }
            Output.line("\(Output.printable(name)): tree size \(size), root \(Output.printable(hash))")
        }
    }
}
