import JSON
import Schema
import Testing

@Suite struct `A path to events` {
    private func root(_ text: String) throws -> JSONValue {
        let document = JSONDocument()
        try document.parse(Array(text.utf8))
        return document.root.owned()
    }

    @Test(arguments: ["$", "$.a", "$[*]", "$.logs[*].data", "$.a.b[*].c.d_1"])
    func `is read`(text: String) { #expect(EventPath(text)?.text == text) }

    @Test(arguments: ["", "a", "$.", "$..a", "$.a[0]", "$.a[*", "$.a[*].b[*]", "$['a']", "$.é", "$ .a"])
    func `is refused where it says more`(text: String) { #expect(EventPath(text) == nil) }

    @Test(arguments: [
        (#"{"logs":[]}"#, []), (#"{"logs":[{"data":{}}]}"#, []), (#"[{"data":{}}]"#, []), (#"{"data":{}}"#, []),
        (#"{"logs":[{"data":{}},{"data":[]},{},4]}"#, ["/logs/1/data", "/logs/2/data", "/logs/3"]),
        ("{}", ["/logs"]), (#"{"logs":7}"#, ["/logs"]), ("7", [""]), ("[7]", ["/0"]),
    ])
    func `tells where events are missing`(text: String, expected: [String]) throws {
        let path = try #require(EventPath("$.logs[*].data"))
        #expect(path.faults(in: try root(text), limit: 10).map(\.pointer) == expected)
    }

    @Test func `names one event`() throws {
        let path = try #require(EventPath("$.logs[*].data"))
        #expect(path.pointer(toEvent: 3, in: try root(#"{"logs":[]}"#)) == "/logs/3/data")
        #expect(path.pointer(toEvent: 3, in: try root("[]")) == "/3/data")
        #expect(EventPath("$.a")?.pointer(toEvent: 0, in: .object([])) == "/a")
    }

    @Test func `tells no more faults than asked for`() throws {
        let path = try #require(EventPath("$[*]"))
        #expect(path.faults(in: try root("[1,2,3,4]"), limit: 2).count == 2)
    }
}

@Suite struct `The stored text of an event` {
    private func split(_ text: String) -> (String, String)? {
        Array(text.utf8).withUnsafeBytes { bytes in
            MalformedEvent.split(bytes).map {
                (String(decoding: $0.event, as: UTF8.self), String(decoding: $0.errors, as: UTF8.self))
            }
        }
    }

    @Test func `holds what did not fit on a line of its own`() throws {
        var encoder = EventEncoder(schema: .standard)
        encoder.begin()
        encoder.finish(errors: Array(#"[{"error":"e","field":"f"}]"#.utf8))
        encoder.begin()
        encoder.append(field: 1) { $0.append(string: "]") }
        encoder.finish()
        let events = encoder.take()
        let texts = events.indices.map { events.withEvent($0) { String(decoding: $0, as: UTF8.self) } }
        let parts = try #require(split(texts[0]))
        #expect(parts == ("{}", #"[{"error":"e","field":"f"}]"#))
        #expect(split(texts[1]) == nil)
    }
}
