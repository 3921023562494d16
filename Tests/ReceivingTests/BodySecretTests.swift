import Cryptography
import JSON
import Mapping
import Schema
import Testing

@testable import Receiving

@Suite struct `A secret in a body` {
    private static let rule =
        #"{"any": [{"secret": {"item": "value[].key || key"}}, {"secret": {"header": "h", "key": "h"}}]}"#

    private func source(_ framing: String = #"{"records": "value || @"}"#, fields: String = #""message": "json(@)""#)
        throws
        -> Source
    {
        try ReceivingTests.source(
            authenticate: Self.rule,
            framing: framing,
            event: "",
            fields: fields,
            secrets: ["secret": ["s3cret/te\u{E9}xt", "0123456789", "short"], "h": ["other"]]
        )
    }

    @Test(arguments: [
        (#"{"value":[{"key":"s3cret/te\#u{E9}xt","m":1}]}"#, #"{"value":[{"key":"*************","m":1}]}"#),
        // However it is escaped.
        (
            #"{"value":[{"key":"s3cret\/te\u00e9x\u0074","m":1}]}"#,
            #"{"value":[{"key":"***********************","m":1}]}"#
        ),
        // Wherever it stands.
        (
            #"{"key":"s3cret/te\#u{E9}xt","m":"is s3cret/te\#u{E9}xt."}"#,
            #"{"key":"*************","m":"is *************."}"#
        ),
        // A number stays one, and a short text is covered as a whole value only.
        (#"{"key":"0123456789","n":10123456789}"#, #"{"key":"1111111111","n":11111111111}"#),
        (#"{"key":"short","m":"shortly","n":"short"}"#, #"{"key":"*****","m":"shortly","n":"*****"}"#),
    ])
    func `is covered before anything is mapped or kept`(body: String, kept: String) throws {
        let delivery = try #require(read(body, for: try source()).delivery)
        #expect(String(decoding: delivery.body, as: UTF8.self) == kept)
        #expect(delivery.body.count == body.utf8.count)
        #expect(delivery.recordRanges.allSatisfy { $0.upperBound <= delivery.body.count })
        for text in delivery.texts + [kept] {
            #expect(!text.contains("s3cret") && !text.contains("23456789"))
        }
        let record = try #require(delivery.recordRanges.first)
        #expect(JSONValue.isReadable(delivery.body[record]))
    }

    @Test(arguments: [
        (#"{"format": "form"}"#, "m=a&key=s3cret%2Fte%c3%A9xt", "m=a&key=*******************"),
        (#"{"format": "form"}"#, "key=short&m=short%20&n=shorts", "key=*****&m=short%20&n=shorts"),
        (#"{"format": "json"}"#, #"{"key":"s3cret/te\#u{E9}xt"}"#, #"{"key":"*************"}"#),
    ])
    func `is covered in every framing that can show it`(framing: String, body: String, kept: String) throws {
        let delivery = try #require(read(body, for: try source(framing)).delivery)
        #expect(String(decoding: delivery.body, as: UTF8.self) == kept)
    }

    @Test func `is covered when something else proves the sender`() throws {
        let lines = "{\"key\":\"s3cret/te\u{E9}xt\"}\n{\"key\":\"0123456789\"}\n"
        let delivery = try #require(read(lines, for: try source(), headers: [("h", "other")]).delivery)
        #expect(delivery.events.count == 2)
        #expect(
            String(decoding: delivery.body, as: UTF8.self) == "{\"key\":\"*************\"}\n{\"key\":\"1111111111\"}\n"
        )
    }

    @Test func `is covered in a compressed body`() throws {
        let body = try Gzip.deflate(Array(#"{"key":"s3cret/te\#u{E9}xt"}"#.utf8))
        let headers = [(name: "content-encoding", value: "gzip")]
        let delivery = try #require(read(body, for: try source(), headers: headers).delivery)
        #expect(String(decoding: delivery.body, as: UTF8.self) == #"{"key":"*************"}"#)
    }

    @Test func `is covered in what is set aside`() throws {
        let source = try source(fields: #""message": "base64_decode(m)""#)
        let body = #"{"value":[{"key":"s3cret/te\#u{E9}xt","m":5}]}"#
        let delivery = try #require(read(body, for: source).delivery)
        #expect(delivery.quarantined.count == 1)
        #expect(delivery.setAside == [#"{"key":"*************","m":5}"#])
        let form = try self.source(#"{"format": "form", "field": "payload"}"#)
        let encoded = "key=s3cret%2Fte%C3%A9xt&payload=%7B"
        let reply = try #require(read(encoded, for: form).reply)
        #expect(reply.outcome == .unreadable)
        #expect(
            reply.quarantine.map { String(decoding: $0.body, as: UTF8.self) } == "key=*******************&payload=%7B"
        )
    }

    @Test func `has the same id whichever of its values is valid`() throws {
        let ids = try ["s3cret/te\u{E9}xt", "s3cret/te\u{E9}xt"].map { secret in
            try #require(read(#"{"key":"\#(secret)","m":1}"#, for: source()).delivery).ids
        }
        #expect(ids[0] == ids[1])
        let covered = try #require(
            read(#"{"key":"*************","m":1}"#, for: source(), headers: [("h", "other")]).delivery
        )
        #expect(covered.ids == ids[0])
    }

    @Test func `costs no more where its escapes are broken off`() throws {
        let source = try source()
        for tail in [#"\"#, #"\u"#, #"\u00e"#, #"\ud83d\u"#, #"s3cret\"#, "s3cret/te"] {
            let outcome = read(Array((#"{"m":"a"}"# + tail).utf8), for: source, headers: [("h", "other")])
            #expect(outcome.delivery != nil || outcome.reply != nil)
        }
    }
}

extension JSONValue {
    fileprivate static func isReadable(_ bytes: ArraySlice<UInt8>) -> Bool {
        let document = JSONDocument()
        return (try? document.parse(Array(bytes))) != nil
    }
}

@Suite struct `A rule that reads the body` {
    private static let rules = [
        #"{"secret": {"item": "key"}}"#, #"{"pin": {"field": "key"}}"#,
        #"{"jwt": {"item": "key", "algorithms": ["HS256"]}}"#,
        #"{"hmac": {"message": [{"field": "key"}, "body"], "signature": {"header": "s"}}}"#,
        #"{"hmac": {"message": [{"fields": ["key"]}], "signature": {"header": "s"}}}"#,
        #"{"hmac": {"message": ["body"], "signature": {"field": "key"}}}"#,
        #"""
        {"hmac": {"message": ["body"], "signature": {"header": "s"},
                  "timestamp": {"field": "key", "unit": "s", "tolerance": "5m"}}}
        """#,
    ]

    @Test(arguments: rules, ["lines", "text"])
    func `needs a framing with one value`(rule: String, format: String) throws {
        for rule in [rule, #"{"any": [{"secret": {"header": "h"}}, {"all": [\#(rule)]}]}"#] {
            let error = #expect(throws: MappingErrors.self) {
                try source(authenticate: rule, framing: #"{"format": "\#(format)"}"#, secrets: ["secret": ["x"]])
            }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains("reads a value of the body") && text.contains("\"\(format)\""), "\(text)")
        }
    }

    @Test(arguments: rules, ["auto", "json", "form"])
    func `goes with the other framings`(rule: String, format: String) throws {
        _ = try source(authenticate: rule, framing: #"{"format": "\#(format)"}"#, secrets: ["secret": ["x"]])
    }

    @Test(arguments: ["lines", "text"])
    func `that needs the bytes alone goes with every framing`(format: String) throws {
        let rule = #"{"hmac": {"message": ["body"], "signature": {"header": "s"}}}"#
        _ = try source(authenticate: rule, framing: #"{"format": "\#(format)"}"#, secrets: ["secret": ["x"]])
    }

    @Test(arguments: [
        (#"{"format": "auto"}"#, #"{"key":"abcdefgh","m":"a"}"#),
        (#"{"format": "json"}"#, #"{"key":"abcdefgh","m":"a"}"#),
        (#"{"format": "form"}"#, "key=abcdefgh&m=a"),
    ])
    func `finds a signed field in each framing`(framing: String, body: String) throws {
        let rule = #"{"hmac": {"message": [{"field": "key"}, "."], "signature": {"header": "s"}}}"#
        let source = try source(authenticate: rule, framing: framing, secrets: ["secret": ["k"]])
        let code = Hex.encode(HMACKey(algorithm: .sha256, key: Array("k".utf8)).code(for: Array("abcdefgh.".utf8)))
        #expect(read(body, for: source, headers: [("s", code)]).delivery?.events.count == 1)
        let changed = body.replacing("abcdefgh", with: "abcdefgi")
        #expect(read(changed, for: source, headers: [("s", code)]).reply?.outcome == .unauthenticated)
    }
}
