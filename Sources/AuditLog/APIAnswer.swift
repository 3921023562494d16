internal import Cryptography
package import JSON
internal import Schema

/// Writes the results of the API's answers (audit API contract, sections 3 and 4).
///
/// Members are omitted rather than null.
package enum APIAnswer {
    /// Appends an event of a search: `{"envelope":…,"hash":"…"}`, and with a proof the members that this adds.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - proof: of verbose answers.
    ///   - hasValidSignature: the outcome of checking its signature; nil when that was not asked for or it has none.
    ///   - showsHash: whether the schema's `tamper_proofing` has its hash shown.
    ///   - writer: gets the text.
    package static func append(
        _ event: StoredEvent,
        proof: EventProof? = nil,
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
        if let proof { appendMembers(of: proof, to: &writer) }
        if let hasValidSignature {
            writer.append(raw: ",\"valid_signature\":")
            hasValidSignature ? writer.append(raw: "true") : writer.append(raw: "false")
        }
        writer.append(byte: UInt8(ascii: "}"))
    }

    /// How a page of events is written.
    package struct PageStyle {
        /// Of the log's trees; nil for an answer without roots and proofs (`verbose: false`).
        package var names: TreeNames?
        /// Adds `valid_signature` to events that are signed.
        package var checker: SignatureChecker?
        /// Whether the schema's `tamper_proofing` has hashes shown.
        package var showsHash = true

        package init(names: TreeNames? = nil, checker: SignatureChecker? = nil, showsHash: Bool = true) {
            self.names = names
            self.checker = checker
            self.showsHash = showsHash
        }
    }

    /// Appends the result of `/v1/search`; `page` is the first of what was found.
    package static func appendSearch(
        _ search: FrozenSearch,
        page: ProvenEvents,
        _ style: PageStyle,
        to writer: inout JSONWriter
    ) {
        appendPage(of: search, page, style, to: &writer)
        writer.append(raw: ",\"expires_at\":\"")
        Timestamp.append(microseconds: search.expiresAt, to: &writer.bytes)
        writer.append(raw: "\",\"id\":")
        writer.append(string: search.id)
        writer.append(byte: UInt8(ascii: "}"))
    }

    /// Appends the result of `/v1/results`; `page` is what was asked for.
    package static func appendResults(
        _ search: FrozenSearch,
        page: ProvenEvents,
        _ style: PageStyle,
        to writer: inout JSONWriter
    ) {
        appendPage(of: search, page, style, to: &writer)
        writer.append(byte: UInt8(ascii: "}"))
    }

    private static func appendPage(
        of search: FrozenSearch,
        _ page: ProvenEvents,
        _ style: PageStyle,
        to writer: inout JSONWriter
    ) {
        writer.append(raw: "{\"count\":")
        writer.append(integer: search.sequences.count)
        writer.append(raw: ",\"events\":[")
        for (index, event) in page.events.enumerated() {
            if index > 0 { writer.append(byte: UInt8(ascii: ",")) }
            append(
                event,
                proof: style.names == nil ? nil : page.proofs[index],
                hasValidSignature: style.checker?.isValid(event),
                showsHash: style.showsHash,
                to: &writer
            )
        }
        writer.append(raw: "]")
        if let names = style.names { appendRoots(of: page, names, to: &writer) }
    }
}
