import JSON
import Testing

@testable import Bench

@Suite struct `A payload` {
    private func body(first: Int, count: Int) -> [UInt8] {
        let buffer = GrowingBuffer(capacity: 16)
        Payload().append(first: first, count: count, to: buffer)
        return [UInt8](buffer.bytes)
    }

    @Test(arguments: [1, 6, 100]) func `is an array of events of the length it says`(count: Int) throws {
        let body = body(first: 41, count: count)
        #expect(body.count == Payload().byteCount(first: 41, count: count))
        let document = JSONDocument()
        try document.parse(body)
        #expect(document.root.count == count)
    }

    @Test func `is the same for the same ids and different for others`() {
        #expect(body(first: 7, count: 3) == body(first: 7, count: 3))
        #expect(body(first: 7, count: 1) != body(first: 13, count: 1))
    }

    @Test(arguments: [1, 17, 999_999, 123_456_789]) func `carries its id where it is found again`(id: Int) {
        #expect(body(first: id, count: 1).withUnsafeBytes { Payload.id(in: $0) } == id)
    }

    @Test func `has a date that goes on with its id`() {
        let text = String(decoding: body(first: 3_723_004, count: 1), as: UTF8.self)
        #expect(text.contains(#""date":"2026-11-23T01:02:03.004Z""#))
        #expect(!text.contains("#") && !text.contains("HH:MM"))
    }

    @Test(arguments: ["", "bench-", "bench-12345678901234567", "bench-00000000000000001x", "bunch-000000000000000001"])
    func `has no id where digits are missing`(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { Payload.id(in: $0) } == nil)
    }

    @Test func `is 1 to 2 KB an event`() {
        #expect((1300...1500).contains(Payload().meanByteCount))
    }
}
