import Foundation
import Testing

@Suite(.onOwnThreads) struct `The contract's exchanges` {
    /// Exchanges that cannot be told to happen.
    private static let others = ["poll, still running": "an answer is there as soon as its 202 is"]

    private static func setup() -> GatewaySetup {
        var setup = GatewaySetup()
        setup.logs = [#"{"name":"default"}"#, #"{"name":"auth0","schema":"auth0"}"#]
        setup.tokens = [
            GatewaySetup.token("app", Secrets.app, #""logs":["default"],"scopes":["write","read"]"#),
            GatewaySetup.token("vendor", "vendor-token-of-the-tests", #""logs":["auth0"],"scopes":["write","read"]"#),
            GatewaySetup.token("several", "several-token-of-the-tests", #""scopes":["write","read"]"#),
            GatewaySetup.token(
                "narrow",
                "narrow-token-of-the-tests",
                #""logs":["default"],"scopes":["write"],"restrict":{"actor":["alice"]}"#
            ),
            GatewaySetup.token("admin", Secrets.admin, #""scopes":["admin"]"#),
        ]
        return setup
    }

    private static func token(of exchange: String) -> String? {
        switch exchange {
        case "no valid token": nil
        case "forbidden value": "narrow-token-of-the-tests"
        case "several configurations, none chosen": "several-token-of-the-tests"
        case "log stream, Auth0", "search in the Auth0 configuration": "vendor-token-of-the-tests"
        default: Secrets.app
        }
    }

    @Test func `are answered with their status, code and shape`() throws {
        guard let vectors = ContractVectors.load("example-exchanges.json") else { return }
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        // What the examples call a search or a request, by what this gateway calls it.
        var ids: [String: String] = [:]
        func here(_ text: String) -> String {
            ids.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
        }
        var run = 0
        var skipped: [String] = []
        for exchange in vectors["exchanges"].elements {
            let name = try #require(exchange["name"].string)
            if Self.others[name] != nil {
                skipped.append(name)
                continue
            }
            if name == "search, verbose by default" {
                // Published and stored between the examples.
                for message in ["hello later", "hello open buffer"] {
                    let admin = "Bearer \(Secrets.admin)"
                    #expect(try gateway.post("/admin/logs/publish", "{}", authorization: admin).status == 200)
                    #expect(try gateway.post("/v1/log", #"{"event":{"message":"\#(message)"}}"#).status == 200)
                }
            }
            let headers = Self.token(of: name).map { [("Authorization", "Bearer \($0)")] } ?? []
            let path = here(try #require(exchange["path"].string))
            let expected = exchange["response"]
            var answer =
                exchange["method"].string == "GET"
                ? try gateway.get(path, headers)
                : try gateway.post(path, here(exchange["request"].text), authorization: nil, headers)
            if name == "export poll, done" {
                _ = try eventually(within: 30) {
                    answer = try gateway.get(path, headers)
                    return answer.status != 202
                }
            }
            #expect(answer.status == exchange["http_status"].int, "\(name)")
            #expect(answer.isEnvelope, "\(name)")
            #expect(answer.json["status"].string == expected["status"].string, "\(name)")
            check(answer.json["result"], expected["result"], name)
            if let id = expected["result"]["id"].string { ids[id] = answer.json["result"]["id"].string }
            if let id = expected["request_id"].string { ids[id] = answer.json["request_id"].string }
            if let root = expected["result"]["unpublished_root"].string {
                ids[root] = answer.json["result"]["unpublished_root"].string
            }
            run += 1
        }
        print("skipped exchanges: \(skipped.joined(separator: "; "))")
        #expect(run == vectors["exchanges"].elements.count - Self.others.count)
    }

    private func check(_ result: JSON, _ expected: JSON, _ name: String) {
        guard !expected["errors"].elements.isEmpty else {
            // The contract's refusals of a value carry no result; ours tell where it stands.
            if expected.isNull, name == "forbidden value" { return }
            #expect(result["count"].int == expected["count"].int, "\(name)")
            #expect(result.shape() == expected.shape(), "\(name)")
            return
        }
        func problems(_ json: JSON) -> Set<String> {
            Set(json["errors"].elements.map { "\($0["code"].string ?? "-") \($0["source"].string ?? "-")" })
        }
        #expect(problems(result) == problems(expected), "\(name)")
    }

    @Test func `hold for the requests as an official client writes them`() throws {
        guard let vectors = ContractVectors.load("client-requests.json") else { return }
        let gateway = try GatewayProcess(Self.setup())
        defer { gateway.end() }
        for request in vectors["requests"].elements {
            let call = request["call"].string ?? "-"
            let path = try #require(request["path"].string)
            let token = path == "/v1/log_stream" ? "vendor-token-of-the-tests" : Secrets.app
            let answer = try gateway.post(
                path,
                try #require(request["body_text"].string),
                authorization: "Bearer \(token)",
                [("Accept-Encoding", "gzip, deflate"), ("Accept", "*/*"), ("Content-Type", "application/json")]
            )
            #expect(answer.isEnvelope, "\(call)")
            switch call {
            case "client with config_id":
                #expect(answer.json["result"]["errors"][0]["code"].string == "ConfigNotExist")
                #expect(answer.status == 400)
            case _ where path == "/v1/results" || path == "/v1/download_results":
                #expect(answer.json["result"]["errors"][0]["code"].string == "DoesNotExist")
                #expect(answer.status == 400)
            case _ where path == "/v2/log_async" || path == "/v1/export": #expect(answer.status == 202)
            default: #expect(answer.status == 200, "\(call): \(answer.text)")
            }
        }
    }
}
