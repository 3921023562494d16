internal import Cryptography
package import JSON
internal import Schema

/// One event of a log, as it was stored.
package struct StoredEvent: Sendable {
    /// Dense in its log, from 1.
    package let sequence: UInt64
    /// Microseconds since 1970, strictly increasing in sequence order.
    package let receivedAt: Int64
    /// The event in canonical JSON.
    package let event: [UInt8]
    /// What of it did not fit the schema, as a JSON array: `err` of the envelope; nil for an event that fitted.
    package let errors: [UInt8]?
    package let signature: ClientSignature?
    /// SHA-256 of the canonical envelope, 32 bytes.
    package let hash: [UInt8]

    /// Whether a vendor's own record came with it, which may be past its retention by now.
    package let hasRawRecord: Bool

    package init(
        sequence: UInt64,
        receivedAt: Int64,
        event: [UInt8],
        errors: [UInt8]? = nil,
        signature: ClientSignature?,
        hash: [UInt8],
        hasRawRecord: Bool = false
    ) {
        self.sequence = sequence
        self.receivedAt = receivedAt
        self.event = event
        self.errors = errors
        self.signature = signature
        self.hash = hash
        self.hasRawRecord = hasRawRecord
    }

    /// The canonical envelope.
    package var envelope: [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(event.count + 128)
        appendEnvelope(to: &writer)
        return writer.bytes
    }

    /// Appends the canonical envelope (audit API contract, section 5).
    package func appendEnvelope(to writer: inout JSONWriter) {
        event.withUnsafeBytes {
            Envelope.append(event: $0, errors: errors, receivedAt: receivedAt, signature: signature, to: &writer)
        }
    }
}

/// The canonical envelope of an event, whose SHA-256 is the event's hash (audit API contract, sections 5.1 to 5.3).
///
///     {"event":{"message":"hi"},"received_at":"2022-08-09T23:30:01.111111Z"}
package enum Envelope {
    /// Appends the envelope of an event as the store keeps it, apart from what of it did not fit.
    package static func append(
        event: UnsafeRawBufferPointer,
        errors: [UInt8]?,
        receivedAt: Int64,
        signature: ClientSignature?,
        to writer: inout JSONWriter
    ) {
        if let errors { begin(errors: errors, &writer) } else { writer.append(raw: "{\"event\":") }
        finish(event: event, receivedAt: receivedAt, signature: signature, to: &writer)
    }

    /// Appends the envelope; its members are sorted, as canonical JSON wants them.
    ///
    /// - Parameters:
    ///   - event: on its way to the store: an object, or what ``MalformedEvent`` says.
    ///   - receivedAt: microseconds since 1970.
    ///   - signature: of a client or of the gateway.
    ///   - writer: gets the text.
    @inline(__always)
    package static func append(
        event: UnsafeRawBufferPointer,
        receivedAt: Int64,
        signature: ClientSignature?,
        to writer: inout JSONWriter
    ) {
        if let parts = MalformedEvent.split(event) {
            begin(errors: [UInt8](parts.errors), &writer)
            return finish(event: parts.event, receivedAt: receivedAt, signature: signature, to: &writer)
        }
        writer.append(raw: "{\"event\":")
        finish(event: event, receivedAt: receivedAt, signature: signature, to: &writer)
    }

    fileprivate static func begin(errors: [UInt8], _ writer: inout JSONWriter) {
        writer.append(raw: "{\"err\":")
        writer.append(raw: errors)
        writer.append(raw: ",\"event\":")
    }

    @inline(__always)
    fileprivate static func finish(
        event: UnsafeRawBufferPointer,
        receivedAt: Int64,
        signature: ClientSignature?,
        to writer: inout JSONWriter
    ) {
        writer.append(raw: event)
        if let key = signature?.publicKey {
            writer.append(raw: ",\"public_key\":")
            writer.append(string: key)
        }
        writer.append(raw: ",\"received_at\":\"")
        Timestamp.append(microseconds: receivedAt, to: &writer.bytes)
        if let text = signature?.signature {
            writer.append(raw: "\",\"signature\":")
            writer.append(string: text)
            writer.append(raw: "}")
        } else {
            writer.append(raw: "\"}")
        }
    }
}
