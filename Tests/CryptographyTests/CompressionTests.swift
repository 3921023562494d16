import Cryptography
import Foundation
import Testing

private func inflate(_ bytes: [UInt8], limit: Int = 1 << 20) throws(CompressionError) -> [UInt8] {
    try Gzip.inflate(bytes, limit: limit)
}

private func deflate(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
    try Gzip.deflate(bytes)
}

private func code(_ body: () throws(CompressionError) -> [UInt8]) -> CompressionError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return error.code
    }
}

private let text = Array(String(repeating: #"{"type":"s","ip":"192.0.2.1"},"#, count: 500).utf8)

@Suite struct `Gzip text` {
    /// "hello" as gzip 1.12 writes it with `gzip -n`.
    @Test func `of another writer is read`() throws {
        let bytes = try hex("1f8b0800000000000003cb48cdc9c907 0086a6103605000000")
        #expect(try inflate(bytes) == Array("hello".utf8))
    }

    @Test func `comes back`() throws {
        var generator = SeededGenerator(state: 3)
        for input in [[], [0], text, generator.bytes(300_000), [UInt8](repeating: 0, count: 1 << 20)] {
            let compressed = try deflate(input)
            #expect(compressed.withUnsafeBytes { Gzip.isGzip($0) })
            #expect(try inflate(compressed) == input)
        }
    }

    @Test func `may have several members`() throws {
        let members = try deflate(text) + deflate([]) + deflate([7])
        #expect(try inflate(members) == text + [7])
    }

    @Test func `may be exactly as long as the limit`() throws {
        let members = try deflate(text) + deflate(text)
        #expect(try inflate(members, limit: 2 * text.count).count == 2 * text.count)
        #expect(
            code { () throws(CompressionError) in try inflate(members, limit: 2 * text.count - 1) } == .limitExceeded
        )
        #expect(try inflate(deflate([]), limit: 0) == [])
        #expect(code { () throws(CompressionError) in try inflate(deflate([1]), limit: 0) } == .limitExceeded)
    }

    @Test func `of 10 GiB in 10 MB stops at the limit`() throws {
        let member = try deflate([UInt8](repeating: 0, count: 10 << 20))
        let bomb = [UInt8](repeatElement(member, count: 1024).joined())
        let start = ContinuousClock.now
        #expect(code { () throws(CompressionError) in try inflate(bomb, limit: 1 << 20) } == .limitExceeded)
        #expect(ContinuousClock.now - start < .seconds(1))
    }

    @Test func `that ends early is truncated, wherever it ends`() throws {
        let whole = try deflate(Array(text[..<200])) + deflate(Array(text[..<40]))
        let border = try deflate(Array(text[..<200])).count
        for count in 0..<whole.count where count != border {
            #expect(
                code { () throws(CompressionError) in try inflate(Array(whole[..<count])) } == .truncated,
                "\(count)"
            )
        }
    }

    @Test func `with a changed byte is never taken for the text`() throws {
        let whole = try deflate(Array(text[..<200]))
        // The header's time, extra flags and operating system (bytes 4 to 9) are covered by no checksum.
        for index in whole.indices where !(4..<10).contains(index) {
            var damaged = whole
            damaged[index] ^= 0x55
            let result = Result { () throws(CompressionError) in try inflate(damaged) }
            if case .success(let output) = result { #expect(output == Array(text[..<200]), "\(index)") }
        }
    }

    @Test(arguments: [[0], [0, 0, 0], Array("hello".utf8), [0x1F, 0x8C]])
    func `followed by other bytes is refused`(garbage: [UInt8]) throws {
        let bytes = try deflate(text) + garbage
        #expect(code { () throws(CompressionError) in try inflate(bytes) } == .trailingBytes)
    }

    @Test func `is refused when it is not gzip`() {
        #expect(code { () throws(CompressionError) in try inflate([]) } == .truncated)
        #expect(code { () throws(CompressionError) in try inflate([0x1F]) } == .truncated)
        #expect(code { () throws(CompressionError) in try inflate(Array("{}".utf8)) } == .corrupt)
        #expect(code { () throws(CompressionError) in try inflate([0x1F, 0x8B, 9, 0]) } == .corrupt)
    }

    @Test func `of random bytes is an error`() {
        var generator = SeededGenerator(state: 4)
        for _ in 0..<3000 {
            let bytes = [0x1F, 0x8B, 8, 0] + generator.bytes(Int(generator.next() % 400))
            #expect(code { () throws(CompressionError) in try inflate(bytes) } != nil)
        }
    }
}

private func expand(_ bytes: [UInt8], limit: Int = 1 << 20) throws(CompressionError) -> [UInt8] {
    try Zstd.decompress(bytes, limit: limit)
}

private func compress(_ bytes: [UInt8], level: Int32 = 1) throws(CompressionError) -> [UInt8] {
    try ZstdCompressor(level: level).compress(bytes)
}

@Suite struct `A zstd frame` {
    @Test(arguments: [-5, 1, 3, 9] as [Int32])
    func `comes back at any level`(level: Int32) throws {
        var generator = SeededGenerator(state: 5)
        let compressor = ZstdCompressor(level: level)
        for input in [[], [0], text, generator.bytes(300_000), [UInt8](repeating: 0, count: 1 << 20)] {
            let frame = try compressor.compress(input)
            #expect(try expand(frame) == input)
        }
    }

    /// `printf hello | zstd -c`, which states no length as it reads a pipe.
    @Test func `of another writer is read`() throws {
        let frame = try hex("28b52ffd0458290000 68656c6c6f a36d9f88")
        let plain = try expand(frame)
        #expect(plain == Array("hello".utf8))
    }

    @Test func `may be followed by another one`() throws {
        #expect(try expand(compress(text) + compress([7])) == text + [7])
    }

    @Test func `may be exactly as long as the limit`() throws {
        let frame = try compress(text)
        #expect(try expand(frame, limit: text.count) == text)
        #expect(code { () throws(CompressionError) in try expand(frame, limit: text.count - 1) } == .limitExceeded)
        #expect(
            code { () throws(CompressionError) in try expand(frame + frame, limit: 2 * text.count - 1) }
                == .limitExceeded
        )
    }

    /// A header with an 8-byte content size (RFC 8878, section 3.1.1.1) and nothing after it.
    @Test func `that states 10 GiB is refused at once`() {
        let size = withUnsafeBytes(of: UInt64(10 << 30).littleEndian) { Array($0) }
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0] + size
        #expect(code { () throws(CompressionError) in try expand(frame) } == .limitExceeded)
        #expect(code { () throws(CompressionError) in try expand(frame, limit: 20 << 30) } == .memory)
    }

    @Test func `that states no length stops at the limit`() throws {
        // One block of a repeated byte (RLE), 128 KiB each, 8192 times: 1 GiB in 32 KiB.
        let header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x58]
        let block: [UInt8] = [0x02, 0x00, 0x10, 0x00]
        let frame = header + [UInt8](repeatElement(block, count: 8192).joined())
        #expect(code { () throws(CompressionError) in try expand(frame) } == .limitExceeded)
    }

    @Test func `that ends early is truncated, wherever it ends`() throws {
        let frame = try compress(Array(text[..<3000]))
        for count in 0..<frame.count {
            #expect(
                code { () throws(CompressionError) in try expand(Array(frame[..<count])) } == .truncated,
                "\(count)"
            )
        }
    }

    @Test func `followed by other bytes is refused`() throws {
        let frame = try compress(text)
        #expect(code { () throws(CompressionError) in try expand(frame + [1, 2, 3, 4, 5]) } == .trailingBytes)
    }

    @Test func `of random bytes is an error`() {
        var generator = SeededGenerator(state: 6)
        for _ in 0..<3000 {
            let count = Int(generator.next() % 300)
            #expect(code { () throws(CompressionError) in try expand(generator.bytes(count)) } != nil)
            let framed = [0x28, 0xB5, 0x2F, 0xFD] + generator.bytes(count)
            // Raw and RLE blocks have no checksum unless the header asks for one, so some of these are frames.
            _ = code { () throws(CompressionError) in try expand(framed) }
        }
    }
}
