/// How far a follower of a log is.
package struct CursorMove: Sendable {
    /// The follower's name, such as `sink:central`.
    package let follower: String
    package let log: LogID
    /// The last sequence that is done; everything before it is done too.
    package let sequence: UInt64

    package init(follower: String, log: LogID, sequence: UInt64) {
        self.follower = follower
        self.log = log
        self.sequence = sequence
    }
}

/// An event that a sink will never take.
package struct DeadLetter: Sendable {
    package let sink: String
    package let log: LogID
    package let sequence: UInt64
    /// Why, in one sentence.
    package let cause: String
    /// The start of the sink's answer, for a person.
    package let answer: String
    package let attempts: Int

    package init(sink: String, log: LogID, sequence: UInt64, cause: String, answer: String, attempts: Int) {
        self.sink = sink
        self.log = log
        self.sequence = sequence
        self.cause = cause
        self.answer = answer
        self.attempts = attempts
    }
}

/// An asynchronous request as it was accepted.
package struct StoredRequest: Sendable {
    package let request: AsynchronousRequest
    package let log: LogID
    /// Each event's sequence, in the request's order.
    package let sequences: [UInt64]

    package init(request: AsynchronousRequest, log: LogID, sequences: [UInt64]) {
        self.request = request
        self.log = log
        self.sequences = sequences
    }
}

/// A search whose answer is fixed: the sequences that matched when it was made.
package struct FrozenSearch: Sendable {
    /// `pas_` and 32 characters.
    package let id: String
    package let token: String
    package let log: LogID
    /// In the order of the answer.
    package let sequences: [UInt64]
    package let isVerbose: Bool
    /// The search's own restriction in canonical JSON, `{}` without one.
    package let restriction: [UInt8]
    /// Microseconds since 1970.
    package let expiresAt: Int64

    package init(
        id: String,
        token: String,
        log: LogID,
        sequences: [UInt64],
        isVerbose: Bool,
        restriction: [UInt8],
        expiresAt: Int64
    ) {
        self.id = id
        self.token = token
        self.log = log
        self.sequences = sequences
        self.isVerbose = isVerbose
        self.restriction = restriction
        self.expiresAt = expiresAt
    }
}

/// How long, in microseconds, and how much is kept.
package struct RetentionPeriods: Sendable {
    /// Of deduplication keys and idempotency keys, counted from receipt.
    package let deduplication: Int64
    /// Of raw deliveries.
    package let raw: Int64
    package let quarantine: Int64
    /// Most bytes of bodies in quarantine; beyond it the oldest go.
    package let quarantineBytes: Int64
    /// Followers that send raw deliveries on, by log: what they have not had yet is kept, however old it is.
    package let rawFollowers: [LogID: [String]]
    /// What logs have of their own.
    package let logs: [LogRetention]

    package init(
        deduplication: Int64,
        raw: Int64,
        quarantine: Int64,
        quarantineBytes: Int64 = 1 << 30,
        rawFollowers: [LogID: [String]] = [:],
        logs: [LogRetention] = []
    ) {
        self.logs = logs
        self.rawFollowers = rawFollowers
        self.deduplication = deduplication
        self.raw = raw
        self.quarantine = quarantine
        self.quarantineBytes = quarantineBytes
    }
}

/// Everything that one transaction stores.
package struct WriteBatch: Sendable {
    package var appends: [AppendRequest] = []
    package var cursors: [CursorMove] = []
    package var deadLetters: [DeadLetter] = []
    package var searches: [FrozenSearch] = []

    package init() {}

    package var isEmpty: Bool {
        appends.isEmpty && cursors.isEmpty && deadLetters.isEmpty && searches.isEmpty
    }
}

/// The bytes of one record as its vendor sent them.
package struct RawRecord: Sendable {
    package let sequence: UInt64
    package let bytes: [UInt8]

    package init(sequence: UInt64, bytes: [UInt8]) {
        self.sequence = sequence
        self.bytes = bytes
    }
}

/// What the log needs of a database: one writer, many readers.
///
/// Every call blocks until the database has answered, so none may be made from Swift's cooperative threads or from an
/// event loop. ``commit(_:now:)`` is called by one thread at a time; the reading calls by any.
package protocol LogStore: TreeStore {
    /// Finds or creates the log of that name, and has its trees take in all its events.
    ///
    /// An open buffer with `maximumBufferEvents` closes by itself; nil stands for the store's own limit.
    func openLog(named name: String, maximumBufferEvents: Int?) throws(StoreError) -> LogIdentity

    /// Stores a batch in one transaction and returns when it is on disk.
    ///
    /// - Parameters:
    ///   - batch: what to store; each append whole or, on an error, nothing of the batch.
    ///   - now: microseconds since 1970; events get this or later, strictly increasing in their log.
    /// - Returns: one outcome for each append, in order.
    /// - Throws: ``StoreError``, and then nothing of the batch is stored.
    func commit(_ batch: WriteBatch, now: Int64) throws(StoreError) -> [AppendOutcome]

    /// The newest sequence of a log, 0 when it is empty.
    func head(of log: LogID) throws(StoreError) -> UInt64

    /// Events in ascending order from a sequence on; erased ones are left out.
    func readEvents(
        of log: LogID,
        from sequence: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) throws(StoreError) -> [StoredEvent]

    /// Calls `body` with events in the order asked for until it returns false; none that comes after the call.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - receivedAt: only events received in this time, both ends included, in microseconds since 1970.
    ///   - isDescending: newest first.
    ///   - body: gets each event; false ends the scan.
    /// - Throws: ``StoreError`` when the store cannot be read.
    func scanEvents(
        of log: LogID,
        receivedAt: ClosedRange<Int64>,
        isDescending: Bool,
        _ body: (StoredEvent) -> Bool
    ) throws(StoreError)

    /// The events of some sequences, in the order given; missing and erased ones are left out.
    func events(of log: LogID, sequences: [UInt64]) throws(StoreError) -> [StoredEvent]

    /// The vendor's own records of events, ascending; those without one, or past their retention, are left out.
    func rawRecords(of log: LogID, sequences: ClosedRange<UInt64>) throws(StoreError) -> [RawRecord]

    /// How far a follower is; nil for one that never moved.
    func cursor(of follower: String, log: LogID) throws(StoreError) -> UInt64?

    func storedRequest(_ id: String, now: Int64) throws(StoreError) -> StoredRequest?
    func frozenSearch(_ id: String, now: Int64) throws(StoreError) -> FrozenSearch?

    /// Newest first, from below an id (nil from the newest on).
    func quarantine(before id: Int64?, source: String?, limit: Int) throws(StoreError) -> [StoredQuarantineEntry]
    func quarantineEntry(_ id: Int64) throws(StoreError) -> StoredQuarantineEntry?
    func deadLetters(sink: String?, limit: Int) throws(StoreError) -> [DeadLetter]

    /// One step of cleaning up what is past its time; called by the writer's thread when it is idle.
    ///
    /// - Returns: whether there is more to do.
    func sweep(_ retention: RetentionPeriods, now: Int64) throws(StoreError) -> Bool

    /// Does what makes the next start quick; called by the writer's thread, last. Nothing depends on it.
    func finish() throws(StoreError)

    /// Copies committed pages from the write-ahead log into the database file, without stopping the writer.
    func checkpoint() throws(StoreError)

    /// Tries whether an append could be stored now, without storing one; called by the writer's thread.
    func probe() throws(StoreError)
}

extension LogStore {
    package func openLog(named name: String) throws(StoreError) -> LogIdentity {
        try openLog(named: name, maximumBufferEvents: nil)
    }
}
