import Foundation
import Testing

@testable import Settings

@Suite struct `A secret` {
    private func token(_ secret: String) -> String {
        "{\"tokens\":[{\"name\":\"t\",\"secret\":\(secret),\"scopes\":[\"read\"]}]}"
    }

    @Test func `never prints`() throws {
        let secret = Secret("hunter2-hunter2-hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        let text =
            "{\"tokens\":[{\"name\":\"t\",\"secret\":{\"value\":\"hunter2-hunter2-hunter2\"},\"scopes\":[\"read\"]}]}"
        let settings = try settings(text)
        dump(settings, to: &dumped)
        dumped +=
            "\(secret) \(String(reflecting: secret)) \(settings) \(settings.tokens) \(String(reflecting: settings))"
        dumped +=
            "\(Optional(secret) as Any) \([secret]) \(["a": secret]) \(String(describing: Mirror(reflecting: secret).children.map(\.value)))"
        #expect(!dumped.contains("hunter2"))
        #expect(!dumped.contains("104, 117, 110"))
        #expect(dumped.contains("•••"))
    }

    @Test(arguments: [
        #"{"value":"hunter2-hunter2-hunter2 "}"#, #"{"value":"hunter2-hunter2-hunter2\n"}"#,
        #""hunter2-hunter2-hunter2""#,
        #"["hunter2-hunter2-hunter2"]"#, #"{"valu":"hunter2-hunter2-hunter2"}"#,
        #"{"value":["hunter2-hunter2-hunter2"]}"#,
        #"{"value":"hunter2-hunter2-hunter2","env":"X"}"#, #"[[{"value":"hunter2-hunter2-hunter2"}]]"#,
    ])
    func `enters no message`(secret: String) {
        let problems = problems(token(secret))
        #expect(!problems.isEmpty)
        #expect(!problems.joined().contains("hunter2"), "\(problems)")
    }

    @Test(arguments: [
        (#"{"env":"EMPTY"}"#, "tokens[0].secret is empty"), (#"{"env":"UNSET"}"#, "UNSET is not set"),
        (#"{"value":""}"#, "tokens[0].secret is empty"), ("[]", "lists no secret"),
        ("{}", "needs one of 'env', 'file' and 'value'"),
        (#"{"env":"A","file":"b"}"#, "needs one of"),
        (#"{"file":"/nonexistent/x"}"#, "cannot read the secret's file '/nonexistent/x'"),
        (#"{"file":"missing"}"#, "'/etc/gateway/missing'"), (#"{"env":""}"#, "must not be empty"),
        (#"{"en":"A"}"#, "did you mean 'env'?"),
        (#"{"value":"with space in the secret"}"#, "no header can carry"),
    ])
    func `is refused with a reason`(secret: String, reason: String) {
        let problems = problems(token(secret), environment: ["EMPTY": "", "A": "x"])
        #expect(problems.contains { $0.contains(reason) }, "\(problems)")
    }

    @Test func `comes from a file without its last line break`() throws {
        try withTemporaryFolder { folder in
            for (content, expected) in [
                ("0123456789abcdef", "0123456789abcdef"), ("0123456789abcdef\n", "0123456789abcdef"),
                ("0123456789abcdef\r\n", "0123456789abcdef"),
            ] {
                try Data(content.utf8).write(to: URL(fileURLWithPath: folder + "/secret"))
                let settings = try settings(token(#"{"file":"secret"}"#), directory: folder)
                #expect(settings.tokens[0].secrets.map(\.bytes) == [Array(expected.utf8)])
                #expect(settings.warnings.isEmpty)
            }
            try Data("\n".utf8).write(to: URL(fileURLWithPath: folder + "/secret"))
            #expect(problems(token(#"{"file":"secret"}"#), directory: folder).joined().contains("is empty"))
            #expect(problems(token(#"{"file":"."}"#), directory: folder).joined().contains("cannot read"))
            try Data(repeating: 0x61, count: 70_000).write(to: URL(fileURLWithPath: folder + "/secret"))
            #expect(problems(token(#"{"file":"secret"}"#), directory: folder).joined().contains("larger than 64KiB"))
        }
    }

    @Test func `may have any bytes where a source uses it`() throws {
        try withTemporaryFolder { folder in
            try Data([0, 0xFF, 0x0A, 0x0A]).write(to: URL(fileURLWithPath: folder + "/key"))
            let text = #"{"sources":[{"name":"s","mapping":"m","secrets":{"key":{"file":"key"}}}]}"#
            #expect(try settings(text, directory: folder).sources[0].secrets["key"]?[0].bytes == [0, 0xFF, 0x0A])
        }
    }

    @Test func `draws a warning when it is short`() throws {
        let settings = try settings(token(#"[{"value":"short"},{"value":"0123456789abcdef"}]"#))
        #expect(
            settings.warnings.map(\.description) == [
                "gateway.json:1:34: tokens[0].secret[0] is shorter than 16 characters, which can be guessed; use a longer one"
            ]
        )
    }

    @Test func `is as long as its characters, or its bytes where they are no text`() throws {
        func isShort(_ bytes: [UInt8]) throws -> Bool {
            try withTemporaryFolder { folder in
                try Data(bytes).write(to: URL(fileURLWithPath: folder + "/key"))
                let text = #"{"sources":[{"name":"s","mapping":"m","secrets":{"key":{"file":"key"}}}]}"#
                return try !settings(text, directory: folder).warnings.isEmpty
            }
        }
        #expect(try isShort(Array(String(repeating: "é", count: 15).utf8)))
        #expect(try !isShort(Array(String(repeating: "é", count: 16).utf8)))
        #expect(try !isShort([UInt8](repeating: 0xFF, count: 16)))
        #expect(try isShort([UInt8](repeating: 0xFF, count: 15)))
    }

    @Test func `belongs to one token or source`() {
        let text = """
            {"tokens":[{"name":"a","secret":{"value":"0123456789abcdef"},"scopes":["read"]},
            {"name":"b","secret":[{"value":"0123456789abcdef"}],"scopes":["read"]}],
            "sources":[{"name":"s","mapping":"m","secrets":{"token":{"value":"0123456789abcdef"}}},
            {"name":"t","mapping":"m","secrets":{"secret":{"value":"0123456789abcdef"}}}]}
            """
        let problems = problems(text)
        #expect(problems.count == 2, "\(problems)")
        #expect(
            problems.first
                == "gateway.json:2:23: the token 'b' has the same secret as the token 'a'; each needs its own"
        )
        #expect(!problems.joined().contains("0123456789abcdef"))
    }

    @Test func `is compared whole`() {
        let secret = Secret("0123456789abcdef")
        #expect(secret == Secret("0123456789abcdef"))
        #expect(secret != Secret("0123456789abcde") && secret != Secret("0123456789abcdeg") && secret != Secret(""))
    }
}
