import Cryptography
import JSON
import Mapping
import Receiving
import Schema
import Testing

extension SignedRequest {
    /// What is asked of the gateway, each part of which a test may change.
    struct Attempt {
        var secrets: [String]
        var headers: [(name: String, value: String)]
        var body: [UInt8]
        var url: String
        var receivedAt: Int64
    }

    func attempt() throws -> Attempt {
        let time = try #require(Array(receivedAt.utf8).withUnsafeBytes { Timestamp.parse($0) })
        return Attempt(
            secrets: [secret],
            headers: headers.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) },
            body: Array(body.utf8),
            url: url,
            receivedAt: time.seconds * 1_000_000
        )
    }

    func isAccepted(_ attempt: Attempt) throws -> Bool {
        let source = try source(
            authenticate: rule,
            secrets: ["secret": attempt.secrets, "topic": ["arn:aws:sns:us-west-2:123456789012:MyTopic"]]
        )
        let outcome = attempt.body.withUnsafeBytes { body in
            DeliveryReader().read(
                DeliveryRequest(
                    method: "POST",
                    path: "/in/test",
                    query: String(attempt.url.split(separator: "?").dropFirst().first ?? ""),
                    headers: attempt.headers,
                    body: body,
                    publicURL: attempt.url,
                    receivedAt: attempt.receivedAt
                ),
                for: source
            )
        }
        if let reason = outcome.reply?.reason { #expect(attempt.secrets.allSatisfy { !reason.contains($0) }) }
        return outcome.reply?.outcome != .unauthenticated
    }

    /// Whether every byte of the body counts.
    var coversWholeBody: Bool { rule.contains("\"body\"") || rule.contains("sorted") }

    /// Another secret of the same kind.
    var otherSecret: String {
        get throws {
            if rule.contains("ecdsa") {
                return "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELUVJWlFpTEkIubpkAPgNRfIKNjyx1io4dy9VCkhBC7vPLwYdmmvMx5"
                    + "LQI4YvRWsJrQToMJvW4ilvF0uS87vI4g=="
            }
            if rule.contains("rsa-") { return RSAVector.publicKey }
            return secret.hasPrefix("whsec_") ? "whsec_" + Base64.encode(SecureRandom.bytes(24)) : "other"
        }
    }
}

/// A signature that OpenSSL made with a key of 2048 bits.
enum RSAVector {
    static let publicKey = #"""
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAs7on0agrMIM3RvSYxVMp8kEp8bEiDsgaHAZxpkXIQqtQbzBxjo0oLnmh0XLv\#
        XGQYLFn0ELylcddkyT0h4ItTc+m9iPGooqLIDymGuAUiuKSGINBRJdTwzJ3rUt8HESqHR5lbSyx+gdAFjT4yCsfqr2AA+6YKoM+H1m37\#
        JQjHhKEBcEqsk71Qut9tTMN2ED/v6P+GnZLprw7WK766uXH6fmMh7ttVV0rHSE9datLpmb4cVjHP5twczogVr/vIoNwf+KbdbkZloq6l\#
        FyUKNPlV6tXCbL+Y0HRUk52Ri0IPxwCDmsSSvCpajbuqVw2bl6HmrmSAMSVFlqr2b8AuxqHnBQIDAQAB
        """#
    /// Over `1795000000.{"m":"a"}`.
    static let signature = #"""
        ZQcd5kVQZLfJYUPicTW630h6ZdDuPMsVdL7jidAUZ/QyFZhU+I4tZO6fNm4xbc74uwuvn24ZFcDtaLTchBt3UmZmsfLylOATahBskLws\#
        ok5ygrNCrSs6kdKtFHww2ROWQDQe9+r6u7wC21bu50WcE5cZi0RK0rr5VOJLgFbx22F813jYnB3kMhzqsS5mBRZtBkc+KAUpa/UgH9/I\#
        C+KlJe4eUdHeDjXjm0JeNDZOn6J2+/RUPT3B4JL2ju0yLeFxxbHa8rl+T9YLep76gtWQo392qNBP9D8dDQKyxODPm+F8+5L36aYCg6Eo\#
        F/LwEcZhSpf+BK+DUDh0XHdi6QajIw==
        """#
}

@Suite struct `A vendor's signature` {
    @Test(arguments: SignedRequest.all)
    func `is accepted under any of several keys`(request: SignedRequest) throws {
        var attempt = try request.attempt()
        #expect(try request.isAccepted(attempt))
        attempt.secrets = [try request.otherSecret] + attempt.secrets
        #expect(try request.isAccepted(attempt))
    }

    @Test(arguments: SignedRequest.all)
    func `is refused under another key`(request: SignedRequest) throws {
        var attempt = try request.attempt()
        attempt.secrets = [try request.otherSecret]
        #expect(try !request.isAccepted(attempt))
    }

    @Test(arguments: SignedRequest.all)
    func `is refused without its headers or with another body`(request: SignedRequest) throws {
        var attempt = try request.attempt()
        attempt.headers = []
        if !request.headers.isEmpty { #expect(try !request.isAccepted(attempt)) }
        attempt = try request.attempt()
        attempt.body = []
        #expect(try !request.isAccepted(attempt))
        attempt = try request.attempt()
        attempt.body[attempt.body.count / 2] ^= 1
        #expect(try !request.isAccepted(attempt) || !request.coversWholeBody)
    }

    @Test func `over some fields is refused when one of them changes, and accepted when another does`() throws {
        for (text, other, isSigned) in [
            ("alice", "carol", false), ("a8ce0edb", "a8ce0edc", true), ("Hello", "hello", true),
            ("?Action", "?action", false),
        ] {
            let request = try #require(SignedRequest.all.first { $0.body.contains(text) && !$0.coversWholeBody })
            var attempt = try request.attempt()
            attempt.body = Array(request.body.replacing(text, with: other).utf8)
            #expect(try request.isAccepted(attempt) != isSigned)
        }
    }

    @Test(arguments: SignedRequest.all.filter { $0.rule.contains("timestamp\": {") }, [-4000, 4000])
    func `is refused long before and after`(request: SignedRequest, seconds: Int64) throws {
        var attempt = try request.attempt()
        attempt.receivedAt += seconds * 1_000_000
        #expect(try !request.isAccepted(attempt))
    }

    @Test(arguments: SignedRequest.all.filter { $0.rule.contains("\"url") })
    func `over the URL is refused at another`(request: SignedRequest) throws {
        var attempt = try request.attempt()
        attempt.url = attempt.url.replacing("https://", with: "http://")
        #expect(try !request.isAccepted(attempt))
    }

    @Test(arguments: SignedRequest.all)
    func `is refused or stays the same under random changes`(request: SignedRequest) throws {
        var random = FixedRandom(state: 7)
        let original = try request.attempt()
        for _ in 0..<120 {
            var attempt = original
            for index in attempt.headers.indices {
                var bytes = Array(attempt.headers[index].value.utf8)
                random.mutate(&bytes)
                attempt.headers[index].value = String(decoding: bytes, as: UTF8.self)
            }
            random.mutate(&attempt.body)
            let isAccepted = try request.isAccepted(attempt)
            if isAccepted, request.rule.contains("\"body\"") { #expect(attempt.body == original.body) }
        }
    }
}

/// The same numbers in every run.
struct FixedRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 0...2, using: &self) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes[index] = UInt8.random(in: 0x20...0x7E, using: &self)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &self)], at: index)
            default: bytes.removeLast(bytes.count - index)
            }
        }
    }
}
