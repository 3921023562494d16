internal import AuditLog
internal import Cryptography

/// The raw deliveries of one commit and one log, as they stand in a row of the table `raw` before compression.
///
/// All numbers are little endian, 32 bits:
///
///     version (1) · number of deliveries · then for each delivery:
///     length and bytes of source · of mapping version · of context (JSON) · of body ·
///     number of events · for each: sequence less the row's first sequence · start and end of its record in the body
struct RawBlock {
    struct Delivery {
        var source: String
        var mappingVersion: String
        var context: [UInt8]
        var body: [UInt8]
        var records: [Record]
    }

    struct Record {
        let sequence: UInt64
        let range: Range<Int>
    }

    static let version: UInt32 = 1
    var deliveries: [Delivery] = []

    func encoded(first: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            deliveries.reduce(64) { $0 + $1.body.count + $1.context.count + 64 + $1.records.count * 12 }
        )
        append(RawBlock.version, to: &bytes)
        append(UInt32(deliveries.count), to: &bytes)
        for delivery in deliveries {
            append(Array(delivery.source.utf8), to: &bytes)
            append(Array(delivery.mappingVersion.utf8), to: &bytes)
            append(delivery.context, to: &bytes)
            append(delivery.body, to: &bytes)
            append(UInt32(delivery.records.count), to: &bytes)
            for record in delivery.records {
                append(UInt32(record.sequence - first), to: &bytes)
                append(UInt32(record.range.lowerBound), to: &bytes)
                append(UInt32(record.range.upperBound), to: &bytes)
            }
        }
        return bytes
    }

    /// Reads what ``encoded(first:)`` wrote; nil when it is damaged.
    init?(_ bytes: [UInt8], first: UInt64) {
        var rest = bytes[...]
        guard RawBlock.number(&rest) == RawBlock.version, let count = RawBlock.number(&rest) else { return nil }
        for _ in 0..<count {
            guard let source = RawBlock.bytes(&rest), let version = RawBlock.bytes(&rest),
                let context = RawBlock.bytes(&rest), let body = RawBlock.bytes(&rest),
                let recordCount = RawBlock.number(&rest), recordCount <= rest.count / 12
            else { return nil }
            var records: [Record] = []
            for _ in 0..<recordCount {
                guard let offset = RawBlock.number(&rest), let start = RawBlock.number(&rest),
                    let end = RawBlock.number(&rest), start <= end, end <= body.count
                else { return nil }
                records.append(Record(sequence: first + UInt64(offset), range: Int(start)..<Int(end)))
            }
            deliveries.append(
                Delivery(
                    source: String(decoding: source, as: UTF8.self),
                    mappingVersion: String(decoding: version, as: UTF8.self),
                    context: context,
                    body: body,
                    records: records
                )
            )
        }
    }

    init() {}

    /// The most that a row may hold once it is decompressed: a commit's worth of the largest bodies.
    private static let maximumBytes = 1 << 30

    /// Reads a row as it stands in the table; nil when it is damaged.
    static func decompressed(_ content: [UInt8], first: UInt64) -> RawBlock? {
        let bytes = content.withUnsafeBytes { try? Zstd.decompress($0, limit: maximumBytes) }
        return bytes.flatMap { RawBlock($0, first: first) }
    }

    private func append(_ value: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private func append(_ value: [UInt8], to bytes: inout [UInt8]) {
        append(UInt32(value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
        guard rest.count >= 4 else { return nil }
        let value = rest.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
        rest = rest.dropFirst(4)
        return value
    }

    private static func bytes(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard let count = number(&rest), Int(count) <= rest.count else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return [UInt8](rest.prefix(Int(count)))
    }
}
