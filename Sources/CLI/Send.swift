internal import ArgumentParser
internal import Forwarding
internal import Gateway
internal import JSON
internal import Mapping
internal import Settings

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a body to a source of a running gateway, with the source's own secret.",
        discussion: """
            The secret is taken from the configuration and put where the source's mapping wants it.

            Example:  audit-gateway send --source auth0 Mappings/Fixtures/auth0/login-array.input.json
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The body; '-' is standard input.")
    var body = "-"
    @Option(help: "The source to send to.")
    var source: String
    @Option(help: "Where the gateway is; the configuration's listener when left out.")
    var url: String?
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let settings = try file.settings()
        let configured = try ConfigurationOption.source(source, of: settings)
        let library = MappingLibrary.load(folder: settings.mappingsFolder)
        guard let mapping = library.mappings[configured.mapping] else {
            throw CommandFailure.wrongUse(
                "the mapping '\(configured.mapping)' cannot be used; see 'audit-gateway check'"
            )
        }
        let bytes = try Input.read(body)
        var signer = DeliverySigner(secrets: configured.secrets.compactMapValues { $0.first?.bytes })
        guard signer.sign(mapping.authentication, body: bytes) else {
            throw CommandFailure.wrongUse("the mapping's form of authentication cannot be sent by this command")
        }
        let base = try url ?? RunningGateway.url(of: settings)
        do {
            let reply = try SingleRequest(
                method: "POST",
                url: "\(base)/in/\(source)\(signer.pathSuffix)\(signer.query)",
                headers: [("content-type", "application/json")] + signer.headers,
                body: bytes
            ).send()
            let isAccepted = (200..<300).contains(reply.status)
            if json {
                var line = JSONLine()
                line.add("is_accepted", .bool(isAccepted))
                line.add("status", .integer(Int64(reply.status)))
                line.add("body", bytes: reply.body)
                line.print()
            } else {
                Output.line("\(reply.status)")
                Output.line(Output.printable(String(decoding: reply.body, as: UTF8.self), keepsLines: true))
            }
            guard isAccepted else { throw CommandFailure.no(json ? "" : "the delivery was not accepted") }
        } catch let error as ForwardingError {
            throw CommandFailure.no(error.message)
        }
    }
}
