/// What a segment of a search index begins with.
///
/// A segment is a header, a directory and the buckets. The directory has an entry of eight bytes for each bucket: where
/// it begins, counted from the directory's end, and its checksum, 32 bits each; one more entry says where the last one
/// ends. There are ``FieldTerms/bucketCount`` buckets of slots and then one for each field of the schema, with the classes
/// of its values. All numbers are little endian.
///
/// The checksums make it needless to flush a segment to disk: what a loss of power damaged is noticed, and made anew.
package struct SegmentHeader: Equatable, Sendable {
    static let version: UInt64 = 1
    private static let magic = Array("AGWINDEX".utf8)
    package static let byteCount = 112

    /// The segment's first and last event, of which any may have been erased.
    package var sequences: ClosedRange<UInt64>
    /// Whether it was made of smaller ones.
    package var isMerged: Bool
    /// ``SearchIndexKey/fingerprint(of:treeName:)``.
    package var fingerprint: UInt64
    /// The hash of the last event, so that a segment of another history, such as that of a store which a backup has
    /// replaced, is not taken for this one's; 32 bytes.
    package var lastHash: [UInt8]
    /// A bit for each field with values that are entered only as a whole; the last one also for all fields after it.
    package var saturatedFields: UInt64
    /// Fields of the schema.
    package var fieldCount: Int
    /// Of the whole segment.
    package var length: UInt64

    package init(
        sequences: ClosedRange<UInt64>,
        isMerged: Bool,
        fingerprint: UInt64,
        lastHash: [UInt8],
        saturatedFields: UInt64,
        fieldCount: Int,
        length: UInt64
    ) {
        self.sequences = sequences
        self.isMerged = isMerged
        self.fingerprint = fingerprint
        self.lastHash = lastHash
        self.saturatedFields = saturatedFields
        self.fieldCount = fieldCount
        self.length = length
    }

    /// Most events of a segment; places have 16 bits.
    package static let maximumEvents = 1 << 16

    /// How many small segments become one large one.
    package static let fanIn = maximumEvents / SegmentBuilder.maximumEvents

    package var eventCount: Int { Int(sequences.upperBound - sequences.lowerBound) + 1 }
    package var bucketCount: Int { FieldTerms.bucketCount + fieldCount }
    /// Where the buckets' contents begin.
    package var contentOffset: Int { SegmentHeader.byteCount + (bucketCount + 1) * SegmentDirectory.entryBytes }

    /// The bit of ``saturatedFields`` that stands for a field.
    static func saturationBit(of field: Int) -> UInt64 { 1 << UInt64(min(field, 63)) }

    /// - Returns: nil when the bytes are no header of this version, or damaged.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == SegmentHeader.byteCount, bytes.starts(with: SegmentHeader.magic) else { return nil }
        let words = bytes.withUnsafeBytes { buffer in
            (0..<buffer.count / 8).map {
                UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
            }
        }
        let sum = bytes.withUnsafeBytes {
            SegmentChecksum.of(UnsafeRawBufferPointer(rebasing: $0[..<(SegmentHeader.byteCount - 8)]), seed: .max)
        }
        guard words[13] == UInt64(sum), words[1] == SegmentHeader.version, words[2] <= words[3],
            words[3] - words[2] < UInt64(SegmentHeader.maximumEvents), words[8] <= 1 << 16
        else { return nil }
        self.init(
            sequences: words[2]...words[3],
            isMerged: words[4] != 0,
            fingerprint: words[5],
            lastHash: Array(bytes[72..<104]),
            saturatedFields: words[6],
            fieldCount: Int(words[8]),
            length: words[7]
        )
    }

    package var bytes: [UInt8] {
        var bytes = SegmentHeader.magic
        let words = [
            SegmentHeader.version, sequences.lowerBound, sequences.upperBound, isMerged ? 1 : 0, fingerprint,
            saturatedFields, length, UInt64(fieldCount),
        ]
        for word in words { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }
        bytes.append(contentsOf: lastHash.prefix(32) + repeatElement(0, count: max(0, 32 - lastHash.count)))
        let sum = bytes.withUnsafeBytes { SegmentChecksum.of($0, seed: .max) }
        withUnsafeBytes(of: UInt64(sum).littleEndian) { bytes.append(contentsOf: $0) }
        return bytes
    }
}

/// The directory of a segment that is being written.
package struct SegmentDirectory {
    package static let entryBytes = 8

    /// The entries; each a place in its lower half and a checksum in its upper one.
    private var entries: [UInt64] = []
    /// Bytes of all buckets so far.
    private(set) var contentLength = 0

    init(bucketCount: Int) { entries.reserveCapacity(bucketCount + 1) }

    /// Enters the next bucket.
    mutating func append(_ content: UnsafeRawBufferPointer) {
        append(SegmentChecksum.of(content, seed: UInt64(entries.count)))
        contentLength += content.count
    }

    private mutating func append(_ sum: UInt32) {
        entries.append((UInt64(truncatingIfNeeded: contentLength) & 0xFFFF_FFFF | UInt64(sum) << 32).littleEndian)
    }

    /// The directory, once all buckets are in it.
    func finished() -> [UInt8] {
        var copy = self
        copy.append(0)
        return copy.entries.withUnsafeBytes { [UInt8]($0) }
    }

    /// Where a bucket's content stands and what its checksum is, read from its entry and the next one's.
    package static func entry(_ bytes: UnsafeRawBufferPointer) -> (range: Range<Int>, sum: UInt32)? {
        guard bytes.count >= 2 * entryBytes else { return nil }
        let start = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
        let sum = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        let end = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
        return start <= end ? (Int(start)..<Int(end), sum) : nil
    }
}

/// Notices accidents, not malice.
package enum SegmentChecksum {
    /// Of bytes at a place, so that neither bytes of another place nor zeros pass.
    package static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt32 {
        var sum = (seed &+ 0x9E37_79B9_7F4A_7C15) &* 0xFF51_AFD7_ED55_8CCD ^ UInt64(bytes.count)
        var offset = 0
        while bytes.count - offset >= 8 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            sum = (sum ^ word) &* 0x9FB2_1C65_1E98_DF25
            sum ^= sum >> 32
            offset += 8
        }
        for place in offset..<bytes.count { sum = (sum ^ UInt64(bytes[place])) &* 0xC4CE_B9FE_1A85_EC53 }
        sum = (sum ^ sum >> 29) &* 0xBF58_476D_1CE4_E5B9
        return UInt32(truncatingIfNeeded: sum >> 32) | 1
    }
}
