import Cryptography
import JSON
import Mapping
import Receiving
import Schema
import Testing

@Suite struct `A signer of deliveries` {
    private static let base = "https://gateway.example"
    /// Text, and base 64 of other bytes.
    private static let secret = "c2VjcmV0LW9mLXRoZS10ZXN0cy0x"

    /// The secrets that a rule wants: public keys where it verifies with one.
    private func secrets(of rule: AuthenticationRule) -> [String: [UInt8]] {
        switch rule {
        case .any(let rules), .all(let rules):
            return rules.map { secrets(of: $0) }.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
        case .signature(let rule):
            guard let name = rule.secretName else { return [:] }
            switch rule.algorithm {
            case .ed25519: return [name: Array(SigningKeys.ed25519Public.utf8)]
            case .ecdsaP256SHA256: return [name: Array(SigningKeys.p256Public.utf8)]
            case .rsaSHA1, .rsaSHA256: return [name: Array(SigningKeys.rsaPublic.utf8)]
            }
        case .jwt(let rule) where !rule.algorithms.allSatisfy(\.isSymmetric):
            guard case .secret(let name) = rule.key, let algorithm = rule.algorithms.first else { return [:] }
            switch algorithm.keyKind {
            case .ed25519: return [name: Array(SigningKeys.ed25519Public.utf8)]
            case .ecP256: return [name: Array(SigningKeys.p256Public.utf8)]
            default: return [name: Array(SigningKeys.rsaPublic.utf8)]
            }
        default: return Dictionary(uniqueKeysWithValues: rule.secretNames.map { ($0, Array(Self.secret.utf8)) })
        }
    }

    private func key(of rule: AuthenticationRule) throws -> PrivateKey? {
        switch rule {
        case .any(let rules), .all(let rules): return try rules.lazy.compactMap { try key(of: $0) }.first
        case .signature(let rule):
            switch rule.algorithm {
            case .ed25519: return try PrivateKey(pem: SigningKeys.ed25519)
            case .ecdsaP256SHA256: return try PrivateKey(pem: SigningKeys.p256)
            case .rsaSHA1, .rsaSHA256: return try PrivateKey(pem: SigningKeys.rsa)
            }
        case .jwt(let rule):
            switch rule.algorithms.first?.keyKind {
            case .ed25519: return try PrivateKey(pem: SigningKeys.ed25519)
            case .ecP256: return try PrivateKey(pem: SigningKeys.p256)
            case .rsa: return try PrivateKey(pem: SigningKeys.rsa)
            default: return nil
            }
        case .none, .secret, .basic, .hmac, .hash, .pin, .clientCertificate, .networks: return nil
        }
    }

    private static let constants: [String: JSONValue] = [
        "audience": .string("the-audience"), "issuer": .string("the-issuer"), "email": .string("robot@example.com"),
        "networks": .string("203.0.113.0/24"),
    ]

    private func keySets(of rule: AuthenticationRule) -> [String] {
        switch rule {
        case .any(let rules), .all(let rules): return rules.flatMap { keySets(of: $0) }
        case .jwt(let rule):
            guard case .keySet(let url) = rule.key else { return [] }
            return [url]
        default: return []
        }
    }

    /// Signs, and reads what was signed as the gateway would.
    private func outcome(
        of mapping: MappingFile,
        _ body: [UInt8],
        headers: [(name: String, value: String)] = [],
        changing: (inout [UInt8]) -> Void = { _ in }
    ) throws -> DeliveryOutcome {
        let rule = mapping.authentication
        let secrets = secrets(of: rule)
        let signer = DeliverySigner(
            mapping: mapping,
            secrets: secrets,
            constants: Self.constants,
            key: try key(of: rule),
            now: now
        )
        let signed = try signer.sign(OutgoingDelivery(to: "test", publicURL: Self.base, headers: headers, body: body))
        let store = KeyStore()
        for url in keySets(of: rule) {
            try store.add(KeyRequest(.keySet, url: url), content: Array(SigningKeys.rsaSet.utf8), at: now)
        }
        let source = try Source(
            name: "test",
            mapping: mapping.bind(to: .standard),
            secrets: secrets.mapValues { [$0] },
            constants: .object(Self.constants.map { JSONMember($0.key, $0.value) }),
            scope: [],
            keys: store
        )
        let parts = signed.target.split(separator: "?", maxSplits: 1).map(String.init)
        let query = parts.count > 1 ? parts[1] : ""
        var sent = signed.body
        changing(&sent)
        return sent.withUnsafeBytes {
            DeliveryReader().read(
                DeliveryRequest(
                    method: "POST",
                    path: "/in/test",
                    query: query,
                    headers: signed.headers,
                    body: $0,
                    pathSecret: parts[0].split(separator: "/").dropFirst(2).first.map(String.init),
                    publicURL: "\(Self.base)/in/test" + (query.isEmpty ? "" : "?\(query)"),
                    receivedAt: now + 1_000_000,
                    isFromTrustedProxy: true
                ),
                for: source
            )
        }
    }

    private func isAuthentic(_ outcome: DeliveryOutcome) -> Bool {
        switch outcome {
        case .delivery: true
        case .answer(let reply): reply.outcome != .unauthenticated
        case .needsKey: false
        }
    }

    @Test(arguments: MappingLibrary.load(folder: mappingsFolder).mappings.keys.sorted())
    func `is believed by every bundled mapping but those of certificates`(name: String) throws {
        let mapping = try #require(`The bundled mappings`.library.mappings[name])
        for fixture in try MappingFixture.load(folder: mappingsFolder + "/Fixtures", of: [name]) {
            // Handshakes and bodies of another form are not what is signed.
            guard fixture.expected["events"]?.elements?.isEmpty == false else { continue }
            let headers = (fixture.request["headers"]?.members ?? []).compactMap { header in
                header.value.stringValue.map { (name: header.name.lowercased(), value: $0) }
            }
            do {
                let outcome = try outcome(of: mapping, fixture.body, headers: headers)
                #expect(isAuthentic(outcome), "\(fixture)")
            } catch let error as DeliverySigner.Failure {
                #expect(error.description.contains("certificate") && name == "aws-sns", "\(fixture): \(error)")
            }
        }
    }

    private static let hmac = #""message": ["body"], "signature": {"header": "x-signature"}"#

    @Test(arguments: [
        #"{"secret": {"query": "token"}}"#, #"{"secret": {"path": true}}"#, #"{"secret": {"item": "secret"}}"#,
        #"{"secret": {"item": "list[].\"s t\""}}"#, #"{"basic": {"user": "ada"}}"#, #"{"basic": {}}"#,
        #"{"client_certificate": {"header": "x-fingerprint"}}"#, #"{"pin": {"field": "account.id"}}"#,
        #"{"hmac": {"algorithm": "sha512", "key_encoding": "base64", "encoding": "base64", \#(hmac)}}"#,
        #"{"hmac": {"message": ["a", {"header": "x-id"}, {"query": "q"}, "method", "url", {"body": "sha256"}], "signature": {"header": "x-s", "prefix": "sha256="}}}"#,
        #"{"hmac": {"message": [{"item": "t"}, "body"], "signature": {"header": "x-s", "pairs": {"name": "v1", "separator": ";"}}, "timestamp": {"item": "t", "unit": "ms", "tolerance": "1m"}}}"#,
        #"{"hmac": {"message": [{"header": "x-t"}, "body"], "signature": {"numbered": "x-s-"}, "timestamp": {"header": "x-t", "unit": "rfc3339", "tolerance": "1m"}}}"#,
        #"{"hmac": {"message": [{"field": "t"}, {"field": "account.id"}], "signature": {"field": "account.s"}, "timestamp": {"field": "t", "unit": "s", "tolerance": "1m"}}}"#,
        #"{"hmac": {"message": ["body"], "signature": {"query": "s"}}}"#,
        #"{"hmac": {"message": [{"url": "decoded"}, {"fields": ["m", "id"]}, "body"], "signature": {"headers": ["x-a", "x-b"], "list": {"version": "v1"}}}}"#,
        #"{"hash": {"algorithm": "sha1", "message": ["secret", "body"], "signature": {"header": "x-s"}}}"#,
        #"{"all": [{"hmac": {"message": ["url"], "signature": {"header": "x-s"}}}, {"hash": {"message": ["body"], "signature": {"query": "sum"}}}, {"secret": {"query": "token"}}, {"pin": {"field": "account.id"}}]}"#,
        #"{"signature": {"algorithm": "ed25519", \#(hmac)}}"#, #"{"signature": {"algorithm": "rsa-sha1", \#(hmac)}}"#,
        #"{"signature": {"algorithm": "rsa-sha256", \#(hmac)}}"#,
        #"{"signature": {"algorithm": "ecdsa-p256-sha256", \#(hmac)}}"#,
        #"{"jwt": {"header": "authorization", "scheme": "Bearer", "algorithms": ["HS512"], "claims": {"iss": ["a", "b"], "aud": {"constant": "audience"}, "ok": true}}}"#,
        #"{"jwt": {"query": "token", "algorithms": ["ES256"], "body_hash": {"claim": "h", "encoding": "base64url"}}}"#,
        #"{"jwt": {"header": "x-token", "algorithms": ["EdDSA"]}}"#,
        #"{"jwt": {"header": "x-token", "algorithms": ["RS512"]}}"#,
        #"{"any": [{"signature": {"algorithm": "rsa-sha256", "certificate": {"url": "u", "host": "^x[.]example$"}, \#(hmac)}}, {"hash": {"message": ["secret", "body"], "signature": {"header": "x-h"}}}]}"#,
    ])
    func `is believed by rules of every form`(rule: String) throws {
        let mapping = try mapping(authenticate: rule)
        let body = Array(#"{"id":"1","m":"hello","t":5,"account":{"id":"other"},"list":[{"s t":"x"},{"a":1}]}"#.utf8)
        for _ in 0..<20 {
            let outcome = try outcome(of: mapping, body)
            guard case .delivery(let delivery) = outcome else {
                Issue.record("\(rule): \(outcome)")
                return
            }
            #expect(delivery.events.count == 1)
        }
        guard rule.contains("\"body\"") else { return }
        let changed = try outcome(of: mapping, body) { $0[$0.count - 1] = 0x20 }
        #expect(!isAuthentic(changed), "\(rule)")
    }

    @Test func `signs the fields of a form`() throws {
        let rule = #"{"hmac": {"message": ["url", {"form": "sorted"}], "signature": {"header": "x-s"}}}"#
        let mapping = try mapping(authenticate: rule, framing: #"{"format": "form"}"#)
        let outcome = try outcome(of: mapping, Array("m=b+c&id=7&id=%41".utf8))
        #expect(isAuthentic(outcome), "\(outcome)")
    }

    @Test(arguments: [
        (#"{"hmac": {\#(hmac)}}"#, "{}", "the source has no secret 'secret'; add it to the source's 'secrets'"),
        (
            #"{"any": [{"basic": {"key": "a"}}, {"secret": {"header": "x", "key": "b"}}]}"#, "{}",
            "the source has no secret 'a'; add it to the source's 'secrets'; or the source has no secret 'b'; add it to the source's 'secrets'"
        ),
        (
            #"{"signature": {"algorithm": "ed25519", "key": "public", \#(hmac)}}"#, "{}",
            "the mapping wants a signature (ed25519) by a private key; give it with --key FILE"
        ),
        (
            #"{"jwt": {"header": "x", "algorithms": ["RS256", "ES256"], "key": "public"}}"#, "{}",
            "the mapping wants a token (RS256, ES256) signed by a private key; give it with --key FILE"
        ),
        (
            #"{"signature": {"algorithm": "rsa-sha1", "certificate": {"url": "u", "host": "^x[.]example$"}, \#(hmac)}}"#,
            "{}", "only who holds the key of the vendor's certificate can sign for this mapping"
        ),
        (
            #"{"pin": {"field": "a.b", "key": "there"}}"#, "[]",
            "the body has no 'a.b' that could be written to"
        ),
        (
            #"{"secret": {"item": "a[?b].c", "key": "there"}}"#, "{}",
            "the body has no 'a[?b].c' that could be written to"
        ),
        (
            #"{"hmac": {"key": "there", "message": [{"field": "gone"}, "body"], "signature": {"header": "x"}}}"#, "{}",
            "the body lacks what the mapping's signature covers"
        ),
        (
            #"{"hmac": {"key": "there", "message": ["url"], "signature": {"query": "x"}}}"#, "{}",
            "a signature in the query cannot cover the URL that it stands in"
        ),
        (
            #"{"hmac": {"key": "there", "message": ["body"], "signature": {"field": "s"}}}"#, "{}",
            "a signature in the body cannot cover the body that it stands in"
        ),
        (
            #"{"hmac": {"key": "there", "key_encoding": "hex", \#(hmac)}}"#, "{}",
            "the secret 'there' is not hex, as the mapping says"
        ),
        (
            #"{"jwt": {"header": "x", "algorithms": ["HS256"], "key": "there", "claims": {"aud": {"constant": "aud"}}}}"#,
            "{}", "the source has no constant 'aud'; add it to its 'constants'"
        ),
    ])
    func `says why it cannot, and what would help`(rule: String, body: String, message: String) throws {
        let signer = DeliverySigner(
            mapping: try mapping(authenticate: rule),
            secrets: ["there": Array("a secret".utf8), "public": []],
            now: now
        )
        #expect(throws: DeliverySigner.Failure.self) {
            try signer.sign(OutgoingDelivery(to: "test", publicURL: "", body: Array(body.utf8)))
        }
        do {
            _ = try signer.sign(OutgoingDelivery(to: "test", publicURL: "", body: Array(body.utf8)))
        } catch {
            #expect(error.description == message)
        }
    }

    @Test func `takes no other kind of key`() throws {
        let rules = [
            #"{"signature": {"algorithm": "ed25519", \#(Self.hmac)}}"#,
            #"{"jwt": {"header": "x", "algorithms": ["EdDSA"]}}"#,
        ]
        for rule in rules {
            let signer = DeliverySigner(
                mapping: try mapping(authenticate: rule),
                secrets: ["secret": Array("a".utf8)],
                key: try PrivateKey(pem: SigningKeys.rsa),
                now: now
            )
            #expect(throws: DeliverySigner.Failure.self) {
                try signer.sign(OutgoingDelivery(to: "test", publicURL: "", body: []))
            }
        }
    }

    @Test(arguments: [
        "", "no key", SigningKeys.rsaPublic, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ])
    func `takes no text that is no private key`(text: String) {
        #expect(throws: CryptographyError.self) { try PrivateKey(pem: text) }
    }

    private func mapping(authenticate: String, framing: String = "{}") throws -> MappingFile {
        let text = """
            {"vendor": "test", "authenticate": \(authenticate), "framing": \(framing),
             "event": {"id": "id", "fields": {"message": "m"}}}
            """
        return try MappingFile.load(bytes: Array(text.utf8), file: "Mappings/test.json")
    }
}
