import Testing

@testable import Gateway

@Suite struct `A range of bytes` {
    @Test(arguments: [
        ("bytes=0-0", ByteRange.part(0..<1)), ("bytes=10-19", .part(10..<20)), ("bytes=90-", .part(90..<100)),
        ("bytes=90-1000", .part(90..<100)), ("bytes=90-9223372036854775807", .part(90..<100)),
        ("bytes=-10", .part(90..<100)), ("bytes=-1000", .part(0..<100)), ("bytes=100-", .unsatisfiable),
        ("bytes=-0", .unsatisfiable), ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=5-4", .whole),
        ("bytes=", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole), ("bytes=0-1,5-6", .whole),
        ("lines=0-1", .whole),
    ])
    func `is read as RFC 9110 says`(text: String, range: ByteRange) {
        #expect(ByteRange.read(text, ifRange: nil, tag: "\"t\"", size: 100) == range)
    }

    @Test func `is for the file that the client has begun with`() {
        #expect(ByteRange.read("bytes=1-2", ifRange: "\"t\"", tag: "\"t\"", size: 100) == .part(1..<3))
        #expect(ByteRange.read("bytes=1-2", ifRange: "\"u\"", tag: "\"t\"", size: 100) == .whole)
        #expect(ByteRange.read(nil, ifRange: nil, tag: "\"t\"", size: 100) == .whole)
        #expect(ByteRange.read("bytes=-5", ifRange: nil, tag: "\"t\"", size: 0) == .unsatisfiable)
    }
}
