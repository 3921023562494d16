/// Bytes that are appended to without asking each time whether there is room.
final class GrowingBytes {
    private(set) var start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        start = .allocate(capacity: capacity)
    }

    deinit { start.deallocate() }

    /// Makes room for so many bytes more.
    @inline(__always)
    func reserve(_ more: Int) {
        if capacity - count < more { grow(more) }
    }

    private func grow(_ more: Int) {
        capacity = max(2 * capacity, count + more)
        let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        grown.update(from: start, count: count)
        start.deallocate()
        start = grown
    }

    /// Appends a byte that there is room for.
    @inline(__always)
    func append(_ byte: UInt8) {
        start[count] = byte
        count += 1
    }

    /// Appends a number that there is room for, which is five bytes at most; see ``PostingList``.
    @inline(__always)
    func append(number: Int) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// Appends so many zeros that there is room for, and gives where they stand.
    func appendZeros(_ number: Int) -> UnsafeMutablePointer<UInt8> {
        let zeros = start + count
        zeros.update(repeating: 0, count: number)
        count += number
        return zeros
    }

    func removeAll() { count = 0 }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }
}

/// Takes the buckets of a segment from its first to its last, and hands them on in large pieces.
package final class SegmentOutput {
    /// Bytes of a piece, about.
    private static let pieceBytes = 256 << 10

    let bytes = GrowingBytes(capacity: pieceBytes + pieceBytes / 2)
    private var bucketStart = 0
    private var directory: SegmentDirectory
    private let write: (UnsafeRawBufferPointer) throws(StoreError) -> Void

    /// - Parameters:
    ///   - bucketCount: how many buckets there will be.
    ///   - write: gets each piece of the buckets' contents, in order.
    package init(bucketCount: Int, write: @escaping (UnsafeRawBufferPointer) throws(StoreError) -> Void) {
        directory = SegmentDirectory(bucketCount: bucketCount)
        self.write = write
    }

    /// Ends the bucket whose content has been appended to ``bytes``.
    @inline(__always)
    func endBucket() throws(StoreError) {
        directory.append(UnsafeRawBufferPointer(rebasing: bytes.bytes[bucketStart...]))
        bucketStart = bytes.count
        if bytes.count >= SegmentOutput.pieceBytes { try flush() }
    }

    private func flush() throws(StoreError) {
        try write(bytes.bytes)
        bytes.removeAll()
        bucketStart = 0
    }

    /// Hands on the last piece; the directory, and how many bytes all buckets have.
    package func finish() throws(StoreError) -> (directory: [UInt8], contentLength: Int) {
        try flush()
        return (directory.finished(), directory.contentLength)
    }
}
