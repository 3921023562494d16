internal import ArgumentParser
internal import Cryptography
internal import Forwarding
internal import Foundation
internal import Gateway
internal import JSON
internal import Mapping
internal import Receiving
internal import Settings

struct Send: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a body to a source of a running gateway, signed as its vendor would.",
        discussion: """
            Secrets are taken from the configuration, or are those that the vendor has sent, and go where the source's \
            mapping wants them: as they are, in a hash or an HMAC, in a token, freshly stamped. What a vendor signs with \
            a private key is signed with that of '--key'; the source has to have its public key.

            Ends with 0 when the delivery was accepted, 1 when it was not, 2 when it cannot be signed.

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
    @Option(help: "A JSON file with the request's 'method', 'headers', 'query', and the 'path' that senders append.")
    var headers: String?
    @Option(help: "A private key in PEM, for mappings whose vendor signs with one.")
    var key: String?
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
        let base = try url ?? RunningGateway.url(of: settings)
        let delivery = try signed(for: mapping, configured, settings, base)
        for note in delivery.notes { Output.error(note) }
        do {
            let reply = try SingleRequest(
                method: delivery.method,
                url: "\(base)\(delivery.target)",
                headers: delivery.headers,
                body: delivery.body
            ).send()
            try show(reply)
        } catch let error as ForwardingError {
            throw CommandFailure.no(error.message)
        }
    }

    private func signed(
        for mapping: MappingFile,
        _ configured: GatewaySettings.Source,
        _ settings: GatewaySettings,
        _ base: String
    ) throws -> OutgoingDelivery {
        let request = try SampleRequest(file: headers)
        var headers = request.headers
        if !headers.contains(where: { $0.name == "content-type" }) {
            let isForm = mapping.framing.format == .form
            headers.append(("content-type", isForm ? "application/x-www-form-urlencoded" : "application/json"))
        }
        // A listener whose port the system chose knows itself by it.
        let listen = settings.listen
        let publicURL = listen.publicURL == nil && listen.port == 0 ? base : "\(listen.publicURL(port: listen.port))"
        let delivery = OutgoingDelivery(
            to: source,
            publicURL: publicURL,
            method: request.method,
            appendedPath: request.path,
            query: request.query,
            headers: headers,
            body: try Input.read(body)
        )
        do {
            let signer = DeliverySigner(
                mapping: mapping,
                secrets: try secrets(of: configured, settings),
                constants: configured.constants,
                key: try key.map { try PrivateKey(pem: String(decoding: try Input.read($0), as: UTF8.self)) },
                now: Int64(Date().timeIntervalSince1970 * 1_000_000)
            )
            return try signer.sign(delivery)
        } catch let error as DeliverySigner.Failure {
            throw CommandFailure.wrongUse("this delivery cannot be signed: \(error)")
        } catch let error as CryptographyError {
            throw CommandFailure.wrongUse("\(key ?? ""): \(error.message)")
        }
    }

    /// The first value of each secret of the configuration, and those that the vendor has sent.
    private func secrets(
        of source: GatewaySettings.Source,
        _ settings: GatewaySettings
    ) throws -> [String: [UInt8]] {
        let configured = source.secrets.compactMapValues { $0.first?.bytes }
        do throws(KeptSecretsUnreadable) {
            return try Gateway.keptSecrets(of: source.name, settings).merging(configured) { $1 }
        } catch {
            throw CommandFailure.wrongUse(error.message)
        }
    }

    private func show(_ reply: SingleRequest.Reply) throws {
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
    }
}
