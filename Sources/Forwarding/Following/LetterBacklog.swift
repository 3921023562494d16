/// Dead letters that were given to the log and may not be on disk yet.
///
/// The log does not say when a letter is on disk. But no cursor becomes durable before the letters that were given
/// earlier, so they are once the stored cursor is where it was moved to after them.
struct LetterBacklog {
    /// How many wait for the stored cursor to follow.
    ///
    /// Those that the cursor cannot pass yet do not count, as it may wait for another batch for ever; there are no more
    /// of them than sequences between the cursor and what is read.
    private(set) var waiting = 0
    /// Given since the cursor moved.
    private var uncovered = 0
    /// Ascending: so many letters are on disk when the stored cursor is there.
    private var covered: [(cursor: UInt64, letters: Int)] = []

    mutating func add(_ letters: Int) { uncovered += letters }

    /// The cursor moves to where it was not before.
    mutating func moved(to cursor: UInt64) {
        guard uncovered > 0 else { return }
        covered.append((cursor, uncovered))
        waiting += uncovered
        uncovered = 0
    }

    /// The stored cursor was read.
    mutating func stored(_ cursor: UInt64) {
        let count = covered.prefix { $0.cursor <= cursor }.count
        waiting -= covered[..<count].reduce(0) { $0 + $1.letters }
        covered.removeFirst(count)
    }
}
