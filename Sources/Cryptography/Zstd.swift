import CZstd

/// Expands Zstandard frames (RFC 8878) up to a limit; ``ZstdCompressor`` writes them.
package enum Zstd {
    /// The text of one or more frames that follow each other, at most `limit` bytes.
    ///
    /// A frame that states a longer text is refused before anything is expanded. Memory grows with what was expanded,
    /// beside the frame's window: that is at most twice the limit, or 8 MiB if the limit is less.
    package static func decompress(
        _ bytes: UnsafeRawBufferPointer,
        limit: Int
    ) throws(CompressionError) -> [UInt8] {
        let expander = try Expander(limit: limit)
        return try expander.expand(bytes)
    }

    /// The text of one or more frames that follow each other, at most `limit` bytes.
    package static func decompress(_ bytes: [UInt8], limit: Int) throws(CompressionError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { buffer throws(CompressionError) in
            try decompress(UnsafeRawBufferPointer(buffer), limit: limit)
        }
    }
}

/// How much is expanded between two looks at the limit, in bytes.
private let portionByteCount = 64 << 10

private struct Expander: ~Copyable {
    private let context: OpaquePointer
    private let limit: Int

    init(limit: Int) throws(CompressionError) {
        guard let context = ZSTD_createDCtx() else { throw .noMemory }
        self.context = context
        self.limit = limit
        // A frame may ask for a window of its own choice. 8 MiB is what RFC 8878, section 3.1.1.1.2 recommends to
        // support; more than the limit needs is never useful, and 128 MiB is the library's own bound.
        let bitsOfLimit = Int.bitWidth - limit.leadingZeroBitCount
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(min(max(bitsOfLimit, 23), 27)))
    }

    deinit { ZSTD_freeDCtx(context) }

    func expand(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        let portion = UnsafeMutableRawBufferPointer.allocate(byteCount: portionByteCount, alignment: 16)
        defer { portion.deallocate() }
        var output = [UInt8]()
        try checkStatedSize(bytes, room: limit)
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        while true {
            var target = ZSTD_outBuffer(dst: portion.baseAddress, size: portion.count, pos: 0)
            let before = input.pos
            let status = ZSTD_decompressStream(context, &target, &input)
            if ZSTD_isError(status) != 0 { throw failure(status) }
            guard target.pos <= limit - output.count else {
                throw CompressionError(
                    code: .limitExceeded,
                    message: "the zstd text expands to more than \(limit) bytes"
                )
            }
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: portion[..<target.pos]))
            if status == 0 {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[input.pos...])
                if rest.isEmpty { return output }
                try checkNextFrame(rest, room: limit - output.count)
            } else if input.pos == before, target.pos == 0 {
                throw .truncatedFrame
            }
        }
    }

    private func checkStatedSize(_ frame: UnsafeRawBufferPointer, room: Int) throws(CompressionError) {
        let size = ZSTD_getFrameContentSize(frame.baseAddress, frame.count)
        // The two highest values say "not stated" and "no frame"; the latter is told apart while expanding.
        guard size >= UInt64.max - 1 || size <= UInt64(max(room, 0)) else {
            throw CompressionError(code: .limitExceeded, message: "the zstd text expands to more than \(limit) bytes")
        }
    }

    private func checkNextFrame(_ rest: UnsafeRawBufferPointer, room: Int) throws(CompressionError) {
        guard rest.count < 4 || beginsFrame(rest) else {
            throw CompressionError(
                code: .trailingBytes,
                message: "\(rest.count) bytes follow the zstd text that are no frame"
            )
        }
        try checkStatedSize(rest, room: room)
    }

    private func failure(_ status: Int) -> CompressionError {
        switch ZSTD_getErrorCode(status) {
        case ZSTD_error_memory_allocation, ZSTD_error_frameParameter_windowTooLarge:
            CompressionError(code: .memory, message: "the zstd text needs too much memory: \(name(of: status))")
        case ZSTD_error_srcSize_wrong: .truncatedFrame
        default: CompressionError(code: .corrupt, message: "the zstd text is damaged: \(name(of: status))")
        }
    }
}

/// Whether four or more bytes begin with the magic number of a frame or of a skippable frame (RFC 8878, section 3.1).
private func beginsFrame(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let magic = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
    return magic == 0xFD2F_B528 || magic & 0xFFFF_FFF0 == 0x184D_2A50
}

private func name(of status: Int) -> String { String(cString: ZSTD_getErrorName(status)) }

extension CompressionError {
    fileprivate static let noMemory = CompressionError(code: .memory, message: "no memory for zstd")
    fileprivate static let truncatedFrame = CompressionError(
        code: .truncated,
        message: "the zstd text ends before its last block"
    )
}

/// Writes Zstandard frames (RFC 8878), each stating the length of its text, with one context used again and again.
///
/// Keep one for each thread.
package final class ZstdCompressor {
    private let context: OpaquePointer
    private let level: Int32

    /// A compressor at one of zstd's levels: 1 is fast, 3 the usual, negative ones faster still.
    package init(level: Int32) {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("no memory for a zstd context") }
        self.context = context
        self.level = level
    }

    deinit { ZSTD_freeCCtx(context) }

    /// One frame that expands to `bytes`.
    package func compress(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        var status = 0
        let frame = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            status = ZSTD_compressCCtx(context, output.baseAddress, bound, bytes.baseAddress, bytes.count, level)
            count = ZSTD_isError(status) == 0 ? status : 0
        }
        guard ZSTD_isError(status) == 0 else {
            throw CompressionError(code: .memory, message: "zstd could not compress: \(name(of: status))")
        }
        return frame
    }

    /// One frame that expands to `bytes`.
    package func compress(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        try bytes.withUnsafeBufferPointer { buffer throws(CompressionError) in
            try compress(UnsafeRawBufferPointer(buffer))
        }
    }
}
