internal import Gateway
internal import JSON
internal import Restriction
internal import Schema
internal import Settings

/// A token as it is listed.
struct ListedToken {
    let name: String
    /// Where it is changed: the configuration file, or this command.
    let isConfigured: Bool
    let scopes: [String]
    let logs: [String]
    /// The `restrict` object as JSON; the names of its fields as an array for a token of the configuration.
    let restriction: [UInt8]?
    let createdAt: Int64?
    let expiresAt: Int64?
    let secrets: Int
    let lastUse: Int64?

    init(_ token: IssuedToken, _ settings: GatewaySettings, lastUse: Int64?) {
        name = token.name
        isConfigured = false
        scopes = token.words
        logs = token.logs ?? settings.logs.map(\.name)
        restriction = token.restrict
        createdAt = token.createdAt
        expiresAt = token.expiresAt
        secrets = token.secrets.count
        self.lastUse = lastUse
    }

    init(_ token: GatewaySettings.Token, _ settings: GatewaySettings, lastUse: Int64?) {
        name = token.name
        isConfigured = true
        scopes = token.scopes.map(\.rawValue).sorted()
        logs = token.logs
        let rules = token.logs.first.map { token.restriction(forLog: $0).rules } ?? []
        var writer = JSONWriter()
        writer.append(canonical: .array(rules.map { .string($0.field) }))
        restriction = rules.isEmpty ? nil : writer.bytes
        createdAt = nil
        expiresAt = nil
        secrets = token.secrets.count
        self.lastUse = lastUse
    }
}

/// What the commands about tokens read and print.
enum TokenText {
    /// Changes the file of the tokens.
    static func change<Result>(
        _ settings: GatewaySettings,
        _ body: (inout [IssuedToken]) throws(TokenFileError) -> Result
    ) throws -> Result {
        do throws(TokenFileError) {
            return try TokenFile(directory: settings.store.dataDirectory).change(body)
        } catch {
            throw CommandFailure.no(error.message)
        }
    }

    static func unknown(_ name: String, among tokens: [IssuedToken]) -> TokenFileError {
        let known = tokens.map(\.name).joined(separator: ", ")
        return TokenFileError(
            message: "there is no issued token '\(name)'" + (known.isEmpty ? "" : "; there are \(known)")
        )
    }

    // MARK: - Reading

    /// The `restrict` object of the options in canonical JSON; nil without one.
    static func restriction(_ pairs: [String], _ text: String?) throws -> [UInt8]? {
        var writer = JSONWriter()
        if let text {
            guard pairs.isEmpty else { throw CommandFailure.wrongUse("give --restrict or --restrict-json, not both") }
            let document = JSONDocument()
            guard (try? document.parse(Array(text.utf8))) != nil, document.root.isObject else {
                throw CommandFailure.wrongUse(
                    "--restrict-json must be a JSON object such as {\"tenant_id\":[\"acme\"]}"
                )
            }
            writer.append(canonical: document.root)
            return document.root.count == 0 ? nil : writer.bytes
        }
        guard !pairs.isEmpty else { return nil }
        var values: [String: [JSONValue]] = [:]
        for pair in pairs {
            guard let sign = pair.firstIndex(of: "="), sign != pair.startIndex else {
                throw CommandFailure.wrongUse("--restrict must be FIELD=VALUE such as tenant_id=acme, not '\(pair)'")
            }
            values[String(pair[..<sign]), default: []].append(.string(String(pair[pair.index(after: sign)...])))
        }
        writer.append(canonical: .object(values.map { JSONMember($0.key, .array($0.value)) }))
        return writer.bytes
    }

    /// Refuses a restriction that one of the token's logs cannot hold.
    static func check(_ token: IssuedToken, _ settings: GatewaySettings) throws {
        do {
            let rules = try token.rules()
            for log in settings.logs where !rules.isEmpty && (token.logs?.contains(log.name) ?? true) {
                do throws(RestrictionError) {
                    _ = try FieldRestriction(rules: rules, schema: log.schema)
                } catch {
                    let text = error.problems.map(\.message).joined(separator: "; ")
                    throw CommandFailure.wrongUse("in the log '\(log.name)' \(text); name the logs with --log")
                }
            }
        } catch let error as SettingsError {
            throw CommandFailure.wrongUse(error.problems.map(\.message).joined(separator: "\n"))
        }
    }

    static func microseconds(_ text: String, option: String) throws -> Int64 {
        guard let duration = Quantity.duration(text), duration <= .seconds(3_650 * 86_400) else {
            throw CommandFailure.wrongUse("\(option) must be a length of time such as 12h or 30d, not '\(text)'")
        }
        let (seconds, attoseconds) = duration.components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// The end that `30d` or a time means, in microseconds since 1970.
    static func end(_ text: String, now: Int64) throws -> Int64 {
        var end = Int64.min
        if let time = Timestamp.parse(text) {
            let (microseconds, overflows) = time.seconds.multipliedReportingOverflow(by: 1_000_000)
            if !overflows { end = microseconds + Int64(time.nanoseconds) / 1000 }
        } else {
            end = now + (try microseconds(text, option: "--expires"))
        }
        guard end > now else { throw CommandFailure.wrongUse("--expires must lie ahead, not '\(text)'") }
        return end
    }

    // MARK: - Printing

    static func print(_ secret: String, of token: IssuedToken, json: Bool) {
        guard json else {
            Output.line(secret)
            Output.error("This is the token '\(token.name)'. It is shown once; in force within two seconds.")
            return
        }
        var line = JSONLine()
        line.add("name", .string(token.name))
        line.add("token", .string(secret))
        line.add("expires_at", token.expiresAt.map { .string(time($0)) } ?? .null)
        line.print()
    }

    static func print(_ token: ListedToken, now: Int64, json: Bool) {
        guard !json else {
            var line = JSONLine()
            line.add("name", .string(token.name))
            line.add("from", .string(token.isConfigured ? "configuration" : "command"))
            line.add("scopes", .array(token.scopes.map { .string($0) }))
            line.add("logs", .array(token.logs.map { .string($0) }))
            if let restriction = token.restriction {
                line.add(token.isConfigured ? "restricted_fields" : "restrict", json: restriction)
            }
            line.add("created_at", token.createdAt.map { .string(time($0)) } ?? .null)
            line.add("expires_at", token.expiresAt.map { .string(time($0)) } ?? .null)
            line.add("last_used_at", token.lastUse.map { .string(time($0)) } ?? .null)
            line.add("secrets", .integer(Int64(token.secrets)))
            return line.print()
        }
        var words = [
            token.name, "scopes \(token.scopes.joined(separator: ","))", "logs \(token.logs.joined(separator: ","))",
        ]
        if let restriction = token.restriction {
            words.append("restricts \(Output.printable(String(decoding: restriction, as: UTF8.self)))")
        }
        if let created = token.createdAt { words.append("created \(text(created))") }
        if let end = token.expiresAt { words.append("\(end <= now ? "expired" : "expires") \(text(end))") }
        words.append(token.lastUse.map { "last used \(text($0))" } ?? "never used")
        if token.secrets > 1 { words.append("\(token.secrets) secrets") }
        if token.isConfigured { words.append("of the configuration") }
        Output.line(words.joined(separator: "; "))
    }

    private static func text(_ microseconds: Int64) -> String { String(decoding: time(microseconds), as: UTF8.self) }

    private static func time(_ microseconds: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        Timestamp.append(microseconds: microseconds, to: &bytes)
        return bytes
    }
}
