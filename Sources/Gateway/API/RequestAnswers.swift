internal import AuditLog
internal import Cryptography
internal import JSON

/// What `GET /request/{id}` and the 202 before it say (audit API contract, section 1.4).
enum RequestAnswers {
    /// How long an asynchronous request's answer may be fetched, in microseconds: two days.
    static let timeToLive: Int64 = 2 * 24 * 3600 * 1_000_000

    static func accepted(id: String, retries: Int, publicURL: String) -> CallAnswer {
        var writer = JSONWriter()
        writer.append(raw: "{\"location\":")
        writer.append(string: "\(publicURL)/request/\(id)")
        writer.append(raw: ",\"retry_counter\":")
        writer.append(integer: retries)
        writer.append(raw: ",\"ttl_mins\":")
        writer.append(integer: timeToLive / 60_000_000)
        writer.append(raw: "}")
        return CallAnswer(status: .accepted, summary: "Your request is in progress.", result: writer.bytes)
    }

    /// The result of the original `/v2/log`, told from what is stored.
    static func done(_ request: StoredRequest, events: [StoredEvent]) -> CallAnswer {
        var writer = JSONWriter()
        writer.append(raw: "{\"results\":[")
        for (index, event) in events.enumerated() {
            if index > 0 { writer.append(byte: UInt8(ascii: ",")) }
            writer.append(raw: "{\"hash\":\"")
            Hex.append(event.hash, to: &writer.bytes)
            writer.append(raw: "\"")
            if request.request.isVerbose {
                writer.append(raw: ",\"envelope\":")
                event.appendEnvelope(to: &writer)
            }
            writer.append(raw: "}")
        }
        writer.append(raw: "]}")
        return CallAnswer(status: .success, summary: "Logged \(events.count) record(s)", result: writer.bytes)
    }
}
