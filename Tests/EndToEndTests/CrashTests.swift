import Foundation
import Testing

/// A client under load that repeats a request until it is accepted, as vendors and forwarding gateways do.
private final class PersistentClient: @unchecked Sendable {
    enum Kind: CaseIterable { case singles, batches, bigBatches, bulk, asynchronous, gateway, plain }

    private struct Request {
        let path: String
        let headers: [(String, String)]
        let body: [UInt8]
        let names: [String]
    }

    let acknowledged = Collected<String>()
    /// Sent, but given up without an answer: there at most once.
    let unknown = Collected<String>()
    let repeats = Collected<Int>()
    let isDone = Flag()
    private let kind: Kind
    private let port: UInt16
    private let isStopping: Flag
    private var number = 0

    init(_ kind: Kind, port: UInt16, isStopping: Flag) {
        self.kind = kind
        self.port = port
        self.isStopping = isStopping
    }

    func start() { Thread { [self] in run() }.start() }

    private func run() {
        defer { isDone.raise() }
        var connection: HTTPConnection?
        var pending: Request?
        while true {
            if pending == nil {
                guard !isStopping.isRaised else { return }
                pending = next()
            }
            guard let request = pending else { return }
            if connection == nil { connection = try? HTTPConnection(port: port) }
            let answer = try? connection?.request("POST", request.path, request.headers, body: request.body, within: 10)
            switch answer?.status {
            case 200?, 202?:
                acknowledged.append(contentsOf: request.names)
                pending = nil
                Thread.sleep(forTimeInterval: 0.003)
            default:
                connection = nil
                repeats.append(1)
                if kind == .plain {
                    unknown.append(contentsOf: request.names)
                    pending = nil
                }
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
    }

    private func next() -> Request {
        number += 1
        let count =
            switch kind {
            case .singles, .plain: 1
            case .batches, .bulk, .asynchronous, .gateway: 10
            case .bigBatches: 60
            }
        let names = (0..<count).map { "\(kind)-\(number)-\($0)" }
        let token = ("Authorization", "Bearer \(Secrets.app)")
        let key = ("Idempotency-Key", "\(kind) \(number)")
        switch kind {
        case .singles, .batches, .bigBatches:
            let body = Records.array(names.map { Records.auth0(id: $0, user: $0) })
            return Request(
                path: "/in/auth0",
                headers: [("Authorization", Secrets.auth0)],
                body: Array(body.utf8),
                names: names
            )
        case .bulk:
            return Request(path: "/v2/log", headers: [token, key], body: Array(Records.bulk(names).utf8), names: names)
        case .asynchronous:
            return Request(
                path: "/v2/log_async",
                headers: [token, key],
                body: Array(Records.bulk(names).utf8),
                names: names
            )
        case .gateway:
            let sequences = ("Idempotency-Key", "agw1;pci_load;\(number * 10)-\(number * 10 + 9)")
            return Request(
                path: "/v2/log",
                headers: [token, sequences],
                body: Array(Records.bulk(names).utf8),
                names: names
            )
        case .plain:
            return Request(path: "/v1/log", headers: [token], body: Array(Records.single(names[0]).utf8), names: names)
        }
    }
}

@Suite(.onOwnThreads, .serialized) struct `Twenty rounds of kill -9 under load` {
    @Test func `lose nothing that was acknowledged and double nothing`() throws {
        var receiver = GatewaySetup.central()
        receiver.port = try Socket.steadyPort()
        let central = try GatewayProcess(receiver)
        defer { central.end() }
        var sender = GatewaySetup()
        sender.port = try Socket.steadyPort()
        sender.sinks = [GatewaySetup.sink(port: central.port, batch: 50)]
        let edge = try GatewayProcess(sender)
        defer { edge.end() }

        let isStopping = Flag()
        let clients = PersistentClient.Kind.allCases.map {
            PersistentClient($0, port: edge.port, isStopping: isStopping)
        }
        for client in clients { client.start() }
        var kills = 0
        var centralKills = 0
        for round in 1...20 {
            // Another moment every time, from the first requests on to the middle of forwarding.
            Thread.sleep(forTimeInterval: 0.1 + Double(round * 37 % 20) * 0.02)
            edge.kill()
            kills += 1
            if round % 4 == 0 {
                central.kill()
                centralKills += 1
                try central.start()
            }
            edge.setup.sinks = [GatewaySetup.sink(port: central.port, batch: [50, 7, 200, 1][round % 4])]
            try edge.start()
        }
        Thread.sleep(forTimeInterval: 0.3)
        isStopping.raise()
        let areDone = eventually(within: 60) { clients.allSatisfy(\.isDone.isRaised) }
        #expect(areDone)

        let stored = try edge.stored()
        let isForwarded = try eventually(within: 90) {
            try central.metric("audit_gateway_log_size_events") == Double(stored.count)
                && edge.metric("audit_gateway_sink_lag_events") == 0
        }
        #expect(isForwarded)
        let forwarded = try central.stored()
        let acknowledged = Set(clients.flatMap(\.acknowledged.all))
        let unknown = Set(clients.flatMap(\.unknown.all))
        let lost = acknowledged.subtracting(stored)
        let lostBehind = acknowledged.subtracting(forwarded)
        let doubled = stored.count - Set(stored).count
        let doubledBehind = forwarded.count - Set(forwarded).count
        let rows = [
            ("rounds", 20), ("kills of the gateway", kills), ("kills of its sink", centralKills),
            ("requests repeated", clients.reduce(0) { $0 + $1.repeats.count }),
            ("events acknowledged", acknowledged.count),
            ("events of unknown outcome", unknown.count), ("events in the log", stored.count),
            ("events in the sink", forwarded.count), ("lost in the log", lost.count),
            ("lost in the sink", lostBehind.count), ("doubled in the log", doubled),
            ("doubled in the sink", doubledBehind),
        ]
        print("\nkill -9 under load")
        for (name, count) in rows { print("  \(name.padding(toLength: 28, withPad: " ", startingAt: 0))\(count)") }
        #expect(lost.isEmpty)
        #expect(lostBehind.isEmpty)
        #expect(doubled == 0)
        #expect(doubledBehind == 0)
        // Nothing that nobody sent.
        #expect(Set(stored).subtracting(acknowledged).isSubset(of: unknown))
        #expect(Set(stored) == Set(forwarded))
        for gateway in [edge, central] {
            let verified = try gateway.command("verify")
            #expect(verified.status == 0)
            #expect(verified.output.contains("the log is whole"))
        }
        #expect(acknowledged.count > 1000)
    }
}
