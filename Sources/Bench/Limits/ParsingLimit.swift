internal import JSON

/// How fast simdjson alone reads the same bodies.
struct ParsingLimit: Sendable {
    let eventsPerRequest: Int
    /// Which is also seconds for a million events.
    let microsecondsPerEvent: Double

    var eventsPerSecond: Double { 1e6 / microsecondsPerEvent }

    static func measure(
        eventsPerRequest: Int,
        seconds: Double,
        payload: Payload
    ) throws(BenchError) -> ParsingLimit {
        // Enough different bodies that no branch predictor learns them by heart.
        let bodies = (0..<64).map { index in
            let buffer = GrowingBuffer(capacity: 4096)
            payload.append(first: 1 + index * eventsPerRequest, count: eventsPerRequest, to: buffer)
            return [UInt8](buffer.bytes)
        }
        let document = JSONDocument()
        var events = 0
        let start = Nanoseconds.ofThread()
        let end = start + Int64(seconds * Double(Nanoseconds.second))
        var used = start
        while used < end {
            for body in bodies {
                do throws(JSONError) {
                    try document.parse(body)
                } catch {
                    throw BenchError(code: .system, message: "the benchmark's own events are not JSON: \(error)")
                }
                events += eventsPerRequest
            }
            used = Nanoseconds.ofThread()
            try Interruption.check()
        }
        return ParsingLimit(
            eventsPerRequest: eventsPerRequest,
            microsecondsPerEvent: Double(used - start) / 1000 / Double(max(events, 1))
        )
    }
}
