internal import ArgumentParser
internal import AuditLog
internal import Forwarding
internal import Gateway
internal import JSON
internal import Settings

struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase the content of events of a running gateway, so that their proofs stay as they are.",
        discussion: """
            Takes an event, its vendor's record, and what was set aside or exported of it out of everything that the gateway \
            keeps; its hash stays, and an event of the log tells who erased what and why. There is no way back, so look \
            with --dry-run first. An admin token is taken from the configuration.

            Example:  audit-gateway erase --query 'actor:"maria@example.com"' --reason 'request 4711' --dry-run
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: "The log; the configuration's first when left out.")
    var log: String?
    @Option(name: .customLong("sequence"), help: "An event by its sequence number; may be repeated.")
    var sequences: [UInt64] = []
    @Option(help: "The event that was received then, to the microsecond.")
    var receivedAt: String?
    @Option(help: "The events that this query finds, at most \(EraseCall.maximumEvents) at a time.")
    var query: String?
    @Option(help: "Why; it is written into the log.")
    var reason: String
    @Flag(help: "Only tell what would be erased.")
    var dryRun = false
    @Option(help: "Where the gateway is; the configuration's listener when left out.")
    var url: String?
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let settings = try file.settings()
        guard let log = log ?? settings.logs.first?.name, settings.log(named: log) != nil else {
            throw ConfigurationOption.unknownLog(log ?? "", settings)
        }
        let admins = settings.tokens.filter { $0.scopes.contains(.admin) && $0.logs.contains(log) }
        guard let token = admins.lazy.compactMap(\.secrets.first).first else {
            throw CommandFailure.wrongUse(
                "no token of the configuration has the scope 'admin' for the log '\(log)'; add one"
            )
        }
        do {
            let reply = try SingleRequest(
                method: "POST",
                url: "\(try url ?? RunningGateway.url(of: settings))/admin/logs/erase",
                headers: [
                    ("authorization", "Bearer \(String(decoding: token.bytes, as: UTF8.self))"),
                    ("content-type", "application/json"),
                ],
                body: body(log)
            ).send()
            try report(reply)
        } catch let error as ForwardingError {
            throw CommandFailure.no(error.message)
        }
    }

    private func body(_ log: String) -> [UInt8] {
        var members = [
            JSONMember("log", .string(log)), JSONMember("reason", .string(reason)),
            JSONMember("dry_run", .bool(dryRun)),
        ]
        if !sequences.isEmpty {
            members.append(JSONMember("sequences", .array(sequences.map { .integer(Int64(clamping: $0)) })))
        }
        if let receivedAt { members.append(JSONMember("received_at", .string(receivedAt))) }
        if let query { members.append(JSONMember("query", .string(query))) }
        var writer = JSONWriter()
        writer.append(canonical: .object(members))
        return writer.bytes
    }

    private func report(_ reply: SingleRequest.Reply) throws {
        let document = JSONDocument()
        let root = (try? document.parse(reply.body)) == nil ? JSONValue.null : document.root
        let summary = root["summary"]?.stringValue ?? "the gateway answered \(reply.status)"
        guard reply.status == 200, let result = root["result"], result.isObject else {
            let details = root["result"]?["errors"]?.elements?.compactMap { $0["detail"]?.stringValue } ?? []
            throw CommandFailure.no(Output.printable(([summary] + details).joined(separator: "\n")))
        }
        let found = (result["sequences"]?.elements ?? []).compactMap { $0.integerValue.map { UInt64(clamping: $0) } }
        if json {
            var writer = JSONWriter()
            writer.append(canonical: result)
            Output.line(String(decoding: writer.bytes, as: UTF8.self))
        } else {
            let ranges = found.isEmpty ? "" : ": \(ErasureRecord.ranges(found))"
            Output.line(Output.printable(summary) + ranges)
        }
        guard !found.isEmpty else { throw CommandFailure.no(json ? "" : "no event was found that could be erased") }
    }
}
