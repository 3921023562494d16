internal import ArgumentParser
internal import AuditLog
internal import Foundation
internal import JSON
internal import Merkle
internal import SQLiteStore
internal import Settings
internal import Synchronization

struct VerifyStore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Check every event, record, tree, root and checkpoint of the store.",
        discussion: """
            Reads the store alone, also beside a running gateway. With a log's public key its checkpoints' signatures are \
            checked, too: without one, whoever can write to the file could change all of it to match. Ends with 1 when \
            anything is wrong.

            Example:  audit-gateway verify store --key audit.example.com/default+0337e0ae+AWxs…
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Option(help: ArgumentHelp("The store's file, instead of a configuration.", valueName: "path"))
    var store: String?
    @Option(help: "Only this log.")
    var log: String?
    @Option(help: ArgumentHelp("A log's public key; may be given again for other logs.", valueName: "vkey"))
    var key: [String] = []
    @Flag(help: "Print each log as a line of JSON.")
    var json = false

    func run() throws {
        let keys = try key.map(VerifyCommand.key)
        if store != nil, file.named != nil { throw CommandFailure.wrongUse("say either --store or --config") }
        let settings = store == nil ? try file.settings() : nil
        let verification: StoreVerification
        do {
            let verifier = try StoreVerifier(path: store ?? settings?.store.path ?? "")
            let meter = ProgressMeter()
            verification = verifier.verify(only: log, keys: keys, progress: meter.show)
        } catch {
            throw CommandFailure.wrongUse(error.message)
        }
        if let log, verification.problems.isEmpty, !verification.logs.contains(where: { $0.log.name == log }) {
            guard settings?.log(named: log) != nil else {
                throw settings.map { ConfigurationOption.unknownLog(log, $0) }
                    ?? CommandFailure.wrongUse("there is no log '\(log)' in the store")
            }
        }
        let empty = settings?.logs.map(\.name).filter { name in
            (log == nil || log == name) && !verification.logs.contains { $0.log.name == name }
        }
        json ? printJSON(verification, empty: empty ?? []) : print(verification, empty: empty ?? [])
        guard verification.isWhole else {
            throw CommandFailure.no(json ? "" : "\(verification.problemCount) problem(s) found")
        }
    }

    // MARK: - For people

    private static let maximumLines = 100

    private func print(_ verification: StoreVerification, empty: [String]) {
        for problem in verification.problems { Output.line("store: \(Output.printable(problem))") }
        if verification.problems.isEmpty { for name in empty { Output.line("\(name): empty, nothing to verify") } }
        for log in verification.logs {
            let name = Output.printable(log.log.name)
            for problem in log.problems.prefix(VerifyStore.maximumLines) {
                Output.line("\(name): \(Output.printable("\(problem)"))")
            }
            if log.problemCount > VerifyStore.maximumLines {
                Output.line("\(name): \(log.problemCount - VerifyStore.maximumLines) further problem(s)")
            }
            guard log.isWhole else {
                if let first = log.firstBadSequence { Output.line("\(name): the first bad sequence is \(first)") }
                continue
            }
            let sequences = log.events == 0 ? "" : ", sequences 1 to \(log.head)"
            Output.line("\(name): \(log.events) event(s)\(sequences), the log is whole")
            for line in summary(of: log) { Output.line("    \(line)") }
        }
    }

    private func summary(of log: LogVerification) -> [String] {
        var lines: [String] = []
        if log.erased > 0 { lines.append("\(log.erased) erased, whose places in the trees are right") }
        if log.records > 0 { lines.append("\(log.records) raw record(s) with the hashes that they came with") }
        if let root = log.publishedRoot {
            lines.append("\(log.publishedRoots) published root(s), the last \(root.hex)")
        }
        if log.checkpoints > 0 {
            let signed = log.signatures == .checked ? "signed by the key" : "signatures not checked, no --key for it"
            lines.append(
                """
                \(log.checkpoints) checkpoint(s) of \(Output.printable(log.origin ?? "")), the last of \
                \(log.checkpointSize) event(s); \(signed)
                """
            )
        }
        return lines
    }

    // MARK: - For programs

    private func printJSON(_ verification: StoreVerification, empty: [String]) {
        if !verification.problems.isEmpty {
            var line = JSONLine()
            line.add("is_whole", .bool(false))
            line.add("problems", .array(verification.problems.map { .string($0) }))
            line.print()
        } else {
            for name in empty { printJSON(name: name, isWhole: true, events: 0, head: 0, problems: []) { _ in } }
        }
        for log in verification.logs {
            let problems = log.problems.map { JSONValue.string("\($0)") }
            printJSON(
                name: log.log.name,
                isWhole: log.isWhole,
                events: log.events,
                head: log.head,
                problems: problems
            ) { line in
                line.add("problem_count", .integer(Int64(log.problemCount)))
                if let first = log.firstBadSequence {
                    line.add("first_bad_sequence", .integer(Int64(clamping: first)))
                }
                line.add("erased", .integer(Int64(log.erased)))
                line.add("raw_records", .integer(Int64(log.records)))
                line.add("published_roots", .integer(Int64(log.publishedRoots)))
                if let root = log.publishedRoot { line.add("root_hash", .string(root.hex)) }
                if let root = log.publicRoot { line.add("public_root_hash", .string(root.hex)) }
                line.add("checkpoints", .integer(Int64(log.checkpoints)))
                line.add("checkpoint_size", .integer(Int64(clamping: log.checkpointSize)))
                if let origin = log.origin { line.add("origin", .string(origin)) }
                line.add("are_signatures_checked", .bool(log.signatures == .checked))
            }
        }
    }

    private func printJSON(
        name: String,
        isWhole: Bool,
        events: UInt64,
        head: UInt64,
        problems: [JSONValue],
        more: (inout JSONLine) -> Void
    ) {
        var line = JSONLine()
        line.add("log", .string(name))
        line.add("is_whole", .bool(isWhole))
        line.add("events", .integer(Int64(events)))
        line.add("head", .integer(Int64(head)))
        line.add("problems", .array(problems))
        more(&line)
        line.print()
    }
}

/// Tells on standard error, every two seconds, how far a long verification is.
private final class ProgressMeter: Sendable {
    private let last = Mutex(ContinuousClock.now)
    private static let pause = Duration.seconds(2)

    func show(log: String, done: UInt64, all: UInt64) {
        let now = ContinuousClock.now
        let isDue = last.withLock { last in
            guard now - last >= ProgressMeter.pause else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        Output.error("\(Output.printable(log)): \(done) of \(all) events, \(done * 100 / max(all, 1)) %")
    }
}
