import Cryptography
import Mapping
import Receiving
import Synchronization
import Testing

private let body = Array(#"{"m":"a"}"#.utf8)
private let second: Int64 = 1_000_000

/// What stands at the URLs of key sets, and how often it was asked for.
private final class Publisher: Sendable {
    private struct State {
        var answer: Result<String, KeyStore.FetchFailure>
        var count = 0
        var held: [@Sendable () -> Void] = []
        var isHolding = false
    }

    private let state: Mutex<State>

    init(_ answer: String?) {
        state = Mutex(
            State(answer: answer.map { .success($0) } ?? .failure(KeyStore.FetchFailure(reason: "no answer")))
        )
    }

    var count: Int { state.withLock { $0.count } }

    func publish(_ answer: String?) {
        state.withLock {
            $0.answer = answer.map { .success($0) } ?? .failure(KeyStore.FetchFailure(reason: "no answer"))
        }
    }

    func hold() { state.withLock { $0.isHolding = true } }

    func release() {
        let held = state.withLock { state in
            state.isHolding = false
            defer { state.held = [] }
            return state.held
        }
        for answer in held { answer() }
    }

    var store: KeyStore {
        KeyStore { [self] _, completion in
            let answer = state.withLock { state -> Result<[UInt8], KeyStore.FetchFailure>? in
                state.count += 1
                let answer = state.answer.map { Array($0.utf8) }
                guard state.isHolding else { return answer }
                state.held.append { completion(answer) }
                return nil
            }
            if let answer { completion(answer) }
        }
    }
}

@Suite struct `Published keys` {
    /// Signed for 2021-02-26 with the RSA key below.
    static let token = """
        eyJhbGciOiJSUzI1NiIsImtpZCI6ImZha2Uta2V5LTEiLCJ0eXAiOiJKV1QifQ.eyJhdWQiOiJodHRwczovL2luZ2Vzd\
        C5leGFtcGxlLnRlc3QvaW4vZ29vZ2xlLXB1YnN1YiIsImF6cCI6IjExMzc3NDI2NDQ2MzAzODMyMTk2NCIsImVtYWlsI\
        joicHVzaGVyQGV4YW1wbGUtcHJvamVjdC5pYW0uZ3NlcnZpY2VhY2NvdW50LmNvbSIsInN1YiI6IjExMzc3NDI2NDQ2M\
        zAzODMyMTk2NCIsImVtYWlsX3ZlcmlmaWVkIjp0cnVlLCJleHAiOjE2MTQzNzA0MzUsImlhdCI6MTYxNDM2NjgzNSwia\
        XNzIjoiaHR0cHM6Ly9hY2NvdW50cy5nb29nbGUuY29tIn0.UrcDN9CJCx_n-g6CXC3W5ACktQyjkoeGhwDRyPPIrzlec\
        1XyBOlLWQnmEAfoWfgi40mrFDWtz4HRwcfJ6PdZxmBDpoG5NZm8LyQ7n1Jnl-zknm3hSq0WJ2jbAJiI6tPcZBW2zBkGn\
        wnXsye3i0gVZGXHS1kdJ-44m7f60cisw7d5u5Za2ngHaigobmGI-mj9UUXmExTnSE27N5Ji5V2otLaeESAaHpXP7jPDN\
        oM5p2OQN1XpOhrV5-16U1OfQQWJM77d8nr2OtXcLUc7aUBA_i-eZIrc_cpOlvLguCb7kYAVRhFrKzzigjrCy7814wY2z\
        FVH87BqolBMWyAFEmnRcA
        """
    static let keys = #"""
        {"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"fake-key-1","n":"2358onY1m1tFe3a2X2vZ\#
        xqT3eFmRryiaz01nc1xS67P4r2VUyiQ6h4HRe985FWvVrkVOHtStVXseTsnkcHRIThVKhPem7p94z4S-j8mQmEWvuCE-\#
        Y_sLf9y4z0TUpi-HcNUgS75bo-gPzdXSmbxNPcE45ndcDJDGrbDeg9qXXjxAvW0APqv6JaTFoF9XfTPVJ9j8DOt1Xu94\#
        mGEeejOZmxqyRrr7RYv3eMmQ8QjOycssjr2dkpyYJ2P988RagbriNGBYcdCHvZoyJZLkgyGZh4qt7aerMjr2XHmy_z9d\#
        7TMWpEuBJ11C75zksSvi-kxQiG75wkMIJ_I8SkKwjcTqTQ","e":"AQAB"}]}
        """#
    private static let modulus = """
        2358onY1m1tFe3a2X2vZxqT3eFmRryiaz01nc1xS67P4r2VUyiQ6h4HRe985FWvVrkVOHtStVXseTsnkcHRIThVKhPem\
        7p94z4S-j8mQmEWvuCE-Y_sLf9y4z0TUpi-HcNUgS75bo-gPzdXSmbxNPcE45ndcDJDGrbDeg9qXXjxAvW0APqv6JaTF\
        oF9XfTPVJ9j8DOt1Xu94mGEeejOZmxqyRrr7RYv3eMmQ8QjOycssjr2dkpyYJ2P988RagbriNGBYcdCHvZoyJZLkgyGZ\
        h4qt7aerMjr2XHmy_z9d7TMWpEuBJ11C75zksSvi-kxQiG75wkMIJ_I8SkKwjcTqTQ
        """
    private static let time: Int64 = 1_614_366_840_000_000

    private static let rule = #"""
        {"jwt": {"header": "authorization", "scheme": "Bearer", "algorithms": ["RS256"], "jwks": "https://keys.example/",
                 "claims": {"iss": "https://accounts.google.com", "aud": "https://ingest.example.test/in/google-pubsub",
                            "email": "pusher@example-project.iam.gserviceaccount.com", "email_verified": true}}}
        """#

    private func outcome(_ source: Source, _ token: String = token, at time: Int64 = time) -> DeliveryOutcome {
        read(body, for: source, headers: [("authorization", "Bearer \(token)")], at: time)
    }

    /// The same claims under another key's id; the signature cannot be right.
    private func token(id: String) -> String {
        let parts = Self.token.split(separator: ".")
        let header = Base64.encode(Array(#"{"alg":"RS256","kid":"\#(id)"}"#.utf8), urlSafe: true, padded: false)
        return "\(header).\(parts[1]).\(parts[2])"
    }

    /// Fetches what is needed and reads again, as the gateway does.
    private func settled(_ source: Source, _ store: KeyStore, _ token: String = token, at time: Int64 = time)
        -> DeliveryOutcome
    {
        let first = outcome(source, token, at: time)
        guard let key = first.key else { return first }
        #expect(store.fetch(key, at: time) {})
        return outcome(source, token, at: time)
    }

    @Test func `are fetched once, and then known`() throws {
        let publisher = Publisher(Self.keys)
        let store = publisher.store
        let source = try source(authenticate: Self.rule, keys: store)
        let key = try #require(outcome(source).key)
        #expect(key.url == "https://keys.example/" && publisher.count == 0)
        #expect(store.fetch(key, at: Self.time) {})
        #expect(outcome(source).delivery != nil)
        #expect(outcome(source, at: Self.time + 3000 * second).delivery != nil)
        #expect(publisher.count == 1)
    }

    @Test func `are not asked for by a token that is wrong anyway`() throws {
        let publisher = Publisher(Self.keys)
        let source = try source(authenticate: Self.rule, keys: publisher.store)
        #expect(outcome(source, at: now).reply?.outcome == .unauthenticated)
        #expect(outcome(source, "a.b.c").reply?.outcome == .unauthenticated)
        let both = try self.source(
            authenticate: #"{"all": [\#(Self.rule), {"secret": {"path": true}}]}"#,
            secrets: ["secret": ["s"]],
            keys: publisher.store
        )
        #expect(outcome(both).reply?.outcome == .unauthenticated)
        let either = try self.source(
            authenticate: #"{"any": [\#(Self.rule), {"secret": {"header": "authorization"}}]}"#,
            secrets: ["secret": ["Bearer s"]],
            keys: publisher.store
        )
        #expect(outcome(either, "s").delivery != nil)
        #expect(outcome(either).key != nil)
        #expect(publisher.count == 0)
    }

    private func source(
        authenticate: String,
        secrets: [String: [String]] = [:],
        keys: KeyStore
    ) throws -> Source {
        try ReceivingTests.source(authenticate: authenticate, secrets: secrets, keys: keys)
    }

    @Test func `of an unknown id are asked for again once a minute`() throws {
        let publisher = Publisher(Self.keys)
        let store = publisher.store
        let source = try source(authenticate: Self.rule, keys: store)
        for step in 0..<130 {
            let outcome = settled(source, store, token(id: "made up \(step)"), at: Self.time + Int64(step) * second)
            #expect(outcome.reply?.outcome == .unauthenticated)
        }
        #expect(publisher.count == 3)
        // A clock that was set back does not keep it from asking.
        #expect(outcome(source, token(id: "x"), at: Self.time - 100 * second).key != nil)
    }

    @Test func `that cannot be had make a delivery wait, not fail`() throws {
        let publisher = Publisher(nil)
        let store = publisher.store
        let source = try source(authenticate: Self.rule, keys: store)
        for step in 0..<15 {
            let outcome = settled(source, store, at: Self.time + Int64(step) * second)
            #expect(outcome.reply?.outcome == .unavailable && outcome.reply?.answer.status == 503)
        }
        #expect(publisher.count == 2)
        publisher.publish(Self.keys)
        #expect(settled(source, store, at: Self.time + 30 * second).delivery != nil)
    }

    @Test func `stay when they cannot be had again`() throws {
        let publisher = Publisher(Self.keys)
        let store = publisher.store
        let source = try source(authenticate: Self.rule, keys: store)
        #expect(settled(source, store).delivery != nil)
        publisher.publish(nil)
        let minute = Self.time + 61 * second
        #expect(settled(source, store, token(id: "new"), at: minute).reply?.outcome == .unavailable)
        #expect(settled(source, store, at: minute).delivery != nil)
        publisher.publish("{}")
        #expect(settled(source, store, token(id: "new"), at: minute + 61 * second).reply?.outcome == .unavailable)
        #expect(settled(source, store, at: minute + 61 * second).delivery != nil)
        #expect(publisher.count == 3)
    }

    @Test func `are waited for by few, with one request, and each is told once`() throws {
        let publisher = Publisher(Self.keys)
        publisher.hold()
        let store = publisher.store
        let key = KeyRequest(.keySet, url: "https://keys.example/")
        let told = Mutex(0)
        let accepted = (0..<300).count { _ in store.fetch(key, at: now) { told.withLock { $0 += 1 } } }
        #expect(accepted == 256 && told.withLock { $0 } == 0 && publisher.count == 1)
        publisher.release()
        #expect(told.withLock { $0 } == 256)
        #expect(store.fetch(key, at: now) { told.withLock { $0 += 1 } })
        #expect(told.withLock { $0 } == 257)
    }

    @Test func `of many sets are forgotten, those in use last`() throws {
        let publisher = Publisher(Self.keys)
        let store = publisher.store
        let source = try source(authenticate: Self.rule, keys: store)
        #expect(settled(source, store).delivery != nil)
        for number in 0..<200 {
            #expect(outcome(source, at: Self.time + Int64(number)).delivery != nil)
            let other = KeyRequest(.keySet, url: "https://other.example/\(number)")
            #expect(store.fetch(other, at: Self.time - Int64(1000 - number)) {})
        }
        #expect(outcome(source).delivery != nil)
    }

    @Test(arguments: [
        "", "x", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[]}"#, #"{"keys":[1,null,{}]}"#,
        #"{"keys":[{"kty":"oct","k":"aw","kid":"fake-key-1"}]}"#,
        #"{"keys":[{"kty":"RSA","kid":"fake-key-1","n":"AQAB","e":"AQAB"}]}"#,
        #"{"keys":[{"kty":"RSA","kid":"fake-key-1","n":"\#(modulus)"}]}"#,
        #"{"keys":[{"kty":"RSA","kid":"fake-key-1","use":"enc","n":"\#(modulus)","e":"AQAB"}]}"#,
        #"{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}]}"#,
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQAB"}]}"#,
    ])
    func `in no usable set count as not to be had`(answer: String) throws {
        let store = Publisher(answer).store
        let source = try source(authenticate: Self.rule, keys: store)
        #expect(settled(source, store).reply?.outcome == .unavailable)
    }

    @Test func `are only for the algorithm that they name`() throws {
        let answer = Self.keys.replacing("RS256", with: "RS512")
        let store = Publisher(answer).store
        #expect(settled(try source(authenticate: Self.rule, keys: store), store).reply?.outcome == .unauthenticated)
    }

    @Test func `never serve as shared secrets`() throws {
        let store = Publisher(Self.keys).store
        let source = try source(authenticate: Self.rule, keys: store)
        let claims = Self.token.split(separator: ".")[1]
        let modulus = try #require(Base64.decode(Self.modulus, urlSafe: true))
        let key = try PublicKey(rsaModulus: modulus, exponent: [1, 0, 1])
        #expect(key.kind == .rsa)
        for secret in [modulus, Array(Self.modulus.utf8), Array(Self.keys.utf8)] {
            let text = String(decoding: try #require(Base64.decode(String(claims), urlSafe: true)), as: UTF8.self)
            let forged = ReceivingTests.token(text, header: #"{"alg":"HS256","kid":"fake-key-1"}"#, key: secret)
            #expect(settled(source, store, forged).reply?.outcome == .unauthenticated)
        }
        #expect(settled(source, store).delivery != nil)
    }

    @Test func `may come as a certificate, which is one only for a mapping's own hosts`() throws {
        let publisher = Publisher("no certificate")
        let store = publisher.store
        let host = try #require(HostPattern.compiled("sns\\.[a-z0-9-]+\\.amazonaws\\.com"))
        #expect(
            host.matches("SNS.eu-west-1.amazonaws.com") && !host.matches("sns.eu-west-1.amazonaws.com.evil.example")
        )
        #expect(!host.matches("evil-sns.x.amazonaws.com") && !host.matches("sns.x.amazonaws.com\n"))
        let request = KeyRequest(.certificate, url: "https://sns.eu-west-1.amazonaws.com/a.pem", host: host)
        #expect(store.fetch(request, at: now) {})
        #expect(throws: KeyStore.FetchFailure.self) { try store.add(request, content: Array("x".utf8), at: now) }
        #expect(publisher.count == 1)
    }

    @Test func `are not fetched by a source that has nobody to fetch them`() throws {
        let source = try source(authenticate: Self.rule, keys: KeyStore())
        #expect(outcome(source).reply?.outcome == .unavailable)
        let store = KeyStore()
        try store.add(KeyRequest(.keySet, url: "https://keys.example/"), content: Array(Self.keys.utf8), at: 0)
        let other = try self.source(authenticate: Self.rule, keys: store)
        #expect(outcome(other).delivery != nil)
        #expect(outcome(other, token(id: "other")).reply?.outcome == .unauthenticated)
    }
}
