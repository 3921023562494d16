internal import JSON

/// The records of a delivery that are set aside, as long as they are no longer than the body and a little more.
///
/// Records may share their bytes (a projection takes one value many times), so that their copies could be far longer
/// than what was sent. Beyond the limit the whole body is kept instead, once.
struct QuarantinedRecords {
    /// How many bytes more than the body has the records may have together.
    private static let allowance = 64 << 10

    private let bodyByteCount: Int
    private var records: [QuarantinedRecord] = []
    private var count = 0
    private var byteCount = 0

    init(bodyByteCount: Int) { self.bodyByteCount = bodyByteCount }

    private var isOverfull: Bool { byteCount > bodyByteCount + QuarantinedRecords.allowance }

    /// The canonical JSON of a record without a place, which is going to be appended; nil beyond the limit.
    mutating func bytes(of record: JSONValue) -> [UInt8]? {
        guard !isOverfull else { return nil }
        var writer = JSONWriter()
        writer.append(canonical: record)
        byteCount += writer.bytes.count
        return isOverfull ? nil : writer.bytes
    }

    mutating func append(_ record: QuarantinedRecord) {
        count += 1
        if record.bytes == nil { byteCount += record.range.count }
        if isOverfull {
            records = [records.first ?? record]
        } else {
            records.append(record)
        }
    }

    /// The records, or one entry of the whole body.
    var entries: [QuarantinedRecord] {
        guard isOverfull, let first = records.first else { return records }
        let others = "\(count) records were set aside and the whole body is kept; the first: "
        return [
            QuarantinedRecord(
                cause: first.cause,
                reason: (count > 1 ? others : "") + first.reason,
                place: first.place,
                range: 0..<bodyByteCount
            )
        ]
    }
}
