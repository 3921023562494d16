import Testing

@testable import Forwarding

@Suite struct `An envelope's status` {
    @Test(arguments: [
        (#"{"status":"Success"}"#, EnvelopeStatus.status("Success")),
        (#" { "request_id" : "x" , "status" : "Accepted" , "result":null}"#, .status("Accepted")),
        (#"{"result":{"status":"inner","a":["status","x"]},"status":"outer"}"#, .status("outer")),
        (#"{"summary":"status","status":"A"}"#, .status("A")),
        (#"{"summary":"a \"status\":\"x\"","status":"B"}"#, .status("B")),
        (#"{"a":"\\","status":"C"}"#, .status("C")),
        (#"{"status":12}"#, .missing),
        (#"{"status":{"status":"no"}}"#, .missing),
        (#"{}"#, .missing),
        (#"{"summary":"cut off, "stat"#, .missing),
        (#"{"status":"cut o"#, .missing),
        (#"{"a\"#, .missing),
        ("", .notAnObject),
        ("<html>", .notAnObject),
        ("[{\"status\":\"Success\"}]", .notAnObject),
    ])
    func `is found in the outermost object only`(text: String, status: EnvelopeStatus) {
        #expect(EnvelopeStatus(of: Array(text.utf8)) == status)
        // However it is cut on its way.
        for size in 1...3 {
            var reader = EnvelopeReader()
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                rest.prefix(size).withUnsafeBytes { reader.read($0) }
                rest = rest.dropFirst(size)
            }
            #expect(reader.status == status)
        }
    }
}

@Suite struct `A verdict` {
    private enum Kind { case stored, accepted, later, refused, bad, unclear }

    private func kind(_ status: Int, _ body: String = "") -> Kind {
        switch Verdict(Answer(status: status, body: Array(body.utf8))) {
        case .stored: .stored
        case .accepted: .accepted
        case .later: .later
        case .refused: .refused
        case .bad: .bad
        case .unclear: .unclear
        }
    }

    @Test(arguments: [500, 502, 503, 504, 599, 408, 425, 429])
    func `is to try later when the sink cannot now`(status: Int) { #expect(kind(status) == .later) }

    @Test func `is to try later when there is no answer`() {
        #expect(Verdict(Answer(failure: "Connection refused")) == .later("Connection refused"))
    }

    @Test(arguments: [400, 413, 422]) func `blames the events when their content is refused`(status: Int) {
        #expect(kind(status, #"{"status":"ValidationError","result":{"errors":[]}}"#) == .bad)
    }

    @Test(arguments: [400, 413, 422], ["", "<html>Bad Request</html>", #"{"status":400,"error":"Bad Request"}"#])
    func `blames no event when it is not the sink's own`(status: Int, body: String) {
        #expect(kind(status, body) == .unclear)
    }

    @Test(arguments: [414, 431]) func `blames the size of the request when its head is too large`(status: Int) {
        #expect(kind(status) == .unclear)
        #expect(kind(status, #"{"status":"ValidationError"}"#) == .unclear)
    }

    @Test(arguments: [401, 402, 403, 404, 405, 301, 302, 307])
    func `blames our settings when the request is refused whatever it holds`(status: Int) {
        #expect(kind(status, #"{"status":"Unauthorized"}"#) == .refused)
        #expect(kind(status) == .refused)
    }

    @Test func `blames the event for a forbidden value`() {
        #expect(kind(403, #"{"status":"ForbiddenFieldValue"}"#) == .bad)
    }

    @Test(arguments: ["MissingConfigID", "InvalidSchema", "Unauthorized"])
    func `blames our settings for statuses that no event changes`(name: String) {
        #expect(kind(400, #"{"status":"\#(name)"}"#) == .refused)
        #expect(kind(200, #"{"status":"\#(name)"}"#) == .refused)
    }

    @Test func `blames our settings for an unknown configuration`() {
        for code in [#""code":"ConfigNotExist""#, #""code" : "BadFormat"},{"code" :\#t"ConfigNotExist""#] {
            let body = #"{"status":"ValidationError","result":{"errors":[{\#(code),"source":"/config_id"}]}}"#
            #expect(kind(400, body) == .refused)
        }
    }

    @Test(arguments: [
        #"'ConfigNotExist' is no action"#, #"\"code\":\"ConfigNotExist\" is no action"#,
        #"no","code":"BadFormat","source":"ConfigNotExist"#,
    ])
    func `blames the event when it only speaks of an unknown configuration`(detail: String) {
        let body = #"{"status":"ValidationError","result":{"errors":[{"detail":"\#(detail)","code":"BadFormat"}]}}"#
        #expect(kind(400, body) == .bad)
    }

    @Test(arguments: [
        (#"{"status":"Success"}"#, 0), ("{}", 2), ("", 2), (#"{"result":{}}"#, 2),
        (#"{"status":"ValidationError"}"#, 1),
        (#"{"status":"InternalError"}"#, 2), (#"{"status":"SomethingNew"}"#, 2), ("<html>Please log in</html>", 2),
        (#"{"status":"Accepted"}"#, 3),
    ])
    func `of a 200 counts by the envelope's status`(body: String, expected: Int) {
        #expect(kind(200, body) == [Kind.stored, .bad, .later, .accepted][expected])
    }
}

@Suite struct `An accepted request` {
    @Test(arguments: [
        (#"{"request_id":"prq_a2","result":{"location":"https://x/request/prq_b3","ttl_mins":2}}"#, "prq_a2", 120),
        (#"{"result":{"location":"https://x/request/prq_b3"}}"#, "prq_b3", 900),
        (#"{"request_id":"../../admin","result":{"location":"https://x/request/prq_b3"}}"#, "prq_b3", 900),
    ])
    func `is found by its id`(body: String, id: String, seconds: Int) {
        let request = AcceptedRequest(Answer(status: 202, body: Array(body.utf8)))
        #expect(request?.id == id)
        #expect(request?.lifetime == .seconds(seconds))
    }

    @Test(arguments: ["", "{}", #"{"request_id":"a/b"}"#, #"{"request_id":""}"#])
    func `without a usable id is none`(body: String) {
        #expect(AcceptedRequest(Answer(status: 202, body: Array(body.utf8))) == nil)
    }
}

@Suite struct `What is shown of an answer` {
    private let tokens = [BearerToken("abc"), BearerToken("abc/def+g\"h")]

    private func excerpt(_ text: String) -> String {
        Answer(status: 401, body: Array(text.utf8), tokens: tokens).excerpt
    }

    @Test(arguments: [
        ("abc", "•••"), ("abcabc ab", "•••••• ab"), (#"Bearer abc/def+g"h."#, "Bearer •••."),
        (#"{"token":"abc\/def+g\"h"}"#, #"{"token":"•••"}"#), ("line\none\u{1}", "line one "), ("käse", "käse"),
    ])
    func `holds no token, as it is or in JSON, and no control characters`(text: String, shown: String) {
        #expect(excerpt(text) == shown)
    }

    @Test func `ends after a kibibyte, with no half of a token`() {
        #expect(excerpt(String(repeating: "x", count: 5000)).utf8.count == 1024)
        #expect(excerpt(String(repeating: "x", count: 1022) + "abc/def") == String(repeating: "x", count: 1022) + "•••")
    }

    @Test func `is a status without a token too`() {
        let answer = Answer(status: 400, body: Array(#"{"status":"no abc"}"#.utf8), tokens: tokens)
        #expect(Verdict(answer) == .bad("HTTP 400 no •••"))
    }
}
