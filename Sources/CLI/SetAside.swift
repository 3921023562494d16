internal import ArgumentParser
internal import AuditLog
internal import JSON
internal import SQLiteStore
internal import Schema

struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Look at what was accepted but could not be stored as an event.",
        subcommands: [List.self, Show.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List entries, newest first.",
            discussion: "Example:  audit-gateway quarantine list --source auth0"
        )

        @OptionGroup var file: ConfigurationOption
        @Option(help: "Only this source's.")
        var source: String?
        @Option(help: "At most so many.")
        var limit = 50
        @Flag(help: "Print each entry as a line of JSON.")
        var json = false

        func run() throws {
            let store = try file.openStore(try file.load())
            do throws(StoreError) {
                for entry in try store.quarantine(before: nil, source: source, limit: limit) {
                    Output.bytes(json ? QuarantineText.json(entry) : QuarantineText.line(entry))
                }
            } catch {
                throw CommandFailure.no(error.message)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one entry with its bytes as they came.",
            discussion: "Example:  audit-gateway quarantine show 17"
        )

        @OptionGroup var file: ConfigurationOption
        @Argument(help: "The entry's number.")
        var id: Int64
        @Flag(help: "Print the bytes alone.")
        var raw = false

        func run() throws {
            let store = try file.openStore(try file.load())
            let found: StoredQuarantineEntry?
            do throws(StoreError) {
                found = try store.quarantineEntry(id)
            } catch {
                throw CommandFailure.no(error.message)
            }
            guard let entry = found else { throw CommandFailure.no("there is no entry \(id) in quarantine") }
            Output.bytes(raw ? entry.entry.body : QuarantineText.line(entry) + entry.entry.body + [10])
        }
    }
}

private enum QuarantineText {
    static func line(_ entry: StoredQuarantineEntry) -> [UInt8] {
        var bytes = Array("\(entry.id) ".utf8)
        Timestamp.append(microseconds: entry.lastAt, to: &bytes)
        let times = entry.count == 1 ? "" : " (\(entry.count) times)"
        bytes += Array(
            " \(entry.entry.source) \(entry.entry.cause.rawValue)\(times): \(Output.printable(entry.entry.reason))\n"
                .utf8
        )
        return bytes
    }

    static func json(_ entry: StoredQuarantineEntry) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(
            canonical: .object([
                JSONMember("id", .integer(entry.id)),
                JSONMember("source", .string(entry.entry.source)),
                JSONMember("cause", .string(entry.entry.cause.rawValue)),
                JSONMember("reason", .string(entry.entry.reason)),
                JSONMember("count", .integer(entry.count)),
                JSONMember("bytes", .integer(Int64(entry.entry.body.count))),
            ])
        )
        writer.append(byte: 10)
        return writer.bytes
    }
}

struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Look at the events that a sink will never take.",
        subcommands: [List.self]
    )

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List dead letters, newest first.",
            discussion: "Example:  audit-gateway dead-letters list --sink central"
        )

        @OptionGroup var file: ConfigurationOption
        @Option(help: "Only this sink's.")
        var sink: String?
        @Option(help: "At most so many.")
        var limit = 50

        func run() throws {
            let store = try file.openStore(try file.load())
            do throws(StoreError) {
                for letter in try store.deadLetters(sink: sink, limit: limit) {
                    Output.line(
                        "\(letter.sink) sequence \(letter.sequence), \(letter.attempts) attempt(s): "
                            + "\(Output.printable(letter.cause)); \(Output.printable(letter.answer))"
                    )
                }
            } catch {
                throw CommandFailure.no(error.message)
            }
        }
    }
}
