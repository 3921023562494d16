import Cryptography
import JSON
import Mapping
import Receiving
import Schema
import Testing

private let body = Array(#"{"m":"a"}"#.utf8)
private let later = now / 1_000_000 + 600

/// A compact JWS with an HMAC of SHA-256, whatever its header says.
func token(_ claims: String, header: String = #"{"alg":"HS256","typ":"JWT"}"#, key: [UInt8]) -> String {
    let message = [header, claims].map { Base64.encode(Array($0.utf8), urlSafe: true, padded: false) }
        .joined(separator: ".")
    let code = HMACKey(algorithm: .sha256, key: key).code(for: Array(message.utf8))
    return message + "." + Base64.encode(code, urlSafe: true, padded: false)
}

@Suite struct `A signed token` {
    private static let rule = #"""
        {"jwt": {"header": "authorization", "scheme": "Bearer", "algorithms": ["HS256"],
                 "claims": {"iss": ["a", "b"], "aud": {"constant": "tenant"}, "verified": true}}}
        """#

    private func outcome(_ token: String, rule: String = rule, secrets: [String] = ["old", "k"]) throws
        -> DeliveryOutcome
    {
        let source = try source(authenticate: rule, secrets: ["secret": secrets])
        return read(body, for: source, headers: [("authorization", "Bearer \(token)")])
    }

    private static func claims(_ changes: String = "", time: String = #""exp":\#(later)"#) -> String {
        #"{"iss":"a","aud":["x","acme"],"verified":true,\#(time)\#(changes)}"#
    }

    @Test func `is believed when key, algorithm, time and claims fit`() throws {
        let seconds = now / 1_000_000
        for time in [
            #""exp":\#(later)"#, #""exp":\#(seconds - 59)"#, #""exp":\#(later).5"#,
            #""exp":\#(later),"nbf":\#(seconds + 59)"#,
        ] {
            let token = token(Self.claims(time: time), key: Array("k".utf8))
            #expect(try outcome(token).delivery != nil, "\(time)")
        }
    }

    @Test(arguments: [
        claims(time: #""exp":\#(now / 1_000_000 - 61)"#), claims(time: #""exp":"\#(later)""#), claims(time: #""x":1"#),
        claims(time: #""exp":\#(later),"nbf":\#(now / 1_000_000 + 61)"#), claims(time: #""exp":null"#),
        claims(time: #""exp":-1e308"#), claims(#","iss":"a""#), #"{"exp":\#(later)}"#,
        #"{"iss":"c","aud":"acme","verified":true,"exp":\#(later)}"#,
        #"{"iss":"a","aud":"other","verified":true,"exp":\#(later)}"#,
        #"{"iss":"a","aud":{"acme":"acme"},"verified":true,"exp":\#(later)}"#,
        #"{"iss":"a","aud":"acme","verified":false,"exp":\#(later)}"#, #"{"iss":"a","aud":"acme","exp":\#(later)}"#,
        #"{"iss":null,"aud":"acme","verified":true,"exp":\#(later)}"#, "[]", "1", "", "{", #"{"a":"#,
    ])
    func `is refused for its claims`(claims: String) throws {
        #expect(try outcome(token(claims, key: Array("k".utf8))).reply?.outcome == .unauthenticated)
    }

    @Test(arguments: [
        #"{"alg":"none"}"#, #"{"alg":"None"}"#, #"{"alg":"HS512"}"#, #"{"alg":"hs256"}"#, #"{"alg":"RS256"}"#,
        #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"HS256","crit":["b64"],"b64":false}"#, #"{"alg":["HS256"]}"#,
        #"{"typ":"JWT"}"#, "{}", "[]", "null", "", "\u{0}", #"{"alg":null}"#,
        #"{"alg":"HS256","jwk":{"kty":"oct","k":"aw"}} x"#,
    ])
    func `is refused for its header`(header: String) throws {
        let signed = token(Self.claims(), header: header, key: Array("k".utf8))
        #expect(try outcome(signed).reply?.outcome == .unauthenticated)
        let unsigned = signed.split(separator: ".", omittingEmptySubsequences: false)[..<2].joined(separator: ".") + "."
        #expect(try outcome(unsigned).reply?.outcome == .unauthenticated)
    }

    @Test func `is refused in any other form`() throws {
        let good = token(Self.claims(), key: Array("k".utf8))
        #expect(try outcome(good).delivery != nil)
        let parts = good.split(separator: ".").map(String.init)
        for bad in [
            "", ".", "..", "...", parts[0], parts[0] + "." + parts[1], good + ".", good + "." + parts[2], good + "=",
            "=" + good, parts[0] + "==." + parts[1] + "." + parts[2], good.dropLast() + "+", " \(good) ",
            String(good.dropLast(2)), "\(parts[0]).\(parts[1])..\(parts[2])",
            good + String(repeating: "A", count: 20_000),
            String(repeating: ".", count: 60_000), String(repeating: "e30.", count: 3) + "e30",
        ] {
            #expect(try outcome(bad).reply?.outcome == .unauthenticated, "\(bad.prefix(80))")
        }
        #expect(try outcome(token(Self.claims(), key: Array("K".utf8))).reply?.outcome == .unauthenticated)
        let source = try source(authenticate: Self.rule, secrets: ["secret": ["k"]])
        #expect(read(body, for: source).reply?.outcome == .unauthenticated)
        #expect(read(body, for: source, headers: [("authorization", good)]).reply?.outcome == .unauthenticated)
    }

    @Test func `is refused as deep nesting`() throws {
        let deep = String(repeating: "[", count: 8000)
        #expect(try outcome(token(deep, key: Array("k".utf8))).reply?.outcome == .unauthenticated)
    }

    @Test func `may stand in the query, and is never kept`() throws {
        let rule = #"{"jwt": {"query": "t", "algorithms": ["HS256"], "expiry": "optional"}}"#
        let source = try source(authenticate: rule, secrets: ["secret": ["k"]])
        let delivery = read(body, for: source, query: "t=" + token("{}", key: Array("k".utf8)), headers: []).delivery
        #expect(delivery?.context == Array(#"{"headers":{},"method":"POST","path":"/in/test","query":{}}"#.utf8))
    }

    /// RFC 7515, appendix A.1.
    @Test func `is the standard's own example`() throws {
        let rule = #"{"jwt": {"header": "t", "algorithms": ["HS256"], "claims": {"iss": "joe"}}}"#
        let key = try #require(
            Base64.decode(
                "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
                urlSafe: true
            )
        )
        let token = """
            eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
            eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
            dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
            """
        let text = #"{"vendor": "t", "authenticate": \#(rule), "event": {"fields": {"message": "m"}}}"#
        let source = try Source(
            name: "t",
            mapping: MappingFile.load(bytes: Array(text.utf8), file: "t.json").bind(to: .standard),
            secrets: ["secret": [key]],
            scope: []
        )
        let headers = [(name: "t", value: token)]
        #expect(read(body, for: source, headers: headers, at: 1_300_819_379_000_000).delivery != nil)
        #expect(read(body, for: source, headers: headers).reply?.outcome == .unauthenticated)
    }

    struct Sample: Sendable {
        let header: String
        let rule: String
        let secret: String
        let token: String
        let body: String
        let coversBody: Bool
    }

    static let samples = [
        Sample(
            header: "x-webhook-signature",
            rule: #""expiry": "optional", "claims": {"iss": "netlify"}, "body_hash": {"claim": "sha256"}"#,
            secret: "fake-netlify-secret",
            token: """
                eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJuZXRsaWZ5Iiwic2hhMjU2IjoiYzE1ZGYzYzU\
                2OTc1M2I3Y2QyMmE5MmIxZDg5NDkzMDYwMTQzM2FiOWRlMTBjMDI3NmUwN2RiZDk5NDdkZDRmNCJ9.RcA8Pe\
                3ys7-RhjVdLD7DL0mxPzBzL-qY4DKn3-1fDs4
                """,
            body: #"""
                {"id":"5ebc34bf4fea0b01f02efa3a","site_id":"fa4dd95a-994e-4f89-8a7a-2d9e9fc36a32","s\#
                tate":"ready","name":"example-site","url":"https://www.example.com","created_at":"20\#
                20-05-13T17:56:15.346Z","updated_at":"2020-05-13T17:58:56.738Z","user_id":"5ace049ef\#
                dd72a6b9aa9539c","error_message":null,"branch":"master","published_at":"2020-05-13T1\#
                7:58:56.634Z","context":"production","deploy_time":159}
                """#,
            coversBody: true
        ),
        Sample(
            header: "x-fusionauth-signature-jwt",
            rule: #""expiry": "optional", "body_hash": {"claim": "request_body_sha256", "encoding": "base64"}"#,
            secret: "fake-fusionauth-hmac-key",
            token: """
                eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImZha2Uta2lkIn0.eyJyZXF1ZXN0X2JvZHlfc2hh\
                MjU2IjoieFZNbkloN2JHM2R4NkdVVWdEdmJKdzJDZnc3WXFXbkdzSHhSZUdoOE1YRT0ifQ.ZB6bJJmdtET6Z\
                w7YkUzxiU31UHqPQkxPGVtTStsm0NU
                """,
            body: #"""
                {"event":{"applicationIds":["a1b2"],"createInstant":1505762615056,"id":"e502168a-b46\#
                9-45d9-a079-fd45f83e0406","info":{"deviceName":"Jane's laptop","ipAddress":"203.0.11\#
                3.42","userAgent":"Mozilla/5.0"},"type":"user.login.failed","tenantId":"e872a880-b14\#
                f-6d62-c312-cb40f22af465","user":{"id":"00000000-0000-0001-0000-000000000000","email\#
                ":"jane@example.com","active":true}}}
                """#,
            coversBody: true
        ),
        Sample(
            header: "x-webhook-secret",
            rule: #""expiry": "optional""#,
            secret: "fake-frontegg-secret",
            token: """
                eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDB9.TxBZRqK2phA2Vqz05-cpg5\
                76Hth4nUIGmkBodLNz5ng
                """,
            body: #"""
                {"eventKey":"frontegg.user.invitedToTenant","eventContext":{"vendorId":"v","tenantId\#
                ":"t","userId":"u"},"user":{"id":"u","email":"jane@example.com"}}
                """#,
            coversBody: false
        ),
    ]

    @Test(arguments: samples) func `is as vendors send it`(sample: Sample) throws {
        let source = try source(
            authenticate: #"{"jwt": {"header": "\#(sample.header)", "algorithms": ["HS256"], \#(sample.rule)}}"#,
            event: "",
            fields: #""message": "'x'""#,
            secrets: ["secret": [sample.secret]]
        )
        let headers = [(name: sample.header, value: sample.token)]
        #expect(read(Array(sample.body.utf8), for: source, headers: headers).delivery != nil)
        let changed = read(Array((sample.body + " ").utf8), for: source, headers: headers)
        #expect((changed.reply?.outcome == .unauthenticated) == sample.coversBody)
    }

    @Test func `is never verified with a public key as a shared secret`() throws {
        let pem = PEM.encode(Array(repeating: 1, count: 32), label: "PUBLIC KEY")
        #expect(throws: SourceError.self) { try outcome("", secrets: [pem]) }
        let both = #"{"jwt": {"header": "a", "algorithms": ["RS256", "HS256"]}}"#
        #expect(throws: MappingErrors.self) { try outcome("", rule: both) }
        #expect(throws: MappingErrors.self) {
            try outcome("", rule: #"{"jwt": {"header": "a", "algorithms": ["HS256"], "jwks": "https://a.example/"}}"#)
        }
        for algorithm in ["none", "RS1", "hs256"] {
            #expect(throws: MappingErrors.self) {
                try outcome("", rule: #"{"jwt": {"header": "a", "algorithms": ["\#(algorithm)"]}}"#)
            }
        }
    }
}
