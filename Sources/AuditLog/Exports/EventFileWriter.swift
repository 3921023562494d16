internal import Cryptography
package import JSON
internal import Merkle
package import Schema

/// Writes events as the lines of a file (audit API contract, section 4.6).
///
/// CSV is RFC 4180 to the letter: values are as they were logged, also those that begin with `=`, `+`, `-` or `@`, which a
/// spreadsheet may take for a formula. An export is evidence: an apostrophe put in front of a value would change it for
/// every program that reads the file. People who open it in a spreadsheet import its columns as text; the README says so.
package struct EventFileWriter {
    /// What was written since it was taken last.
    package var text = JSONWriter()
    private let format: ExportFormat
    private let isVerbose: Bool
    /// Whether the schema's `tamper_proofing` has hashes and proofs shown.
    private let showsHash: Bool
    private let fields: [[UInt8]]
    private let document = JSONDocument()
    private var cell: [UInt8] = []

    package init(_ format: ExportFormat, schema: EventSchema, isVerbose: Bool) {
        self.format = format
        showsHash = schema.isTamperProof
        self.isVerbose = isVerbose && schema.isTamperProof
        fields = schema.declaredOrder.map { Array($0.utf8) }
    }

    /// Appends what stands before the first event.
    package mutating func begin() {
        guard format == .csv else { return }
        text.append(raw: "received_at")
        for field in fields { appendCell(field) }
        text.append(raw: ",signature,public_key")
        if showsHash { text.append(raw: ",hash") }
        if isVerbose { text.append(raw: ",published,leaf_index,membership_proof") }
        text.append(raw: "\r\n")
    }

    /// Appends an event.
    ///
    /// - Parameters:
    ///   - event: the event.
    ///   - proof: of a verbose file; nil otherwise.
    package mutating func append(_ event: StoredEvent, proof: EventProof?) {
        switch format {
        case .csv: appendRow(event, proof)
        case .json: appendLine(event, proof)
        }
    }

    // MARK: - CSV

    private mutating func appendRow(_ event: StoredEvent, _ proof: EventProof?) {
        Timestamp.append(microseconds: event.receivedAt, to: &text.bytes)
        let isRead = (try? document.parse(event.event)) != nil
        for field in fields {
            guard isRead, let value = document.root.member(field) else {
                text.append(byte: UInt8(ascii: ","))
                continue
            }
            appendCell(value)
        }
        appendCell(event.signature?.signature ?? [])
        appendCell(event.signature?.publicKey ?? [])
        if showsHash {
            text.append(byte: UInt8(ascii: ","))
            Hex.append(event.hash, to: &text.bytes)
        }
        if isVerbose {
            text.append(raw: proof?.leafIndex == nil ? ",false," : ",true,")
            if let index = proof?.leafIndex { text.append(integer: index) }
            cell.removeAll(keepingCapacity: true)
            if let proof { MembershipProof.append(proof.path, to: &cell) }
            // It holds commas.
            appendCell(cell)
        }
        text.append(raw: "\r\n")
    }

    private mutating func appendCell(_ value: JSONValue) {
        let isText: Void? = value.withStringBytes { bytes in
            cell.removeAll(keepingCapacity: true)
            cell.append(contentsOf: bytes)
        }
        if isText != nil { return appendCell(cell) }
        text.append(byte: UInt8(ascii: ","))
        if !value.isNull { text.append(canonical: value) }
    }

    /// Appends a comma and a value, in quotes where RFC 4180 (section 2, rule 6) wants them.
    private mutating func appendCell(_ value: [UInt8]) {
        text.append(byte: UInt8(ascii: ","))
        let needsQuotes = value.contains { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\r")
                || byte == UInt8(ascii: "\n")
        }
        guard needsQuotes else { return text.append(raw: value) }
        text.append(byte: UInt8(ascii: "\""))
        for byte in value {
            if byte == UInt8(ascii: "\"") { text.append(byte: byte) }
            text.append(byte: byte)
        }
        text.append(byte: UInt8(ascii: "\""))
    }

    // MARK: - JSON

    private mutating func appendLine(_ event: StoredEvent, _ proof: EventProof?) {
        text.append(raw: "{\"envelope\":")
        event.appendEnvelope(to: &text)
        if showsHash {
            text.append(raw: ",\"hash\":\"")
            Hex.append(event.hash, to: &text.bytes)
            text.append(byte: UInt8(ascii: "\""))
        }
        if isVerbose, let proof {
            if let index = proof.leafIndex {
                text.append(raw: ",\"leaf_index\":")
                text.append(integer: index)
            }
            text.append(raw: ",\"membership_proof\":\"")
            MembershipProof.append(proof.path, to: &text.bytes)
            text.append(raw: proof.leafIndex == nil ? "\",\"published\":false" : "\",\"published\":true")
        }
        text.append(raw: "}\n")
    }
}
