/// How far a follower has read, and what of that is not done yet.
///
/// Ranges of sequences are taken in order and finished in any order, whole or in parts. The cursor stands before the
/// lowest sequence that is not finished.
struct FollowerState: Equatable {
    /// The next sequence to take.
    private(set) var position: UInt64
    /// Taken and not finished: ascending, apart from each other.
    private(set) var unfinished: [ClosedRange<UInt64>] = []

    /// Begins behind a sequence that is done.
    init(cursor: UInt64) { position = cursor + 1 }

    /// Everything up to this is done.
    var cursor: UInt64 { (unfinished.first?.lowerBound ?? position) - 1 }

    /// Takes everything from ``position`` up to and including a sequence.
    mutating func take(through last: UInt64) -> ClosedRange<UInt64> {
        precondition(last >= position, "sequence \(last) was taken already, the next is \(position)")
        let range = position...last
        position = last + 1
        unfinished.append(range)
        return range
    }

    /// Marks sequences as done, all of which must be unfinished.
    mutating func finish(_ done: ClosedRange<UInt64>) {
        // A handful of ranges at most: as many as there are requests at once.
        let index = unfinished.firstIndex { $0.lowerBound <= done.lowerBound && done.upperBound <= $0.upperBound }
        guard let index else { preconditionFailure("sequences \(done) were finished twice or never taken") }
        let whole = unfinished[index]
        var rest: [ClosedRange<UInt64>] = []
        if whole.lowerBound < done.lowerBound { rest.append(whole.lowerBound...(done.lowerBound - 1)) }
        if done.upperBound < whole.upperBound { rest.append((done.upperBound + 1)...whole.upperBound) }
        unfinished.replaceSubrange(index...index, with: rest)
    }
}
