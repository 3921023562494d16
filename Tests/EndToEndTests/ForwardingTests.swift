import Foundation
import Testing

/// A gateway that forwards, and the one that it forwards to, on ports that stay over new starts.
private final class Pair {
    let central: GatewayProcess
    let edge: GatewayProcess

    /// Starts both; `sink` makes the sender's sink for the receiver's port.
    init(central setup: GatewaySetup = .central(), sink: (UInt16) throws -> String) throws {
        var setup = setup
        setup.port = try Socket.steadyPort()
        central = try GatewayProcess(setup)
        do {
            var sender = GatewaySetup()
            sender.port = try Socket.steadyPort()
            sender.sinks = [try sink(central.port)]
            edge = try GatewayProcess(sender)
        } catch {
            central.end()
            throw error
        }
    }

    func end() {
        edge.end()
        central.end()
    }

    /// Waits until so many events are at the receiver and the sender has nothing left to send.
    func arrives(_ count: Int, within seconds: Double = 30) throws -> Bool {
        try eventually(within: seconds) {
            guard try central.count(token: Secrets.app) == count else { return false }
            return try edge.metric("audit_gateway_sink_lag_events") == 0
        }
    }

    func readiness() throws -> HTTPMessage { try edge.get("/readyz") }
}

@Suite(.onOwnThreads, .serialized) struct `Forwarding to a second gateway` {
    private static let endpoints = ["/v2/log", "/v1/log", "/v2/log_async", "/v1/log_stream"]

    private static func sink(_ port: UInt16, _ endpoint: String, batch: Int = 7) -> String {
        let token = endpoint == "/v1/log_stream" ? Secrets.stream : Secrets.central
        return GatewaySetup.sink(port: port, endpoint: endpoint, token: token, batch: batch)
    }

    @Test(arguments: endpoints) func `brings each event exactly once`(endpoint: String) throws {
        let pair = try Pair { Self.sink($0, endpoint) }
        defer { pair.end() }
        let names = (0..<60).map { "user-\($0)" }
        for start in stride(from: 0, to: 60, by: 20) {
            let body = Records.array(names[start..<start + 20].map { Records.auth0(id: $0, user: $0) })
            #expect(try pair.edge.deliver(body).status == 200)
            #expect(try pair.edge.deliver(body).status == 200)
        }
        #expect(try pair.arrives(60))
        #expect(try pair.central.stored().sorted() == names.sorted())
        // What arrives says the same.
        let sent = try pair.edge.search("actor=user-7")["events"][0]["envelope"]["event"]
        let come = try pair.central.search("actor=user-7")["events"][0]["envelope"]["event"]
        #expect(sent.keys == come.keys)
        #expect(sent["message"].string == come["message"].string)
    }

    @Test(arguments: endpoints) func `brings each event exactly once when answers are lost`(endpoint: String) throws {
        let proxies = Collected<LossyProxy>()
        let pair = try Pair { port in
            // The first two and every third.
            let proxy = try LossyProxy(target: port) { $0 <= 2 || $0 % 3 == 0 }
            proxies.append(proxy)
            return Self.sink(proxy.port, endpoint)
        }
        defer {
            pair.end()
            for proxy in proxies.all { proxy.stop() }
        }
        let names = (0..<40).map { "user-\($0)" }
        for name in names { #expect(try pair.edge.deliver(Records.auth0(id: name, user: name)).status == 200) }
        #expect(try pair.arrives(40, within: 60))
        #expect(try pair.central.stored().sorted() == names.sorted())
        let proxy = try #require(proxies.all.first)
        print("\(endpoint): \(proxy.requestCount) requests, \(proxy.lostCount) answers lost, 40 events stored once")
        #expect(proxy.lostCount > 2)
    }

    @Test func `outlives kills of either side and other batch sizes`() throws {
        let proxies = Collected<LossyProxy>()
        let pair = try Pair { port in
            let proxy = try LossyProxy(target: port) { $0 % 4 == 0 }
            proxies.append(proxy)
            return Self.sink(proxy.port, "/v2/log", batch: 10)
        }
        defer {
            pair.end()
            for proxy in proxies.all { proxy.stop() }
        }
        let proxy = try #require(proxies.all.first)
        var names: [String] = []
        for (round, batch) in [3, 50, 1, 17].enumerated() {
            let more = (0..<200).map { "user-\(round)-\($0)" }
            names += more
            #expect(try pair.edge.post("/v2/log", Records.bulk(more)).status == 200)
            // In the middle of it.
            Thread.sleep(forTimeInterval: 0.05)
            pair.central.kill()
            Thread.sleep(forTimeInterval: 0.2)
            try pair.central.start()
            pair.edge.kill()
            pair.edge.setup.sinks = [Self.sink(proxy.port, "/v2/log", batch: batch)]
            try pair.edge.start()
        }
        #expect(try pair.arrives(800, within: 60))
        #expect(try pair.central.stored().sorted() == names.sorted())
        for gateway in [pair.edge, pair.central] { #expect(try gateway.command("verify").status == 0) }
    }

    @Test func `waits while the sink is down, and accepts meanwhile`() throws {
        let pair = try Pair { Self.sink($0, "/v2/log") }
        defer { pair.end() }
        pair.central.kill()
        for number in 0..<50 {
            #expect(try pair.edge.deliver(Records.auth0(id: "\(number)", user: "u\(number)")).status == 200)
        }
        let isDegraded = try eventually { try pair.readiness().json["status"].string == "degraded" }
        #expect(isDegraded)
        #expect(try pair.readiness().status == 200)
        let isWaiting = try eventually { try pair.edge.metric("audit_gateway_sink_lag_events") == 50 }
        #expect(isWaiting)
        try pair.central.start()
        #expect(try pair.arrives(50))
        let isReady = try eventually { try pair.readiness().json["status"].string == "ready" }
        #expect(isReady)
    }

    @Test func `pauses at a refused token and goes on when it is right again`() throws {
        let pair = try Pair(central: .central(token: "quite-another-token-here")) { Self.sink($0, "/v2/log") }
        defer { pair.end() }
        for number in 0..<20 {
            #expect(try pair.edge.deliver(Records.auth0(id: "\(number)", user: "u\(number)")).status == 200)
        }
        let isPaused = try eventually { try pair.readiness().json["sinks"][0]["state"].string == "paused" }
        #expect(isPaused)
        let readiness = try pair.readiness()
        #expect(readiness.status == 200)
        #expect(readiness.json["status"].string == "degraded")
        #expect(!readiness.text.contains(Secrets.central))
        #expect(try pair.edge.metric("audit_gateway_sink_paused") == 1)
        #expect(!pair.edge.log.contains(Secrets.central))
        #expect(try pair.central.count(token: Secrets.app) == 0)
        pair.central.kill()
        var right = GatewaySetup.central()
        right.port = pair.central.port
        pair.central.setup = right
        try pair.central.start()
        #expect(try pair.arrives(20, within: 60))
        #expect(try pair.edge.metric("audit_gateway_sink_paused") == 0)
        #expect(try pair.readiness().json["status"].string == "ready")
    }

    @Test(arguments: ["/v2/log", "/v1/log", "/v2/log_async"])
    func `makes a dead letter of an event that the sink refuses, and the rest goes on`(endpoint: String) throws {
        let restricted = #""scopes":["write","read"],"restrict":{"tenant_id":["acme"]}"#
        let pair = try Pair(central: .central(restricted)) { Self.sink($0, endpoint, batch: 20) }
        defer { pair.end() }
        let events = (0..<40).map { number in
            let tenant = number == 13 || number == 27 ? "umbrella" : "acme"
            return #"{"event":\#(Records.event("u\(number)", #""tenant_id":"\#(tenant)""#))}"#
        }
        #expect(try pair.edge.post("/v2/log", #"{"events":[\#(events.joined(separator: ","))]}"#).status == 200)
        #expect(try pair.arrives(38))
        #expect(try Set(pair.central.stored()).count == 38)
        #expect(try pair.edge.metric("audit_gateway_sink_events_total", #"outcome="dead""#) == 2)
        #expect(try pair.edge.metric("audit_gateway_sink_events_total", #"outcome="delivered""#) == 38)
        let letters = try pair.edge.command("dead-letters", "list").output
        #expect(letters.contains("sequence 14,") && letters.contains("sequence 28,"))
        #expect(letters.contains("ForbiddenFieldValue"))
        // One bad event never comes back.
        #expect(try pair.edge.post("/v2/log", #"{"events":[\#(events[0])]}"#).status == 200)
        #expect(try pair.arrives(39))
    }

    @Test func `keeps clients' signatures`() throws {
        let pair = try Pair { Self.sink($0, "/v2/log") }
        defer { pair.end() }
        let signed = Records.adding(#""signature":"c2lnbmF0dXJl","public_key":"a key""#, to: Records.single("signed"))
        #expect(try pair.edge.post("/v1/log", signed).status == 200)
        #expect(try pair.arrives(1))
        let envelope = try pair.central.search("actor:signed")["events"][0]["envelope"]
        #expect(envelope["signature"].string == "c2lnbmF0dXJl")
        #expect(envelope["public_key"].string == "a key")
    }
}
