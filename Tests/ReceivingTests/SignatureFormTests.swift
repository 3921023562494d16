import Cryptography
import JSON
import Mapping
import Receiving
import Testing

private let body = Array(#"{"m":"a"}"#.utf8)

/// The HMAC with SHA-256 under the key `k`, in hex.
private func code(_ message: [UInt8]) -> String {
    Hex.encode(HMACKey(algorithm: .sha256, key: [0x6B]).code(for: message))
}

private func isAccepted(
    _ rule: String,
    _ secrets: [String] = ["k"],
    headers: [(name: String, value: String)] = [],
    query: String = "",
    body: [UInt8] = body,
    framing: String = "{}",
    limits: DeliveryLimits = DeliveryLimits()
) throws -> Bool {
    let source = try source(authenticate: rule, framing: framing, secrets: ["secret": secrets], limits: limits)
    return read(body, for: source, query: query, headers: headers).reply?.outcome != .unauthenticated
}

private func problems(_ rule: String) -> [String] {
    let text = #"{"vendor": "test", "authenticate": \#(rule), "event": {"fields": {"message": "m"}}}"#
    do throws(MappingErrors) {
        return try MappingFile.load(bytes: Array(text.utf8), file: "test.json").warnings.map(\.message)
    } catch {
        return error.problems.map(\.message)
    }
}

@Suite struct `The grammar of a signature` {
    private static let pairs =
        #"{"hmac": {"message": ["body"], "signature": {"header": "s", "pairs": {"name": "v1"}}}}"#
    private static let list =
        #"{"hmac": {"encoding": "either", "message": ["body"], "signature": {"header": "s", "list": {"version": "v1"}}}}"#

    @Test(arguments: [
        ("v1=SIG", true), ("v1=00,v1=SIG", true), (" t=1 ,\tv1 = SIG ", true), ("v0=SIG", false), ("v1=SI", false),
        ("SIG", false), ("v1", false), ("v1=", false), ("=SIG", false), (",,,", false), ("v1==SIG", false),
        ("v10=SIG", false), ("v1=SIG;v1=SIG", false), ("v1=zz,v1=SIG", true), ("", false), ("v1=SIG,v1=00", true),
    ])
    func `of pairs takes every entry of its name`(value: String, expected: Bool) throws {
        let value = value.replacing("SIG", with: code(body))
        #expect(try isAccepted(Self.pairs, headers: [("s", value)]) == expected)
    }

    @Test(arguments: [
        ("v1,SIG", true), ("v1a,AA== v1,SIG", true), ("v1,AA==  v1,SIG v2,x", true), ("v1a,SIG", false),
        ("SIG", false), ("v1 SIG", false), (",SIG", false), ("v1,", false), ("v1,SIG,", false), ("v1,SIG\tv1,x", false),
    ])
    func `of a list takes every entry of its version`(value: String, expected: Bool) throws {
        let value = value.replacing("SIG", with: code(body))
        #expect(try isAccepted(Self.list, headers: [("s", value)]) == expected)
    }

    @Test func `takes 128 signatures and no more`() throws {
        let wrong = Array(repeating: "v1=\(String(repeating: "0", count: 64))", count: 10_000)
        let right = "v1=\(code(body))"
        #expect(try isAccepted(Self.pairs, headers: [("s", (wrong.prefix(127) + [right]).joined(separator: ","))]))
        #expect(try !isAccepted(Self.pairs, headers: [("s", (wrong.prefix(128) + [right]).joined(separator: ","))]))
        #expect(try !isAccepted(Self.pairs, headers: [("s", wrong.joined(separator: ","))]))
        // Entries of other versions do not count.
        let others = Array(repeating: "v0=00", count: 10_000)
        #expect(try isAccepted(Self.pairs, headers: [("s", (others + [right]).joined(separator: ","))]))
    }

    @Test func `is in hex or in base 64 where either is allowed`() throws {
        let rule = #"{"hmac": {"encoding": "either", "message": ["body"], "signature": {"header": "s"}}}"#
        let base64 = Base64.encode(HMACKey(algorithm: .sha256, key: [0x6B]).code(for: body))
        #expect(try isAccepted(rule, headers: [("s", code(body))]))
        #expect(try isAccepted(rule, headers: [("s", code(body).uppercased())]))
        #expect(try isAccepted(rule, headers: [("s", base64)]))
        #expect(try !isAccepted(rule, headers: [("s", base64.dropLast(4) + "AAA=")]))
    }

    @Test func `finds numbered headers only`() throws {
        let rule = #"{"hmac": {"message": ["body"], "signature": {"numbered": "s-"}}}"#
        #expect(try isAccepted(rule, headers: [("s-1", "00"), ("s-100", code(body))]))
        #expect(try !isAccepted(rule, headers: [("s-", code(body)), ("s-x", code(body)), ("s-12345", code(body))]))
    }

    @Test func `keeps the signed item and the item of the time the same`() throws {
        let rule = """
            {"hmac": {"message": [{"item": "t"}, ".", "body"], "signature": {"header": "s", "pairs": {"name": "v1"}},
                      "timestamp": {"item": "t", "tolerance": "5m"}}}
            """
        let time = now / 1_000_000
        let fresh = code(Array("\(time).".utf8) + body)
        let old = code(Array("\(time - 3600).".utf8) + body)
        #expect(try isAccepted(rule, headers: [("s", "t=\(time),v1=\(fresh)")]))
        #expect(try !isAccepted(rule, headers: [("s", "t=\(time - 3600),v1=\(old)")]))
        #expect(try !isAccepted(rule, headers: [("s", "t=\(time - 3600),v1=\(old),t=\(time)")]))
        #expect(try !isAccepted(rule, headers: [("s", "t=\(time),v1=\(old),t=\(time - 3600)")]))
        #expect(try !isAccepted(rule, headers: [("s", "v1=\(fresh)")]))
    }
}

@Suite struct `A public key` {
    private static let message = Array("1795000000.".utf8) + body
    private static let ed25519 = """
        {"signature": {"algorithm": "ed25519", "key_prefix": "whpk_", "encoding": "either",
                       "message": [{"header": "t"}, ".", "body"], "signature": {"header": "s"}}}
        """

    @Test func `of Ed25519 is given in any form`() throws {
        let key = try Ed25519.PrivateKey.random()
        let signature = key.sign(Self.message)
        let bytes = key.publicKey.bytes
        let der = Array(key.publicKey.pem.split(separator: "\n")[1].utf8)
        let forms = [
            "whpk_" + Base64.encode(bytes), Base64.encode(bytes), Hex.encode(bytes), key.publicKey.pem,
            String(decoding: der, as: UTF8.self),
        ]
        for form in forms {
            for text in [Base64.encode(signature), Hex.encode(signature)] {
                #expect(try isAccepted(Self.ed25519, [form], headers: [("t", "1795000000"), ("s", text)]))
                #expect(try !isAccepted(Self.ed25519, [form], headers: [("t", "1795000001"), ("s", text)]))
            }
            #expect(try !isAccepted(Self.ed25519, [form], headers: [("t", "1795000000")]))
            #expect(try !isAccepted(Self.ed25519, [form], headers: [("t", "1795000000"), ("s", "AAAA")]))
        }
    }

    @Test func `of RSA verifies what OpenSSL signed`() throws {
        let rule = """
            {"signature": {"algorithm": "rsa-sha256", "message": [{"header": "t"}, ".", "body"],
                           "signature": {"header": "s"}}}
            """
        let headers = [(name: "t", value: "1795000000"), (name: "s", value: RSAVector.signature)]
        #expect(try isAccepted(rule, [RSAVector.publicKey], headers: headers))
        #expect(try !isAccepted(rule, [RSAVector.publicKey], headers: headers, body: body + [0x20]))
        let sha1 = rule.replacing("rsa-sha256", with: "rsa-sha1")
        #expect(try !isAccepted(sha1, [RSAVector.publicKey], headers: headers))
    }

    @Test func `verifies eight signatures and no more`() throws {
        let rule = """
            {"signature": {"algorithm": "ed25519", "message": ["body"],
                           "signature": {"header": "s", "list": {"version": "v1a"}}}}
            """
        let key = try Ed25519.PrivateKey.random()
        let right = "v1a,\(Base64.encode(key.sign(body)))"
        let wrong = Array(repeating: "v1a,\(Base64.encode([UInt8](repeating: 1, count: 64)))", count: 10_000)
        let secrets = [Base64.encode(key.publicKey.bytes)]
        #expect(try isAccepted(rule, secrets, headers: [("s", (wrong.prefix(7) + [right]).joined(separator: " "))]))
        #expect(try !isAccepted(rule, secrets, headers: [("s", (wrong + [right]).joined(separator: " "))]))
    }

    @Test(arguments: [
        "", "no key", "AAAA", "-----BEGIN PUBLIC KEY-----", RSAVector.publicKey,
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    ])
    func `is refused when it is none of the algorithm`(secret: String) {
        #expect(throws: SourceError.self) { try isAccepted(Self.ed25519, [secret]) }
    }
}

@Suite struct `A value in the body` {
    private static let secret = #"{"secret": {"item": "value[*].state"}}"#
    private static let pin = #"{"pin": {"field": "tenant"}}"#

    @Test(arguments: [
        (#"{"value":[{"state":"one"},{"state":"one"}]}"#, true), (#"{"value":[{"state":"two"}]}"#, true),
        (#"{"value":[{"state":"one"},{"state":"x"}]}"#, false),
        (#"{"value":[{"state":"one"},{"state":["one"]}]}"#, false),
        (#"{"value":[]}"#, false), ("{}", false), ("", false), ("{", false), (#"{"value":[{"state":""}]}"#, false),
    ])
    func `is the secret when every item has it`(body: String, expected: Bool) throws {
        #expect(try isAccepted(Self.secret, ["one", "two"], body: Array(body.utf8)) == expected)
    }

    @Test(arguments: [
        (#"{"tenant":"42"}"#, true), (#"{"tenant":42}"#, true), (#"{"tenant":"43"}"#, false),
        (#"{"tenant":null}"#, false), (#"{"tenant":{"a":"42"}}"#, false), ("[]", false), ("x", false),
    ])
    func `is pinned`(body: String, expected: Bool) throws {
        #expect(try isAccepted(Self.pin, ["42"], body: Array(body.utf8)) == expected)
    }

    @Test func `is found in forms, zipped bodies and behind a byte order mark`() throws {
        let form = #"{"format": "form"}"#
        #expect(try isAccepted(Self.pin, ["4 2"], body: Array("a=1&tenant=4+2".utf8), framing: form))
        let plain = Array(#"{"tenant":"42"}"#.utf8)
        let zipped = try plain.withUnsafeBytes { try Gzip.deflate($0) }
        #expect(try isAccepted(Self.pin, ["42"], body: zipped))
        #expect(try isAccepted(Self.pin, ["42"], body: [0xEF, 0xBB, 0xBF] + plain))
    }

    @Test func `is not looked for in what is too large`() throws {
        var limits = DeliveryLimits()
        limits.maximumBodyBytes = 1000
        let large = Array(#"{"tenant":"42","x":"\#(String(repeating: "a", count: 1000))"}"#.utf8)
        #expect(try !isAccepted(Self.pin, ["42"], body: large, limits: limits))
        let zipped = try large.withUnsafeBytes { try Gzip.deflate($0) }
        #expect(try !isAccepted(Self.pin, ["42"], body: zipped, limits: limits))
        limits = DeliveryLimits()
        limits.maximumRecords = 10
        let items = Array(repeating: #"{"state":"one"}"#, count: 11).joined(separator: ",")
        #expect(try !isAccepted(Self.secret, ["one"], body: Array(#"{"value":[\#(items)]}"#.utf8), limits: limits))
    }

    @Test func `that costs more than the budget is not authentic`() throws {
        var limits = DeliveryLimits()
        limits.mappingSteps = 1000
        let rule = #"{"pin": {"field": "join('', sort(map(&to_string(@), a)))"}}"#
        let numbers = #"{"a":[\#(Array(repeating: "1", count: 5000).joined(separator: ","))]}"#
        let secret = String(repeating: "1", count: 5000)
        #expect(try !isAccepted(rule, [secret], body: Array(numbers.utf8), limits: limits))
        limits.mappingSteps = 1_000_000
        #expect(try isAccepted(rule, [secret], body: Array(numbers.utf8), limits: limits))
    }

    @Test func `may be signed, but not one that is missing`() throws {
        let rule = #"{"hmac": {"message": [{"field": "a"}], "signature": {"field": "s"}}}"#
        #expect(try isAccepted(rule, body: Array(#"{"a":"x","s":"\#(code([0x78]))"}"#.utf8)))
        #expect(try !isAccepted(rule, body: Array(#"{"s":"\#(code([]))"}"#.utf8)))
        let fields = #"{"hmac": {"message": [{"fields": ["b", "a"]}], "signature": {"field": "s"}}}"#
        #expect(try isAccepted(fields, body: Array(#"{"a":"x","s":"\#(code(Array("a\nx\n".utf8)))"}"#.utf8)))
        #expect(try !isAccepted(fields, body: Array(#"["\#(code([]))"]"#.utf8)))
    }

    @Test func `of a form counts once, and a form of very many fields is not authentic`() throws {
        let rule = #"{"hmac": {"message": [{"form": "sorted"}], "signature": {"header": "s"}}}"#
        let headers = [(name: "s", value: code(Array("a1a2b".utf8)))]
        #expect(try isAccepted(rule, headers: headers, body: Array("b=&a=2&a=1&a=2".utf8)))
        #expect(try !isAccepted(rule, headers: headers, body: Array("b=&a=2&a=1&a=3".utf8)))
        let many = Array(String(repeating: "a&", count: 10_001).utf8)
        #expect(try !isAccepted(rule, headers: [("s", code(Array("a".utf8)))], body: many))
        #expect(try isAccepted(rule, headers: [("s", code(Array("a".utf8)))], body: Array(many.prefix(10_000))))
    }
}

@Suite struct `A mapping's signature` {
    @Test(arguments: [
        #"{"hash": {"message": ["body"], "signature": {"header": "s"}}}"#,
        #"{"all": [{"hash": {"message": ["body"], "signature": {"header": "s"}}}]}"#,
        #"{"all": [{"hash": {"message": ["body"], "signature": {"header": "s"}}}, {"hash": {"message": ["body"], "signature": {"header": "s"}}}]}"#,
        #"{"hmac": {"message": ["secret", "body"], "signature": {"header": "s"}}}"#,
        #"{"hmac": {"message": [], "signature": {"header": "s"}}}"#,
        #"{"hmac": {"message": ["body"], "signature": {}}}"#,
        #"{"hmac": {"message": ["body"], "signature": {"header": "s", "field": "a"}}}"#,
        #"{"hmac": {"message": ["body"], "signature": {"header": "s", "prefix": "a", "list": {"version": "v1"}}}}"#,
        #"{"hmac": {"message": ["body"], "signature": {"header": "s", "pairs": {"name": "v1", "separator": "=="}}}}"#,
        #"{"hmac": {"message": ["body", {"item": "t"}], "signature": {"header": "s"}}}"#,
        #"{"hmac": {"message": ["body", {"form": "all"}], "signature": {"header": "s"}}}"#,
        #"{"hmac": {"message": ["body", {"fields": []}], "signature": {"header": "s"}}}"#,
        #"{"hmac": {"message": ["body", {"field": "$request.path"}], "signature": {"header": "s"}}}"#,
        #"{"hmac": {"message": ["body"], "signature": {"header": "s"}, "timestamp": {"tolerance": "5m"}}}"#,
        #"{"signature": {"message": ["body"], "signature": {"header": "s"}}}"#,
        #"{"signature": {"algorithm": "rsa-md5", "message": ["body"], "signature": {"header": "s"}}}"#,
        #"{"pin": {}}"#, #"{"pin": {"field": "a ["}}"#, #"{"secret": {"item": "a", "header": "b"}}"#,
    ])
    func `is refused when it makes no sense`(rule: String) {
        #expect(throws: MappingErrors.self) { try source(authenticate: rule) }
        #expect(!problems(rule).isEmpty)
    }

    @Test func `is warned about when it leaves out the body or the time`() {
        let url = #"{"hmac": {"message": ["url"], "signature": {"header": "s"}}}"#
        let hash = #"{"hash": {"message": ["body"], "signature": {"query": "h"}}}"#
        #expect(problems(url).count == 1)
        #expect(problems(#"{"any": [\#(url), {"secret": {"path": true}}]}"#).count == 1)
        #expect(problems(#"{"all": [\#(url), \#(hash)]}"#) == [])
        let timed = { (message: String, time: String) in
            """
            {"hmac": {"message": [\(message)], "signature": {"header": "s", "pairs": {"name": "v1"}},
                      "timestamp": {\(time), "tolerance": "5m"}}}
            """
        }
        #expect(problems(timed(#""body""#, #""item": "t""#)).count == 1)
        #expect(problems(timed(#""body", {"item": "t"}"#, #""item": "t""#)) == [])
        #expect(problems(timed(#""body", {"item": "t"}"#, #""header": "t""#)).count == 1)
        #expect(problems(timed(#""body""#, #""field": "a.b""#)) == [])
        #expect(problems(timed(#"{"fields": ["a"]}"#, #""field": "a""#)) == [])
        #expect(problems(timed(#"{"fields": ["a"]}"#, #""field": "b""#)).count == 1)
    }
}
