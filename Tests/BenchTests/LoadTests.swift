import JSON
import Synchronization
import Testing

@testable import Bench

/// Answers every third request with a status of its own choosing, and the rest with 200.
private final class MoodyHandler: RequestHandler {
    let arrivals = Mutex((count: 0, arrivals: Arrivals()))
    let status: String

    init(status: String) { self.status = status }

    func answer(_ body: UnsafeRawBufferPointer, in output: GrowingBuffer) {
        let isRefused = arrivals.withLock { state in
            state.count += 1
            guard !state.count.isMultiple(of: 3) else { return true }
            state.arrivals.note(Payload.id(in: body))
            return false
        }
        let text = "HTTP/1.1 \(isRefused ? status : "200 OK")\r\nContent-Length: 2\r\n\r\n{}"
        Array(text.utf8).withUnsafeBytes { output.append($0) }
    }
}

@Suite(.serialized) struct `A load` {
    private func plan(_ server: LoopServer, _ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            port: server.port,
            authorization: "Bearer x",
            connections: 4,
            eventsPerRequest: 1,
            duration: 0.3
        )
        change(&plan)
        return plan
    }

    @Test(arguments: [1, 10, 100]) func `is all acknowledged by a server that answers`(count: Int) throws {
        let server = try LoopServer(ReadingHandler())
        defer { server.stop() }
        let generator = try LoadGenerator(
            plan(server) { $0.eventsPerRequest = count },
            payload: Payload(),
            ledger: Ledger()
        )
        let figures = try generator.run()
        #expect(figures.failures == 0)
        #expect(figures.requests > 0 && figures.requests == figures.latency.count)
        #expect(figures.events == figures.requests * count)
        // A fifth are repeats.
        #expect(generator.ledger.acknowledgedCount < figures.events)
        #expect(generator.ledger.acknowledgedCount == generator.ledger.sentCount)
    }

    @Test func `comes at its rate in an open loop`() throws {
        let server = try LoopServer(ReadingHandler())
        defer { server.stop() }
        let figures = try LoadGenerator(
            plan(server) { $0.requestsPerSecond = 200 },
            payload: Payload(),
            ledger: Ledger()
        ).run()
        #expect((58...60).contains(figures.requests))
    }

    @Test(arguments: ["503 Busy", "429 Later"]) func `sends again what was refused`(status: String) throws {
        let handler = MoodyHandler(status: status)
        let server = try LoopServer(handler)
        defer { server.stop() }
        let generator = try LoadGenerator(
            plan(server) { $0.replayShare = 0 },
            payload: Payload(),
            ledger: Ledger()
        )
        let figures = try generator.run()
        #expect(figures.failures > 0)
        let verification = Verification(generator.ledger, handler.arrivals.withLock { $0.arrivals })
        #expect(verification.isExactlyOnce)
        // All but the last few got through in the end.
        #expect(generator.ledger.sentCount - generator.ledger.acknowledgedCount <= 4)
    }
}

@Suite(.serialized) struct `An audit sink` {
    private func answer(to text: String, by sink: AuditSink) -> (head: HTTPHead?, body: [UInt8]) {
        let output = GrowingBuffer(capacity: 16)
        Array(text.utf8).withUnsafeBytes { sink.answer($0, in: output) }
        let head = HTTPHead(output.bytes)
        return (head, [UInt8](output.bytes.dropFirst(head?.byteCount ?? 0)))
    }

    @Test func `answers a hash an event and counts ids`() throws {
        let sink = AuditSink()
        let body = #"""
            {"events":[{"event":{"message":"a (bench-000000000000000001)","x":"{\"event\":{"}},\#
            {"event":{"message":"b (bench-000000000000000002)"}},{"event":{"message":"no id"}}]}
            """#
        let (head, answered) = answer(to: body, by: sink)
        #expect(head?.status == 200)
        #expect(head?.contentLength == answered.count)
        let document = JSONDocument()
        try document.parse(answered)
        let text = String(decoding: answered, as: UTF8.self)
        #expect(text.contains(#""status":"Success""#))
        #expect(text.components(of: #""hash":"#) == 3)
        let arrivals = sink.received.arrivals
        #expect(arrivals.eventCount == 3)
        #expect(arrivals.distinctCount == 2)
        #expect(arrivals.withoutID == 1)
    }

    @Test func `answers an empty batch`() throws {
        let sink = AuditSink()
        let (head, answered) = answer(to: #"{"events":[]}"#, by: sink)
        #expect(head?.contentLength == answered.count)
        let document = JSONDocument()
        try document.parse(answered)
        #expect(sink.received.arrivals.eventCount == 0)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}
