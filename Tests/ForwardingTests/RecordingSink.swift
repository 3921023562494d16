import Foundation
import JSON
import Synchronization
import Testing

/// An audit API on loopback that records which events it took, and fails on request.
final class RecordingSink: Sendable {
    struct Contents {
        var requests: [TestServer.Request] = []
        /// Each event's message as a number, once for each time it was stored.
        var stored: [Int] = []
        /// What was stored under an idempotency key, event by event.
        var seen: Set<Int> = []
        var inFlight = 0
        var mostInFlight = 0
    }

    /// A request that came.
    struct Arrival: Sendable {
        /// From 1.
        let number: Int
        let request: TestServer.Request
        let messages: [Int]
        /// Takes the events, whatever is answered.
        let store: @Sendable () -> Void
    }

    /// What to do with a request instead of taking it; nil takes it.
    typealias Fault = @Sendable (Arrival) -> TestServer.Reply?

    static let success = Array(#"{"request_id":"prq_x","status":"Success","summary":"Logged","result":{}}"#.utf8)

    private let box: Box
    let server: TestServer

    // The server needs its handler before this object exists.
    private final class Box: Sendable {
        let contents: Mutex<Contents>
        let deduplicates: Bool
        let fault: Fault
        init(_ deduplicates: Bool, _ fault: @escaping Fault) {
            contents = Mutex(Contents())
            self.deduplicates = deduplicates
            self.fault = fault
        }

        func reply(to request: TestServer.Request) -> TestServer.Reply {
            let messages = RecordingSink.messages(in: request.body)
            let number = contents.withLock {
                $0.requests.append(request)
                $0.inFlight += 1
                $0.mostInFlight = max($0.mostInFlight, $0.inFlight)
                return $0.requests.count
            }
            defer { contents.withLock { $0.inFlight -= 1 } }
            let arrival = Arrival(number: number, request: request, messages: messages) { self.store(messages) }
            if let reply = fault(arrival) { return reply }
            store(messages)
            return .answer(status: 200, body: RecordingSink.success)
        }

        func store(_ messages: [Int]) {
            contents.withLock { contents in
                for message in messages where !deduplicates || contents.seen.insert(message).inserted {
                    contents.stored.append(message)
                }
            }
        }
    }

    init(deduplicates: Bool = false, port: UInt16 = 0, fault: @escaping Fault = { _ in nil }) throws {
        let box = Box(deduplicates, fault)
        self.box = box
        server = try TestServer(port: port) { box.reply(to: $0) }
    }

    deinit { server.stop() }

    var requests: [TestServer.Request] { box.contents.withLock { $0.requests } }
    var stored: [Int] { box.contents.withLock { $0.stored } }
    var mostInFlight: Int { box.contents.withLock { $0.mostInFlight } }

    /// The events of a body, by their messages.
    static func messages(in body: [UInt8]) -> [Int] {
        let document = JSONDocument()
        guard (try? document.parse(body)) != nil else { return [] }
        let root = document.root
        let entries = root["events"]?.elements ?? root["logs"]?.elements ?? [root]
        return entries.compactMap { ($0["event"] ?? $0)["message"]?.stringValue.flatMap { Int($0) } }
    }
}

/// Waits until something holds; records an issue when it does not in time.
func eventually(
    _ what: Comment,
    within limit: Duration = .seconds(20),
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
