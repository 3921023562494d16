/// What is to be erased of a log, and what is written down about it.
package struct Erasure: Sendable {
    package let log: LogID
    /// In any order; those that are erased already, or not there, are left alone.
    package let sequences: [UInt64]
    /// For people who look into the store later.
    package let reason: String
    /// Makes the event that tells of the erasure, from the sequences that it erased.
    package let record: @Sendable (_ erased: [UInt64]) -> AppendRequest

    package init(
        log: LogID,
        sequences: [UInt64],
        reason: String,
        record: @escaping @Sendable (_ erased: [UInt64]) -> AppendRequest
    ) {
        self.log = log
        self.sequences = sequences
        self.reason = reason
        self.record = record
    }
}

/// What an erasure did; it is on disk.
package struct ErasureOutcome: Sendable {
    /// Ascending.
    package let erased: [UInt64]
    /// The sequence of the event that tells of it; nil when nothing was erased.
    package let record: UInt64?

    package init(erased: [UInt64], record: UInt64?) {
        self.erased = erased
        self.record = record
    }
}

/// An event whose body is gone, as the store tells of it.
package struct ErasedEvent: Sendable {
    package let sequence: UInt64
    /// Microseconds since 1970.
    package let receivedAt: Int64
    /// Nil when nothing says that it was erased, so that it has been tampered with.
    package let reason: String?

    package init(sequence: UInt64, receivedAt: Int64, reason: String?) {
        self.sequence = sequence
        self.receivedAt = receivedAt
        self.reason = reason
    }
}

/// How long the events of one log are kept.
package struct LogRetention: Sendable {
    package let log: LogID
    /// Microseconds from receipt; nil for ever.
    package let events: Int64?
    /// Of raw deliveries; nil for that of all logs.
    package let raw: Int64?
    /// Of the events whose `tenant_id` is a key, instead of ``events``.
    package let tenants: [String: Int64]
    /// Followers of the log: nothing that one of them has not had yet is erased.
    package let followers: [String]
    /// Makes the event that tells of what a round erased.
    package let record: @Sendable (RetentionRound) -> AppendRequest

    package init(
        log: LogID,
        events: Int64?,
        raw: Int64?,
        tenants: [String: Int64],
        followers: [String],
        record: @escaping @Sendable (RetentionRound) -> AppendRequest
    ) {
        self.log = log
        self.events = events
        self.raw = raw
        self.tenants = tenants
        self.followers = followers
        self.record = record
    }
}

/// What one round of retention erased of a log.
package struct RetentionRound: Sendable, Equatable {
    package let count: UInt64
    package let first: UInt64
    package let last: UInt64

    package init(count: UInt64, first: UInt64, last: UInt64) {
        self.count = count
        self.first = first
        self.last = last
    }
}
