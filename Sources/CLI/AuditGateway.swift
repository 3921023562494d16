internal import ArgumentParser
internal import Gateway
internal import Glibc

/// The command `audit-gateway`: parses, calls a room, prints.
@main
struct AuditGateway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit-gateway",
        abstract: "Receives vendors' audit events, stores each once in a tamper-evident log, and forwards them.",
        discussion: """
            To begin:  audit-gateway serve
            writes audit-gateway.json with new secrets when there is none, and prints how to send a first event.

            Exit status: 0 done, 1 the answer is no, 2 wrong use or configuration.
            """,
        version: Gateway.version,
        subcommands: [
            Serve.self, Init.self, Check.self, Search.self, Tail.self, Send.self, Map.self, Eval.self,
            VerifyCommand.self,
            QuarantineCommand.self, DeadLettersCommand.self, MappingsCommand.self, HealthCommand.self,
            SourceCommand.self, Publish.self, TokenCommand.self, SigningKeyCommand.self, Erase.self, BenchCommand.self,
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot(Search.arguments(Array(CommandLine.arguments.dropFirst())))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            if !failure.message.isEmpty { Output.error(failure.message) }
            Glibc.exit(failure.status)
        } catch {
            exit(withWrongUse: error)
        }
    }

    /// Help and version end with 0; what cannot be parsed ends with 2, as ArgumentParser's own 64 is no status of ours.
    private static func exit(withWrongUse error: any Error) -> Never {
        let status = exitCode(for: error)
        let message = fullMessage(for: error)
        if status == .success {
            Output.line(message)
            Glibc.exit(0)
        }
        Output.error(message)
        Glibc.exit(status == .validationFailure ? 2 : status.rawValue)
    }
}
