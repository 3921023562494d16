internal import ArgumentParser
internal import Foundation
internal import Gateway
internal import Logging
internal import Settings

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Receive, store and forward events until stopped.",
        discussion: """
            Without a configuration file, 'init' runs first and the secrets are printed once.

            Example:  audit-gateway serve --config /etc/audit-gateway/audit-gateway.json
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: "Listen on this port instead of the configuration's; 0 lets the system choose.")
    var port: Int?

    func run() async throws {
        var created: InitialConfiguration?
        if !FileManager.default.fileExists(atPath: file.path) {
            do {
                created = try ConfigurationFile.create(file.path)
            } catch {
                throw CommandFailure.wrongUse(error.description)
            }
        }
        if let port { setenv("AUDIT_GATEWAY_LISTEN_PORT", String(port), 1) }
        let settings = try file.load()
        for warning in settings.warnings { Output.error("warning: \(warning)") }
        let format = LogOutput.Format(rawValue: settings.logging.format.rawValue) ?? .text
        let level = Logger.Level(rawValue: settings.logging.level.rawValue) ?? .info
        LoggingSystem.bootstrap { LogOutput(label: $0, format: format, level: level) }
        let logger = Logger(label: "gateway")
        let path = file.path
        let welcome = created
        do {
            try await Gateway(settings: settings, logger: logger).run { url in
                logger.info("Listening", metadata: ["url": "\(url)", "store": "\(settings.store.path)"])
                if let welcome { Output.error(Welcome.text(url: url, path: path, welcome)) }
            }
        } catch {
            throw CommandFailure.wrongUse("\(error)")
        }
    }
}

/// What somebody who has just begun needs to know.
enum Welcome {
    static func text(url: String, path: String, _ initial: InitialConfiguration) -> String {
        """

        A new configuration with secrets of its own is in \(path). Shown once:

          Auth0    payload URL           \(url)/in/auth0
                   authorization token   \(initial.auth0Authorization)
          any      URL                   \(url)/in/generic
                   bearer token          \(initial.genericSecret)
          API      token of the app      \(initial.appToken)
                   token of the admin    \(initial.adminToken)

        Try it:

          curl -i \(url)/in/auth0 -H 'Authorization: \(initial.auth0Authorization)' \\
            -d '[{"log_id":"1","data":{"date":"2026-11-23T12:00:00.000Z","type":"s","user_name":"maria@example.com","ip":"203.0.113.7"}}]'

          audit-gateway search actor:maria        audit-gateway tail

        """
    }
}

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a configuration file with random secrets, readable by its owner alone.",
        discussion: "Example:  audit-gateway init --config audit-gateway.json"
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: "The port to listen on.")
    var port = 8080

    func run() throws {
        do {
            let initial = try ConfigurationFile.create(file.path, port: port)
            Output.line(Welcome.text(url: "http://127.0.0.1:\(port)", path: file.path, initial))
        } catch {
            throw CommandFailure.wrongUse(error.description)
        }
    }
}
