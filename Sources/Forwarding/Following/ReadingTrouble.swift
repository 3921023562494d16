/// Why the log cannot be read for a sink, until it can be again.
///
/// Often the head of a log can be read while something in it cannot: that it can must neither shorten the wait nor hide
/// the trouble from the operator.
struct ReadingTrouble {
    typealias Moment = ContinuousClock.Instant

    enum Part {
        case head
        /// Events, with what belongs to them.
        case events
    }

    /// What happened, for a person; nil while all is well.
    private(set) var reason: String?
    /// Not to be tried before.
    private(set) var retryAt: Moment?
    private var failures = 0
    private var part = Part.head
    /// Whether the operator was told.
    var isLogged = false

    private static let policy = RetryPolicy(base: .milliseconds(100), cap: .seconds(5), floor: 0.5)

    mutating func failed(_ part: Part, _ reason: String, at now: Moment, chance: Double) {
        if self.reason == nil || part == .events { self.part = part }
        self.reason = reason
        failures += 1
        retryAt = now + ReadingTrouble.policy.delay(after: failures, chance: chance)
    }

    /// A part could be read; only what has failed itself ends the trouble.
    mutating func worked(_ part: Part) {
        guard reason != nil, part == .events || self.part == .head else { return }
        self = ReadingTrouble()
    }
}
