import Cryptography
import JSON
import Mapping
import Schema
import Testing

@testable import Receiving

@Suite struct `A large body` {
    @Test func `leaves no memory behind`() throws {
        let reader = DeliveryReader()
        let source = try source(framing: #"{"records": "parse_json(t) || @"}"#)
        let long = String(repeating: "x", count: 3 << 20)
        #expect(read(Array(#"{"m":"\#(long)"}"#.utf8), for: source, reader: reader).delivery?.events.count == 1)
        #expect(reader.document.capacity <= 1 << 20)
        #expect(
            read(Array(#"{"t":"{\"m\":\"\#(long)\"}"}"#.utf8), for: source, reader: reader).delivery?.events.count == 1
        )
        #expect(reader.document.capacity <= 1 << 20)
        #expect(read(Array(#"{"m":"a"}"#.utf8), for: source, reader: reader).delivery?.events.count == 1)
        #expect(reader.document.capacity > 0)
    }

    @Test func `is not copied for each bad line`() throws {
        let lines = Array(repeating: "[x]", count: 9_990).joined(separator: "\n")
        let long = String(repeating: "y", count: 20 << 20)
        let body = Array("\(lines)\n{\"m\":\"\(long)\"}\n{\"m\":00}".utf8)
        let start = ContinuousClock.now
        let delivery = try #require(read(body, for: try source()).delivery)
        #expect(delivery.events.count == 1)
        #expect(delivery.quarantined.count == 9_991)
        // Copies of the body would be 200 GB.
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test func `of many records and many bad values is refused in time`() throws {
        let zeros = Array(repeating: "{}", count: 1_000_000).joined(separator: ",")
        let bad = Array(repeating: "x", count: 9_000).joined(separator: ",")
        let start = ContinuousClock.now
        #expect(read("[\(zeros),\(bad)]", for: try source()).reply?.outcome == .tooLarge)
        var limits = DeliveryLimits()
        limits.maximumRecords = 200_000
        let fields = #""message": "'m'""#
        let half = zeros.prefix(100_000 * 3 - 1)
        let manyBad = Array(repeating: "{x}", count: 50_000).joined(separator: ",")
        let delivery = try #require(
            read("[\(half),\(manyBad)]", for: try source(fields: fields, limits: limits)).delivery
        )
        #expect(delivery.events.count == 100_000)
        #expect(delivery.quarantined.count == 50_000)
        // Comparing each with each would take five billion steps.
        #expect(start.duration(to: .now) < .seconds(30))
    }
}

@Suite struct `A refusal` {
    private func authenticator(_ rule: String, _ secrets: [String]) throws -> Authenticator {
        try source(authenticate: rule, secrets: ["secret": secrets]).authenticator
    }

    @Test func `computes as many signatures whatever the source has`() throws {
        let hmac = #"{"hmac": {"message": ["body"], "signature": {"header": "s"}}}"#
        let counts = [
            try authenticator(hmac, ["a"]), try authenticator(#"{"secret": {"header": "s"}}"#, ["a", "b"]),
            try authenticator(#"{"any": [\#(hmac), \#(hmac)]}"#, ["a", "b", "c", "d"]),
            try authenticator(hmac, ["a", "b"]),
        ].map { (own: $0.signatureCount, all: $0.signatureCount + $0.missingSignatureCount) }
        #expect(counts.map(\.own) == [1, 0, 8, 2])
        #expect(counts[0].all >= 8)
        #expect(Set(counts.map(\.all)).count == 1)
    }

    @Test func `verifies as many signatures whatever the source has`() throws {
        let keys = try (0..<3).map { _ in Base64.encode(try Ed25519.PrivateKey.random().publicKey.bytes) }
        let signature = #"""
            {"signature": {"algorithm": "ed25519", "message": ["body"], "signature": {"header": "s"}}}
            """#
        let certificate = #"""
            {"signature": {"algorithm": "rsa-sha256", "message": ["body"], "signature": {"header": "s"},
                           "certificate": {"url": "u", "host": "a\\.example"}}}
            """#
        let counts = [
            try authenticator(signature, [keys[0]]), try authenticator(#"{"secret": {"header": "s"}}"#, ["a"]),
            try authenticator(certificate, []), try authenticator(signature, keys),
            try authenticator(#"{"any": [\#(signature), \#(certificate)]}"#, keys),
        ].map { (own: $0.verificationCount, all: $0.verificationCount + $0.missingVerificationCount) }
        #expect(counts.map(\.own) == [1, 0, 1, 3, 4])
        #expect(counts[0].all >= 4)
        #expect(Set(counts.map(\.all)).count == 1)
    }

    @Test(arguments: [true, false])
    func `is imitated for an offer that nobody waits for`(readsBody: Bool) throws {
        let rule = readsBody ? #"{"pin": {"field": "key"}}"# : #"{"secret": {"header": "s"}}"#
        let source = try source(authenticate: rule, secrets: ["secret": ["s3cret"]])
        for body in [#"{"key":"wrong"}"#, #"{"key":"s3cret"}"#] {
            let reader = DeliveryReader()
            Array(body.utf8).withUnsafeBytes {
                reader.imitateRefusal(
                    of: DeliveryRequest(method: "POST", path: "/in/x", headers: [], body: $0, receivedAt: now),
                    for: source
                )
            }
            // What a wrong secret would have cost was done, and nothing else of the delivery was read.
            #expect((reader.document.capacity > 0) == readsBody)
        }
    }

    @Test(arguments: [
        (#"$request.method == 'OPTIONS' && $request.headers.o"#, false), (#"$request.query.token"#, false),
        (#"$request.query.token && type == 'x'"#, true), (#"length(@) > `0`"#, true), ("$", true),
        (#"$request.method == 'OPTIONS' && type"#, false),
    ])
    func `parses no body that an open handshake does not ask for`(condition: String, isParsed: Bool) throws {
        let reader = DeliveryReader()
        let source = try source(
            authenticate: #"{"secret": {"header": "s"}}"#,
            rest: #", "handshakes": [{"when": "\#(condition)", "authenticate": false, "answer": {"text": "'x'"}}]"#,
            secrets: ["secret": ["s3cret"]]
        )
        _ = read(Array("[]".utf8), for: source, reader: reader)
        #expect((reader.document.capacity > 0) == isParsed)
    }
}
