internal import ArgumentParser
internal import AuditLog
internal import Cryptography
internal import JSON
internal import SQLiteStore
internal import Settings

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check that the log is whole: every sequence there, every time in order, every hash right.",
        discussion: """
            Reads the store beside a running gateway. What else the store knows of a log (deduplication keys, raw deliveries, \
            sinks' cursors, dead letters, requests, searches) must refer to no event behind its end. Ends with 1 when \
            anything is wrong.

            Example:  audit-gateway verify
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: "Only this log.")
    var log: String?
    @Flag(help: "Print each log as a line of JSON.")
    var json = false

    func run() throws {
        let settings = try file.settings()
        let store = try file.openStore(settings)
        var problems = 0
        do {
            // Also those that the configuration names no more: nobody else would miss them.
            let others = try store.logSizes().map(\.name).filter { settings.log(named: $0) == nil }
            let names = settings.logs.map(\.name) + others
            if let log, !names.contains(log) { throw ConfigurationOption.unknownLog(log, settings) }
            for name in log.map({ [$0] }) ?? names {
                let check = try store.findLog(named: name).map { log throws(StoreError) in try verify(log, in: store) }
                if json { printJSON(name, check ?? LogCheck()) } else { print(name, check) }
                problems += check?.problems.count ?? 0
            }
        } catch let error as StoreError {
            throw CommandFailure.no(error.message)
        }
        guard problems == 0 else { throw CommandFailure.no(json ? "" : "\(problems) problem(s) found") }
    }

    private func verify(_ log: LogIdentity, in store: SQLiteStore) throws(StoreError) -> LogCheck {
        var check = LogCheck()
        let hasher = SHA256Hasher()
        // Read before the events, which a running gateway only ever adds to.
        let references = try store.references(to: log.id)
        var next: UInt64 = 1
        while true {
            let rows = try store.readEvents(of: log.id, from: next, maximumCount: 1000, maximumBytes: 4 << 20)
            guard let last = rows.last else { break }
            for event in rows {
                if event.sequence > check.sequence + 1 { try passErased(log, before: event.sequence, store, &check) }
                check.add(event, hasher: hasher)
            }
            next = last.sequence + 1
        }
        let head = try store.head(of: log.id)
        if head > check.sequence { try passErased(log, before: head + 1, store, &check) }
        check.end(head: head, references: references)
        return check
    }

    /// Checks the events without a body that follow the last one with a body.
    private func passErased(
        _ log: LogIdentity,
        before end: UInt64,
        _ store: SQLiteStore,
        _ check: inout LogCheck
    ) throws(StoreError) {
        while check.sequence + 1 < end {
            let range = check.sequence + 1...end - 1
            let erased = try store.erasedEvents(of: log.id, sequences: range, limit: 1000)
            guard !erased.isEmpty else { return }
            for event in erased { check.add(event) }
        }
    }

    private func print(_ name: String, _ check: LogCheck?) {
        guard let check else { return Output.line("\(name): empty, nothing to verify") }
        for problem in check.problems.prefix(100) { Output.line("\(name): \(problem)") }
        guard check.problems.isEmpty else { return }
        let erased = check.erased == 0 ? "" : ", \(check.erased) of them erased"
        let sequences = (check.count == 0 ? "" : ", sequences 1 to \(check.sequence)") + erased
        Output.line("\(name): \(check.count) event(s)\(sequences), the log is whole")
    }

    private func printJSON(_ name: String, _ check: LogCheck) {
        var line = JSONLine()
        line.add("log", .string(name))
        line.add("is_whole", .bool(check.problems.isEmpty))
        line.add("events", .integer(Int64(check.count)))
        line.add("erased", .integer(Int64(check.erased)))
        line.add("head", .integer(Int64(check.sequence)))
        line.add("problems", .array(check.problems.map { .string($0) }))
        line.print()
    }
}

/// Walks a log's events in order and notes what is not as it must be.
struct LogCheck {
    private(set) var count = 0
    /// Of them those whose body was erased.
    private(set) var erased = 0
    private(set) var sequence: UInt64 = 0
    private(set) var problems: [String] = []
    private var receivedAt = Int64.min
    private var writer = JSONWriter()

    /// Notes an event without a body: erased, or tampered with.
    mutating func add(_ event: ErasedEvent) {
        pass(event.sequence, receivedAt: event.receivedAt)
        if event.reason == nil {
            problems.append("sequence \(event.sequence): its body is gone, and nothing says that it was erased")
        }
        erased += 1
    }

    private mutating func pass(_ next: UInt64, receivedAt time: Int64) {
        if next != sequence + 1 { problems.append("sequences \(sequence + 1) to \(next - 1) are missing") }
        if time <= receivedAt { problems.append("sequence \(next): its receipt time is not after the one before it") }
        sequence = next
        receivedAt = time
        count += 1
    }

    mutating func add(_ event: StoredEvent, hasher: SHA256Hasher) {
        pass(event.sequence, receivedAt: event.receivedAt)
        writer.removeAll()
        event.appendEnvelope(to: &writer)
        hasher.update(writer.bytes)
        if hasher.finish() != event.hash {
            problems.append("sequence \(event.sequence): its hash does not belong to what is stored")
        }
    }

    /// Compares the end of the log with what else refers to its events.
    mutating func end(head: UInt64, references: [LogReference]) {
        let end = max(sequence, head)
        for reference in references where reference.sequence > end {
            problems.append(
                "events after sequence \(end) are missing: \(reference.name) refers to \(reference.sequence)"
            )
        }
    }
}
