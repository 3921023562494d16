internal import AuditLog
internal import Schema
internal import Telemetry

/// A log that is served: what the store knows of it and what the configuration says.
struct ServedLog: Sendable {
    let identity: LogIdentity
    let schema: EventSchema
    let counters: LogCounters
    /// Whether anybody may read the public tree, or only who has a token.
    var isPublic = false
    /// The schema's name; nil for fields of the configuration's own.
    var schemaName: String?
    /// Signs what no client has signed; nil for a log without service-side signing.
    var signer: EventSigner?

    var id: LogID { identity.id }
    var name: String { identity.name }

    /// How answers name the log's trees; their roots are in the gateway's own ledger.
    func treeNames(publicURL: String) -> TreeNames {
        TreeNames(treeName: identity.treeName) { [id, treeName = identity.treeName] size in
            "\(publicURL)\(LedgerRoutes.prefix)/\(LedgerID(log: id, size: size).text(treeName: treeName))/"
        }
    }
}

/// A log's metrics, resolved once.
struct LogCounters: Sendable {
    let stored: Counter
    let duplicate: Counter
    let conflict: Counter
    let size: Gauge
    let searchIndexLag: Gauge

    init(_ registry: MetricsRegistry, log: String) {
        func events(_ outcome: String) -> Counter {
            registry.counter(.events, labels: [("log", log), ("outcome", outcome)])
        }
        stored = events("stored")
        duplicate = events("duplicate")
        conflict = events("conflict")
        size = registry.gauge(.logSize, labels: [("log", log)])
        searchIndexLag = registry.gauge(.searchIndexLag, labels: [("log", log)])
    }

    /// Counts what became of a request's events.
    func count(_ outcome: AppendOutcome) {
        var counts = [0, 0, 0]
        for event in outcome.events {
            switch event.disposition {
            case .stored: counts[0] += 1
            case .duplicate: counts[1] += 1
            case .conflict: counts[2] += 1
            }
        }
        if counts[0] > 0 { stored.increment(by: counts[0]) }
        if counts[1] > 0 { duplicate.increment(by: counts[1]) }
        if counts[2] > 0 { conflict.increment(by: counts[2]) }
    }
}
