import AuditLog
import Logging
import Synchronization
import Telemetry
import Testing

@testable import Forwarding

/// A forwarder of one sink, over a log in memory and a server on loopback.
struct Rig {
    let log: MemoryLog
    let forwarder: Forwarder

    init(_ log: MemoryLog, to url: String, _ change: (inout SinkOptions) -> Void = { _ in }) throws {
        self.log = log
        var options = SinkOptions(
            name: "test", log: LogID(rawValue: 1), configurationID: "pci_sender", url: url,
            tokens: [BearerToken("first-token")])
        options.batchEvents = 10
        options.linger = .milliseconds(1)
        options.maximumRetryDelay = .milliseconds(20)
        options.maximumPauseDelay = .milliseconds(20)
        change(&options)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        forwarder = try Forwarder(
            sinks: [options], log: log, metrics: MetricsRegistry(describesProcess: false), logger: logger)
        forwarder.start()
    }

    var status: SinkStatus { forwarder.statuses()[0] }

    func waitForCursor(_ sequence: UInt64, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("the cursor did not reach \(sequence)", sourceLocation: sourceLocation) {
            log.cursor(of: "test") >= sequence
        }
    }

    func stop() async { await forwarder.stop(within: .seconds(5)) }
}

private func answer(_ status: Int, _ body: String = "", _ headers: [String: String] = [:]) -> TestServer.Reply {
    .answer(status: status, headers: headers, body: Array(body.utf8))
}

@Suite(.timeLimit(.minutes(2))) struct `Forwarding` {
    @Test(arguments: [SinkOptions.Endpoint.log, .bulk]) func `brings each event once, in batches`(
        endpoint: SinkOptions.Endpoint
    ) async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(95)
        let rig = try Rig(log, to: sink.server.url + "/base/") { $0.endpoint = endpoint }
        try await rig.waitForCursor(95)
        log.append(5)
        rig.forwarder.notifyAppended()
        try await rig.waitForCursor(100)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...100))
        let requests = sink.requests
        #expect(requests.allSatisfy { $0.path == "/base\(endpoint.rawValue)" && $0.method == "POST" })
        #expect(requests.allSatisfy { $0.headers["authorization"] == "Bearer first-token" })
        #expect(requests.allSatisfy { $0.headers["content-type"] == "application/json" })
        #expect(requests.allSatisfy { $0.headers["user-agent"] == "audit-gateway" && $0.headers["expect"] == nil })
        #expect(requests.contains { $0.headers["idempotency-key"] == "agw1;pci_sender;1\(endpoint == .log ? "" : "-10")" })
        #expect(sink.server.connectionCount <= 4)
        #expect(rig.status.state == .stopped)
        #expect(rig.status.lagEvents == 0)
    }

    @Test func `keeps the order with one request at once`() async throws {
        let sink = try RecordingSink { $0.number % 3 == 0 ? answer(500) : nil }
        let log = MemoryLog()
        log.append(200)
        let rig = try Rig(log, to: sink.server.url) { $0.isOrdered = true }
        try await rig.waitForCursor(200)
        await rig.stop()
        #expect(sink.stored == Array(1...200))
        #expect(sink.mostInFlight == 1)
    }

    @Test(arguments: ["500", "503", "429", "drop", "refusal page", "redirect"])
    func `tries again when the sink fails`(fault: String) async throws {
        let sink = try RecordingSink { arrival in
            guard arrival.number <= 6 else { return nil }
            return switch fault {
            case "drop": .drop
            case "refusal page": answer(200, "<html>log in</html>")
            case "redirect": answer(302, "", ["Location": "http://127.0.0.1:1/"])
            default: answer(Int(fault) ?? 500, #"{"status":"InternalError"}"#)
            }
        }
        let log = MemoryLog()
        log.append(60)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(60)
        #expect(sink.stored.sorted() == Array(1...60))
        try await eventually("the status did not recover") { rig.status.state == .following }
        #expect(rig.status.lastError == nil)
        await rig.stop()
        #expect(log.letters.isEmpty)
    }

    @Test func `waits as long as the sink asks`() async throws {
        let times = Mutex<[ContinuousClock.Instant]>([])
        let sink = try RecordingSink { arrival in
            times.withLock { $0.append(.now) }
            return arrival.number == 1 ? answer(429, "", ["Retry-After": "1"]) : nil
        }
        let log = MemoryLog()
        log.append(10)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(10)
        await rig.stop()
        let moments = times.withLock { $0 }
        #expect(moments[1] - moments[0] >= .milliseconds(990))
    }

    @Test func `waits until the date that the sink names`() async throws {
        let sink = try RecordingSink { _ in
            answer(503, "", ["Retry-After": "Fri, 31 Dec 2199 23:59:59 GMT"])
        }
        let log = MemoryLog()
        log.append(10)
        let rig = try Rig(log, to: sink.server.url)
        try await eventually("no failure was seen") { rig.status.state == .retrying }
        // With 20 ms as the longest wait of its own, it would have come back many times.
        try await Task.sleep(for: .milliseconds(300))
        await rig.stop()
        #expect(sink.requests.count == 1)
    }

    @Test func `gives up a request that takes too long`() async throws {
        let sink = try RecordingSink(deduplicates: true) { $0.number <= 2 ? .hang : nil }
        let log = MemoryLog()
        log.append(40)
        let rig = try Rig(log, to: sink.server.url) { $0.requestTimeout = .milliseconds(200) }
        try await rig.waitForCursor(40)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...40))
    }

    @Test func `sends the same key again when an answer was lost`() async throws {
        let sink = try RecordingSink { arrival in
            guard arrival.number == 1 else { return nil }
            arrival.store()
            return .drop
        }
        let log = MemoryLog()
        log.append(10)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(10)
        await rig.stop()
        let keys = sink.requests.map { $0.headers["idempotency-key"] }
        #expect(Set(keys) == ["agw1;pci_sender;1-10"])
        #expect(keys.count == 2)
        #expect(sink.requests[0].body == sink.requests[1].body)
    }

    @Test func `pauses while its token is refused and comes back by itself`() async throws {
        let isOpen = Atomic<Bool>(false)
        let sink = try RecordingSink { _ in
            isOpen.load(ordering: .relaxed) ? nil : answer(401, #"{"status":"Unauthorized"}"#)
        }
        let log = MemoryLog()
        log.append(30)
        let rig = try Rig(log, to: sink.server.url)
        try await eventually("the sink was not paused") { rig.status.state == .paused }
        #expect(rig.status.lastError == "HTTP 401 Unauthorized")
        #expect(rig.status.lagEvents == 30)
        isOpen.store(true, ordering: .relaxed)
        try await rig.waitForCursor(30)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...30))
        #expect(log.letters.isEmpty)
    }

    @Test func `uses the next token when one is refused`() async throws {
        let sink = try RecordingSink { arrival in
            arrival.request.headers["authorization"] == "Bearer new-token" ? nil : answer(401)
        }
        let log = MemoryLog()
        log.append(100)
        let rig = try Rig(log, to: sink.server.url) {
            $0.tokens = [BearerToken("old-token"), BearerToken("new-token")]
            // A pause would last for ever.
            $0.maximumPauseDelay = .seconds(1000)
        }
        try await rig.waitForCursor(100)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...100))
    }

    @Test(arguments: [400, 413, 422, 403, 200]) func `buries exactly the events that are refused`(
        status: Int
    ) async throws {
        let poison: Set<Int> = [7, 33, 34, 60]
        let name = status == 403 ? "ForbiddenFieldValue" : "ValidationError"
        let sink = try RecordingSink { arrival in
            poison.isDisjoint(with: arrival.messages) ? nil : answer(status, #"{"status":"\#(name)","summary":"no"}"#)
        }
        let log = MemoryLog()
        log.append(60)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(60)
        await rig.stop()
        #expect(sink.stored.sorted() == (1...60).filter { !poison.contains($0) })
        let letters = log.letters.sorted { $0.sequence < $1.sequence }
        #expect(letters.map(\.sequence) == [7, 33, 34, 60])
        #expect(letters[0].cause == "the sink refused the event: HTTP \(status) \(name)")
        #expect(letters[0].answer.contains(#""summary":"no""#))
        #expect((4...6).contains(letters[0].attempts))
        #expect(rig.status.deadLetters == 4)
    }

    @Test func `reads answers of any size`() async throws {
        let large = #"{"status":"Success","result":{"x":""# + String(repeating: "y", count: 1 << 20) + #""}}"#
        let taken = Mutex<[Int]>([])
        let sink = try RecordingSink { arrival in
            taken.withLock { $0 += arrival.messages }
            return answer(200, large)
        }
        let log = MemoryLog()
        log.append(100)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(100)
        await rig.stop()
        #expect(taken.withLock { $0.sorted() } == Array(1...100))
        #expect(sink.server.connectionCount <= 4)
    }

    @Test func `passes erased events`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(60)
        log.erase(3...3)
        log.erase(11...30)
        log.erase(55...60)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(60)
        await rig.stop()
        #expect(sink.stored.sorted() == (1...54).filter { $0 != 3 && !(11...30).contains($0) })
        #expect(sink.requests.contains { $0.headers["idempotency-key"] == "agw1;pci_sender;1-2,4-10,31" })
    }

    @Test func `keeps a batch within its bytes, and sends a larger event alone`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(20, padding: 400)
        log.append(1, padding: 9000)
        log.append(3, padding: 400)
        let rig = try Rig(log, to: sink.server.url) { $0.batchBytes = 2048 }
        try await rig.waitForCursor(24)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...24))
        #expect(sink.requests.filter { $0.body.count > 2500 }.map { RecordingSink.messages(in: $0.body) } == [[21]])
    }

    @Test func `survives a log that cannot be read for a while`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(50)
        log.contents.withLock { $0.readFailures = 3 }
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(50)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...50))
    }
}

@Suite(.timeLimit(.minutes(2))) struct `A sink that is down` {
    @Test func `makes nobody read more than is on its way`() async throws {
        let port = try TestServer { _ in .drop }
        port.stop()
        let log = MemoryLog()
        log.append(10_000)
        let rig = try Rig(log, to: port.url)
        try await eventually("no failure was seen") { rig.status.state == .retrying }
        try await Task.sleep(for: .milliseconds(200))
        #expect(log.contents.withLock { $0.mostRead } <= 50)
        #expect(rig.status.lagEvents == 10_000)
        #expect(rig.status.oldestWaitingSince == 1_700_000_000_000_001)
        let sink = try RecordingSink(port: port.port)
        try await rig.waitForCursor(10_000)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...10_000))
    }
}

@Suite(.timeLimit(.minutes(2))) struct `A cursor` {
    @Test func `is where a new start continues`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(30)
        let first = try Rig(log, to: sink.server.url)
        try await first.waitForCursor(30)
        await first.stop()
        log.append(30)
        let second = try Rig(log, to: sink.server.url)
        try await second.waitForCursor(60)
        await second.stop()
        #expect(sink.stored.sorted() == Array(1...60))
    }

    @Test func `stays before what was not answered when forwarding stops`() async throws {
        let sink = try RecordingSink { $0.messages.contains(15) ? .hang : nil }
        let log = MemoryLog()
        log.append(60)
        let rig = try Rig(log, to: sink.server.url)
        try await eventually("the others were not stored") { sink.stored.count == 50 }
        await rig.forwarder.stop(within: .milliseconds(50))
        #expect(log.cursor(of: "test") == 10)
    }

    @Test(arguments: [
        (SinkOptions.Start.now, [Int]()), (.sequence(8), [8, 9, 10]), (.beginning, Array(1...10)),
    ])
    func `begins where the settings say`(start: SinkOptions.Start, expected: [Int]) async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(10)
        let rig = try Rig(log, to: sink.server.url) { $0.start = start }
        try await rig.waitForCursor(10)
        await rig.stop()
        #expect(sink.stored.sorted() == expected)
    }

    @Test func `moves seldom`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(2000)
        let start = ContinuousClock.now
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(2000)
        await rig.stop()
        let allowed = Int((ContinuousClock.now - start) / .milliseconds(100)) + 2
        #expect(log.contents.withLock { $0.moves.count } <= allowed)
    }
}

@Suite(.timeLimit(.minutes(2))) struct `An asynchronous sink` {
    /// Accepts, and says `Success` with the second poll.
    private static func accepting(
        loses: @escaping @Sendable (Int) -> Bool = { _ in false }
    ) throws -> (sink: RecordingSink, taken: TakenEvents) {
        let taken = TakenEvents()
        let sink = try RecordingSink { arrival in
            guard arrival.request.method == "GET" else {
                let id = "prq_\(arrival.number)"
                if !loses(arrival.number) { taken.accept(id, arrival.messages) }
                return answer(
                    202, #"{"request_id":"\#(id)","status":"Accepted","result":{"location":"http://other/request/\#(id)"}}"#)
            }
            let id = String(arrival.request.path.split(separator: "/").last ?? "")
            return switch taken.poll(id) {
            case 0: answer(404, #"{"status":"NotFound"}"#)
            case 1: answer(202, #"{"request_id":"\#(id)","status":"Accepted"}"#)
            default: answer(200, #"{"status":"Success"}"#)
            }
        }
        return (sink, taken)
    }

    @Test func `is asked until the outcome is known`() async throws {
        let (sink, taken) = try Self.accepting()
        let log = MemoryLog()
        log.append(25)
        let rig = try Rig(log, to: sink.server.url + "/base") { $0.endpoint = .asynchronous }
        try await rig.waitForCursor(25)
        await rig.stop()
        #expect(taken.messages.sorted() == Array(1...25))
        let polls = sink.requests.filter { $0.method == "GET" }
        #expect(polls.count == 6)
        #expect(polls.allSatisfy { $0.path.hasPrefix("/base/request/prq_") })
        #expect(polls.allSatisfy { $0.headers["authorization"] == "Bearer first-token" })
    }

    @Test func `gets a request again that it has forgotten`() async throws {
        let (sink, taken) = try Self.accepting { $0 == 1 }
        let log = MemoryLog()
        log.append(10)
        let rig = try Rig(log, to: sink.server.url) { $0.endpoint = .asynchronous }
        try await rig.waitForCursor(10)
        await rig.stop()
        #expect(taken.messages == Array(1...10))
        let keys = sink.requests.compactMap { $0.headers["idempotency-key"] }
        #expect(keys == ["agw1;pci_sender;1-10", "agw1;pci_sender;1-10"])
    }
}

private final class TakenEvents: Sendable {
    private let state = Mutex<(polls: [String: Int], messages: [Int])>(([:], []))

    func accept(_ id: String, _ messages: [Int]) {
        state.withLock {
            $0.polls[id] = 0
            $0.messages += messages
        }
    }

    /// How often this request was asked for, 0 for an unknown one.
    func poll(_ id: String) -> Int {
        state.withLock {
            guard let count = $0.polls[id] else { return 0 }
            $0.polls[id] = count + 1
            return count + 1
        }
    }

    var messages: [Int] { state.withLock { $0.messages } }
}

@Suite(.timeLimit(.minutes(2))) struct `A stream sink` {
    @Test func `gets the vendor's records, and dead letters for events without one`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(40)
        log.contents.withLock { contents in
            for sequence in 1...40 where sequence % 10 != 0 {
                contents.records[UInt64(sequence)] = Array(#"{"message":"\#(sequence)","raw":true}"#.utf8)
            }
            contents.records[5] = Array("{} ], [ {".utf8)
        }
        let rig = try Rig(log, to: sink.server.url) { $0.endpoint = .stream }
        try await rig.waitForCursor(40)
        await rig.stop()
        #expect(sink.stored.sorted() == (1...40).filter { $0 % 10 != 0 && $0 != 5 })
        let letters = log.letters.sorted { $0.sequence < $1.sequence }
        #expect(letters.map(\.sequence) == [5, 10, 20, 30, 40])
        #expect(letters.map(\.cause) == ["the raw record is no JSON object"] + Array(repeating: "no raw record", count: 4))
    }
}

@Suite(.timeLimit(.minutes(2))) struct `A sink with faults of every kind` {
    @Test(arguments: 0..<4) func `has each event once in the end, or a dead letter for it`(seed: Int) async throws {
        let generator = Mutex(SeededGenerator(seed: UInt64(seed)))
        let poison = Set((0..<12).map { _ in Int.random(in: 1...3000) })
        let sink = try RecordingSink(deduplicates: true) { arrival in
            switch generator.withLock({ Int.random(in: 0..<20, using: &$0) }) {
            case 0: return answer(500)
            case 1: return .drop
            case 2: return answer(401)
            case 3: return answer(429)
            case 4:
                // Recorded, but the answer is lost.
                if poison.isDisjoint(with: arrival.messages) { arrival.store() }
                return .drop
            default:
                return poison.isDisjoint(with: arrival.messages) ? nil : answer(400, #"{"status":"ValidationError"}"#)
            }
        }
        let log = MemoryLog()
        log.append(2000)
        for part in 1...3 {
            let rig = try Rig(log, to: sink.server.url) { $0.maximumRetryDelay = .milliseconds(2) }
            try await rig.waitForCursor(UInt64(500 * part))
            log.append(part == 1 ? 1000 : 0)
            rig.forwarder.notifyAppended()
            if part == 3 { try await rig.waitForCursor(3000) }
            await rig.stop()
            // 0 when it was stopped before its cursor was read.
            #expect([0, log.cursor(of: "test")].contains(rig.status.cursor))
        }
        #expect(sink.stored.sorted() == (1...3000).filter { !poison.contains($0) })
        #expect(Set(log.letters.map { Int($0.sequence) }) == poison)
    }
}
