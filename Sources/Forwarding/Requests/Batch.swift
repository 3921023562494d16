/// Events that travel together, and what has happened to them so far.
final class Batch {
    typealias Moment = ContinuousClock.Instant

    /// Every sequence that is done when this batch is, erased ones included.
    let range: ClosedRange<UInt64>
    /// How many events were found in ``range`` when it was written last.
    var events = 0
    /// The lowest sequence of them.
    var first: UInt64 = 0
    /// When that one was received, in microseconds since 1970; nil until it is known.
    var receivedAt: Int64?
    /// How often they were sent, also as part of a larger batch.
    var attempts: Int
    /// Not to be sent before.
    var notBefore: Moment?
    /// nil until it is written from the log (again).
    var contents: Contents?
    /// Where the receiver works on it.
    var pending: Pending?

    /// What is sent.
    struct Contents {
        let body: BodyBuffer
        let key: String
    }

    /// A request that was accepted and is asked after until its outcome is known.
    struct Pending {
        let url: String
        let expiresAt: Moment
        var polls = 0
        var nextPoll: Moment
        var isOnItsWay = false
    }

    init(range: ClosedRange<UInt64>, attempts: Int = 0) {
        self.range = range
        self.attempts = attempts
    }

    /// Both halves, each to be written anew; nil when there is nothing to halve.
    func halves() -> (Batch, Batch)? {
        guard events != 1, range.count > 1 else { return nil }
        let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
        return (
            Batch(range: range.lowerBound...middle, attempts: attempts),
            Batch(range: (middle + 1)...range.upperBound, attempts: attempts)
        )
    }
}
