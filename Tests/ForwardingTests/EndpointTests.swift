import AuditLog
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
            letters.map(\.cause) == ["the raw record is no JSON object"] + Array(repeating: "no raw record", count: 4)
        )
    }
}
