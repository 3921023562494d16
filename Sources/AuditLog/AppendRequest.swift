package import Merkle
package import Schema

/// A client's signature over an event (audit API contract, section 8), kept as it was sent.
package struct ClientSignature: Sendable, Equatable {
    package let signature: [UInt8]?
    /// A JSON object is kept in canonical form, any other text as it is.
    package let publicKey: [UInt8]?

    package init(signature: [UInt8]?, publicKey: [UInt8]?) {
        self.signature = signature
        self.publicKey = publicKey
    }
}

/// A vendor's request as it came, kept so that a better mapping can be applied to it later.
package struct RawDelivery: Sendable {
    package let source: String
    /// Method, path, query and headers as JSON, without the members that held a secret.
    package let context: [UInt8]
    /// The inflated body.
    package let body: [UInt8]
    /// For each event of the request, where its record stands in ``body``.
    package let records: [Range<Int>]
    /// SHA-256 of each record's bytes, 32 bytes each, back to back.
    package let recordHashes: [UInt8]
    /// The version of the mapping that read it.
    package let mappingVersion: String

    package init(
        source: String,
        context: [UInt8],
        body: [UInt8],
        records: [Range<Int>],
        recordHashes: [UInt8],
        mappingVersion: String
    ) {
        precondition(
            recordHashes.count == records.count * 32,
            "\(recordHashes.count) bytes of hashes for \(records.count) records"
        )
        self.source = source
        self.context = context
        self.body = body
        self.records = records
        self.recordHashes = recordHashes
        self.mappingVersion = mappingVersion
    }
}

/// An opaque `Idempotency-Key`, which covers a whole request.
package struct RequestIdempotency: Sendable {
    /// SHA-256 over token, log, route and key.
    package let key: [UInt8]
    /// SHA-256 of the request's body; the same key with another body is refused.
    package let bodyHash: [UInt8]

    package init(key: [UInt8], bodyHash: [UInt8]) {
        self.key = key
        self.bodyHash = bodyHash
    }
}

/// An accepted request whose answer is fetched later, from `GET /request/{id}`.
package struct AsynchronousRequest: Sendable {
    /// `prq_` and 32 characters.
    package let id: String
    /// The name of the token that may fetch it.
    package let token: String
    package let isVerbose: Bool
    /// Microseconds since 1970.
    package let expiresAt: Int64

    package init(id: String, token: String, isVerbose: Bool, expiresAt: Int64) {
        self.id = id
        self.token = token
        self.isVerbose = isVerbose
        self.expiresAt = expiresAt
    }
}

/// That a writer wants its event's place in the open buffer proven (audit API contract, section 3.1).
package struct ProofRequest: Sendable {
    /// The root that the writer knows.
    package let previousRoot: TreeHash?

    package init(previousRoot: TreeHash?) { self.previousRoot = previousRoot }
}

/// What one request wants stored, whole or not at all.
package struct AppendRequest: Sendable {
    package let log: LogID
    package var events: EncodedEvents
    /// Who sent it, as the quarantine names it when there is no delivery: `token:shop`.
    package var origin = ""
    /// Whether the outcome has the envelopes of events that were there already.
    package var wantsEnvelopes = false
    /// One for each event, or none at all for events that are never duplicates.
    package var keys: [DeduplicationKey] = []
    /// One for each event, or none at all.
    package var signatures: [ClientSignature] = []
    package var delivery: RawDelivery?
    /// Ids of the fields that may differ when the same event comes again.
    package var volatileFields: [String] = []
    package var quarantine: [QuarantineEntry] = []
    package var idempotency: RequestIdempotency?
    package var asynchronous: AsynchronousRequest?
    /// For requests of one event.
    package var proof: ProofRequest?

    package init(log: LogID, events: EncodedEvents) {
        self.log = log
        self.events = events
    }

    /// About how many bytes it occupies while it waits.
    package var byteCount: Int {
        events.bytes.count + (delivery?.body.count ?? 0) + quarantine.reduce(0) { $0 + $1.body.count } + 256
    }
}

/// What became of a request, once it is on disk.
package struct AppendOutcome: Sendable {
    package enum Disposition: Sendable { case stored, duplicate, conflict }

    package struct Event: Sendable {
        package let disposition: Disposition
        package let sequence: UInt64
        /// Microseconds since 1970; of a duplicate, the first one's.
        package let receivedAt: Int64
        /// The API's event hash, 32 bytes; of a duplicate, the first one's.
        package let hash: [UInt8]
        /// Of a duplicate or a conflict, when it was asked for: the canonical envelope that is stored.
        package let storedEnvelope: [UInt8]?
        /// When it was asked for and the event's buffer is open.
        package let proof: BufferProof?

        package init(
            disposition: Disposition,
            sequence: UInt64,
            receivedAt: Int64,
            hash: [UInt8],
            storedEnvelope: [UInt8]? = nil,
            proof: BufferProof? = nil
        ) {
            self.disposition = disposition
            self.sequence = sequence
            self.receivedAt = receivedAt
            self.hash = hash
            self.storedEnvelope = storedEnvelope
            self.proof = proof
        }
    }

    /// One for each event of the request, in its order.
    package var events: [Event]
    /// The request's idempotency key was seen before with another body; nothing was stored.
    package var isIdempotencyMismatch = false
    /// A repeat of a request with an idempotency key; ``events`` are the first one's.
    package var isRepeat = false

    package init(events: [Event]) { self.events = events }
}
