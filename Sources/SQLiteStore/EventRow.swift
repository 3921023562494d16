internal import AuditLog

/// The row number of an event: its log in the upper bits, its sequence in the lower forty.
///
/// One integer key keeps appends at the right edge of one B-tree for each log. Forty bits of sequence are a trillion
/// events a log.
struct EventRow: Equatable, Comparable {
    static let sequenceBits: Int64 = 40
    static let sequenceMask: Int64 = (1 << sequenceBits) - 1

    let rawValue: Int64

    init(rawValue: Int64) { self.rawValue = rawValue }

    init(_ log: LogID, _ sequence: UInt64) {
        rawValue = Int64(log.rawValue) << EventRow.sequenceBits | (Int64(clamping: sequence) & EventRow.sequenceMask)
    }

    var log: LogID { LogID(rawValue: UInt32(truncatingIfNeeded: rawValue >> EventRow.sequenceBits)) }
    var sequence: UInt64 { UInt64(rawValue & EventRow.sequenceMask) }

    static func < (a: EventRow, b: EventRow) -> Bool { a.rawValue < b.rawValue }
    static func first(of log: LogID) -> EventRow { EventRow(log, 0) }
    static func last(of log: LogID) -> EventRow { EventRow(log, UInt64(sequenceMask)) }
}
