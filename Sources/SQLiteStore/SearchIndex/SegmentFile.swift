internal import AuditLog
internal import Glibc

/// A segment of the search index in a file of its own.
///
/// Segments never change, so that reading needs no lock: a file is written under another name, and renamed when it is
/// whole. Nothing is flushed: the checksums tell what a loss of power has damaged.
final class SegmentFile: SearchSegment {
    let header: SegmentHeader
    private let descriptor: Int32

    /// Opens a file; nil when there is none, or none of a segment.
    init?(path: String) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard let bytes = SegmentFile.read(descriptor, SegmentHeader.byteCount, at: 0),
            let header = SegmentHeader(bytes), fstat(descriptor, &status) == 0,
            UInt64(status.st_size) == header.length, header.contentOffset <= Int(status.st_size)
        else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.header = header
    }

    deinit { close(descriptor) }

    func read(bucket: Int, into buffer: inout [UInt8]) -> Bool {
        guard (0..<header.bucketCount).contains(bucket) else { return false }
        let descriptor = descriptor
        let entry = withUnsafeTemporaryAllocation(byteCount: 2 * SegmentDirectory.entryBytes, alignment: 8) { bytes in
            let offset = SegmentHeader.byteCount + bucket * SegmentDirectory.entryBytes
            return SegmentFile.read(descriptor, bytes, at: offset)
                ? SegmentDirectory.entry(UnsafeRawBufferPointer(bytes)) : nil
        }
        guard let entry, header.contentOffset + entry.range.upperBound <= Int(header.length) else { return false }
        let offset = header.contentOffset + entry.range.lowerBound
        buffer.removeAll(keepingCapacity: true)
        buffer.append(addingCapacity: entry.range.count) { bytes in
            SegmentFile.read(descriptor, bytes, at: offset)
        }
        return buffer.count == entry.range.count
            && buffer.withUnsafeBytes { SegmentChecksum.of($0, seed: UInt64(bucket)) } == entry.sum
    }

    /// Reads the buckets one after another.
    func stream() -> SegmentFileStream { SegmentFileStream(self, descriptor) }

    fileprivate static func read(_ descriptor: Int32, _ count: Int, at offset: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.append(addingCapacity: count) { read(descriptor, $0, at: offset) }
        return bytes.count == count ? bytes : nil
    }

    /// Fills a buffer; false when the file is too short or cannot be read.
    fileprivate static func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = pread(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}

extension [UInt8] {
    /// Appends so many bytes that `body` fills in; none when it returns false.
    fileprivate mutating func append(addingCapacity count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Bool) {
        let start = self.count
        append(contentsOf: repeatElement(0, count: count))
        let isFilled = withUnsafeMutableBytes { body(UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
        if !isFilled { removeLast(count) }
    }
}

/// Reads a segment from its first bucket to its last, some pages at a time.
final class SegmentFileStream: SegmentStream {
    private let file: SegmentFile
    private let directory: Window
    private let contents: Window
    private let bucketCount: Int
    private let contentOffset: Int
    private var bucket = 0

    fileprivate init(_ file: SegmentFile, _ descriptor: Int32) {
        self.file = file
        bucketCount = file.header.bucketCount
        contentOffset = file.header.contentOffset
        directory = Window(descriptor, limit: contentOffset, byteCount: 4 << 10)
        contents = Window(descriptor, limit: Int(file.header.length), byteCount: 16 << 10)
    }

    func nextBucket() -> UnsafeRawBufferPointer? {
        guard bucket < bucketCount else { return nil }
        let offset = SegmentHeader.byteCount + bucket * SegmentDirectory.entryBytes
        guard let bytes = directory.bytes(at: offset, count: 2 * SegmentDirectory.entryBytes),
            let entry = SegmentDirectory.entry(bytes),
            let content = contents.bytes(at: contentOffset + entry.range.lowerBound, count: entry.range.count),
            SegmentChecksum.of(content, seed: UInt64(bucket)) == entry.sum
        else { return nil }
        bucket += 1
        return content
    }

    /// Some bytes of a file, which are read together with those behind them.
    private final class Window {
        private let descriptor: Int32
        /// Where what may be read ends.
        private let limit: Int
        private var memory: UnsafeMutableRawBufferPointer
        private var start = 0
        private var end = 0

        init(_ descriptor: Int32, limit: Int, byteCount: Int) {
            self.descriptor = descriptor
            self.limit = limit
            memory = .allocate(byteCount: byteCount, alignment: 16)
        }

        deinit { memory.deallocate() }

        @inline(__always)
        func bytes(at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
            if offset < start || offset + count > end {
                guard fill(from: offset, count) else { return nil }
            }
            return UnsafeRawBufferPointer(rebasing: memory[offset - start..<offset - start + count])
        }

        private func fill(from offset: Int, _ count: Int) -> Bool {
            guard offset + count <= limit else { return false }
            if count > memory.count {
                memory.deallocate()
                memory = .allocate(byteCount: count, alignment: 16)
            }
            let length = min(memory.count, limit - offset)
            start = offset
            end = offset
            guard SegmentFile.read(descriptor, .init(rebasing: memory[..<length]), at: offset) else { return false }
            end = offset + length
            return true
        }
    }
}

/// A file of the index that is being written, from its first byte.
final class WrittenFile {
    let path: String
    private let descriptor: Int32

    init(path: String) throws(StoreError) {
        self.path = path
        descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw WrittenFile.failure("make", path) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(StoreError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(
                descriptor,
                bytes.baseAddress.map { $0 + done },
                bytes.count - done,
                off_t(offset + done)
            )
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw WrittenFile.failure("write", path) }
            done += count
        }
    }

    func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
        // Array's own method throws no typed errors.
        let result: Result<Void, StoreError> = bytes.withUnsafeBytes { bytes in
            do throws(StoreError) {
                return .success(try write(bytes, at: offset))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    func rename(to name: String) throws(StoreError) {
        guard Glibc.rename(path, name) == 0 else { throw WrittenFile.failure("rename", path) }
    }

    private static func failure(_ what: String, _ path: String) -> StoreError {
        let number = errno
        return StoreError(
            code: number == ENOSPC || number == EDQUOT ? .full : .inputOutput,
            message: "cannot \(what) '\(path)' of the search index: \(String(cString: strerror(number)))"
        )
    }
}

/// Writes a segment under another name until it is whole.
final class SegmentFileWriter {
    private let file: WrittenFile
    private var header: SegmentHeader
    private var isFinished = false

    /// - Parameters:
    ///   - path: the file's name until it is whole.
    ///   - header: all but its length.
    ///   - fill: writes the buckets; false when there will be no segment after all.
    /// - Throws: ``StoreError`` when the file cannot be made, or what `fill` throws.
    init?(
        path: String,
        for header: SegmentHeader,
        _ fill: (SegmentOutput) throws(StoreError) -> Bool
    ) throws(StoreError) {
        let file = try WrittenFile(path: path)
        self.file = file
        self.header = header
        var end = header.contentOffset
        let output = SegmentOutput(bucketCount: header.bucketCount) { bytes throws(StoreError) in
            try file.write(bytes, at: end)
            end += bytes.count
        }
        guard try fill(output) else { return nil }
        let (directory, contentLength) = try output.finish()
        guard contentLength <= Int(UInt32.max) else {
            throw StoreError(code: .unusable, message: "a segment of the search index has more than 4 GiB: '\(path)'")
        }
        self.header.length = UInt64(end)
        try file.write(self.header.bytes + directory, at: 0)
    }

    deinit { if !isFinished { unlink(file.path) } }

    /// Gives the file its name.
    func finish(renamingTo name: String) throws(StoreError) -> SegmentHeader {
        try file.rename(to: name)
        isFinished = true
        return header
    }
}
