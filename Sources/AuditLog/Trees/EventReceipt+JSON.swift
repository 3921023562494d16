internal import Cryptography
package import JSON
internal import Merkle

extension EventReceipt {
    /// Appends the receipt as its file holds it.
    ///
    ///     {"config_id":"pci_…","entry":"AQAA…","envelope":{…},"hash":"8c1f…","log":"default","proof":"c2sp.org/tlog-proof@v1\n…",
    ///      "raw_hash":"…","salt":"…","sequence":17,"version":1}
    ///
    /// `entry` is ``LogEntry`` in base 64, `proof` a C2SP tlog-proof; hashes are hex. Without `envelope` and `salt` the event was
    /// erased; without `raw_hash` it came without a record.
    package func appendJSON(log: LogIdentity, to writer: inout JSONWriter) {
        writer.append(raw: "{\"config_id\":")
        writer.append(string: log.configurationID)
        writer.append(raw: ",\"entry\":")
        writer.append(string: entry.withBytes { Base64.encode(Array($0)) })
        if let event {
            writer.append(raw: ",\"envelope\":")
            event.appendEnvelope(to: &writer)
            writer.append(raw: ",\"hash\":")
            writer.append(string: Hex.encode(event.hash))
        }
        writer.append(raw: ",\"log\":")
        writer.append(string: log.name)
        writer.append(raw: ",\"proof\":")
        writer.append(string: receipt.text)
        if let rawHash {
            writer.append(raw: ",\"raw_hash\":")
            writer.append(string: Hex.encode(rawHash))
        }
        if let salt {
            writer.append(raw: ",\"salt\":")
            writer.append(string: Hex.encode(salt))
        }
        writer.append(raw: ",\"sequence\":")
        writer.append(integer: Int64(clamping: entry.sequence))
        writer.append(raw: ",\"version\":1}")
    }
}
