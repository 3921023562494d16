internal import Schema

/// Times as searches give them: a point in time, or a duration counted back from now (audit API contract, section 4.1).
///
///     2024-05-06T07:08:09.123Z    2024-5-6T7:8:9+0530    14d    3weeks    0d
enum SearchTime {
    /// Longest text, in Unicode scalars.
    static let maximumLength = 128

    private static let second: Int64 = 1_000_000
    private static let minute = 60 * second
    private static let hour = 60 * minute
    private static let day = 24 * hour

    /// Microseconds since 1970 of a time, or of now less a duration; nil for any other text.
    ///
    /// A duration too long to count is clamped.
    static func parse(_ text: UnsafeRawBufferPointer, now: Int64) -> Int64? {
        if let duration = duration(text) { return now.subtractingSaturated(duration) }
        return Timestamp.parse(text).map { $0.seconds * second + Int64($0.nanoseconds / 1000) }
    }

    /// Microseconds of `^(\d+)(unit)$`; a month is 30 days, a year 365.
    static func duration(_ text: UnsafeRawBufferPointer) -> Int64? {
        let digits = text.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !digits.isEmpty, text.count - digits.count <= 7,
            let unit = unit(String(decoding: text[digits.count...], as: UTF8.self))
        else { return nil }
        var count: Int64 = 0
        for digit in digits {
            let (tens, isTooLong) = count.multipliedReportingOverflow(by: 10)
            let (sum, isTooLongToo) = tens.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            if isTooLong || isTooLongToo { return .max }
            count = sum
        }
        let (duration, isTooLong) = count.multipliedReportingOverflow(by: unit)
        return isTooLong ? .max : duration
    }

    private static func unit(_ name: String) -> Int64? {
        switch name {
        case "s", "sec", "secs", "second", "seconds": second
        case "mi", "min", "mins", "minute", "minutes": minute
        case "h", "hour", "hr", "hrs", "hours": hour
        case "d", "da", "day", "days": day
        case "w", "week", "weeks": 7 * day
        case "mo", "mon", "month", "months": 30 * day
        case "y", "year", "years": 365 * day
        default: nil
        }
    }
}

extension Int64 {
    fileprivate func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, isTooSmall) = subtractingReportingOverflow(other)
        return isTooSmall ? .min : difference
    }
}

/// A point in time as a datetime field holds it, to the nanosecond.
package struct SearchInstant: Comparable, Sendable {
    let seconds: Int64
    let nanoseconds: Int32

    private init(_ time: (seconds: Int64, nanoseconds: Int32)) {
        seconds = time.seconds
        nanoseconds = time.nanoseconds
    }

    /// The instant of a date-time, which is in UTC when it has no zone.
    init?(_ text: UnsafeRawBufferPointer) {
        guard let time = Timestamp.parse(text) else { return nil }
        self.init(time)
    }

    /// The instant of a date-time, or the first one of a date in UTC.
    init?(dateOrTime text: [UInt8]) {
        if let time = text.withUnsafeBytes({ Timestamp.parse($0) }) {
            self.init(time)
        } else if let time = (text + Array("T00:00:00Z".utf8)).withUnsafeBytes({ Timestamp.parse($0) }) {
            self.init(time)
        } else {
            return nil
        }
    }

    /// The instant of microseconds since 1970.
    init(microseconds: Int64) {
        let rest = ((microseconds % 1_000_000) + 1_000_000) % 1_000_000
        seconds = (microseconds - rest) / 1_000_000
        nanoseconds = Int32(rest) * 1000
    }

    /// Microseconds since 1970 that have passed then.
    var microseconds: Int64 { seconds * 1_000_000 + Int64(nanoseconds / 1000) }

    package static func < (a: SearchInstant, b: SearchInstant) -> Bool {
        a.seconds == b.seconds ? a.nanoseconds < b.nanoseconds : a.seconds < b.seconds
    }
}
