internal import CLinux
internal import Glibc

/// Sends requests over many connections from one thread, and keeps the ledger of what was acknowledged.
///
/// A request that was not acknowledged is sent again with the same bytes, as vendors do.
final class LoadGenerator {
    /// How long answers are waited for behind the end, in nanoseconds.
    private static let patience = 10 * Nanoseconds.second
    /// How long a connection rests after a failure.
    private static let rest = 10 * Nanoseconds.millisecond
    private static let maximumReplayable = 20_000

    private let plan: LoadPlan
    private let head: [UInt8]
    private let payload: Payload
    private let poller: Int32
    private var connections: [LoadConnection] = []
    private(set) var ledger: Ledger

    private var figures = LoadFigures()
    private var latencies: [Int64] = []
    /// Requests that were acknowledged: a sample to repeat from.
    private var replayable: [LoadRequest] = []
    /// Requests that have to be sent again.
    private var again: [LoadRequest] = []
    private var random = Xorshift()
    private var begun = 0
    private var underWay = 0
    private var start: Int64 = 0
    private var end: Int64 = 0

    /// Something to be done once while the load runs, after some nanoseconds.
    var disturbance: (after: Int64, act: () throws(BenchError) -> Void)?

    /// Continues a ledger: ids go on where it ends.
    init(_ plan: LoadPlan, payload: Payload, ledger: Ledger) throws(BenchError) {
        self.plan = plan
        self.payload = payload
        self.ledger = ledger
        head = plan.head
        poller = clinux_poller_new()
        guard poller >= 0 else { throw .system("make a poller", number: errno) }
        connections = (0..<plan.connections).map { LoadConnection(index: $0) }
    }

    deinit { close(poller) }

    /// Runs the load on the calling thread; done at the latest some seconds behind its end.
    func run() throws(BenchError) -> LoadFigures {
        latencies.reserveCapacity(1 << 20)
        for connection in connections { _ = try connection.connect(to: plan.port, poller: poller) }
        let processorStart = Nanoseconds.ofThread()
        start = Nanoseconds.now()
        end = start + Int64(plan.duration * Double(Nanoseconds.second))
        var tags = [UInt32](repeating: 0, count: 256)
        var now = start
        while now < end || underWay > 0 {
            if Interruption.isRequested || now > end + Self.patience { break }
            try disturb(at: now)
            try issueToIdleConnections(at: now)
            let count = clinux_poller_wait(poller, &tags, Int32(tags.count), wait(at: now))
            guard count >= 0 else { throw .system("wait for sockets", number: errno) }
            for tag in tags.prefix(Int(count)) { resume(connections[Int(tag)]) }
            now = Nanoseconds.now()
        }
        for connection in connections where connection.isBusy {
            connection.abandon()
            figures.unanswered += 1
        }
        figures.seconds = Double(Nanoseconds.now() - start) / Double(Nanoseconds.second)
        figures.processorSeconds = Double(Nanoseconds.ofThread() - processorStart) / Double(Nanoseconds.second)
        figures.latency = Percentiles(latencies)
        return figures
    }

    private func disturb(at now: Int64) throws(BenchError) {
        guard let disturbance, now - start >= disturbance.after else { return }
        self.disturbance = nil
        try disturbance.act()
    }

    /// When the next request is due in an open loop.
    private func nextDue(_ rate: Double) -> Int64 { start + Int64(Double(begun) * Double(Nanoseconds.second) / rate) }

    private func wait(at now: Int64) -> Int64 {
        let longest = 20 * Nanoseconds.millisecond
        guard let rate = plan.requestsPerSecond, now < end, underWay < connections.count else { return longest }
        return min(max(nextDue(rate) - Nanoseconds.now(), 0), longest)
    }

    private func issueToIdleConnections(at now: Int64) throws(BenchError) {
        guard now < end, underWay < connections.count else { return }
        for connection in connections where !connection.isBusy && connection.notBefore <= now {
            if !connection.isConnected, try !connection.connect(to: plan.port, poller: poller) {
                connection.notBefore = now + Self.rest
                continue
            }
            if let rate = plan.requestsPerSecond, nextDue(rate) > now { return }
            issue(on: connection, at: now)
        }
    }

    private func issue(on connection: LoadConnection, at now: Int64) {
        var request = nextRequest()
        request.due = plan.requestsPerSecond.map(nextDue) ?? now
        begun += 1
        underWay += 1
        settle(connection, connection.start(request, head: head, payload: payload))
    }

    private func nextRequest() -> LoadRequest {
        if let request = again.popLast() { return request }
        if plan.replayShare > 0, !replayable.isEmpty, random.share() < plan.replayShare {
            return replayable[random.index(below: replayable.count)]
        }
        let request = LoadRequest(first: ledger.nextID, count: plan.eventsPerRequest)
        ledger.noteSent(first: request.first, count: request.count)
        return request
    }

    private func resume(_ connection: LoadConnection) { settle(connection, connection.resume()) }

    private func settle(_ connection: LoadConnection, _ outcome: LoadConnection.Outcome) {
        switch outcome {
        case .waiting: return
        case .broken, .unsent:
            underWay -= 1
            if case .broken = outcome { figures.unanswered += 1 }
            again.append(connection.request)
            connection.notBefore = Nanoseconds.now() + Self.rest
        case .answered(let status):
            underWay -= 1
            let now = Nanoseconds.now()
            guard (200..<300).contains(status) else {
                figures.refused[status, default: 0] += 1
                again.append(connection.request)
                connection.notBefore = now + Self.rest
                return
            }
            acknowledge(connection.request, at: now)
            // In a closed loop the answer is what the next request waits for.
            if plan.requestsPerSecond == nil, now < end, connection.isConnected { issue(on: connection, at: now) }
        }
    }

    private func acknowledge(_ request: LoadRequest, at now: Int64) {
        figures.requests += 1
        figures.events += request.count
        latencies.append(now - request.due)
        ledger.noteAcknowledged(first: request.first, count: request.count)
        guard plan.replayShare > 0 else { return }
        if replayable.count < Self.maximumReplayable {
            replayable.append(request)
        } else {
            replayable[random.index(below: replayable.count)] = request
        }
    }
}

/// Marsaglia's generator of random numbers: the same in every run, so that runs can be compared.
struct Xorshift {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    @inline(__always)
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// From 0 up to 1.
    mutating func share() -> Double { Double(next() >> 11) * 0x1p-53 }

    mutating func index(below count: Int) -> Int { Int(truncatingIfNeeded: next() % UInt64(count)) }
}
