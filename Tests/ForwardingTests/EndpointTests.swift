import AuditLog
import Dispatch
import Synchronization
import Testing

@testable import Forwarding

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
                    202,
                    #"{"request_id":"\#(id)","status":"Accepted","result":{"location":"http://other/request/\#(id)"}}"#
                )
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
        #expect(rig.lines.count(of: "trying again") == 0)
    }

    @Test func `is in trouble while it forgets each request that it accepts`() async throws {
        let isForgetful = Atomic<Bool>(true)
        let (sink, taken) = try Self.accepting { _ in isForgetful.load(ordering: .relaxed) }
        let log = MemoryLog()
        log.append(10)
        let start = ContinuousClock.now
        let rig = try Rig(log, to: sink.server.url) {
            $0.endpoint = .asynchronous
            $0.pollPolicy = RetryPolicy(base: .milliseconds(2), cap: .milliseconds(2), floor: 1)
        }
        func posts() -> Int { sink.requests.count { $0.method == "POST" } }
        try await eventually("it was not sent again") { posts() >= 3 }
        try await eventually("no trouble was seen") { rig.status.state == .retrying }
        let count = posts()
        try await eventually("it was not sent again and again") {
            #expect(rig.status.state == .retrying)
            return posts() >= count + 3
        }
        #expect(rig.status.lastError == "the sink does not know the outcome of a request that it accepted")
        let told = rig.lines.count(of: "the sink does not take events; trying again")
        #expect((1...Int((ContinuousClock.now - start) / .seconds(10)) + 1).contains(told))
        isForgetful.store(false, ordering: .relaxed)
        try await rig.waitForCursor(10)
        try await eventually("the status did not recover") { rig.status.state == .following }
        await rig.stop()
        #expect(taken.messages == Array(1...10))
    }

    @Test func `does not hold up the end while it wants to be left alone`() async throws {
        let isHeld = DispatchSemaphore(value: 0)
        let sink = try RecordingSink { arrival in
            if arrival.messages.contains(11) { return answer(429, "", ["Retry-After": "600"]) }
            guard arrival.messages.contains(1) else { return answer(202, #"{"status":"Accepted"}"#) }
            isHeld.wait()
            return answer(202, #"{"request_id":"prq_1","status":"Accepted"}"#)
        }
        let log = MemoryLog()
        log.append(20)
        let rig = try Rig(log, to: sink.server.url) { $0.endpoint = .asynchronous }
        try await eventually("the sink was not left alone") { rig.status.state == .retrying }
        isHeld.signal()
        try await eventually("nothing was accepted") {
            rig.metric(#"sink_requests_total{sink="test",class="accepted"}"#) == "1"
        }
        let start = ContinuousClock.now
        await rig.forwarder.stop(within: .seconds(60))
        #expect(ContinuousClock.now - start < .seconds(30))
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
        #expect(
            letters.map(\.cause)
                == ["the raw record is no JSON object"] + Array(repeating: "the event has no raw record", count: 4)
        )
    }

    @Test func `tells records that are past their retention from those that never were`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(1)
        log.append(1, hasRawRecord: true)
        let rig = try Rig(log, to: sink.server.url) { $0.endpoint = .stream }
        try await rig.waitForCursor(2)
        await rig.stop()
        #expect(
            log.letters.map(\.cause)
                == ["the event has no raw record", "expired: the raw record is past its retention"]
        )
    }

    @Test func `buries an event once, however often its batch is cut`() async throws {
        let sink = try RecordingSink {
            $0.messages.contains(3) || $0.messages.contains(8) ? answer(400, #"{"status":"ValidationError"}"#) : nil
        }
        let log = MemoryLog()
        log.append(10)
        log.contents.withLock { contents in
            for sequence in 1...10 where sequence != 5 {
                contents.records[UInt64(sequence)] = Array(#"{"message":"\#(sequence)"}"#.utf8)
            }
        }
        let rig = try Rig(log, to: sink.server.url) { $0.endpoint = .stream }
        try await rig.waitForCursor(10)
        await rig.stop()
        #expect(log.letters.map(\.sequence).sorted() == [3, 5, 8])
        #expect(rig.metric(#"sink_events_total{sink="test",outcome="dead"}"#) == "3")
        #expect(rig.metric(#"sink_events_total{sink="test",outcome="delivered"}"#) == "7")
        #expect(rig.status.deadLetters == 3)
    }

    @Test func `says so while its records cannot be read, and tries again seldom`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(10)
        log.contents.withLock { contents in
            for sequence in 1...10 { contents.records[UInt64(sequence)] = Array(#"{"message":"\#(sequence)"}"#.utf8) }
            contents.isRawReadable = false
        }
        let start = ContinuousClock.now
        let rig = try Rig(log, to: sink.server.url) { $0.endpoint = .stream }
        try await eventually("it was not tried five times") { log.contents.withLock { $0.rawReads } >= 5 }
        // At least half of 100, 200, 400 and 800 milliseconds.
        #expect(ContinuousClock.now - start >= .milliseconds(750))
        #expect(rig.status.state == .retrying)
        #expect(rig.status.lastError == "cannot read the log: a damaged block")
        #expect(rig.lines.count(of: "the log cannot be read for the sink") == 1)
        log.contents.withLock { $0.isRawReadable = true }
        try await rig.waitForCursor(10)
        try await eventually("the status did not recover") { rig.status.state == .following }
        await rig.stop()
        #expect(sink.stored == Array(1...10))
    }

    @Test func `reads no more while its dead letters cannot be stored`() async throws {
        let sink = try RecordingSink()
        let log = MemoryLog()
        log.append(5000)
        log.contents.withLock { $0.isWritable = false }
        let rig = try Rig(log, to: sink.server.url) { $0.endpoint = .stream }
        try await eventually("there were not enough dead letters") { log.letters.count > 1000 }
        // It looks at the stored cursor, which does not move, before it would read more.
        let reads = log.contents.withLock { $0.cursorReads }
        try await eventually("it did not wait") { log.contents.withLock { $0.cursorReads } >= reads + 3 }
        #expect(log.letters.count <= 1010)
        log.becomeWritable()
        try await rig.waitForCursor(5000)
        await rig.stop()
        #expect(log.letters.map(\.sequence) == Array(1...5000))
    }
}
