package import AuditLog
internal import Foundation
internal import GRDB
package import Merkle

/// Checks a whole store by reading alone, also beside a running gateway: every event and raw record against its hash, and
/// both trees over each log, built anew from the events, against all that is stored of them.
///
/// Not covered by any hash, and so not attested: a log's name and the name of its tree, when roots were published and
/// checkpoints signed, which mapping made an event, and what is no part of the log (quarantine, searches, cursors, what a
/// delivery carried beside its records).
package struct StoreVerifier {
    private let path: String
    private let connections: [VerifierConnection]

    /// - Parameters:
    ///   - path: the database file.
    ///   - threads: how many work at once; each has a connection of its own.
    /// - Throws: ``StoreError`` when the file is not there or cannot be opened.
    package init(path: String, threads: Int = ProcessInfo.processInfo.activeProcessorCount) throws(StoreError) {
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError(code: .unusable, message: "there is no store at '\(path)'")
        }
        self.path = path
        var connections: [VerifierConnection] = []
        for _ in 0..<max(1, threads) { connections.append(try VerifierConnection(path: path)) }
        self.connections = connections
    }

    /// Verifies the store, or one log of it.
    ///
    /// - Parameters:
    ///   - name: of the only log to verify; nil for all.
    ///   - keys: whose signatures the checkpoints must have; a key belongs to the log whose origin is its name.
    ///   - progress: is called now and then, by any thread, with the log's name and how many of its events are done.
    /// - Returns: what was found; a store that cannot be read any further has problems, too.
    package func verify(
        only name: String? = nil,
        keys: [NoteVerifier] = [],
        progress: @escaping @Sendable (_ log: String, _ done: UInt64, _ all: UInt64) -> Void = { _, _, _ in }
    ) -> StoreVerification {
        var verification = StoreVerification()
        // SQLite's own check takes one thread as long as all others need for the rest: both at once.
        let faults = connections.count > 1 ? Background { [path] in StoreVerifier.faults(ofStoreAt: path) } : nil
        do throws(StoreError) {
            verification.problems = try StoreStructure.differences(in: connections[0])
            if verification.problems.isEmpty {
                let logs = try readLogs(&verification)
                for log in logs where name == nil || log.name == name {
                    verification.logs.append(try verify(log, keys: keys, progress: progress))
                }
                if name == nil { try findStrangers(logs, &verification) }
                checkUse(of: keys, &verification)
            }
        } catch {
            verification.problems.append(error.message)
        }
        verification.problems += faults?.result() ?? StoreVerifier.faults(of: connections[0])
        return verification
    }

    private static func faults(ofStoreAt path: String) -> [String] {
        do throws(StoreError) {
            return faults(of: try VerifierConnection(path: path))
        } catch {
            return [error.message]
        }
    }

    private static func faults(of connection: VerifierConnection) -> [String] {
        do throws(StoreError) {
            return try StoreStructure.faults(of: connection)
        } catch {
            return [error.message]
        }
    }

    /// A key that fits no log may be of one whose origin was changed.
    private func checkUse(of keys: [NoteVerifier], _ verification: inout StoreVerification) {
        for key in keys where !verification.logs.contains(where: { $0.origin == key.name }) {
            verification.problems.append("no log is signed under the name of the key '\(key.text)'")
        }
    }

    private func verify(
        _ log: LogIdentity,
        keys: [NoteVerifier],
        progress: @escaping @Sendable (_ log: String, _ done: UInt64, _ all: UInt64) -> Void
    ) throws(StoreError) -> LogVerification {
        let facts = try connections[0].read { try LogFacts.read(log, in: $0) }
        let trees = TreeVerifier(connections[0], facts, keys: keys)
        try OrderedWork.run(
            count: facts.pieces.count,
            workers: connections.map { EventRangeVerifier($0, facts) }
        ) { (verifier, piece) throws(StoreError) in
            try verifier.findings(in: facts.pieces[piece])
        } handOn: { (findings) throws(StoreError) in
            try trees.add(findings)
            progress(log.name, findings.sequences.upperBound, facts.head)
        }
        try trees.finish()
        return trees.result
    }

    private func readLogs(_ verification: inout StoreVerification) throws(StoreError) -> [LogIdentity] {
        let (logs, problems) = try connections[0].read { database in
            var logs: [LogIdentity] = []
            var problems: [String] = []
            let rows = try RawStatement("SELECT id, name, config_id, tree_name FROM log ORDER BY id", in: database)
            defer { rows.reset() }
            while try rows.step() {
                let texts = (1...3 as ClosedRange<Int32>).map { String(validating: rows.bytes(at: $0), as: UTF8.self) }
                guard let id = UInt32(exactly: rows.integer(at: 0)), id > 0, let name = texts[0], !name.isEmpty,
                    let configurationID = texts[1], let treeName = texts[2], TreeHash(hex: treeName) != nil
                else {
                    problems.append("the row of log \(rows.integer(at: 0)) is damaged")
                    continue
                }
                logs.append(
                    LogIdentity(
                        id: LogID(rawValue: id),
                        name: name,
                        configurationID: configurationID,
                        treeName: treeName
                    )
                )
            }
            return (logs, problems)
        }
        verification.problems += problems
        return logs
    }

    /// Rows of logs that there are not.
    private func findStrangers(_ logs: [LogIdentity], _ verification: inout StoreVerification) throws(StoreError) {
        let found = try connections[0].read { database in
            var found: [String] = []
            for table in ["buffer", "tile", "checkpoint", "shown_root"] {
                let rows = try RawStatement(
                    "SELECT count(*) FROM \(table) WHERE log NOT IN (SELECT id FROM log)",
                    in: database
                )
                defer { rows.reset() }
                if try rows.step(), rows.integer(at: 0) > 0 { found.append(table) }
            }
            // Of rows named by log and sequence in one number: what lies between the logs.
            let known = logs.map(\.id).sorted()
            for (table, column) in [("event", "id"), ("raw", "first"), ("erased", "event")] {
                let find = try RawStatement(
                    "SELECT \(column) FROM \(table) WHERE \(column) > ? AND \(column) < ? LIMIT 1",
                    in: database
                )
                let ends = [Int64.min] + known.map { EventRow.last(of: $0).rawValue }
                let starts = known.map { EventRow.first(of: $0).rawValue } + [Int64.max]
                for (end, start) in zip(ends, starts) {
                    find.bind(end, at: 1)
                    find.bind(start, at: 2)
                    defer { find.reset() }
                    if try find.step() { found.append(table) }
                }
            }
            let erased = try RawStatement(
                "SELECT event FROM erased WHERE event NOT IN (SELECT id FROM event) LIMIT 1",
                in: database
            )
            defer { erased.reset() }
            if try erased.step() { found.append("erased") }
            let keys = try RawStatement(
                "SELECT count(*) FROM deduplication WHERE event >> 40 NOT IN (SELECT id FROM log)",
                in: database
            )
            defer { keys.reset() }
            if try keys.step(), keys.integer(at: 0) > 0 { found.append("deduplication") }
            return found
        }
        verification.problems += found.map { "the table '\($0)' has rows of a log or an event that is not there" }
    }
}

/// Something that is done on a thread of its own while others go on.
private final class Background<Result: Sendable>: @unchecked Sendable {
    // `value` is written before `done` is signalled, and read after.

    private let done = DispatchSemaphore(value: 0)
    private var value: Result?

    init(_ body: @escaping @Sendable () -> Result) {
        let thread = Thread { [self] in
            value = body()
            done.signal()
        }
        thread.start()
    }

    func result() -> Result {
        done.wait()
        guard let value else { preconditionFailure("the work is done, but gave nothing") }
        return value
    }
}
