internal import JSON
package import Schema

/// The events that tell of erasures.
///
///     {"action":"erase","actor":"ops","message":"2 events were erased: asked for by the person concerned","target":"5-6"}
///
/// A log of another schema gets what has a place in it, and its required fields get what their kind allows, so that the
/// event fits like any other.
package enum ErasureRecord {
    /// What somebody had erased.
    ///
    /// - Parameters:
    ///   - sequences: ascending.
    ///   - log: of the events and of the record.
    ///   - schema: of the log.
    ///   - reason: as it was given.
    ///   - actor: the name of the token.
    ///   - now: microseconds since 1970.
    /// - Returns: one event.
    package static func request(
        erased sequences: [UInt64],
        of log: LogID,
        schema: EventSchema,
        reason: String,
        actor: String,
        now: Int64
    ) -> AppendRequest {
        let count = sequences.count == 1 ? "1 event was" : "\(sequences.count) events were"
        return request(
            ["message": "\(count) erased: \(reason)", "action": "erase", "target": ranges(sequences), "actor": actor],
            log,
            schema,
            now
        )
    }

    /// What a round of retention erased.
    package static func request(_ round: RetentionRound, of log: LogID, schema: EventSchema, now: Int64)
        -> AppendRequest
    {
        let count = round.count == 1 ? "1 event was" : "\(round.count) events were"
        return request(
            [
                "message": "\(count) erased, being past the retention of the log or of the tenant", "action": "erase",
                "target": round.first == round.last ? "\(round.first)" : "among \(round.first)-\(round.last)",
                "actor": "retention",
            ],
            log,
            schema,
            now
        )
    }

    /// Ascending numbers as `1-3,7`.
    package static func ranges(_ sequences: [UInt64]) -> String {
        var parts: [String] = []
        var rest = sequences[...]
        while let first = rest.popFirst() {
            var last = first
            while let next = rest.first, next == last + 1 {
                last = next
                rest.removeFirst()
            }
            parts.append(first == last ? "\(first)" : "\(first)-\(last)")
        }
        return parts.joined(separator: ",")
    }

    private static func request(
        _ texts: [String: String],
        _ log: LogID,
        _ schema: EventSchema,
        _ now: Int64
    ) -> AppendRequest {
        var encoder = EventEncoder(schema: schema)
        encoder.begin()
        for (index, field) in schema.fields.enumerated() {
            let text = texts[field.id]
            guard text != nil || field.isRequired else { continue }
            encoder.append(field: index) { writer in
                switch field.kind {
                case .string, .text, .stringUnindexed: writer.append(string: cut(text ?? "erase", to: field.size))
                case .datetime:
                    writer.append(byte: UInt8(ascii: "\""))
                    Timestamp.append(microseconds: now, to: &writer.bytes)
                    writer.append(byte: UInt8(ascii: "\""))
                case .integer: writer.append(integer: 0)
                case .boolean: writer.append(raw: "false")
                }
            }
        }
        encoder.finish()
        var request = AppendRequest(log: log, events: encoder.take())
        request.origin = "retention"
        return request
    }

    private static func cut(_ text: String, to size: Int?) -> String {
        guard let size, text.unicodeScalars.count > size else { return text }
        var cut = String.UnicodeScalarView()
        cut.append(contentsOf: text.unicodeScalars.prefix(max(0, size - 1)))
        cut.append("…")
        return String(cut)
    }
}
