import Foundation
import Testing

@Suite(.onOwnThreads) struct `The log stream of a log with a vendor's schema` {
    private static let token = "Bearer vendor-token-of-the-tests"

    private func gateway(_ more: String = "") throws -> GatewayProcess {
        var setup = GatewaySetup()
        setup.logs = [#"{"name":"default"}"#, #"{"name":"auth0","schema":"auth0"}"#]
        setup.tokens = [
            GatewaySetup.token("app", Secrets.app, #""logs":["default"],"scopes":["write","read"]"#),
            GatewaySetup.token(
                "vendor",
                "vendor-token-of-the-tests",
                #""logs":["auth0"],"scopes":["write","read"]\#(more)"#
            ),
            GatewaySetup.token("several", "several-token-of-the-tests", #""scopes":["write","read"]"#),
            GatewaySetup.token("admin", Secrets.admin, #""scopes":["admin"]"#),
        ]
        return try GatewayProcess(setup)
    }

    private func record(_ id: String, _ members: String = #""type":"sapi""#) -> String {
        #"{"log_id":"\#(id)","data":{"date":"2024-03-29T17:26:50.193Z",\#(members)}}"#
    }

    private func logs(_ records: String...) -> String { #"{"logs":[\#(records.joined(separator: ","))]}"# }

    @Test func `stores each event once, in order, without what the schema lacks`() throws {
        let gateway = try gateway()
        defer { gateway.end() }
        let body = logs(
            record("a", #""type":"sapi","client_id":null,"tenant_name":"t","details":{"b":1,"a":[true]}"#),
            record("b", #""type":"s","user_id":"u""#)
        )
        for _ in 0..<2 {
            let answer = try gateway.post("/v1/log_stream", body, authorization: Self.token)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.isEnvelope)
            #expect(answer.json["result"].isObject && answer.json["result"].keys.isEmpty)
        }
        let found = try gateway.search("", #""order":"asc""#, token: "vendor-token-of-the-tests")
        #expect(found["count"].int == 2)
        let first = found["events"][0]["envelope"]["event"]
        #expect(first.keys == ["date", "details", "log_id", "type"])
        #expect(first["details"].string == #"{"a":[true],"b":1}"#)
        #expect(first["date"].string == "2024-03-29T17:26:50.193Z")
        #expect(found["events"][1]["envelope"]["event"]["user_id"].string == "u")
    }

    @Test func `takes a bare array, lines and gzip, and a configuration's id beside the events`() throws {
        let gateway = try gateway()
        defer { gateway.end() }
        let id = try gateway.configurationID("auth0")
        let bodies = ["[\(record("a")),\(record("b"))]", "\(record("c"))\n\(record("d"))\n", record("e")]
        for body in bodies {
            let answer = try gateway.post("/v1/log_stream", body, authorization: Self.token)
            #expect(answer.status == 200, "\(answer.text)")
        }
        let named = Records.adding(#""config_id":"\#(id)""#, to: logs(record("f")))
        for token in [Self.token, "Bearer several-token-of-the-tests"] {
            #expect(try gateway.post("/v1/log_stream", named, authorization: token).status == 200)
        }
        #expect(try gateway.size(of: "auth0") == 6)
        let packed = try Finished.python(
            "import base64, gzip, sys; print(base64.b64encode(gzip.compress(sys.stdin.buffer.read())).decode())",
            input: Array(named.utf8)
        ).output
        let gzip = [UInt8](try #require(Data(base64Encoded: packed.trimmingCharacters(in: .whitespacesAndNewlines))))
        let headers = [("Content-Encoding", "gzip")]
        #expect(
            try gateway.post("/v1/log_stream", gzip, authorization: "Bearer several-token-of-the-tests", headers).status
                == 200
        )
        #expect(try gateway.size(of: "auth0") == 6)
        let foreign = Records.adding(#""config_id":"\#(try gateway.configurationID())""#, to: logs(record("g")))
        let refused = try gateway.post("/v1/log_stream", foreign, authorization: Self.token)
        #expect(refused.status == 400)
        #expect(refused.json["result"]["errors"][0]["code"].string == "ConfigNotExist")
        let open = try gateway.post(
            "/v1/log_stream",
            logs(record("h")),
            authorization: "Bearer several-token-of-the-tests"
        )
        #expect(open.json["status"].string == "MissingConfigID")
        #expect(try gateway.post("/v1/log_stream", logs(), authorization: Self.token).status == 200)
        #expect(try gateway.size(of: "auth0") == 6)
    }

    @Test(arguments: [
        ("{}", ["FieldRequired /logs"]),
        (#"{"logs":null}"#, ["FieldRequired /logs"]),
        (#"{"logs":{}}"#, ["InvalidArray /logs"]),
        (
            #"{"logs":[5,{"data":{"date":"2024-01-01T00:00:00Z","type":"s"}},{"log_id":"x"},{"data":7}]}"#,
            ["InvalidObject /logs/0", "FieldRequired /logs/2/data", "InvalidObject /logs/3/data"]
        ),
        (
            #"{"logs":[{"data":{"date":"2024-01-01T00:00:00Z","type":"s"}},{"data":{"date":"soon"}}]}"#,
            ["BadFormatDateTime /logs/1/data/date", "FieldRequired /logs/1/data/type"]
        ),
        ("[{}]", ["FieldRequired /0/data"]),
        (#"[{"data":{}}]"#, ["FieldRequired /0/data/date", "FieldRequired /0/data/type"]),
        ("nothing", ["BadFormat "]),
    ])
    func `refuses all events for one and tells every problem`(body: String, expected: [String]) throws {
        let gateway = try gateway()
        defer { gateway.end() }
        let answer = try gateway.post("/v1/log_stream", body, authorization: Self.token)
        #expect(answer.status == 400)
        #expect(answer.isEnvelope)
        #expect(answer.json["status"].string == "ValidationError")
        let problems = answer.json["result"]["errors"].elements.map {
            "\($0["code"].string ?? "-") \($0["source"].string ?? "-")"
        }
        #expect(problems.sorted() == expected.sorted(), "\(answer.text)")
        #expect(try gateway.size(of: "auth0") == 0)
    }

    @Test func `refuses what the token may not say, and logs without such a schema`() throws {
        let gateway = try gateway(#","restrict":{"type":["s"]}"#)
        defer { gateway.end() }
        let answer = try gateway.post(
            "/v1/log_stream",
            logs(record("a", #""type":"s""#), record("b")),
            authorization: Self.token
        )
        #expect(answer.status == 403)
        #expect(answer.json["status"].string == "ForbiddenFieldValue")
        #expect(answer.json["result"]["errors"][0]["source"].string == "/logs/1/data/type")
        #expect(try gateway.size(of: "auth0") == 0)
        let standard = try gateway.post("/v1/log_stream", logs(record("a")))
        #expect(standard.status == 400)
        #expect(standard.json["status"].string == "InvalidSchema")
        #expect(standard.json["result"].isNull)
        #expect(try gateway.post("/v1/log_stream", logs(record("a")), authorization: nil).status == 401)
    }
}
