import Foundation
import Testing

@Suite(.onOwnThreads) struct `The send command` {
    private func start() throws -> GatewayProcess {
        let secret = "c2VjcmV0LW9mLXRoZS10ZXN0cy0x"
        func source(_ name: String, _ mapping: String, _ secret: String, _ more: String = "") -> String {
            GatewaySetup.source(name, mapping: mapping, ["secret": secret], more)
        }
        var setup = GatewaySetup()
        setup.publicURL = "http://audit.example.com/gateway"
        setup.sources = [
            source("stripe", "stripe", "whsec_\(secret)"), source("twilio", "twilio", secret),
            source("graph", "microsoft-graph", secret), source("frontegg", "frontegg", secret),
            source("jira", "jira", secret), source("box", "box", secret), source("otlp", "otlp", secret),
            GatewaySetup.source("hooks", mapping: "asana", [:]),
            GatewaySetup.source("sendgrid", mapping: "sendgrid", ["public_key": Self.publicKey]),
            GatewaySetup.source("sns", mapping: "aws-sns", ["topic_arn": "arn:aws:sns:eu-west-1:1:topic"]),
        ]
        return try GatewayProcess(setup)
    }

    private static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXHwKAC6wYV8ztq1K
        MJNlpkL4grNspaPP1ImSWevfjBmhRANCAAQPC32A3jyPcKyE5SD2yJQI9zGyhDhh
        JEOJN0Kz4WRhGAXVwC0cyy+6NL8e5L9Qe72lmnIr2t77DTyXJgG73gOB
        -----END PRIVATE KEY-----
        """
    private static let publicKey =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEDwt9gN48j3CshOUg9siUCPcxsoQ4YSRDiTdCs+FkYRgF1cAtHMsvujS/HuS/UHu9pZpyK9re+w08lyYBu94DgQ=="

    private func send(_ source: String, _ body: String, to gateway: GatewayProcess, _ more: [String] = []) throws
        -> Finished
    {
        let options = ["send", "--source", source, "--url", gateway.url] + more
        let configuration = ["--config", gateway.folder.file("audit-gateway.json")]
        return try Finished.run(
            Executable.path(),
            options + configuration + ["-"],
            in: gateway.folder.path,
            input: Array(body.utf8)
        )
    }

    @Test func `signs as vendors do`() throws {
        let gateway = try start()
        defer { gateway.end() }
        let key = try gateway.folder.write(Self.privateKey + "\n", to: "key.pem")
        let headers = try gateway.folder.write(
            #"{"headers": {"X-Request": "1"}, "path": "/v1/logs", "query": "a=b"}"#,
            to: "headers.json"
        )
        let deliveries: [(source: String, body: String, more: [String])] = [
            (
                "stripe",
                #"{"id":"evt_1","type":"charge.succeeded","created":1700000000,"data":{"object":{"id":"ch_1"}}}"#, []
            ),
            ("twilio", "CallSid=CA1&CallStatus=completed&From=%2B12349013030", []),
            (
                "graph",
                #"{"value":[{"subscriptionId":"s","changeType":"updated","resource":"users/1","clientState":"?"}]}"#, []
            ),
            (
                "frontegg",
                #"{"eventKey":"frontegg.user.created","eventContext":{"userId":"u"},"user":{"email":"a@b.c"}}"#, []
            ),
            ("jira", #"{"timestamp":1700000000000,"webhookEvent":"user_updated","user":{"displayName":"Ada"}}"#, []),
            (
                "box",
                #"{"type":"webhook_event","id":"1","trigger":"FILE.DELETED","created_at":"2026-01-01T00:00:00Z"}"#, []
            ),
            (
                "otlp", #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"m"}}]}]}]}"#,
                ["--headers", headers]
            ),
            (
                "sendgrid", #"[{"email":"a@b.c","event":"delivered","sg_event_id":"1","timestamp":1700000000}]"#,
                ["--key", key]
            ),
        ]
        for (source, body, more) in deliveries {
            let sent = try send(source, body, to: gateway, more)
            #expect(sent.status == 0, "\(source): \(sent.output)\(sent.error)")
        }
        #expect(try gateway.command("search", "--json").output.split(separator: "\n").count == deliveries.count)
        let noted = try send("graph", #"{"value":[{"subscriptionId":"s","resource":"users/2"}]}"#, to: gateway)
        #expect(noted.status == 0 && noted.error.contains("value[].clientState"))
    }

    @Test func `knows a secret that the vendor has sent`() throws {
        let gateway = try start()
        defer { gateway.end() }
        let body =
            #"{"events":[{"action":"changed","created_at":"2026-01-01T00:00:00Z","user":{"gid":"1"},"resource":{"gid":"2"}}]}"#
        let early = try send("hooks", body, to: gateway)
        #expect(early.status == 2 && early.error.contains("source arm"), "\(early.error)")
        #expect(try gateway.command("source", "arm", "hooks", "--url", gateway.url).status == 0)
        let offered = try gateway.post("/in/hooks", "{}", authorization: nil, [("X-Hook-Secret", "the vendor's own")])
        #expect(offered.status == 200)
        let sent = try send("hooks", body, to: gateway)
        #expect(sent.status == 0, "\(sent.output)\(sent.error)")
        #expect(!sent.output.contains("the vendor's own"))
    }

    @Test func `says what it cannot sign, and ends with 2`() throws {
        let gateway = try start()
        defer { gateway.end() }
        let certificate = try send("sns", "{}", to: gateway)
        #expect(certificate.status == 2 && certificate.error.contains("certificate"), "\(certificate.error)")
        let key = try send("sendgrid", "[]", to: gateway)
        #expect(key.status == 2 && key.error.contains("--key FILE"))
        let broken = try send("sendgrid", "[]", to: gateway, ["--key", gateway.folder.write("x", to: "key.pem")])
        #expect(broken.status == 2 && broken.error.contains("key.pem"))
        #expect(try send("sendgrid", "[]", to: gateway, ["--key", "/nowhere"]).status == 2)
        #expect(try send("stripe", "{}", to: gateway, ["--headers", "/nowhere"]).status == 2)
        // Signed and not accepted is a no.
        #expect(try send("stripe", "no JSON", to: gateway).status == 1)
    }
}
