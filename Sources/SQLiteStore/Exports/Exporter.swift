package import AuditLog
internal import Cryptography
internal import Foundation
package import Schema
internal import Synchronization

/// Makes files of events in the background, keeps them for as long as they may be fetched, and removes them then.
///
/// Files lie in `exports` in the data directory, readable by nobody else. A job is on disk before it is accepted, and goes on
/// from what is on disk after any end of the process. Exports and the downloads of searches have a thread each, so that a
/// search's file does not wait for a large export. Every call may block, so none may be made from Swift's cooperative
/// threads or an event loop.
package final class Exporter: Sendable {
    package struct Limits: Sendable {
        /// Files are not written while less than this is free on the disk: events come first.
        package var freeBytes: Int64 = 256 << 20
        /// Jobs that may wait or run at a time.
        package var waitingJobs = 100
        /// Before a job that could not go on is tried again.
        package var pause = Duration.seconds(5)
        /// How long a link leads to its file, in microseconds.
        package var linkLifetime: Int64 = 24 * 3600 * 1_000_000

        package init() {}
    }

    /// What the runner of a job needs to know of its log and its token.
    package struct JobContext {
        let schema: EventSchema
        let isVisible: (StoredEvent) -> Bool

        package init(schema: EventSchema, isVisible: @escaping (StoredEvent) -> Bool) {
            self.schema = schema
            self.isVisible = isVisible
        }
    }

    /// What happened to a job, for the gateway's own log.
    package enum Report: Sendable {
        case finished(ExportJob)
        /// It waits and is tried again.
        case waiting(ExportJob, StoreError)
        case failed(ExportJob, String)
        /// Looking after the files failed.
        case trouble(StoreError)
    }

    private enum Lane: CaseIterable {
        case exports, searches

        func takes(_ job: ExportJob) -> Bool {
            switch job.content {
            case .range: self == .exports
            case .list: self == .searches
            }
        }
    }

    // Every access holds `condition`'s lock.
    private final class Signals: @unchecked Sendable {
        let condition = NSCondition()
        var changes = 0
        var running = 0
        var polls: [String: Int] = [:]
    }

    private let store: SQLiteStore
    private let catalog: ExportCatalog
    /// The folder that the files lie in.
    package let folder: String
    private let limits: Limits
    private let clock: @Sendable () -> Int64
    private let freeBytes: @Sendable (_ folder: String) -> Int64
    private let context: @Sendable (ExportJob) -> JobContext?
    private let report: @Sendable (Report) -> Void
    private let signals = Signals()
    private let isStopping = Atomic<Bool>(false)

    /// Opens the folder beside the store and looks whether what is in it may stay.
    ///
    /// - Parameters:
    ///   - store: where events are read.
    ///   - limits: how much, how long.
    ///   - clock: microseconds since 1970.
    ///   - freeBytes: on the disk with the folder.
    ///   - context: what is known of a job's log now; nil when it is not served any more.
    ///   - report: called on the threads of this object.
    /// - Throws: ``StoreError`` when the folder cannot be used.
    package init(
        store: SQLiteStore,
        limits: Limits = Limits(),
        clock: @escaping @Sendable () -> Int64,
        freeBytes: @escaping @Sendable (_ folder: String) -> Int64 = Exporter.freeBytes,
        context: @escaping @Sendable (ExportJob) -> JobContext?,
        report: @escaping @Sendable (Report) -> Void
    ) throws(StoreError) {
        self.store = store
        self.limits = limits
        self.clock = clock
        self.freeBytes = freeBytes
        self.context = context
        self.report = report
        let directory = (store.path as NSString).deletingLastPathComponent
        folder = "\(directory.isEmpty ? "." : directory)/exports"
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw StoreError(
                code: .inputOutput,
                message: "cannot create the folder '\(folder)': \(String(cString: strerror(errno)))"
            )
        }
        catalog = try Exporter.openCatalog(in: folder)
        try removeStrays()
        // An erasure may have been the last thing before the process ended.
        try noteErasures()
    }

    /// Opens the list of jobs; a damaged one is put aside, since no event depends on it and the gateway has to start.
    private static func openCatalog(in folder: String) throws(StoreError) -> ExportCatalog {
        let path = "\(folder)/exports.db"
        do throws(StoreError) {
            return try ExportCatalog(path: path)
        } catch  where error.code == .unusable {
            unlink("\(path)-journal")
            guard rename(path, "\(path).damaged") == 0 else { throw error }
            return try ExportCatalog(path: path)
        }
    }

    /// Bytes that this process may still write to the file system of a folder.
    @Sendable package static func freeBytes(_ folder: String) -> Int64 {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return .max }
        return Int64(clamping: status.f_bavail).multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
            .partialValue
    }

    package func start() {
        for lane in Lane.allCases {
            signals.condition.withLock { signals.running += 1 }
            Thread { [self] in
                Thread.current.name = lane == .exports ? "audit-export" : "audit-download"
                // Of this thread alone (Linux): what is answered at once comes before what takes its time.
                setpriority(Int32(PRIO_PROCESS.rawValue), 0, 10)
                run(lane)
            }.start()
        }
    }

    /// Leaves off what is under way and waits for that.
    package func stop() {
        isStopping.store(true, ordering: .relaxed)
        signals.condition.withLock {
            signals.changes += 1
            signals.condition.broadcast()
            while signals.running > 0 { signals.condition.wait() }
        }
    }
}

// MARK: - Jobs

extension Exporter {
    /// Accepts a job; it is on disk when this returns.
    ///
    /// - Returns: false when too many wait already.
    package func accept(_ job: ExportJob) throws(StoreError) -> Bool {
        guard try catalog.countOfRunning() < limits.waitingJobs else { return false }
        try catalog.insert(job, file: Exporter.fileName(job), erasures: try erasures(of: job))
        wake()
        return true
    }

    /// A job that is not over.
    package func job(_ id: String) throws(StoreError) -> ExportJob? {
        guard let row = try catalog.job(id), row.job.expiresAt > clock() else { return nil }
        return row.job
    }

    /// The file of a search that a token has asked for before; nil for none that is good for at least a link's life.
    package func job(ofSearch search: String, _ format: ExportFormat, token: String) throws(StoreError) -> ExportJob? {
        guard let row = try catalog.job(ofSearch: search, format, token: token), row.job.expiresAt > clock() else {
            return nil
        }
        return row.job
    }

    /// How often a job was asked for while it was running, this time included.
    package func countPoll(of id: String) -> Int {
        signals.condition.withLock {
            // Lost at an end of the process, and bounded: only clients' eyes see it.
            if signals.polls.count > 10_000 { signals.polls.removeAll() }
            signals.polls[id, default: 0] += 1
            return signals.polls[id] ?? 1
        }
    }

    private static func fileName(_ job: ExportJob) -> String {
        "\(SecureRandom.token(prefix: "", characters: 32)).\(job.format.rawValue).gz"
    }

    private func erasures(of job: ExportJob) throws(StoreError) -> Int64 {
        let range: ClosedRange<UInt64>?
        switch job.content {
        case .range(let sequences, _, _): range = sequences
        case .list(let sequences, _):
            if let first = sequences.min(), let last = sequences.max() { range = first...last } else { range = nil }
        }
        guard let range else { return 0 }
        return try store.countErasures(in: job.log, sequences: range)
    }

    /// Has every job begin anew that may hold events which were erased meanwhile, its file gone at once.
    ///
    /// Called after each erasure, and before whoever asked for it hears that it is done.
    package func noteErasures() throws(StoreError) {
        for row in try catalog.jobs() {
            let erasures = try erasures(of: row.job)
            guard erasures != row.progress.erasures else { continue }
            try catalog.restart(row.job.id, file: Exporter.fileName(row.job), erasures: erasures)
            unlink("\(folder)/\(row.progress.file)")
            SortFile.remove("\(folder)/\(row.job.id).sort")
            wake()
        }
    }
}

// MARK: - Links

/// A file that a link leads to.
package struct LinkedFile: Sendable {
    package let path: String
    /// What people get to see.
    package let name: String
    package let job: ExportJob
}

extension Exporter {
    package enum LinkState: Sendable {
        case unknown
        case expired
        case found(LinkedFile)
    }

    /// Makes a link to the file of a job.
    ///
    /// - Parameters:
    ///   - job: the job.
    ///   - name: the file's name as people get it.
    /// - Returns: the link's secret, which only its holder has from now on, and when it stops working.
    /// - Throws: ``StoreError`` when it could not be kept.
    package func makeLink(to job: ExportJob, name: String) throws(StoreError) -> (secret: String, expiresAt: Int64) {
        let secret = SecureRandom.token(prefix: "", characters: 40)
        let expiresAt = clock() + limits.linkLifetime
        try catalog.insertLink(hash: Exporter.hash(secret), job: job.id, name: name, expiresAt: expiresAt)
        return (secret, expiresAt)
    }

    package func link(_ secret: String, name: String) throws(StoreError) -> LinkState {
        guard let link = try catalog.link(hash: Exporter.hash(secret)), link.name == name else { return .unknown }
        guard link.expiresAt > clock() else { return .expired }
        guard let row = try catalog.job(link.job) else { return .expired }
        return .found(LinkedFile(path: "\(folder)/\(row.progress.file)", name: name, job: row.job))
    }

    private static func hash(_ secret: String) -> [UInt8] { SHA256Hasher.hash(Array(secret.utf8)) }
}

// MARK: - The threads

extension Exporter {
    private func wake() {
        signals.condition.withLock {
            signals.changes += 1
            signals.condition.broadcast()
        }
    }

    private var isToldToStop: Bool { isStopping.load(ordering: .relaxed) }

    private func run(_ lane: Lane) {
        var seen = -1
        while !isToldToStop {
            let changes = signals.condition.withLock { signals.changes }
            let isWaiting = work(lane)
            if lane == .exports { sweep() }
            seen = changes
            wait(for: isWaiting ? limits.pause : .seconds(60), after: seen)
        }
        signals.condition.withLock {
            signals.running -= 1
            signals.condition.broadcast()
        }
    }

    private func wait(for pause: Duration, after seen: Int) {
        let deadline = ContinuousClock.now + pause
        signals.condition.withLock {
            while signals.changes == seen && !isToldToStop && ContinuousClock.now < deadline {
                _ = signals.condition.wait(until: Date(timeIntervalSinceNow: 1))
            }
        }
    }

    /// Runs what waits in a lane, the oldest first.
    ///
    /// - Returns: whether something could not go on and is to be tried again.
    private func work(_ lane: Lane) -> Bool {
        var isWaiting = false
        do {
            for row in try catalog.jobs() where row.job.state == .running && lane.takes(row.job) {
                guard !isToldToStop else { return true }
                guard row.job.expiresAt > clock() else { continue }
                if !run(row) { isWaiting = true }
            }
        } catch {
            report(.trouble(StoreError(error, doing: "look after the exports")))
            isWaiting = true
        }
        return isWaiting
    }

    /// Runs a job; false when it could not go on.
    private func run(_ row: ExportCatalog.Row) -> Bool {
        guard let context = context(row.job) else { return fail(row, "its log is not served any more") }
        let runner = ExportRunner(
            store: store,
            catalog: catalog,
            folder: folder,
            job: row.job,
            context: context,
            checkRoom: { () throws(StoreError) in try self.checkRoom() },
            isStopping: { self.isToldToStop }
        )
        do {
            switch try runner.run(from: row.progress) {
            case .done: report(.finished(row.job))
            case .leftOff: break
            }
            return true
        } catch {
            let error = StoreError(error, doing: "export events")
            switch error.code {
            case .unusable: return fail(row, error.message)
            case .full, .locked, .busy, .inputOutput, .flushFailed:
                report(.waiting(row.job, error))
                return false
            }
        }
    }

    private func fail(_ row: ExportCatalog.Row, _ reason: String) -> Bool {
        do {
            _ = try catalog.note(row.progress, of: row.job.id, state: .failed(reason))
            unlink("\(folder)/\(row.progress.file)")
            report(.failed(row.job, reason))
            return true
        } catch {
            report(.trouble(error))
            return false
        }
    }

    private func checkRoom() throws(StoreError) {
        guard freeBytes(folder) < limits.freeBytes else { return }
        throw StoreError(
            code: .full,
            message:
                "less than \(limits.freeBytes >> 20) MiB are free on the disk; exports wait so that events can be stored"
        )
    }

    /// Removes what is past its time.
    package func sweep() {
        do throws(StoreError) {
            for file in try catalog.removeExpired(now: clock()) { unlink("\(folder)/\(file)") }
        } catch {
            report(.trouble(error))
        }
    }

    /// Removes files that no job has: of a job that was about to begin, or to end, in a crash.
    private func removeStrays() throws(StoreError) {
        let known = Set(try catalog.jobs().map(\.progress.file))
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let isOurs = name.hasSuffix(".gz") || name.hasSuffix(".sort") || name.contains(".sort-")
            if isOurs, !known.contains(name) { unlink("\(folder)/\(name)") }
        }
    }
}
