/// What one load on a fresh gateway gave.
struct ScenarioFigures: Sendable {
    let part: Part
    let title: String
    let eventsPerRequest: Int
    /// Requests that became due a second; nil in a closed loop.
    let requestedRate: Double?
    var load = LoadFigures()
    /// Different events at the sink, a second, from the first request to the last arrival.
    var forwardedPerSecond = 0.0
    /// Whether everything acknowledged reached the sink in time.
    var isDrained = false
    /// What the gateway used until the sink was drained.
    var processorSeconds = 0.0
    var writtenBytes = 0
    var idleBytes = 0
    var peakBytes = 0
    var sink: Verification
    var log: Verification

    /// Seconds of the processor for a million events answered with 2xx.
    var processorSecondsPerMillion: Double {
        load.events > 0 ? processorSeconds / Double(load.events) * 1e6 : 0
    }

    var writtenPerEvent: Double { load.events > 0 ? Double(writtenBytes) / Double(load.events) : 0 }
}

/// What a gateway that was killed under load and started again had kept.
struct KillFigures: Sendable {
    let round: Int
    var load = LoadFigures()
    /// Whether everything acknowledged reached the sink in time.
    var isDrained = false
    var sink: Verification
    var log: Verification

    /// Each acknowledged event once in the log, and at least once at the sink.
    var isKept: Bool { isDrained && log.isExactlyOnce && sink.isAtLeastOnce }
}
