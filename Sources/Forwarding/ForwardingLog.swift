package import AuditLog

/// What forwarding needs of a log: reading from behind, a cursor, and a place for what a sink will never take.
///
/// The reading calls may block; they are made on the forwarding thread alone.
package protocol ForwardingLog: Sendable {
    /// The newest sequence of a log, 0 when it is empty.
    func head(of log: LogID) throws(StoreError) -> UInt64

    /// Events in ascending order from a sequence on; erased ones are left out.
    ///
    /// At least one event comes whatever `maximumBytes` says, if there is one.
    func readEvents(
        of log: LogID,
        from sequence: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) throws(StoreError) -> [StoredEvent]

    /// The vendor's own records of events, ascending; those without one, or past their retention, are left out.
    func rawRecords(of log: LogID, sequences: ClosedRange<UInt64>) throws(StoreError) -> [RawRecord]

    /// How far a follower is; nil for one that never moved.
    func cursor(of follower: String, log: LogID) throws(StoreError) -> UInt64?

    /// Remembers how far a follower is, without blocking; durable some time later.
    func moveCursor(_ move: CursorMove)

    /// Keeps dead letters, without blocking.
    ///
    /// A cursor that is given with them or later becomes durable with them or later, never before.
    func addDeadLetters(_ letters: [DeadLetter], then move: CursorMove?)
}
