internal import ArgumentParser
internal import Foundation
internal import Gateway
internal import JSON
internal import Logging
internal import Settings

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Receive, store and forward events until stopped.",
        discussion: """
            Where there is no audit-gateway.json and '--config' names no other, 'init' runs first and the secrets are printed \
            once.

            Example:  audit-gateway serve --port 8080
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: "Listen on this port instead of the configuration's; 0 lets the system choose.")
    var port: Int?

    func run() async throws {
        try PortOption.check(port)
        var created: InitialConfiguration?
        // A file that was named and is not there is a mistake, not a beginning.
        if file.named == nil, !FileManager.default.fileExists(atPath: file.path) {
            do throws(SettingsError) {
                created = try ConfigurationFile.create(file.path, port: port ?? ConfigurationFile.defaultPort)
            } catch {
                throw CommandFailure.wrongUse(error.description)
            }
        }
        let configuration = try file.load(port: port, servesBesideBroken: true)
        let settings = configuration.settings
        let format = LogOutput.Format(rawValue: settings.logging.format.rawValue) ?? .text
        let level = Logger.Level(rawValue: settings.logging.level.rawValue) ?? .info
        LoggingSystem.bootstrap { LogOutput(label: $0, format: format, level: level) }
        let logger = Logger(label: "gateway")
        let welcome = created.map { Welcome(path: file.path, option: file.named, initial: $0) }
        do {
            try await Gateway(configuration, logger: logger).run { url in
                logger.info("Listening", metadata: ["url": "\(url)", "store": "\(settings.store.path)"])
                if let welcome { Output.error(welcome.text(url: url)) }
            }
        } catch {
            throw CommandFailure.wrongUse("\(error)")
        }
    }
}

/// What somebody who has just begun needs to know.
struct Welcome: Sendable {
    let path: String
    /// What `--config` named; nil without it.
    let option: String?
    let initial: InitialConfiguration

    /// The program as it was called, for lines that work when they are pasted.
    private var program: String { Welcome.quoted(CommandLine.arguments.first ?? "audit-gateway") }
    private var options: String { option.map { " --config \(Welcome.quoted($0))" } ?? "" }

    /// A word as a shell reads it back.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"), UInt8(ascii: "+"):
                true
            default: false
            }
        }
        return isPlain && !word.isEmpty
            ? word : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
    }

    func text(url: String) -> String {
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

          \(program) search\(options) actor:maria
          \(program) tail\(options)

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
    var port = ConfigurationFile.defaultPort
    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        try PortOption.check(port)
        let initial: InitialConfiguration
        do throws(SettingsError) {
            initial = try ConfigurationFile.create(file.path, port: port)
        } catch {
            throw CommandFailure.wrongUse(error.description)
        }
        let url = "http://127.0.0.1:\(port)"
        guard json else {
            return Output.line(Welcome(path: file.path, option: file.named, initial: initial).text(url: url))
        }
        var line = JSONLine()
        let members = [
            ("file", file.path), ("url", url), ("auth0_authorization", initial.auth0Authorization),
            ("generic_secret", initial.genericSecret), ("app_token", initial.appToken),
            ("admin_token", initial.adminToken),
        ]
        for (name, text) in members { line.add(name, .string(text)) }
        line.print()
    }
}
