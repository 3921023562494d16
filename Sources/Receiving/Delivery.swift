package import Mapping
package import Schema

/// What came out of reading a delivery.
package enum DeliveryOutcome: Sendable {
    /// Answered without storing an event: refused, a handshake, or nothing that could be read.
    case answer(Reply)
    /// Authentic and readable; the vendor gets its answer once the events are stored.
    case delivery(Delivery)
    /// It cannot be told whether it is authentic before this was fetched; then it is to be read again.
    case needsKey(KeyRequest)
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
    /// A secret that the request brings: whoever sends the answer keeps it first, or refuses.
    package var keptSecret: KeptSecret?
    /// A URL that has to be fetched once the answer is sent; HTTPS, of a host that the mapping allows.
    package var confirmation: (url: String, host: HostPattern)?
}

/// A secret that a vendor made and sends once.
package struct KeptSecret: Equatable, Sendable {
    /// The secret's name.
    package let key: String
    package let value: [UInt8]
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
    /// Where the record stands in ``Delivery/body``, or what it was taken from when it has no place of its own.
    package let range: Range<Int>
    /// The canonical JSON of a record without a place of its own; nil when `range` says it all.
    package var bytes: [UInt8]?
}

/// The number of each event's record in its delivery.
///
/// Takes no memory as long as every record became an event.
package struct RecordNumbers: Sendable {
    private var numbers: [Int] = []

    /// The number of an event's record, counted from 0 over all records of the delivery.
    package subscript(event: Int) -> Int { numbers.isEmpty ? event : numbers[event] }

    /// Notes the record of the next event, whose number is `event`.
    @inline(__always)
    mutating func append(_ number: Int, ofEvent event: Int) {
        if numbers.isEmpty {
            guard number != event else { return }
            numbers = Array(0..<event)
        }
        numbers.append(number)
    }
}

/// The bodies of a delivery's answers, by what may become of it; nothing for a mapping whose answers are always the same.
package struct AnswerBodies: Sendable {
    var bodies: [(outcome: AnswerOutcome, body: [UInt8])] = []

    package init() {}

    /// The body for an outcome; nil when its answer is always the same.
    package subscript(outcome: AnswerOutcome) -> [UInt8]? {
        if bodies.isEmpty { return nil }
        return bodies.first { $0.outcome == outcome }?.body
    }
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
    /// For each event, the number of its record, so that people find it in what was sent.
    package let recordNumbers: RecordNumbers
    /// The inflated body.
    package let body: [UInt8]
    /// Method, path, query and headers as JSON, without secrets.
    package let context: [UInt8]
    /// How many records were probes.
    package let ignoredCount: Int
    /// How many texts were cut to the schema's size.
    package let cutCount: Int
    /// Together not much longer than ``body``: when there would be more, one entry of the whole body stands for all.
    package let quarantined: [QuarantinedRecord]
    /// The bodies of the answers that depend on the delivery.
    package let answerBodies: AnswerBodies

    /// What is to be kept of a record that is set aside: its text as it was sent, where it has one.
    package func bytes(of record: QuarantinedRecord) -> [UInt8] { record.bytes ?? Array(body[record.range]) }

    /// What the vendor is told when there is no event to store; nil when there is one.
    package var outcomeWithoutEvents: AnswerOutcome? {
        guard events.isEmpty else { return nil }
        return quarantined.isEmpty ? .ignored : .quarantined
    }
}
