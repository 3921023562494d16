import Cryptography
import JSON
import Mapping
import Receiving
import Schema
import Testing

private let key = Array("k".utf8)
private let claims = #"{"aud":"acme","exp":\#(now / 1_000_000 + 600)}"#
private let good = token(claims, key: key)

@Suite struct `Tokens in a body` {
    private static let rule = #"""
        {"jwt": {"item": "tokens", "algorithms": ["HS256", "HS384"], "claims": {"aud": {"constant": "tenant"}}}}
        """#

    private func outcome(_ tokens: String, rule: String = rule, framing: String = #"{"records": "value"}"#) throws
        -> DeliveryOutcome
    {
        let source = try source(authenticate: rule, framing: framing, secrets: ["secret": ["k"]])
        return read(#"{"tokens":\#(tokens),"value":[{"m":"a"},{"m":"b"}]}"#, for: source)
    }

    private func list(_ tokens: [String]) -> String { "[\(tokens.map { "\"\($0)\"" }.joined(separator: ","))]" }

    @Test func `are believed when every one is right`() throws {
        for tokens in [[good], [good, good], Array(repeating: good, count: 32)] {
            #expect(try outcome(list(tokens)).delivery?.events.count == 2)
        }
        #expect(try outcome("\"\(good)\"").delivery?.events.count == 2)
    }

    @Test func `are refused when one of them is not`() throws {
        let forged = token(claims, key: Array("other".utf8))
        let expired = token(#"{"aud":"acme","exp":1}"#, key: key)
        let elsewhere = token(claims.replacing("acme", with: "other"), key: key)
        let unsigned = token(claims, header: #"{"alg":"none"}"#, key: key)
        let bare = unsigned.split(separator: ".").dropLast().joined(separator: ".") + "."
        // The key would fit HS384 too, but the code is another; RS256 is not for shared secrets.
        let others = ["HS384", "HS512", "RS256", "ES256", "EdDSA", "none"].map {
            token(claims, header: #"{"alg":"\#($0)"}"#, key: key)
        }
        for bad in [forged, expired, elsewhere, unsigned, bare, "", "x"] + others {
            for tokens in [[bad], [good, bad], [bad, good], [good, bad, good]] {
                #expect(try outcome(list(tokens)).reply?.outcome == .unauthenticated, "\(bad)")
            }
        }
    }

    @Test func `are refused when there are none, too many, or other things`() throws {
        let many = list(Array(repeating: good, count: 33))
        for tokens in ["[]", "null", "{}", "5", "[[\"\(good)\"]]", "[\"\(good)\",5]", "[\"\(good)\",null]", many] {
            #expect(try outcome(tokens).reply?.outcome == .unauthenticated, "\(tokens.prefix(40))")
        }
        let source = try source(authenticate: Self.rule, secrets: ["secret": ["k"]])
        for body in ["", "{}", "[", "x", good] {
            #expect(read(body, for: source).reply?.outcome == .unauthenticated)
        }
    }

    @Test func `stand beside a secret there`() throws {
        let rule = #"{"all": [{"secret": {"item": "value[].m", "key": "state"}}, \#(Self.rule)]}"#
        let source = try source(
            authenticate: rule,
            framing: #"{"records": "value"}"#,
            secrets: ["secret": ["k"], "state": ["s"]]
        )
        func outcome(_ m: String, _ token: String) -> DeliveryOutcome {
            read(#"{"tokens":["\#(token)"],"value":[{"m":"\#(m)"},{"m":"s"}]}"#, for: source)
        }
        #expect(outcome("s", good).delivery != nil)
        #expect(outcome("t", good).reply?.outcome == .unauthenticated)
        #expect(outcome("s", good + "x").reply?.outcome == .unauthenticated)
    }

    @Test func `may come in a form and in a form's JSON`() throws {
        let form = try source(authenticate: Self.rule, framing: #"{"format": "form"}"#, secrets: ["secret": ["k"]])
        #expect(read("tokens=\(good)&m=a", for: form).delivery?.events.count == 1)
        #expect(read("tokens=\(good)x&m=a", for: form).reply?.outcome == .unauthenticated)
        let field = try source(
            authenticate: Self.rule.replacing("\"tokens\"", with: "\"parse_json(payload).tokens\""),
            framing: #"{"format": "form", "field": "payload"}"#,
            secrets: ["secret": ["k"]]
        )
        let json = #"{"tokens":["\#(good)"],"m":"a"}"#
        let encoded = json.utf8.map { "%" + Hex.encode([$0]) }.joined()
        for body in ["payload=\(encoded)", json] {
            let delivery = try #require(read(body, for: field).delivery)
            #expect(delivery.events.count == 1)
            #expect(!String(decoding: delivery.body, as: UTF8.self).contains(good))
        }
        #expect(read(#"{"tokens":["x"],"m":"a"}"#, for: field).reply?.outcome == .unauthenticated)
    }

    @Test(arguments: [
        (#""item": "t", "body_hash": {"claim": "h"}"#, "leave 'body_hash' out"),
        (#""item": "t", "header": "h""#, "one of 'header', 'query' and 'item'"),
        (#""item": "t", "scheme": "Bearer""#, "'scheme' goes with 'header' only"),
        (#""item": "$request.query.t""#, "the decoded body only"),
        (#""item": 5"#, "'item'"), (#""header": "t", "jwks": {"constant": 5}"#, "'constant'"),
        (#""header": "t", "jwks": {}"#, "'constant'"),
    ])
    func `are told where they can stand`(members: String, reason: String) throws {
        let rule = #"{"jwt": {"algorithms": ["RS256"], \#(members)}}"#
        let error = #expect(throws: MappingErrors.self) { try source(authenticate: rule, secrets: ["secret": ["k"]]) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(reason), "\(error.map { "\($0)" } ?? "")")
    }
}

@Suite struct `The keys of a token` {
    private static let ed25519 = "MCowBQYDK2VwAyEAA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="

    @Test(arguments: [("EdDSA", true), ("RS256", false), ("PS512", false), ("ES384", false)])
    func `are of a kind that its algorithms go with`(algorithm: String, fits: Bool) throws {
        let rule = #"{"jwt": {"header": "t", "algorithms": ["\#(algorithm)"]}}"#
        func make() throws { _ = try ReceivingTests.source(authenticate: rule, secrets: ["secret": [Self.ed25519]]) }
        if fits { try make() } else { #expect(throws: SourceError.self) { try make() } }
    }

    private func source(jwks: String?) throws -> Source {
        let text = #"""
            {"vendor": "t", "authenticate": {"jwt": {"header": "t", "algorithms": ["EdDSA"], "expiry": "optional",
              "jwks": {"constant": "keys"}}}, "event": {"fields": {"message": "m"}}}
            """#
        return try Source(
            name: "t",
            mapping: MappingFile.load(bytes: Array(text.utf8), file: "t.json").bind(to: .standard),
            constants: .object(jwks.map { [JSONMember("keys", .string($0))] } ?? []),
            scope: [],
            keys: KeyStore { _, _ in }
        )
    }

    @Test func `may stand where the source says`() throws {
        let sent = "eyJhbGciOiJFZERTQSJ9.e30." + String(repeating: "A", count: 86)
        let outcome = read("{}", for: try source(jwks: "https://keys.example/a"), headers: [("t", sent)])
        #expect(outcome.key?.url == "https://keys.example/a")
        for wrong in [nil, "keys.example", "file:///etc/passwd", ""] {
            #expect(throws: SourceError.self) { try source(jwks: wrong) }
        }
    }
}
