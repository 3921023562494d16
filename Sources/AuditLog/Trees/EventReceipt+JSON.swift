internal import Cryptography
package import JSON
internal import Merkle

extension EventReceipt {
    /// The form of the file that ``appendJSON(to:)`` writes.
    package static let formatVersion: Int64 = 1

    /// Appends the receipt as one JSON object, which ``ReceiptVerification`` reads.
    ///
    ///     version     1
    ///     log         the log's name
    ///     config_id   the log's name at the API, whose SHA-256 is in the entry
    ///     sequence    the event's number; its index in the public tree is one less
    ///     envelope    the event's canonical envelope; absent when the event was erased
    ///     hash        SHA-256 of the envelope, 64 hex digits
    ///     salt        32 bytes in hex; absent when the event was erased
    ///     raw_hash    SHA-256 of the vendor's record in hex; absent without one
    ///     entry       the 81 bytes of the ``LogEntry`` in base 64
    ///     proof       the inclusion proof with the signed checkpoint (C2SP tlog-proof)
    package func appendJSON(to writer: inout JSONWriter) {
        writer.append(raw: "{\"version\":")
        writer.append(integer: EventReceipt.formatVersion)
        writer.append(raw: ",\"log\":")
        writer.append(string: log.name)
        writer.append(raw: ",\"config_id\":")
        writer.append(string: log.configurationID)
        writer.append(raw: ",\"sequence\":")
        writer.append(integer: entry.sequence)
        if let event {
            writer.append(raw: ",\"envelope\":")
            event.appendEnvelope(to: &writer)
        }
        writer.append(raw: ",\"hash\":")
        writer.append(string: Hex.encode(hash))
        if let salt {
            writer.append(raw: ",\"salt\":")
            writer.append(string: Hex.encode(salt))
        }
        if let rawHash {
            writer.append(raw: ",\"raw_hash\":")
            writer.append(string: Hex.encode(rawHash))
        }
        writer.append(raw: ",\"entry\":")
        writer.append(string: entry.withBytes { Base64.encode($0) })
        writer.append(raw: ",\"proof\":")
        writer.append(string: receipt.text)
        writer.append(raw: "}")
    }
}
