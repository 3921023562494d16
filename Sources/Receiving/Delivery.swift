package import Mapping
package import Schema

/// What came out of reading a delivery.
package enum DeliveryOutcome: Sendable {
    /// Answered without storing an event: refused, a handshake, or nothing that could be read.
    case answer(Reply)
    /// Authentic and readable; the vendor gets its answer once the events are stored.
    case delivery(Delivery)
}

/// An answer that is ready to be sent.
package struct Reply: Sendable {
    package let answer: VendorAnswer
    /// What the answer stands for; nil for a handshake.
    package let outcome: AnswerOutcome?
    /// For the operator, in one sentence without a secret or any of the body.
    package let reason: String
    /// What is to be kept although nothing could be read of it.
    package let quarantine: QuarantinedBody?
}

/// A whole body that is set aside.
package struct QuarantinedBody: Sendable {
    package let reason: String
    /// As it was received.
    package let body: [UInt8]
    /// Method, path, query and headers as JSON, without secrets.
    package let context: [UInt8]
}

/// A record that is set aside while the others of its delivery are stored.
package struct QuarantinedRecord: Equatable, Sendable {
    package enum Cause: Sendable {
        /// The mapping could not turn it into an event.
        case unmapped
        /// No readable JSON.
        case unreadable
    }

    package let cause: Cause
    /// In one sentence, without any of the record.
    package let reason: String
    /// `file:line:column` of the mapping's expression; nil for an unreadable record.
    package let place: String?
    /// Where the record stands in ``Delivery/body``.
    package let range: Range<Int>
}

/// The events of one request and what else is kept of it.
package struct Delivery: Sendable {
    /// In the order of their records.
    package let events: EncodedEvents
    /// One for each event.
    package let keys: [DeduplicationKey]
    /// The id of each event, if they were asked for (``DeliveryReader/collectsIDs``).
    package let ids: [[UInt8]]
    /// For each event, where its record stands in ``body``; records that have no place of their own have a larger one.
    package let recordRanges: [Range<Int>]
    /// The inflated body.
    package let body: [UInt8]
    /// Method, path, query and headers as JSON, without secrets.
    package let context: [UInt8]
    /// How many records were probes.
    package let ignoredCount: Int
    /// How many texts were cut to the schema's size.
    package let cutCount: Int
    package let quarantined: [QuarantinedRecord]

    /// What the vendor is told when there is no event to store; nil when there is one.
    package var outcomeWithoutEvents: AnswerOutcome? {
        guard events.isEmpty else { return nil }
        return quarantined.isEmpty ? .ignored : .quarantined
    }
}
