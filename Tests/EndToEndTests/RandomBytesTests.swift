import Foundation
import Testing

/// Chance that is the same in every run (SplitMix64).
private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }

    /// The bytes with some changed, doubled, left out or put in.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(Array(#"[]{}",:\0-"#.utf8).randomElement(using: &self) ?? 0, at: place)
            case 3: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + 10))
            }
        }
        return bytes
    }
}

@Suite(.onOwnThreads) struct `Random bytes` {
    private static let routes = [
        ("/in/auth0", Secrets.auth0, #"{"logs":[\#(Records.auth0(id: "1")),\#(Records.auth0(id: "2"))]}"#),
        ("/in/generic", "Bearer \(Secrets.generic)", #"{"id":"1","actor":{"email":"a@b"},"action":"x","message":"m"}"#),
        ("/v1/log_stream", "Bearer \(Secrets.stream)", Records.array([Records.auth0(id: "3")])),
        ("/v1/log", "Bearer \(Secrets.app)", Records.single("a", #""timestamp":"2026-11-23T12:00:00Z""#)),
        ("/v2/log", "Bearer \(Secrets.app)", Records.bulk(["a", "b"], #""verbose":true"#)),
        ("/v2/log_async", "Bearer \(Secrets.app)", Records.bulk(["a", "b"])),
        (
            "/v1/search", "Bearer \(Secrets.app)",
            #"{"query":"(actor:\"a b\" OR -status=x) message:7","limit":3,"start":"3d"}"#
        ),
        ("/v1/results", "Bearer \(Secrets.app)", #"{"id":"pas_22222222222222222222222222222222","offset":0}"#),
    ]

    @Test func `as bodies, and bodies that are nearly right, are always answered and never with a 5xx`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        var chance = Chance(state: 0x5EED)
        var statuses: [Int: Int] = [:]
        for (path, authorization, good) in Self.routes {
            var connection = try gateway.connect()
            for round in 0..<120 {
                let body =
                    round % 4 == 0
                    ? chance.bytes(Int.random(in: 0...3000, using: &chance)) : chance.mutated(Array(good.utf8))
                let answer = try connection.request("POST", path, [("Authorization", authorization)], body: body)
                statuses[answer.status, default: 0] += 1
                #expect((200..<500).contains(answer.status), "\(path) \(String(decoding: body, as: UTF8.self))")
                if answer["connection"]?.lowercased() == "close" { connection = try gateway.connect() }
            }
        }
        print(
            "Random bodies: \(statuses.sorted { $0.key < $1.key }.map { "\($0.value) times \($0.key)" }.joined(separator: ", "))"
        )
        #expect(try gateway.get("/healthz").status == 200)
        #expect(try gateway.command("verify").status == 0)
    }

    @Test func `instead of requests never stop the gateway`() throws {
        var setup = GatewaySetup()
        setup.limits = #""request_timeout":"1s""#
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        var chance = Chance(state: 0xB0B)
        _ = try gateway.get("/healthz")
        let before = gateway.residentBytes
        for round in 0..<400 {
            let connection = try gateway.connect()
            let (path, authorization, good) = Self.routes[round % Self.routes.count]
            let whole = HTTPConnection.bytes("POST", path, [("Authorization", authorization)], body: Array(good.utf8))
            let bytes = round % 3 == 0 ? chance.bytes(Int.random(in: 1...2000, using: &chance)) : chance.mutated(whole)
            connection.send(bytes)
            connection.finishSending()
            do {
                while true {
                    let answer = try connection.answer(within: 10)
                    #expect((200...505).contains(answer.status) && ![500, 502, 503].contains(answer.status))
                }
            } catch {
                #expect((error as? ConnectionError) == .closed, "round \(round): \(error)")
            }
        }
        #expect(gateway.residentBytes - before < 150 << 20)
        #expect(gateway.isRunning)
        #expect(try gateway.get("/healthz").status == 200)
    }
}
