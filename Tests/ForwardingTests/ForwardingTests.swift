import AuditLog
import Dispatch
import Glibc
import Logging
import Synchronization
import Telemetry
import Testing

@testable import Forwarding

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
        #expect(
            requests.contains { $0.headers["idempotency-key"] == "agw1;pci_sender;1\(endpoint == .log ? "" : "-10")" }
        )
        #expect(sink.server.connectionCount <= 4)
        #expect(rig.status.state == .stopped)
        #expect(rig.status.lagEvents == 0)
    }

    @Test func `keeps the order with one request at once`() async throws {
        let sink = try RecordingSink {
            if $0.messages.contains(77) { return answer(400, #"{"status":"ValidationError"}"#) }
            return $0.number % 3 == 0 ? answer(500) : nil
        }
        let log = MemoryLog()
        log.append(200)
        let rig = try Rig(log, to: sink.server.url) { $0.isOrdered = true }
        try await rig.waitForCursor(200)
        await rig.stop()
        #expect(sink.stored == (1...200).filter { $0 != 77 })
        #expect(log.letters.map(\.sequence) == [77])
        #expect(sink.mostInFlight == 1)
    }

    @Test(arguments: ["500", "503", "429", "drop", "refusal page", "no status", "no body", "redirect"])
    func `tries again when the sink fails`(fault: String) async throws {
        let sink = try RecordingSink { arrival in
            guard arrival.number <= 6 else { return nil }
            return switch fault {
            case "drop": .drop
            case "refusal page": answer(200, "<html>log in</html>")
            case "no status": answer(200, #"{"result":{}}"#)
            case "no body": answer(204)
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

    @Test func `tells seldom of a token that is refused now and then`() async throws {
        let sink = try RecordingSink { $0.number % 2 == 0 ? nil : answer(401) }
        let log = MemoryLog()
        log.append(300)
        let start = ContinuousClock.now
        let rig = try Rig(log, to: sink.server.url) { $0.isOrdered = true }
        try await rig.waitForCursor(300)
        await rig.stop()
        let allowed = Int((ContinuousClock.now - start) / .seconds(10)) + 1
        #expect((1...allowed).contains(rig.lines.count(of: "the sink refuses our token or settings")))
        #expect(rig.lines.count(of: "the sink takes requests again") <= allowed)
    }

    @Test func `shows no token that the sink echoes`() async throws {
        let sink = try RecordingSink { arrival in
            let echo = #"{"status":"for first-token","summary":"\#(arrival.request.headers["authorization"] ?? "")"}"#
            return arrival.number == 1 ? answer(401, echo) : arrival.messages.contains(7) ? answer(400, echo) : nil
        }
        let log = MemoryLog()
        log.append(10)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(10)
        await rig.stop()
        let letter = try #require(log.letters.first)
        #expect(letter.cause == "the sink refused the event: HTTP 400 for •••")
        #expect(letter.answer == #"{"status":"for •••","summary":"Bearer •••"}"#)
        #expect(rig.lines.count(of: "Bearer •••") == 1)
        #expect(rig.lines.count(of: "first-token") == 0)
    }

    @Test func `shows why it waits though another request went well`() async throws {
        let isHeld = DispatchSemaphore(value: 0)
        let sink = try RecordingSink { arrival in
            if arrival.messages.contains(11) { return answer(429, "", ["Retry-After": "600"]) }
            isHeld.wait()
            return nil
        }
        let log = MemoryLog()
        log.append(20)
        let rig = try Rig(log, to: sink.server.url)
        try await eventually("no failure was seen") { rig.status.state == .retrying }
        isHeld.signal()
        var status = rig.status
        try await eventually("the other request did not go well") {
            status = rig.status
            return status.cursor == 10
        }
        #expect(status.state == .retrying)
        #expect(status.lastError == "HTTP 429")
        await rig.stop()
        #expect(rig.lines.count(of: "the sink takes requests again") == 0)
    }

    @Test(arguments: [400, 413, 414, 422, 431]) func `pauses instead of burying an event that a proxy refuses`(
        status: Int
    ) async throws {
        let isOpen = Atomic<Bool>(false)
        let sink = try RecordingSink { arrival in
            guard arrival.messages.contains(7), !isOpen.load(ordering: .relaxed) else { return nil }
            return answer(status, "<html>no</html>")
        }
        let log = MemoryLog()
        log.append(40)
        let rig = try Rig(log, to: sink.server.url)
        try await eventually("the others were not stored") { sink.stored.count == 39 }
        try await eventually("the sink was not paused before the event") {
            let status = rig.status
            return status.state == .paused && status.cursor == 6
        }
        isOpen.store(true, ordering: .relaxed)
        try await rig.waitForCursor(40)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...40))
        #expect(log.letters.isEmpty)
    }

    @Test func `pauses while a proxy refuses everything`() async throws {
        let isOpen = Atomic<Bool>(false)
        let sink = try RecordingSink { _ in isOpen.load(ordering: .relaxed) ? nil : answer(400, "<html>no</html>") }
        let log = MemoryLog()
        log.append(1000)
        let rig = try Rig(log, to: sink.server.url)
        try await eventually("the sink was not paused") { rig.status.state == .paused }
        // It stays so, however many requests are cut meanwhile.
        let count = sink.requests.count
        try await eventually("it was not tried again") {
            #expect(rig.status.state == .paused)
            return sink.requests.count >= count + 20
        }
        #expect(log.contents.withLock { $0.mostRead } <= 50)
        isOpen.store(true, ordering: .relaxed)
        try await rig.waitForCursor(1000)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...1000))
        #expect(log.letters.isEmpty)
    }

    @Test(arguments: [414, 431]) func `sends fewer events when the head of a request is too large`(
        status: Int
    ) async throws {
        let sink = try RecordingSink { $0.messages.count > 2 ? answer(status, "<html>too large</html>") : nil }
        let log = MemoryLog()
        log.append(20)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(20)
        await rig.stop()
        #expect(sink.stored.sorted() == Array(1...20))
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

    @Test(arguments: [true, false]) func `reads answers of any size`(isStatusFirst: Bool) async throws {
        let status = #""status":"Success""#
        let result = #""result":{"x":""# + String(repeating: "y", count: isStatusFirst ? 1 << 20 : 1 << 17) + #""}"#
        let large = isStatusFirst ? "{\(status),\(result)}" : "{\(result),\(status)}"
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

    @Test func `is woken by each append`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        let rig = try Rig(log, to: sink.server.url)
        try await eventually("the sink was not followed") { rig.status.state == .following }
        let start = ContinuousClock.now
        for number in 1...20 {
            log.append(1)
            rig.forwarder.notifyAppended()
            try await eventually("event \(number) did not arrive") { sink.stored.count == number }
        }
        // Without being woken it looks once a second.
        #expect(ContinuousClock.now - start < .seconds(8))
        await rig.stop()
        #expect(sink.stored == Array(1...20))
    }

    @Test func `waits a little for company`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        let rig = try Rig(log, to: sink.server.url) { $0.linger = .milliseconds(700) }
        try await eventually("the sink was not followed") { rig.status.state == .following }
        for _ in 1...3 {
            log.append(1)
            rig.forwarder.notifyAppended()
            // No `await`: another test might take this thread for longer than the linger.
            usleep(1000)
        }
        try await rig.waitForCursor(3)
        await rig.stop()
        #expect(sink.requests.map { RecordingSink.messages(in: $0.body) } == [[1, 2, 3]])
    }

    @Test func `stops at once when it has nothing to do, or was never started`() async throws {
        let sink = try RecordingSink()
        let rig = try Rig(MemoryLog(), to: sink.server.url)
        let start = ContinuousClock.now
        await rig.forwarder.stop(within: .seconds(60))
        await rig.forwarder.stop(within: .seconds(60))
        #expect(ContinuousClock.now - start < .seconds(30))
        let idle = try Forwarder(
            sinks: [],
            log: MemoryLog(),
            metrics: MetricsRegistry(describesProcess: false),
            logger: Logger(label: "test")
        )
        await idle.stop(within: .seconds(60))
    }

    @Test func `counts what it does`() async throws {
        let sink = try RecordingSink { $0.messages.contains(4) ? answer(400, #"{"status":"ValidationError"}"#) : nil }
        let log = MemoryLog()
        log.append(10)
        let rig = try Rig(log, to: sink.server.url)
        try await rig.waitForCursor(10)
        await rig.stop()
        #expect(rig.metric(#"sink_events_total{sink="test",outcome="delivered"}"#) == "9")
        #expect(rig.metric(#"sink_events_total{sink="test",outcome="dead"}"#) == "1")
        #expect(rig.metric(#"sink_lag_events{sink="test"}"#) == "0")
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

    @Test func `is stored at once, so that "now" stays where it was`() async throws {
        let port = try TestServer { _ in .drop }
        port.stop()
        let log = MemoryLog()
        let first = try Rig(log, to: port.url) { $0.start = .now }
        try await eventually("no cursor was stored") { log.contents.withLock { $0.cursors["sink:test"] } == 0 }
        log.append(10)
        await first.stop()
        let sink = try RecordingSink()
        let second = try Rig(log, to: sink.server.url) { $0.start = .now }
        try await second.waitForCursor(10)
        await second.stop()
        #expect(sink.stored == Array(1...10))
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
        let allowed = Int((ContinuousClock.now - start) / .milliseconds(25)) + 2
        #expect(log.contents.withLock { $0.moves.count } <= allowed)
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
