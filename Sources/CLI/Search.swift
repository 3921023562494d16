internal import ArgumentParser
internal import AuditLog
internal import Cryptography
internal import Foundation
internal import JSON
internal import SQLiteStore
internal import Schema

struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Search the log with the API's query language.",
        discussion: """
            Reads the store beside a running gateway, newest events first. The query is one argument as it stands, also \
            when it begins with '-'.

            Example:  audit-gateway search 'actor:maria -status:failure' --limit 5
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The query; everything when empty.")
    var query = ""
    @Option(help: "The log; the configuration's first when left out.")
    var log: String?
    @Option(help: "From when on: a time or a duration back from now, such as 7d.")
    var start = "14d"
    @Option(help: "Until when.")
    var end: String?
    @Option(help: "At most so many events, from 1 to \(SearchCall.maximumResults).")
    var limit = 20
    @Flag(help: "Print each event as a line of JSON.")
    var json = false

    func run() throws {
        guard (1...SearchCall.maximumResults).contains(limit) else {
            throw CommandFailure.wrongUse(
                "--limit must be a whole number from 1 to \(SearchCall.maximumResults), not \(limit)"
            )
        }
        let settings = try file.settings()
        let store = try file.openStore(settings)
        let (identity, schema) = try file.log(log, of: settings, in: store)
        var members = [
            JSONMember("query", .string(query)), JSONMember("start", .string(start)),
            JSONMember("max_results", .integer(Int64(limit))),
        ]
        if let end { members.append(JSONMember("end", .string(end))) }
        var writer = JSONWriter()
        writer.append(canonical: .object(members))
        do {
            let body = APIRequestBody()
            try writer.bytes.withUnsafeBytes { try body.parse($0) }
            let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
            let call = try SearchCall(body, schema: schema, now: now)
            let index = try SearchIndex(store, logs: [IndexedLog(identity, schema: schema)], isReadOnly: true)
            let sequences = try SearchRunner(store: store, index: index).run(call, on: identity.id, schema: schema)
            for event in try store.events(of: identity.id, sequences: sequences) {
                EventLine.print(event, asJSON: json)
            }
        } catch let refusal as APIRefusal {
            throw CommandFailure.wrongUse(refusal.problems.map { "\($0.source): \($0.detail)" }.joined(separator: "\n"))
        } catch let error as StoreError {
            throw CommandFailure.no(error.message)
        }
    }

    /// The command line with a query such as `-status:failure` put where it is read as one.
    ///
    /// The parser takes a word that begins with '-' for a heap of short options, of which there is '-c'. Behind '--' it
    /// does not.
    static func arguments(_ words: [String]) -> [String] {
        guard words.first == "search", !words.contains("--") else { return words }
        let queries = words.filter { word in
            word.hasPrefix("-") && !word.hasPrefix("--") && !word.hasPrefix("-c=") && !["-", "-c", "-h"].contains(word)
        }
        guard !queries.isEmpty else { return words }
        return words.filter { !queries.contains($0) } + ["--"] + queries
    }
}

struct Tail: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print events as they are stored, until stopped.",
        discussion: "Example:  audit-gateway tail --log default"
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: "The log; the configuration's first when left out.")
    var log: String?
    @Option(help: "Begin with so many events that are there already.")
    var last: UInt64 = 10
    @Flag(help: "Print each event as a line of JSON.")
    var json = false

    func run() throws {
        let settings = try file.settings()
        let store = try file.openStore(settings)
        let (identity, _) = try file.log(log, of: settings, in: store)
        do throws(StoreError) {
            let head = try store.head(of: identity.id)
            var next = head > last ? head - last + 1 : 1
            while true {
                let events = try store.readEvents(of: identity.id, from: next, maximumCount: 500, maximumBytes: 1 << 20)
                for event in events { EventLine.print(event, asJSON: json) }
                if let newest = events.last { next = newest.sequence + 1 }
                if events.count < 500 { Thread.sleep(forTimeInterval: 0.2) }
            }
        } catch {
            throw CommandFailure.no(error.message)
        }
    }
}

/// How an event is shown in a terminal.
enum EventLine {
    static func print(_ event: StoredEvent, asJSON: Bool) {
        var writer = JSONWriter()
        if asJSON {
            writer.append(raw: "{\"sequence\":")
            writer.append(integer: event.sequence)
            writer.append(raw: ",\"envelope\":")
            event.appendEnvelope(to: &writer)
            writer.append(raw: ",\"hash\":\"")
            Hex.append(event.hash, to: &writer.bytes)
            writer.append(raw: "\"}\n")
        } else {
            writer.append(raw: Array("\(event.sequence) ".utf8))
            Timestamp.append(microseconds: event.receivedAt, to: &writer.bytes)
            writer.append(raw: Array(" \(Output.printable(String(decoding: event.event, as: UTF8.self)))\n".utf8))
        }
        Output.bytes(writer.bytes)
    }
}
