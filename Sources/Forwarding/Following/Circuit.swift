/// Whether requests may go to a sink: freely, one on trial, or none for now.
///
/// A failure opens it for a while; then one request goes on trial, and its outcome closes the circuit or opens it for
/// longer. Failures of requests that were on their way when it opened do not count again.
struct Circuit {
    typealias Moment = ContinuousClock.Instant

    enum Trouble: Equatable {
        /// The sink does not answer, or not now.
        case failing
        /// The sink refuses our token or settings; a person has to act.
        case refusing
    }

    enum Permission: Equatable {
        case free
        /// One request, on trial.
        case trial
        /// None; look again at this moment, or when the request on trial has ended.
        case wait(until: Moment?)
    }

    private let retry: RetryPolicy
    private let pause: RetryPolicy
    /// nil while all is well.
    private(set) var trouble: Trouble?
    private(set) var failures = 0
    private(set) var isOnTrial = false
    private var opensAt: Moment?
    /// The sink said itself when to come back; no success of another request shortens that.
    private var holdUntil: Moment?

    init(retry: RetryPolicy, pause: RetryPolicy) {
        self.retry = retry
        self.pause = pause
    }

    func permission(at now: Moment) -> Permission {
        if let until = hold(at: now) { return .wait(until: until) }
        guard trouble != nil else { return .free }
        if isOnTrial { return .wait(until: nil) }
        if let opensAt, opensAt > now { return .wait(until: opensAt) }
        return .trial
    }

    /// Until when the sink wants to be left alone; nil when it has not asked for that, or the time is over.
    func hold(at now: Moment) -> Moment? {
        guard let holdUntil, holdUntil > now else { return nil }
        return holdUntil
    }

    mutating func beginTrial() { isOnTrial = true }

    /// The request on trial ended without saying anything about the sink.
    mutating func endTrial(wasTrial: Bool) {
        if wasTrial { isOnTrial = false }
    }

    /// The sink took a request, or judged its content.
    mutating func answered() {
        trouble = nil
        failures = 0
        isOnTrial = false
        opensAt = nil
    }

    /// A request went wrong.
    ///
    /// - Parameters:
    ///   - kind: what the sink's answer says.
    ///   - now: the moment of the answer.
    ///   - retryAfter: what the sink asked for.
    ///   - wasTrial: whether the request was the one on trial.
    ///   - chance: 0 to 1, for the wait.
    mutating func failed(
        _ kind: Trouble,
        at now: Moment,
        retryAfter: Duration? = nil,
        wasTrial: Bool,
        chance: Double
    ) {
        if let retryAfter {
            let until = now + min(retryAfter, Circuit.longestHold)
            holdUntil = max(holdUntil ?? until, until)
        }
        let isNew = trouble != kind
        guard trouble == nil || wasTrial || (isNew && kind == .refusing) else { return }
        if isNew { failures = 0 }
        failures += 1
        trouble = kind
        if wasTrial { isOnTrial = false }
        let policy = kind == .failing ? retry : pause
        opensAt = now + policy.delay(after: failures, chance: chance)
    }

    /// More than this a sink cannot ask for: a clock that is wrong by years must not stop forwarding for years.
    static let longestHold = Duration.seconds(3600)
}
