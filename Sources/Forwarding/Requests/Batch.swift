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
    var attempts = 0
    /// How often the sink accepted them and did not know afterwards what became of them.
    var timesForgotten = 0
    /// Whether that was no accident: once happens when a receiver is started anew, twice will happen again.
    var isForgotten: Bool { timesForgotten > 1 }
    /// Sequences that became dead letters when it was written, so that they do not again when it is rewritten.
    var buried: Set<UInt64> = []
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

    init(range: ClosedRange<UInt64>) { self.range = range }

    /// A part, to be written anew; the rest is a part too.
    func part(_ range: ClosedRange<UInt64>) -> Batch {
        let part = Batch(range: range)
        part.attempts = attempts
        part.timesForgotten = timesForgotten
        part.buried = buried.filter(range.contains)
        return part
    }

    /// Both halves; nil when there is nothing to halve.
    func halves() -> (Batch, Batch)? {
        guard events != 1, range.count > 1 else { return nil }
        let middle = range.lowerBound + (range.upperBound - range.lowerBound) / 2
        return (part(range.lowerBound...middle), part((middle + 1)...range.upperBound))
    }
}
