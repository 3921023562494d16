/// Why something was set aside instead of stored.
package enum QuarantineCause: String, Sendable, CaseIterable {
    /// A record that the mapping could not turn into an event.
    case unmapped
    /// A record, or a whole body, that is not readable JSON.
    case unreadable
    /// A field had a value that its source may not use.
    case forbidden
    /// The event's id was seen before with other content; the first stays.
    case conflict
}

/// Bytes that were accepted but not stored as an event, kept whole with the reason.
package struct QuarantineEntry: Sendable {
    package let source: String
    package let cause: QuarantineCause
    /// A sentence for a person, with the mapping's place where there is one.
    package let reason: String
    /// The record, or the whole body.
    package let body: [UInt8]
    /// Method, path, query and headers as JSON, without the members that held a secret.
    package let context: [UInt8]
    /// What makes it the same entry when it comes again; nil for ``body`` itself.
    package let identity: [UInt8]?

    package init(
        source: String,
        cause: QuarantineCause,
        reason: String,
        body: [UInt8],
        context: [UInt8],
        identity: [UInt8]? = nil
    ) {
        self.source = source
        self.cause = cause
        self.reason = reason
        self.body = body
        self.context = context
        self.identity = identity
    }
}

/// An entry of the quarantine as it is listed.
package struct StoredQuarantineEntry: Sendable {
    package let id: Int64
    package let entry: QuarantineEntry
    /// Microseconds since 1970, of the first and the newest time that these bytes came.
    package let firstAt: Int64, lastAt: Int64
    /// How often these bytes came.
    package let count: Int64

    package init(id: Int64, entry: QuarantineEntry, firstAt: Int64, lastAt: Int64, count: Int64) {
        self.id = id
        self.entry = entry
        self.firstAt = firstAt
        self.lastAt = lastAt
        self.count = count
    }
}
