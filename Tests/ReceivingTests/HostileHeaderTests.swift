import Mapping
import Receiving
import Schema
import Testing

@Suite struct `A hostile request` {
    private static let forms = [
        #"{"secret": {"header": "x-s", "scheme": "Bearer"}}"#, #"{"secret": {"query": "s"}}"#,
        #"{"secret": {"path": true}}"#,
        #"{"secret": {"item": "a[].b"}}"#, #"{"basic": {"user": "u"}}"#, #"{"basic": {}}"#,
        #"{"client_certificate": {"header": "x-s"}}"#, #"{"networks": ["203.0.113.0/24"]}"#,
        #"{"pin": {"field": "a"}}"#,
        #"{"hmac": {"message": ["body"], "signature": {"header": "x-s"}}}"#,
        #"{"hmac": {"message": ["body"], "encoding": "either", "signature": {"header": "x-s", "prefix": "v0="}}}"#,
        #"{"hmac": {"message": [{"item": "t"}, "body"], "signature": {"header": "x-s", "pairs": {"name": "v1", "separator": ","}}, "timestamp": {"item": "t", "unit": "s", "tolerance": "5m"}}}"#,
        #"{"hmac": {"message": [{"header": "x-t"}, "body"], "encoding": "base64", "signature": {"headers": ["x-s", "x-u"], "list": {"version": "v1"}}, "timestamp": {"header": "x-t", "unit": "rfc3339", "tolerance": "5m"}}}"#,
        #"{"hmac": {"message": ["url", "method", {"query": "s"}, "body"], "signature": {"numbered": "x-s-"}}}"#,
        #"{"hmac": {"message": [{"url": "decoded"}, {"form": "sorted"}], "signature": {"query": "s"}}}"#,
        #"{"hmac": {"message": [{"field": "t"}, {"fields": ["a", "b"]}], "signature": {"field": "s"}, "timestamp": {"field": "t", "unit": "ms", "tolerance": "5m"}}}"#,
        #"{"hash": {"message": ["secret", {"body": "sha256"}], "signature": {"header": "x-s"}}}"#,
        #"{"signature": {"algorithm": "ed25519", "key": "ed", "message": ["body"], "signature": {"header": "x-s"}}}"#,
        #"{"signature": {"algorithm": "ecdsa-p256-sha256", "key": "ec", "message": ["body"], "signature": {"header": "x-s"}}}"#,
        #"{"jwt": {"header": "x-s", "scheme": "Bearer", "algorithms": ["HS256", "HS512"], "claims": {"iss": "i"}, "body_hash": {"claim": "h"}}}"#,
        #"{"jwt": {"query": "s", "algorithms": ["ES256"], "key": "ec"}}"#,
    ]

    /// What the grammars of headers are made of, and what they are not.
    private static let words = [
        "Bearer ", "bearer", "Basic ", "v0=", "v1=", "v1,", "t=", "t=1795000000,", ",", ";", "=", " ", "\t", ".", "..",
        "{", "}",
        "1795000000", "-1", "99999999999999999999", "2026-11-18T00:00:00Z", "eyJhbGciOiJIUzI1NiJ9",
        "eyJhbGciOiJub25lIn0",
        "eyJpc3MiOiJpIn0", "YTpi", "dTp4", "=", "==", "00", "ff", "zz", "%", "%41", "%zz", "+", "&", "?", "é", "\u{0}",
        "\u{7F}",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "MEUCIQ", "203.0.113.9",
    ]

    private static let bodies = [
        "", "{}", "[]", "a=1&b=%zz&&=", #"{"a":[{"b":"x"},{"b":1}],"s":"00","t":1795000000000}"#,
        #"{"a":"x","b":null,"s":[]}"#,
        "{\"a\":", "\u{1F}\u{8B}", "not JSON",
    ]

    private func text(_ random: inout FixedRandom) -> String {
        if Int.random(in: 0..<4, using: &random) == 0 {
            let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        let one = (0..<Int.random(in: 0..<8, using: &random)).map { _ in Self.words.randomElement(using: &random) ?? ""
        }
        // Long runs of one word must not cost more than their length.
        let times = Int.random(in: 0..<200, using: &random) == 0 ? 4000 : 1
        return String(repeating: one.joined(), count: times)
    }

    @Test(arguments: forms)
    func `is never believed, whatever its headers are`(form: String) throws {
        var secrets = ["secret": ["the-secret-that-nobody-knows"]]
        if form.contains("\"ed\"") { secrets = ["ed": [SigningKeys.ed25519Public]] }
        if form.contains("\"ec\"") { secrets = ["ec": [SigningKeys.p256Public]] }
        let source = try source(authenticate: form, secrets: secrets)
        let reader = DeliveryReader()
        var random = FixedRandom(state: 20_261_125)
        for round in 0..<400 {
            let names = [
                "x-s", "x-t", "x-u", "authorization", "x-s-1", "x-s-", "x-s-9999", "content-type", "content-encoding",
            ]
            let headers = (0..<Int.random(in: 0..<6, using: &random)).map { _ in
                (name: names.randomElement(using: &random) ?? "", value: text(&random))
            }
            let body = Self.bodies[round % Self.bodies.count]
            let outcome = read(
                Array(body.utf8),
                for: source,
                query: "s=" + text(&random),
                headers: headers,
                pathSecret: text(&random),
                url: "https://x.example/" + text(&random),
                reader: reader
            )
            switch outcome {
            case .answer(let reply): #expect(reply.outcome == .unauthenticated)
            case .delivery, .needsKey: Issue.record("\(form) believed \(headers)")
            }
        }
    }

    /// Bodies that are nearly what a framing wants.
    @Test(arguments: [
        #"{"format": "json"}"#, #"{"format": "auto"}"#, #"{"format": "lines"}"#, #"{"format": "text"}"#,
        #"{"format": "form"}"#,
        #"{"format": "form", "field": "payload"}"#, #"{"format": "auto", "empty": true}"#,
        #"{"records": "list[].{m: m, parent: $.id}"}"#, #"{"records": "map(&parse_json(m), list)"}"#,
        #"{"records": "json_lines(inflate(base64_decode(m)))"}"#, #"{"records": "(list || @)[*].m"}"#,
    ])
    func `has a body of which every byte is accounted for`(framing: String) throws {
        let source = try source(framing: framing)
        let reader = DeliveryReader()
        let parts = [
            "{", "}", "[", "]", ",", ":", "\"", "\"id\":1", "\"m\":\"x\"", "\"list\":[", "\n", "\r\n", " ", "null",
            "true", "1e5", "-0", "1E",
            "payload=", "%7B%22m%22%3A1%7D", "&", "=", "\\u00e9", "\\ud800", "\u{FEFF}", "\u{0}",
            "H4sIAAAAAAAAA6tWMlSyUjCsBQAmFY2XDQAAAA==",
            #"{"id":1,"m":"x"}"#, #"{"list":[{"m":"{\"m\":1}"}]}"#, "[[[[[[[[", "]]]]]]]]",
        ]
        var random = FixedRandom(state: 7_331)
        for _ in 0..<600 {
            var body = (0..<Int.random(in: 0..<12, using: &random)).flatMap { _ in
                Array((parts.randomElement(using: &random) ?? "").utf8)
            }
            if Int.random(in: 0..<8, using: &random) == 0 { body += [0xFF, 0xC0, 0x80] }
            guard let delivery = read(body, for: source, reader: reader).delivery else { continue }
            let count = delivery.body.count
            #expect(
                delivery.keys.count == delivery.events.count && delivery.recordRanges.count == delivery.events.count
            )
            #expect(delivery.recordRanges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= count })
            #expect(delivery.quarantined.allSatisfy { $0.range.upperBound <= count })
        }
    }
}
