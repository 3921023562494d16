import Foundation
import Testing

@Suite(.onOwnThreads) struct `A path that senders append` {
    private func start() throws -> GatewayProcess {
        var setup = GatewaySetup()
        setup.sources = [
            GatewaySetup.source("hec", mapping: "splunk-hec", ["secret": "hec-token"]),
            GatewaySetup.source("hec-raw", mapping: "splunk-hec-raw", ["secret": "hec-token"]),
            GatewaySetup.source("github", mapping: "github-audit-stream", ["secret": "hec-token"]),
            GatewaySetup.source("otlp", mapping: "otlp", ["secret": "otlp secret"]),
        ]
        return try GatewayProcess(setup)
    }

    private static func event(_ name: String) -> String {
        #"{"time":1700000000.5,"event":{"action":"login","user":"\#(name)","id":"\#(name)"}}"#
    }

    private static func log(_ name: String) -> String {
        let attributes = #"[{"key":"user.name","value":{"stringValue":"\#(name)"}}]"#
        let record = #"{"timeUnixNano":"1700000000000000000","body":{"stringValue":"m"},"attributes":\#(attributes)}"#
        return #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[\#(record)]}]}]}"#
    }

    @Test func `by clients of the HTTP Event Collector is theirs`() throws {
        let gateway = try start()
        defer { gateway.end() }
        let ends = ["", "/event", "/event/1.0", "/1.0"]
        for (number, end) in ends.enumerated() {
            let reply = try gateway.post(
                "/in/hec/services/collector\(end)",
                Self.event("u\(number)"),
                authorization: "Splunk hec-token"
            )
            #expect(reply.status == 200 && reply.text == #"{"code":0,"text":"Success"}"#, "\(end): \(reply.text)")
        }
        let raw = try gateway.post(
            "/in/hec-raw/services/collector/raw?sourcetype=app",
            "user=raw action=login",
            authorization: "Splunk hec-token"
        )
        #expect(raw.status == 200)
        #expect(try gateway.stored() == ["u0", "u1", "u2", "u3", "raw"])

        // The path proves nothing.
        let path = "/in/hec/services/collector/event"
        #expect(try gateway.post(path, Self.event("eve"), authorization: "Splunk wrong").status == 401)
        #expect(try gateway.post("/in/hec/hec-token", Self.event("eve"), authorization: nil).status == 401)
        let asked = try gateway.post(
            "/in/hec/services/collector/ack?channel=c",
            #"{"acks":[1]}"#,
            authorization: "Splunk hec-token"
        )
        #expect(asked.text == #"{"acks":{"1":true}}"#)
    }

    @Test(arguments: ["hec", "hec-raw", "github"])
    func `is asked for its health`(source: String) throws {
        let gateway = try start()
        defer { gateway.end() }
        for end in ["/health", "/health/1.0"] {
            let reply = try gateway.get("/in/\(source)/services/collector\(end)")
            #expect(reply.status == 200 && reply.text == #"{"code":17,"text":"HEC is healthy"}"#, "\(reply.text)")
        }
        // Nothing else is told to nobody, nor is a source that there is not.
        #expect(try gateway.get("/in/\(source)/services/collector").status == 401)
        #expect(try gateway.get("/in/\(source)").status == 401)
        #expect(try gateway.get("/in/none/services/collector/health").status == 401)
    }

    @Test func `may stand behind a secret in the path`() throws {
        let gateway = try start()
        defer { gateway.end() }
        func post(_ path: String, _ name: String, _ authorization: String? = nil) throws -> Int {
            try gateway.post("/in/otlp\(path)", Self.log(name), authorization: authorization).status
        }
        #expect(try post("/v1/logs", "a", "Bearer otlp secret") == 200)
        #expect(try post("/otlp%20secret/v1/logs", "b") == 200)
        #expect(try post("/otlp%20secret", "c") == 200)
        #expect(try post("/v1/logs", "d") == 401)
        #expect(try post("/v1/logs/v1/logs", "d") == 401)
        #expect(try post("/wrong/v1/logs", "d") == 401)
        #expect(try post("/otlp%20secret/v1/traces", "d") == 401)
        #expect(try gateway.stored() == ["a", "b", "c"])
        #expect(!gateway.log.contains("otlp%20secret"))
    }
}
