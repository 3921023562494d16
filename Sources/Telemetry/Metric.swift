/// One thing that the gateway measures: its name, what it means and by what it is told apart.
///
/// All names live in this file. They end with their unit, or with `_total` when they only ever rise, as Prometheus
/// asks (https://prometheus.io/docs/practices/naming/).
package struct Metric: Sendable {
    package enum Kind: Sendable {
        /// Rises by whole numbers from 0 at the start of the process.
        case counter
        /// Rises and falls.
        case gauge
        /// How many observations lie at or below each bound.
        case histogram(Buckets)
    }

    package let name: String
    package let kind: Kind
    /// One sentence for the operator, shown beside the values.
    package let help: String
    /// The names of its labels, in the order in which the values are written; each has few, known values.
    package let labels: [String]

    private init(_ name: String, _ kind: Kind, labels: [String] = [], help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }
}

// Receiving: what vendors and applications send.
extension Metric {
    package static let deliveries = Metric(
        "audit_gateway_deliveries_total",
        .counter,
        labels: ["source", "outcome"],
        help: "Requests to /in/{source} by how they ended."
    )
    package static let records = Metric(
        "audit_gateway_records_total",
        .counter,
        labels: ["source", "outcome"],
        help: "Records of deliveries: stored, duplicate, conflict, ignored, quarantined or forbidden."
    )
    package static let apiRequests = Metric(
        "audit_gateway_api_requests_total",
        .counter,
        labels: ["route", "status"],
        help: "Requests to the API by route and HTTP status."
    )
    package static let requestDuration = Metric(
        "audit_gateway_request_duration_seconds",
        .histogram(.requestDurations),
        labels: ["route"],
        help: "Time from a request's head to the end of its answer."
    )
    package static let quarantineEntries = Metric(
        "audit_gateway_quarantine_entries_total",
        .counter,
        labels: ["source", "cause"],
        help: "Bodies or records put into quarantine, by cause."
    )
    package static let cutTexts = Metric(
        "audit_gateway_cut_texts_total",
        .counter,
        labels: ["source"],
        help: "Texts that were longer than their field and cut."
    )
    package static let ruleResults = Metric(
        "audit_gateway_rule_results_total",
        .counter,
        labels: ["source", "rule", "outcome"],
        help: "Results of a mapping's rules in one delivery of 100: given, absent or failed."
    )
    package static let unreadValues = Metric(
        "audit_gateway_unread_values_total",
        .counter,
        labels: ["source", "path"],
        help: "Records in one delivery of 100 with a value that no rule of the mapping read, by its path."
    )
    package static let restrictionViolations = Metric(
        "audit_gateway_restriction_violations_total",
        .counter,
        labels: ["subject", "mode"],
        help: "Events that a field restriction refused, or would have refused where its mode only reports."
    )
}

// The log: what is committed.
extension Metric {
    package static let events = Metric(
        "audit_gateway_events_total",
        .counter,
        labels: ["log", "outcome"],
        help: "Events offered to a log: stored, duplicate or conflict."
    )
    package static let logSize = Metric(
        "audit_gateway_log_size_events",
        .gauge,
        labels: ["log"],
        help: "Events in a log, which is also its highest sequence number."
    )
    package static let searchIndexLag = Metric(
        "audit_gateway_search_index_lag_events",
        .gauge,
        labels: ["log"],
        help: "Events of a log that the search index does not hold yet, so that searches look at them one by one."
    )
    package static let commits = Metric(
        "audit_gateway_commits_total",
        .counter,
        help: "Transactions on disk that appended events."
    )
    package static let commitFailures = Metric(
        "audit_gateway_commit_failures_total",
        .counter,
        help: "Transactions that could not be stored; every request in them was told so."
    )
    package static let commitDuration = Metric(
        "audit_gateway_commit_duration_seconds",
        .histogram(.commitDurations),
        help: "Time of one appending transaction with its fsync."
    )
    package static let commitEvents = Metric(
        "audit_gateway_commit_events",
        .histogram(.commitEvents),
        help: "Events in one appending transaction."
    )
    package static let queueBytes = Metric(
        "audit_gateway_queue_bytes",
        .gauge,
        help: "Bytes waiting to be committed."
    )
    package static let queueRejections = Metric(
        "audit_gateway_queue_rejections_total",
        .counter,
        help: "Requests answered with 503 because the queue was full."
    )
    package static let writeAheadLogBytes = Metric(
        "audit_gateway_wal_bytes",
        .gauge,
        help: "Size of the store's write-ahead log."
    )
    package static let diskFreeBytes = Metric(
        "audit_gateway_disk_free_bytes",
        .gauge,
        help: "Free space of the file system that holds the data directory."
    )
    package static let clockStepBack = Metric(
        "audit_gateway_clock_step_back_seconds",
        .gauge,
        help: "How far the system's clock is behind the last time of receipt; 0 when it is not."
    )
}

// Forwarding: what sinks take.
extension Metric {
    package static let sinkLagEvents = Metric(
        "audit_gateway_sink_lag_events",
        .gauge,
        labels: ["sink"],
        help: "Events between a sink's cursor and the end of the log."
    )
    package static let sinkLagSeconds = Metric(
        "audit_gateway_sink_lag_seconds",
        .gauge,
        labels: ["sink"],
        help: "Age of the oldest event that a sink has not taken; 0 when it has taken all."
    )
    package static let sinkEvents = Metric(
        "audit_gateway_sink_events_total",
        .counter,
        labels: ["sink", "outcome"],
        help: "Events that a sink took (delivered) or will never take (dead)."
    )
    package static let sinkRequests = Metric(
        "audit_gateway_sink_requests_total",
        .counter,
        labels: ["sink", "class"],
        help: "Requests to a sink by the class of their answer."
    )
    package static let sinkPaused = Metric(
        "audit_gateway_sink_paused",
        .gauge,
        labels: ["sink"],
        help: "1 while a sink is paused, otherwise 0."
    )
}

// The process.
extension Metric {
    package static let buildInfo = Metric(
        "audit_gateway_build_info",
        .gauge,
        labels: ["version"],
        help: "Always 1; the version is in the label."
    )
    package static let residentMemory = Metric(
        "process_resident_memory_bytes",
        .gauge,
        help: "Resident memory of the process."
    )
    package static let processorTime = Metric(
        "process_cpu_seconds_total",
        .counter,
        help: "Processor time that the process has used, user and system together."
    )
    package static let startTime = Metric(
        "process_start_time_seconds",
        .gauge,
        help: "Start of the process in seconds since 1970."
    )
    package static let openFileDescriptors = Metric(
        "process_open_fds",
        .gauge,
        help: "Open file descriptors of the process."
    )
}

extension Metric {
    /// Every metric, in the order in which they are written.
    package static let all = [
        deliveries, records, apiRequests, requestDuration, quarantineEntries, cutTexts,
        ruleResults, unreadValues, restrictionViolations,
        events, logSize, searchIndexLag, commits, commitFailures, commitDuration, commitEvents, queueBytes,
        queueRejections,
        writeAheadLogBytes,
        diskFreeBytes, clockStepBack,
        sinkLagEvents, sinkLagSeconds, sinkEvents, sinkRequests, sinkPaused,
        buildInfo, residentMemory, processorTime, startTime, openFileDescriptors,
    ]
}
