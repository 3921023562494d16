import Cryptography
import Mapping
import Receiving
import Schema
import Testing

@Suite struct `A hostile body` {
    @Test(arguments: [
        String(repeating: "[", count: 1 << 20),
        String(repeating: "{\"a\":", count: 200_000),
        String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
        String(repeating: "\"", count: 1 << 20) + "x",
        String(repeating: "[,", count: 500_000),
        "[" + String(repeating: "\\\"", count: 100_000),
        String(repeating: "x ", count: 500_000),
        "[" + String(repeating: "x,", count: 500_000) + "1]",
        String(repeating: "\u{0}", count: 10_000),
    ])
    func `gives no event, in time`(body: String) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let outcome = read(body, for: try source())
        #expect(outcome.delivery?.events.isEmpty != false)
        #expect(outcome.reply.map { $0.outcome == .unreadable || $0.outcome == .tooLarge } != false)
        #expect(start.duration(to: clock.now) < .seconds(10))
    }

    @Test func `may nest as deep as JSON is read`() throws {
        let source = try source(framing: #"{"records": "[0]"}"#, fields: #""message": "'m'", "old": "@""#)
        func nested(_ depth: Int) -> String {
            "[{\"a\":" + String(repeating: "[", count: depth - 2) + String(repeating: "]", count: depth - 2) + "}]"
        }
        #expect(read(nested(64), for: source).delivery?.events.count == 1)
        #expect(read(nested(65), for: source).delivery?.events.isEmpty != false)
    }

    @Test func `that nests too deep in one element loses that alone`() throws {
        let deep = String(repeating: "[", count: 70) + String(repeating: "]", count: 70)
        let delivery = try #require(read(#"[{"m":"a"},\#(deep),{"m":"b"}]"#, for: source()).delivery)
        #expect(delivery.records == [#"{"m":"a"}"#, #"{"m":"b"}"#])
        #expect(delivery.setAside == [deep])
    }

    @Test func `with duplicate members gives the first`() throws {
        let delivery = try #require(read(#"{"m":"first","m":"second","id":1,"id":2}"#, for: source()).delivery)
        #expect(delivery.texts == [#"{"message":"first","status":"other"}"#])
        #expect(delivery.idTexts == ["1"])
    }

    @Test func `keeps long integers and NUL`() throws {
        let delivery = try #require(
            read(
                #"[{"m":9223372036854775807,"id":18446744073709551615},{"m":"a\u0000b","id":-9223372036854775808}]"#,
                for: source()
            ).delivery
        )
        #expect(
            delivery.texts == [
                #"{"message":"9223372036854775807","status":"other"}"#, #"{"message":"a\u0000b","status":"other"}"#,
            ]
        )
        #expect(delivery.idTexts == ["18446744073709551615", "-9223372036854775808"])
    }

    /// Whatever comes: no trap, and every range lies in the body.
    @Test func `mutated at random is always answered`() throws {
        let seeds = [
            #"[{"id":"1","m":"a\u00e9","n":[1,2.5e3,{"k":null}]},{"id":"2","m":"ping","kind":"ping"},{"id":3,"m":"\"\\"}]"#,
            "{\"id\":\"1\",\"m\":\"a\"}\n{\"id\":\"2\",\"m\":\"b\"}\r\n\n{\"id\":3,\"x\":true}",
            #"{"logs":[{"m":"a","id":[1,2]},{"m":"b"}],"t":"x"}{"m":"c"}"#,
        ].map { Array($0.utf8) }
        let zipped = try seeds[0].withUnsafeBytes { try Gzip.deflate($0) }
        let sources = [
            try source(), try source(framing: #"{"records": "logs"}"#), try source(framing: #"{"format": "lines"}"#),
            try source(framing: #"{"records": "logs[].{m: m}"}"#), try source(framing: #"{"format": "form"}"#),
        ]
        let reader = DeliveryReader()
        var random = SplitMix(state: 20_260_101)
        for round in 0..<6000 {
            var body = round % 20 == 0 ? zipped : seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&body, &random) }
            let outcome = read(body, for: sources[round % sources.count], reader: reader)
            guard let delivery = outcome.delivery else { continue }
            let whole = 0..<delivery.body.count
            #expect(
                delivery.recordRanges.count == delivery.events.count && delivery.keys.count == delivery.events.count
            )
            #expect(
                delivery.recordRanges.allSatisfy { whole.contains($0.lowerBound) && $0.upperBound <= whole.upperBound }
            )
            #expect(delivery.quarantined.allSatisfy { $0.range.upperBound <= whole.upperBound })
        }
    }

    private func mutate(_ body: inout [UInt8], _ random: inout SplitMix) {
        let alphabet = Array("{}[]\",:\\n0\u{1}\u{FF}e- \n".utf8)
        let place = body.isEmpty ? 0 : Int.random(in: 0..<body.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where !body.isEmpty: body.remove(at: place)
        case 1: body.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
        case 2 where !body.isEmpty: body[place] = alphabet.randomElement(using: &random) ?? 0
        case 3: body.removeSubrange(place...)
        default: body.insert(contentsOf: body[..<place], at: place)
        }
    }
}

/// A random generator that gives the same numbers every time (SplitMix64).
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
