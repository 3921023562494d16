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
        #expect(Array(text.utf8).withUnsafeBytes { EnvelopeStatus(startOf: $0) } == status)
    }
}

@Suite struct `A verdict` {
    private enum Kind { case stored, accepted, later, refused, bad }

    private func kind(_ status: Int, _ body: String = "") -> Kind {
        switch Verdict(Answer(status: status, body: Array(body.utf8))) {
        case .stored: .stored
        case .accepted: .accepted
        case .later: .later
        case .refused: .refused
        case .bad: .bad
        }
    }

    @Test(arguments: [500, 502, 503, 504, 599, 408, 425, 429])
    func `is to try later when the sink cannot now`(status: Int) { #expect(kind(status) == .later) }

    @Test func `is to try later when there is no answer`() {
        #expect(Verdict(Answer(failure: "Connection refused")) == .later("Connection refused"))
    }

    @Test(arguments: [400, 413, 422]) func `blames the events when their content is refused`(status: Int) {
        #expect(kind(status, #"{"status":"ValidationError","result":{"errors":[]}}"#) == .bad)
        #expect(kind(status) == .bad)
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
        let body =
            #"{"status":"ValidationError","result":{"errors":[{"code":"ConfigNotExist","source":"/config_id"}]}}"#
        #expect(kind(400, body) == .refused)
    }

    @Test(arguments: [
        (#"{"status":"Success"}"#, 0), ("{}", 0), ("", 0), (#"{"status":"ValidationError"}"#, 1),
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
