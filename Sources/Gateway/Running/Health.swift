internal import AuditLog
internal import Forwarding
internal import Glibc
internal import JSON
internal import SQLiteStore
internal import Synchronization
internal import Telemetry

/// Whether events can be accepted, and what else is not as it should be.
final class Health: Sendable {
    struct Report: Sendable {
        let isReady: Bool
        let json: [UInt8]
    }

    private let store: SQLiteStore
    private let writer: GroupCommit
    private let logs: [ServedLog]
    private let forwarder: Forwarder
    private let index: SearchIndex
    private let mappingProblems: @Sendable () -> [String]
    private let gauges: Gauges
    private let isStopping = Atomic<Bool>(false)
    /// The store's newest error, until a commit succeeds again.
    private let storeError = Mutex<String?>(nil)

    /// Seconds after which a commit that does not come back means that nothing can be accepted.
    private static let longestCommit = 5.0
    /// Bytes of the write-ahead log from which on something keeps it from being used again.
    private static let longWriteAheadLog = 256 << 20
    /// Events that no segment of the search index holds yet, from which on searches take a second and more.
    private static let longIndexLag: UInt64 = 1_000_000

    private struct Gauges: Sendable {
        let queue: Gauge
        let wal: Gauge
        let diskFree: Gauge
    }

    init(
        store: SQLiteStore,
        writer: GroupCommit,
        logs: [ServedLog],
        forwarder: Forwarder,
        index: SearchIndex,
        metrics: MetricsRegistry,
        mappingProblems: @escaping @Sendable () -> [String]
    ) {
        self.store = store
        self.writer = writer
        self.logs = logs
        self.forwarder = forwarder
        self.index = index
        self.mappingProblems = mappingProblems
        gauges = Gauges(
            queue: metrics.gauge(.queueBytes),
            wal: metrics.gauge(.writeAheadLogBytes),
            diskFree: metrics.gauge(.diskFreeBytes)
        )
    }

    func stop() { isStopping.store(true, ordering: .relaxed) }

    /// Remembers how the newest commit went; returns whether that is news.
    func note(_ error: StoreError?) -> Bool {
        storeError.withLock { current in
            let isNews = (current == nil) != (error == nil)
            current = error?.message
            return isNews
        }
    }

    func report() -> Report {
        var reasons: [String] = []
        if isStopping.load(ordering: .relaxed) { reasons.append("the gateway is stopping") }
        if let error = storeError.withLock({ $0 }) { reasons.append(error) }
        if writer.commitSeconds > Health.longestCommit {
            reasons.append("the disk has not answered a commit for \(Int(writer.commitSeconds)) s")
        }
        if writer.isFull(for: 1) { reasons.append("too much waits to be stored") }
        let sinks = forwarder.statuses()
        var degraded = mappingProblems()
        for sink in sinks {
            switch sink.state {
            case .starting, .following, .stopped: break
            case .retrying, .paused:
                degraded.append("sink '\(sink.name)' is \(sink.state.rawValue): \(sink.lastError ?? "no reason known")")
            }
        }
        let walBytes = store.walBytesInUse
        if walBytes > Health.longWriteAheadLog {
            degraded.append("the write-ahead log has \(walBytes >> 20) MiB: a program reads the store for long")
        }
        degraded += indexProblems()
        var writer = JSONWriter()
        writer.append(raw: "{\"status\":")
        writer.append(string: reasons.isEmpty ? (degraded.isEmpty ? "ready" : "degraded") : "not ready")
        append("reasons", reasons, to: &writer)
        append("degraded", degraded, to: &writer)
        writer.append(raw: ",\"sinks\":[")
        for (index, sink) in sinks.enumerated() {
            if index > 0 { writer.append(raw: ",") }
            writer.append(raw: "{\"name\":")
            writer.append(string: sink.name)
            writer.append(raw: ",\"state\":")
            writer.append(string: sink.state.rawValue)
            writer.append(raw: ",\"lag_events\":")
            writer.append(integer: sink.lagEvents)
            writer.append(raw: "}")
        }
        writer.append(raw: "]}")
        return Report(isReady: reasons.isEmpty, json: writer.bytes)
    }

    private func indexProblems() -> [String] {
        var problems: [String] = []
        if let problem = index.writeProblem { problems.append(problem) }
        for log in logs {
            let lag = index.lagSeen(of: log.id)
            guard lag > Health.longIndexLag else { continue }
            problems.append("the search index of the log '\(log.name)' lags \(lag) events behind; searches are slow")
        }
        return problems
    }

    private func append(_ name: String, _ texts: [String], to writer: inout JSONWriter) {
        writer.append(raw: ",")
        writer.append(string: name)
        writer.append(raw: ":[")
        for (index, text) in texts.enumerated() {
            if index > 0 { writer.append(raw: ",") }
            writer.append(string: text)
        }
        writer.append(raw: "]")
    }

    /// Reads what is only known when it is asked for.
    func refreshMetrics() {
        gauges.queue.set(writer.queuedBytes)
        gauges.wal.set(store.walBytes)
        var status = statvfs()
        if statvfs(store.path, &status) == 0 { gauges.diskFree.set(Double(status.f_bavail) * Double(status.f_frsize)) }
        for log in logs {
            if let head = try? store.head(of: log.id) { log.counters.size.set(Double(head)) }
            if let lag = try? index.lag(of: log.id) { log.counters.searchIndexLag.set(Double(lag)) }
        }
    }
}
