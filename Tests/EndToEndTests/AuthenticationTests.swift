import Foundation
import Testing

@Suite(.onOwnThreads) struct `An unknown source and a wrong secret` {
    @Test func `are answered byte for byte the same`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let body = Array(Records.auth0(id: "1").utf8)
        let credentials: [(String, String)?] = [
            nil, ("Authorization", "Bearer wrong"), ("Authorization", ""), ("Authorization", "Basic d3Jvbmc6d3Jvbmc="),
            ("Authorization", Secrets.auth0 + "x"), ("Authorization", "bearer auth0-secret-of-the-tests"),
            ("Authorization", String(repeating: "x", count: 4000)),
        ]
        var seen: [String] = []
        for method in ["POST", "GET", "PUT", "DELETE"] {
            for path in [
                "/in/auth0", "/in/generic", "/in/nobody", "/in/auth0/secret", "/in/", "/in/%00", "/in/auth0%20",
            ] {
                for credential in credentials {
                    let answer = try gateway.connect().request(
                        method,
                        path,
                        credential.map { [$0] } ?? [],
                        body: method == "GET" ? nil : body
                    )
                    #expect(answer.status == 401, "\(method) \(path)")
                    seen.append(answer.startLine + "\n" + answer.lastingHeaders.joined(separator: "\n") + answer.text)
                }
            }
        }
        #expect(Set(seen).count == 1, "\(Set(seen))")
        #expect(try gateway.count() == 0)
        #expect(!gateway.log.contains("secret-of-the-tests"))
    }

    @Test func `take the same time`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let connection = try gateway.connect()
        let body = Array(Records.array((0..<10).map { Records.auth0(id: "\($0)") }).utf8)
        let kinds = [("a wrong secret", "/in/auth0"), ("an unknown source", "/in/nobody")]
        var times: [[Double]] = [[], []]
        for round in 0..<600 {
            let (_, path) = kinds[round % 2]
            let start = secondsNow()
            _ = try connection.request("POST", path, [("Authorization", "Bearer wrong")], body: body)
            // The first ones find cold caches.
            if round >= 40 { times[round % 2].append(secondsNow() - start) }
        }
        let medians = times.map { $0.sorted()[$0.count / 2] }
        for (kind, median) in zip(kinds, medians) { print("\(kind.0): median \(Int(median * 1e6)) µs") }
        #expect(medians[0] < medians[1] * 2)
        #expect(medians[1] < medians[0] * 2)
    }
}

@Suite(.onOwnThreads) struct `A token of the API` {
    @Test func `is asked for on every route but the open ones`() throws {
        let gateway = try GatewayProcess()
        defer { gateway.end() }
        let wrong = [
            nil, "Bearer", "Bearer ", "Bearer wrong", "Basic \(Secrets.app)", Secrets.app,
            // A source's secrets are no tokens of the API.
            Secrets.auth0,
        ]
        for path in ["/v1/log", "/v2/log", "/v2/log_async", "/v1/log_stream", "/v1/search", "/v1/results"] {
            for authorization in wrong {
                let answer = try gateway.post(path, Records.single("nobody"), authorization: authorization)
                #expect(answer.status == 401, "\(path) \(authorization ?? "-")")
                #expect(answer.isEnvelope)
                #expect(answer.json["status"].string == "Unauthorized")
                #expect(answer.json["summary"].string == "Not authorized to access this resource")
                #expect(answer["x-request-id"] == answer.json["request_id"].string)
            }
        }
        #expect(try gateway.get("/healthz").status == 200)
        #expect(try gateway.get("/readyz").status == 200)
        #expect(try gateway.count() == 0)
    }

    @Test func `does only what its scopes say`() throws {
        var setup = GatewaySetup()
        setup.tokens.append(GatewaySetup.token("writer", "writer-token-of-the-tests", #""scopes":["write"]"#))
        setup.tokens.append(GatewaySetup.token("reader", "reader-token-of-the-tests", #""scopes":["read"]"#))
        let gateway = try GatewayProcess(setup)
        defer { gateway.end() }
        let writer = "Bearer writer-token-of-the-tests"
        let reader = "Bearer reader-token-of-the-tests"
        #expect(try gateway.post("/v1/log", Records.single("a"), authorization: writer).status == 200)
        #expect(try gateway.post("/v1/search", "{}", authorization: writer).status == 401)
        #expect(try gateway.post("/v1/log", Records.single("b"), authorization: reader).status == 401)
        #expect(try gateway.post("/v2/log", Records.bulk(["b"]), authorization: reader).status == 401)
        #expect(try gateway.post("/v1/search", "{}", authorization: reader).status == 200)
        #expect(
            try gateway.post("/v1/log", Records.single("c"), authorization: "Bearer \(Secrets.admin)").status == 200
        )
        #expect(try gateway.stored() == ["a", "c"])
    }
}
