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
