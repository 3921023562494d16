import CZlib

/// Gzip (RFC 1952) in memory, expanded only up to a limit.
package enum Gzip {
    /// Whether the bytes begin with gzip's two magic bytes.
    package static func isGzip(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
    }

    /// The text of one or more members that follow each other (RFC 1952, section 2.2), at most `limit` bytes.
    ///
    /// Memory grows with what was expanded, never with a length that the sender claims; at most twice the limit is
    /// held.
    package static func inflate(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CompressionError) -> [UInt8] {
        guard isGzip(bytes) else { throw notGzip(bytes) }
        var inflater = try Inflater()
        return try inflater.inflate(bytes, limit: limit)
    }

    /// The text of one or more members that follow each other, at most `limit` bytes.
    package static func inflate(_ bytes: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { buffer throws(CompressionError) in
            try inflate(UnsafeRawBufferPointer(buffer), limit: limit)
        }
    }

    /// The text of gzip members, or of one zlib stream (RFC 1950), at most `limit` bytes.
    ///
    /// Which of them it is shows in the first two bytes.
    package static func inflateEither(
        _ bytes: UnsafeRawBufferPointer,
        limit: Int
    ) throws(CompressionError) -> [UInt8] {
        if isGzip(bytes) { return try inflate(bytes, limit: limit) }
        guard isZlib(bytes) else { throw notGzip(bytes) }
        var inflater = try Inflater(windowBits: zlibWindowBits)
        return try inflater.inflate(bytes, limit: limit)
    }

    /// Deflate as the method, and a check number that fits (RFC 1950, section 2.2).
    private static func isZlib(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 2 && bytes[0] & 0x0F == 8 && (UInt16(bytes[0]) << 8 | UInt16(bytes[1])).isMultiple(of: 31)
    }

    /// One member that expands to `bytes`, at zlib's default level.
    package static func deflate(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        var deflater = try Deflater()
        return try deflater.deflate(bytes)
    }

    /// One member that expands to `bytes`, at zlib's default level.
    package static func deflate(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { buffer throws(CompressionError) in
            try deflate(UnsafeRawBufferPointer(buffer))
        }
    }

    /// 15 bits of window, and 16 for gzip's header and trailer instead of zlib's (zlib.h at inflateInit2).
    fileprivate static let windowBits: Int32 = 15 + 16
    private static let zlibWindowBits: Int32 = 15

    private static func notGzip(_ bytes: UnsafeRawBufferPointer) -> CompressionError {
        bytes.isEmpty || bytes.count == 1 && bytes[0] == 0x1F
            ? CompressionError(code: .truncated, message: "the gzip text ends within its first two bytes")
            : CompressionError(code: .corrupt, message: "the text does not begin with gzip's magic bytes 1f 8b")
    }
}

/// How much is expanded or compressed between two looks at the limit, in bytes.
private let portionByteCount = 64 << 10

extension z_stream {
    /// Offers the next bytes of `input`, as far as zlib's 32-bit count goes.
    fileprivate mutating func offer(_ input: UnsafeRawBufferPointer) {
        next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        avail_in = UInt32(clamping: input.count)
    }

    fileprivate mutating func accept(into output: UnsafeMutableRawBufferPointer) {
        next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        avail_out = UInt32(clamping: output.count)
    }
}

private struct Inflater: ~Copyable {
    // On the heap, because zlib's state points back to its stream, which therefore must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    init(windowBits: Int32 = Gzip.windowBits) throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_inflate_init(stream, windowBits) == Z_OK else {
            stream.deallocate()
            throw CompressionError(code: .memory, message: "no memory to expand gzip")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    mutating func inflate(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(CompressionError) -> [UInt8] {
        let portion = UnsafeMutableRawBufferPointer.allocate(byteCount: portionByteCount, alignment: 16)
        defer { portion.deallocate() }
        var output = [UInt8]()
        var rest = bytes
        while true {
            stream.pointee.offer(rest)
            stream.pointee.accept(into: portion)
            let offered = Int(stream.pointee.avail_in)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            rest = UnsafeRawBufferPointer(rebasing: rest[(offered - Int(stream.pointee.avail_in))...])
            let produced = portion.count - Int(stream.pointee.avail_out)
            guard produced <= limit - output.count else {
                throw CompressionError(
                    code: .limitExceeded,
                    message: "the gzip text expands to more than \(limit) bytes"
                )
            }
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: portion[..<produced]))
            switch status {
            case Z_OK: continue
            case Z_STREAM_END:
                if rest.isEmpty { return output }
                try beginNextMember(rest)
            case Z_BUF_ERROR:
                throw CompressionError(code: .truncated, message: "the gzip text ends before its end mark")
            case Z_MEM_ERROR:
                throw CompressionError(code: .memory, message: "no memory to expand gzip")
            default:
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
                throw CompressionError(code: .corrupt, message: "the gzip text is damaged: \(reason)")
            }
        }
    }

    private func beginNextMember(_ rest: UnsafeRawBufferPointer) throws(CompressionError) {
        guard rest[0] == 0x1F, rest.count < 2 || rest[1] == 0x8B else {
            throw CompressionError(
                code: .trailingBytes,
                message: "\(rest.count) bytes follow the gzip text that are no gzip"
            )
        }
        inflateReset(stream)
    }
}

private struct Deflater: ~Copyable {
    // On the heap for the same reason as the inflater's.
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(CompressionError) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard czlib_deflate_init(stream, Z_DEFAULT_COMPRESSION, Gzip.windowBits) == Z_OK else {
            stream.deallocate()
            throw CompressionError(code: .memory, message: "no memory to write gzip")
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    mutating func deflate(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        let portion = UnsafeMutableRawBufferPointer.allocate(byteCount: portionByteCount, alignment: 16)
        defer { portion.deallocate() }
        var output = [UInt8]()
        var rest = bytes
        while true {
            stream.pointee.offer(rest)
            stream.pointee.accept(into: portion)
            let offered = Int(stream.pointee.avail_in)
            let status = CZlib.deflate(stream, offered == rest.count ? Z_FINISH : Z_NO_FLUSH)
            rest = UnsafeRawBufferPointer(rebasing: rest[(offered - Int(stream.pointee.avail_in))...])
            output.append(
                contentsOf: UnsafeRawBufferPointer(
                    rebasing: portion[..<(portion.count - Int(stream.pointee.avail_out))]
                )
            )
            switch status {
            case Z_OK, Z_BUF_ERROR: continue
            case Z_STREAM_END: return output
            default: throw CompressionError(code: .memory, message: "zlib could not compress: error \(status)")
            }
        }
    }
}
