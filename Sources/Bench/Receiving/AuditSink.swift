internal import Synchronization

/// Stands in for a Secure Audit Log at the far end: counts the events of `POST /v2/log` and answers as one does.
final class AuditSink: RequestHandler {
    struct Received: Sendable {
        var arrivals = Arrivals()
        var requests = 0
        /// When the last new event arrived, on the clock of ``Nanoseconds/now()``.
        var lastArrival: Int64 = 0
    }

    private let state = Mutex(Received())

    /// Different events so far.
    var distinctCount: Int { state.withLock { $0.arrivals.distinctCount } }
    var received: Received { state.withLock { $0 } }

    func answer(_ body: UnsafeRawBufferPointer, in output: GrowingBuffer) {
        let count = state.withLock { received in
            let before = received.arrivals.distinctCount
            let count = Self.note(body, in: &received.arrivals)
            received.requests += 1
            if received.arrivals.distinctCount > before { received.lastArrival = Nanoseconds.now() }
            return count
        }
        Self.append(answerFor: count, to: output)
    }

    /// Counts events by what each begins with; text in JSON cannot hold it, since its quotes are escaped.
    private static func note(_ body: UnsafeRawBufferPointer, in arrivals: inout Arrivals) -> Int {
        let opening: StaticString = "{\"event\":{"
        guard var start = firstOffset(of: opening, in: body) else { return 0 }
        var count = 0
        while true {
            let behind = start + opening.utf8CodeUnitCount
            let next = firstOffset(of: opening, in: UnsafeRawBufferPointer(rebasing: body[behind...]))
            let end = next.map { behind + $0 } ?? body.count
            arrivals.note(Payload.id(in: UnsafeRawBufferPointer(rebasing: body[start..<end])))
            count += 1
            guard next != nil else { return count }
            start = end
        }
    }

    private static func append(answerFor count: Int, to output: GrowingBuffer) {
        let begin: StaticString = """
            {"request_id":"prq_b3nchaaaaaaaaaaaaaaaaaaaaaaaaaaa","request_time":"2026-11-23T00:00:00.000Z",\
            "response_time":"2026-11-23T00:00:00.001Z","status":"Success","summary":"Logged 
            """
        let middle: StaticString = " record(s)\",\"result\":{\"results\":["
        let hash: StaticString = """
            {"hash":"5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef","membership_proof":null}
            """
        let end: StaticString = "]}}"
        let hashes = count * hash.utf8CodeUnitCount + max(count - 1, 0)
        output.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
        output.append(
            decimal: begin.utf8CodeUnitCount + String(count).utf8.count + middle.utf8CodeUnitCount + hashes
                + end.utf8CodeUnitCount
        )
        output.append("\r\n\r\n")
        output.append(begin)
        output.append(decimal: count)
        output.append(middle)
        for place in 0..<count {
            if place > 0 { output.append(",") }
            output.append(hash)
        }
        output.append(end)
    }
}

/// Reads a body, looks at nothing and answers: the least that an HTTP server can do.
struct ReadingHandler: RequestHandler {
    func answer(_ body: UnsafeRawBufferPointer, in output: GrowingBuffer) {
        output.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    }
}
