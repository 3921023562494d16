package import JSON
internal import Schema

/// An instant as vendors write it, to the nanosecond.
package struct VendorTime: Equatable, Sendable {
    package enum Unit: String, Sendable, CaseIterable {
        case seconds = "s"
        case milliseconds = "ms"
        case microseconds = "us"
        case nanoseconds = "ns"

        fileprivate var perSecond: Int64 {
            switch self {
            case .seconds: 1
            case .milliseconds: 1000
            case .microseconds: 1_000_000
            case .nanoseconds: 1_000_000_000
            }
        }
    }

    /// Since 1970, rounded down.
    package let seconds: Int64
    /// After the second, 0 to 999,999,999.
    package let nanoseconds: Int32

    /// The time that a value says; nil for what is no time or means "no time" (0, empty, the year 1).
    ///
    /// - Parameters:
    ///   - value: text as RFC 3339 writes it, or a count since 1970 as number or text.
    ///   - unit: of a count; nil to tell it by its size: below 10^11 are seconds, below 10^14 milliseconds, below 10^17
    ///     microseconds, and nanoseconds above.
    package init?(_ value: JSONValue, unit: Unit? = nil) {
        let time: VendorTime?
        switch value {
        case .integer(let count): time = VendorTime(count: count, unit: unit)
        case .unsigned(let count): time = Int64(exactly: count).flatMap { VendorTime(count: $0, unit: unit) }
        case .double(let count): time = VendorTime(count: count, unit: unit)
        case .text(let text): time = VendorTime(text: text.rawBuffer, unit: unit)
        case .string(let text): time = text.withUnsafeBytes { VendorTime(text: $0, unit: unit) }
        case .null, .bool, .node, .array, .object: time = nil
        }
        guard let time else { return nil }
        self = time
    }

    package init?(text: UnsafeRawBufferPointer, unit: Unit? = nil) {
        if let time = Timestamp.parse(text) {
            self.init(seconds: time.seconds, nanoseconds: time.nanoseconds)
            return
        }
        guard text.count <= 32, let first = text.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first)
        else {
            return nil
        }
        let digits = String(decoding: text, as: UTF8.self)
        if let count = Int64(digits) {
            self.init(count: count, unit: unit)
        } else if let count = Double(digits), count.isFinite {
            self.init(count: count, unit: unit)
        } else {
            return nil
        }
    }

    // From the year 2 to the end of 9999: RFC 3339 can write it, and the year 1 means "never" in several vendors' records.
    private static let range: ClosedRange<Int64> = -62_104_060_800...253_402_300_799

    private init?(seconds: Int64, nanoseconds: Int32) {
        guard VendorTime.range.contains(seconds) else { return nil }
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    private init?(count: Int64, unit: Unit?) {
        guard count != 0 else { return nil }
        let perSecond = (unit ?? VendorTime.unit(of: Double(count.magnitude))).perSecond
        let (quotient, remainder) = count.quotientAndRemainder(dividingBy: perSecond)
        let isBefore = remainder < 0
        self.init(
            seconds: isBefore ? quotient - 1 : quotient,
            nanoseconds: Int32((isBefore ? remainder + perSecond : remainder) * (1_000_000_000 / perSecond))
        )
    }

    private init?(count: Double, unit: Unit?) {
        guard count != 0 else { return nil }
        // A double holds today's seconds to a quarter of a microsecond, so rounding there finds the digits meant.
        let perSecond = (unit ?? VendorTime.unit(of: count.magnitude)).perSecond
        guard let microseconds = Int64(exactly: (count * (1_000_000 / Double(perSecond))).rounded()) else { return nil }
        self.init(count: microseconds, unit: .microseconds)
    }

    private static func unit(of magnitude: Double) -> Unit {
        magnitude < 1e11 ? .seconds : magnitude < 1e14 ? .milliseconds : magnitude < 1e17 ? .microseconds : .nanoseconds
    }

    /// RFC 3339 in UTC with as many fraction digits as it needs: `2026-11-22T10:30:00.123Z`.
    package var text: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(30)
        Timestamp.append(seconds: seconds, nanoseconds: nanoseconds, fraction: .shortest, to: &text)
        return text
    }
}
