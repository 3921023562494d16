/// Lets one log line of a kind through every ten seconds, so that a sink that fails and recovers at each request, or
/// refuses every event, does not fill the operator's disk.
struct LogGate {
    static let interval = Duration.seconds(10)

    private var next: ContinuousClock.Instant?

    mutating func opens(at now: ContinuousClock.Instant) -> Bool {
        if let next, now < next { return false }
        next = now + LogGate.interval
        return true
    }
}
