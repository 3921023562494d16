internal import Cryptography
package import JSON
internal import Schema

/// Writes the results of the API's answers as they are without trees.
///
/// There are no roots, no proofs and no `published` (audit API contract, section 4.1, `verbose: false`). Members are
/// omitted rather than null.
package enum APIAnswer {
    /// Appends an event of a search: `{"envelope":…,"hash":"…"}`.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - hasValidSignature: the outcome of checking its signature; nil when that was not asked for or it has none.
    ///   - showsHash: whether the schema's `tamper_proofing` has its hash shown.
    ///   - writer: gets the text.
    package static func append(
        _ event: StoredEvent,
        hasValidSignature: Bool? = nil,
        showsHash: Bool = true,
        to writer: inout JSONWriter
    ) {
        writer.append(raw: "{\"envelope\":")
        event.appendEnvelope(to: &writer)
        if showsHash {
            writer.append(raw: ",\"hash\":\"")
            Hex.append(event.hash, to: &writer.bytes)
            writer.append(byte: UInt8(ascii: "\""))
        }
        if let hasValidSignature {
            writer.append(raw: ",\"valid_signature\":")
            hasValidSignature ? writer.append(raw: "true") : writer.append(raw: "false")
        }
        writer.append(byte: UInt8(ascii: "}"))
    }

    /// Appends an array of events; `checker` adds `valid_signature` to those that are signed.
    package static func append(
        _ events: [StoredEvent],
        checker: SignatureChecker? = nil,
        showsHash: Bool = true,
        to writer: inout JSONWriter
    ) {
        writer.append(byte: UInt8(ascii: "["))
        for (index, event) in events.enumerated() {
            if index > 0 { writer.append(byte: UInt8(ascii: ",")) }
            append(event, hasValidSignature: checker?.isValid(event), showsHash: showsHash, to: &writer)
        }
        writer.append(byte: UInt8(ascii: "]"))
    }

    /// Appends the result of `/v1/search`; `events` are the first of what it found.
    package static func appendSearch(
        _ search: FrozenSearch,
        events: [StoredEvent],
        checker: SignatureChecker? = nil,
        showsHash: Bool = true,
        to writer: inout JSONWriter
    ) {
        writer.append(raw: "{\"count\":")
        writer.append(integer: search.sequences.count)
        writer.append(raw: ",\"events\":")
        append(events, checker: checker, showsHash: showsHash, to: &writer)
        writer.append(raw: ",\"expires_at\":\"")
        Timestamp.append(microseconds: search.expiresAt, to: &writer.bytes)
        writer.append(raw: "\",\"id\":")
        writer.append(string: search.id)
        writer.append(byte: UInt8(ascii: "}"))
    }

    /// Appends the result of `/v1/results`; `events` are the page asked for.
    package static func appendResults(
        _ search: FrozenSearch,
        events: [StoredEvent],
        checker: SignatureChecker? = nil,
        showsHash: Bool = true,
        to writer: inout JSONWriter
    ) {
        writer.append(raw: "{\"count\":")
        writer.append(integer: search.sequences.count)
        writer.append(raw: ",\"events\":")
        append(events, checker: checker, showsHash: showsHash, to: &writer)
        writer.append(byte: UInt8(ascii: "}"))
    }
}
