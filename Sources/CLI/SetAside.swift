internal import ArgumentParser
internal import AuditLog
internal import JSON
internal import SQLiteStore
internal import Schema
internal import Settings

struct QuarantineCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine",
        abstract: "Look at what was accepted but could not be stored as an event.",
        discussion: "Example:  audit-gateway quarantine list",
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
            let store = try file.openStore(try file.settings())
            do throws(StoreError) {
                for entry in try store.quarantine(before: nil, source: source, limit: limit) {
                    if json {
                        QuarantineText.json(entry, withBody: false).print()
                    } else {
                        Output.bytes(QuarantineText.line(entry))
                    }
                }
            } catch {
                throw CommandFailure.no(error.message)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one entry with its bytes.",
            discussion: """
                Control characters are shown as \\u001b, so that a terminal is safe; '--raw' and '--json' give the bytes as they \
                came.

                Example:  audit-gateway quarantine show 17
                """
        )

        @OptionGroup var file: ConfigurationOption
        @Argument(help: "The entry's number.")
        var id: Int64
        @Flag(help: "Print the bytes alone.")
        var raw = false
        @Flag(help: "Print the entry as a line of JSON.")
        var json = false

        func run() throws {
            let store = try file.openStore(try file.settings())
            let found: StoredQuarantineEntry?
            do throws(StoreError) {
                found = try store.quarantineEntry(id)
            } catch {
                throw CommandFailure.no(error.message)
            }
            guard let entry = found else { throw CommandFailure.no("there is no entry \(id) in quarantine") }
            if raw {
                Output.bytes(entry.entry.body)
            } else if json {
                QuarantineText.json(entry, withBody: true).print()
            } else {
                Output.bytes(QuarantineText.line(entry))
                Output.line(Output.printable(String(decoding: entry.entry.body, as: UTF8.self), keepsLines: true))
            }
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

    static func json(_ entry: StoredQuarantineEntry, withBody: Bool) -> JSONLine {
        var line = JSONLine()
        line.add("id", .integer(entry.id))
        line.add("source", .string(entry.entry.source))
        line.add("cause", .string(entry.entry.cause.rawValue))
        line.add("reason", .string(entry.entry.reason))
        line.add("first_at", .string(time(entry.firstAt)))
        line.add("last_at", .string(time(entry.lastAt)))
        line.add("count", .integer(entry.count))
        line.add("bytes", .integer(Int64(entry.entry.body.count)))
        if withBody {
            line.add("request", json: entry.entry.context)
            line.add("body", bytes: entry.entry.body)
        }
        return line
    }

    private static func time(_ microseconds: Int64) -> [UInt8] {
        var bytes: [UInt8] = []
        Timestamp.append(microseconds: microseconds, to: &bytes)
        return bytes
    }
}

struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Look at the events that a sink will never take.",
        discussion: "Example:  audit-gateway dead-letters list",
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
        @Flag(help: "Print each as a line of JSON.")
        var json = false

        func run() throws {
            let settings = try file.settings()
            let store = try file.openStore(settings)
            do throws(StoreError) {
                var logs: [LogID: String] = [:]
                for log in settings.logs {
                    if let found = try store.findLog(named: log.name) { logs[found.id] = log.name }
                }
                for letter in try store.deadLetters(sink: sink, limit: limit) {
                    if json { printJSON(letter, log: logs[letter.log]) } else { print(letter) }
                }
            } catch {
                throw CommandFailure.no(error.message)
            }
        }

        private func print(_ letter: DeadLetter) {
            Output.line(
                "\(letter.sink) sequence \(letter.sequence), \(letter.attempts) attempt(s): "
                    + "\(Output.printable(letter.cause)); \(Output.printable(letter.answer))"
            )
        }

        private func printJSON(_ letter: DeadLetter, log: String?) {
            var line = JSONLine()
            line.add("sink", .string(letter.sink))
            line.add("log", log.map { .string($0) } ?? .null)
            line.add("sequence", .integer(Int64(letter.sequence)))
            line.add("attempts", .integer(Int64(letter.attempts)))
            line.add("cause", .string(letter.cause))
            line.add("answer", .string(letter.answer))
            line.print()
        }
    }
}
