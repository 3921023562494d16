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
            Reads the store beside a running gateway. Ends with 1 when anything is wrong.

            Example:  audit-gateway verify
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: "Only this log.")
    var log: String?

    func run() throws {
        let settings = try file.load()
        let store = try file.openStore(settings)
        let names = log.map { [$0] } ?? settings.logs.map(\.name)
        do {
            var problems = 0
            for name in names {
                guard let identity = try store.findLog(named: name) else {
                    Output.line("\(name): empty, nothing to verify")
                    continue
                }
                problems += try verify(identity, in: store)
            }
            guard problems == 0 else { throw CommandFailure.no("\(problems) problem(s) found") }
        } catch let error as StoreError {
            throw CommandFailure.no(error.message)
        }
    }

    private func verify(_ log: LogIdentity, in store: any LogStore) throws(StoreError) -> Int {
        var check = LogCheck()
        let hasher = SHA256Hasher()
        var next: UInt64 = 1
        while true {
            let rows = try store.readEvents(of: log.id, from: next, maximumCount: 1000, maximumBytes: 4 << 20)
            guard let last = rows.last else { break }
            for event in rows { check.add(event, hasher: hasher) }
            next = last.sequence + 1
        }
        for problem in check.problems.prefix(100) { Output.line("\(log.name): \(problem)") }
        if check.problems.isEmpty {
            Output.line("\(log.name): \(check.count) event(s), sequences 1 to \(check.sequence), the log is whole")
        }
        return check.problems.count
    }
}

/// Walks a log's events in order and notes what is not as it must be.
struct LogCheck {
    private(set) var count = 0
    private(set) var sequence: UInt64 = 0
    private(set) var problems: [String] = []
    private var receivedAt = Int64.min
    private var writer = JSONWriter()

    mutating func add(_ event: StoredEvent, hasher: SHA256Hasher) {
        if event.sequence != sequence + 1 {
            problems.append("sequences \(sequence + 1) to \(event.sequence - 1) are missing")
        }
        if event.receivedAt <= receivedAt {
            problems.append("sequence \(event.sequence): its receipt time is not after the one before it")
        }
        writer.removeAll()
        event.appendEnvelope(to: &writer)
        hasher.update(writer.bytes)
        if hasher.finish() != event.hash {
            problems.append("sequence \(event.sequence): its hash does not belong to what is stored")
        }
        sequence = event.sequence
        receivedAt = event.receivedAt
        count += 1
    }
}
