import Foundation
import Testing

@Suite(.onOwnThreads) struct `Fifty connections` {
    @Test func `that send the same event at once store it once, and all are answered 200`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let port = gateway.port
        for round in 0..<5 {
            let body = Array(Records.array([Records.auth0(id: "\(round)", user: "round-\(round)")]).utf8)
            let start = secondsNow() + 0.3
            let statuses = concurrently(50) { _ -> Int in
                guard let connection = try? HTTPConnection(port: port) else { return -1 }
                Thread.sleep(forTimeInterval: max(0, start - secondsNow()))
                let answer = try? connection.request(
                    "POST",
                    "/in/auth0",
                    [("Authorization", Secrets.auth0)],
                    body: body
                )
                return answer?.status ?? -2
            }
            #expect(statuses == [Int?](repeating: 200, count: 50))
        }
        #expect(try gateway.stored() == (0..<5).map { "round-\($0)" })
        #expect(try gateway.metric("audit_gateway_events_total", #"outcome="duplicate""#) == 245)
    }

    @Test func `that use the same idempotency key at once get the same hash`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let port = gateway.port
        let body = Array(Records.bulk(["a", "b"]).utf8)
        let headers = [("Authorization", "Bearer \(Secrets.app)"), ("Idempotency-Key", "the same")]
        let answers = concurrently(50) { _ -> String in
            let answer = try? HTTPConnection(port: port).request("POST", "/v2/log", headers, body: body)
            let hashes = answer?.json["result"]["results"].elements.compactMap { $0["hash"].string } ?? []
            return "\(answer?.status ?? 0) \(hashes)"
        }
        #expect(Set(answers).count == 1)
        #expect(answers[0]?.hasPrefix("200 ") == true)
        #expect(try gateway.stored() == ["a", "b"])
    }

    @Test func `that send different events at once have each stored, in an order without gaps`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let port = gateway.port
        let headers = [("Authorization", "Bearer \(Secrets.app)")]
        let counts = concurrently(50) { client -> Int in
            guard let connection = try? HTTPConnection(port: port) else { return 0 }
            return (0..<40).count { number in
                let body = Array(Records.single("\(client)-\(number)").utf8)
                return (try? connection.request("POST", "/v1/log", headers, body: body))?.status == 200
            }
        }
        #expect(counts == [Int?](repeating: 40, count: 50))
        #expect(try Set(gateway.stored()).count == 2000)
        let verified = try gateway.command("verify")
        #expect(verified.status == 0)
        #expect(verified.output.contains("2000 event(s), sequences 1 to 2000"))
    }
}
