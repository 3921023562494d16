internal import ArgumentParser
internal import Gateway
internal import JSON
internal import Restriction
internal import Schema
internal import Settings

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, change and take back tokens of the API, also while the gateway runs.",
        discussion: """
            Only the hash of a token is kept, in tokens.json beside the store. A change is in force in a running gateway \
            within two seconds. The tokens of the configuration file are changed there.

            Example:  audit-gateway token create shop --scope write --log default --expires 90d
            """,
        subcommands: [Create.self, List.self, Rotate.self, Revoke.self]
    )

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it, once.",
            discussion: """
                Scopes are write, read, admin and single calls such as /v1/search. A restriction is FIELD=VALUE; of several \
                values of a field any is allowed. '--restrict-json' takes what 'restrict' in the configuration does.

                Example:  audit-gateway token create acme --scope write --scope read --restrict tenant_id=acme
                """
        )

        @OptionGroup var file: ConfigurationOption
        @Argument(help: "A name: 1 to 64 of a-z, 0-9, '_' and '-'.")
        var name: String
        @Option(name: .customLong("scope"), help: "What it may do; several when repeated.")
        var scopes: [String]
        @Option(name: .customLong("log"), help: "A log that it sees; several when repeated. (default: all)")
        var logs: [String] = []
        @Option(help: "FIELD=VALUE: what it may say and see; several when repeated.")
        var restrict: [String] = []
        @Option(help: "A 'restrict' object, in place of '--restrict'.")
        var restrictJson: String?
        @Option(help: "When it ends: 30d, 12h, or a time such as 2027-01-01T00:00:00Z. (default: never)")
        var expires: String?
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() throws {
            let settings = try file.settings()
            guard Name.isValid(name) else {
                throw CommandFailure.wrongUse("the name '\(name)' must be 1 to 64 of a-z, 0-9, '_' and '-'")
            }
            guard !settings.tokens.contains(where: { $0.name == name }) else {
                throw CommandFailure.wrongUse("the configuration has a token '\(name)' already; choose another name")
            }
            let now = WallClock.now()
            var token = IssuedToken(
                name: name,
                scopes: try words().scopes,
                endpoints: try words().endpoints,
                logs: logs.isEmpty ? nil : try known(logs, settings),
                restrict: try TokenText.restriction(restrict, restrictJson),
                createdAt: now,
                expiresAt: try expires.map { try TokenText.end($0, now: now) }
            )
            try TokenText.check(token, settings)
            let secret = token.addSecret(now: now, grace: 0)
            try TokenText.change(settings) { tokens throws(TokenFileError) in
                guard !tokens.contains(where: { $0.name == name }) else {
                    throw TokenFileError(message: "there is a token '\(name)' already; rotate or revoke it")
                }
                tokens.append(token)
            }
            TokenText.print(secret, of: token, json: json)
        }

        private func words() throws -> (scopes: Set<GatewaySettings.Scope>, endpoints: Set<APIEndpoint>) {
            var scopes: Set<GatewaySettings.Scope> = []
            var endpoints: Set<APIEndpoint> = []
            for word in self.scopes.flatMap({ $0.split(separator: ",").map(String.init) }) {
                if let scope = GatewaySettings.Scope(rawValue: word) {
                    scopes.insert(scope)
                } else if let endpoint = APIEndpoint(rawValue: word) {
                    endpoints.insert(endpoint)
                } else {
                    let known = GatewaySettings.Scope.allCases.map(\.rawValue) + APIEndpoint.allCases.map(\.rawValue)
                    let hint = nearest(word, among: known).map { "; did you mean '\($0)'?" }
                    let list = "; known are \(known.joined(separator: ", "))"
                    throw CommandFailure.wrongUse("there is no scope '\(word)'\(hint ?? list)")
                }
            }
            return (scopes, endpoints)
        }

        private func known(_ names: [String], _ settings: GatewaySettings) throws -> [String] {
            for name in names where settings.log(named: name) == nil {
                throw ConfigurationOption.unknownLog(name, settings)
            }
            return names
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the tokens, never their secrets.",
            discussion: """
                When a token was used last is written down once a minute.

                Example:  audit-gateway token list --json
                """
        )

        @OptionGroup var file: ConfigurationOption
        @Flag(help: "Print each as a line of JSON.")
        var json = false

        func run() throws {
            let settings = try file.settings()
            let store = TokenFile(directory: settings.store.dataDirectory)
            let tokens: [IssuedToken]
            do throws(TokenFileError) { tokens = try store.read() } catch { throw CommandFailure.no(error.message) }
            let uses = store.lastUses()
            let now = WallClock.now()
            for token in settings.tokens {
                TokenText.print(ListedToken(token, settings, lastUse: uses[token.name]), now: now, json: json)
            }
            for token in tokens {
                let use = uses[token.name].flatMap { $0 >= token.createdAt ? $0 : nil }
                TokenText.print(ListedToken(token, settings, lastUse: use), now: now, json: json)
            }
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a token a new secret and print it, once; the old one goes on for a while.",
            discussion: """
                So that the new one can be brought to whoever uses it without a pause. '--grace 0s' ends the old one at once.

                Example:  audit-gateway token rotate shop --grace 24h
                """
        )

        @OptionGroup var file: ConfigurationOption
        @Argument(help: "The token's name.")
        var name: String
        @Option(help: "How long the old secret stays valid.")
        var grace = "24h"
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() throws {
            let settings = try file.settings()
            let period = try TokenText.microseconds(grace, option: "--grace")
            let now = WallClock.now()
            let name = name
            let (secret, token) = try TokenText.change(settings) {
                tokens throws(TokenFileError) -> (String, IssuedToken) in
                guard let index = tokens.firstIndex(where: { $0.name == name }) else {
                    throw TokenText.unknown(name, among: tokens)
                }
                let secret = tokens[index].addSecret(now: now, grace: period)
                return (secret, tokens[index])
            }
            TokenText.print(secret, of: token, json: json)
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a token back: it is refused within two seconds, and for good.",
            discussion: "Example:  audit-gateway token revoke shop"
        )

        @OptionGroup var file: ConfigurationOption
        @Argument(help: "The token's name.")
        var name: String
        @Flag(help: "Print one JSON object.")
        var json = false

        func run() throws {
            let settings = try file.settings()
            let name = name
            try TokenText.change(settings) { tokens throws(TokenFileError) in
                guard tokens.contains(where: { $0.name == name }) else { throw TokenText.unknown(name, among: tokens) }
                tokens.removeAll { $0.name == name }
            }
            guard json else { return Output.line("the token '\(name)' is revoked") }
            var line = JSONLine()
            line.add("name", .string(name))
            line.add("is_revoked", .bool(true))
            line.print()
        }
    }
}
