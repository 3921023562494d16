extension Timestamp {
    /// How many digits follow the seconds.
    package enum Fraction: Equatable, Sendable {
        /// Always as many, 0 to 9; what lies below is cut off. With 0 there is no point either.
        case digits(Int)
        /// As few as say the time exactly, 0 to 9.
        case shortest

        package static let milliseconds = Fraction.digits(3)
        package static let microseconds = Fraction.digits(6)
    }

    /// Appends `2022-08-09T23:30:01.111111Z`: UTC with exactly six fraction digits.
    ///
    /// A time outside the years 1 to 9999 is written as the first or last second of them.
    package static func append(microseconds: Int64, to bytes: inout [UInt8]) {
        let (seconds, rest) = microseconds.quotientAndRemainderRoundedDown(by: 1_000_000)
        append(seconds: seconds, nanoseconds: Int32(rest) * 1000, fraction: .microseconds, to: &bytes)
    }

    /// Appends a time in UTC with `Z`; `nanoseconds` are 0 to 999,999,999 after the second.
    ///
    /// A time outside the years 1 to 9999 is written as the first or last second of them.
    package static func append(
        seconds: Int64,
        nanoseconds: Int32,
        fraction: Fraction,
        to bytes: inout [UInt8]
    ) {
        let clamped = min(max(seconds, secondsRange.lowerBound), secondsRange.upperBound)
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
            var writer = Writer(buffer: buffer)
            writer.put(seconds: clamped)
            writer.put(nanoseconds: UInt32(nanoseconds), fraction)
            writer.put("Z")
            bytes.append(contentsOf: writer.written)
        }
    }
}

extension Int64 {
    /// Like `quotientAndRemainder(dividingBy:)` with a remainder that is never negative, as times before 1970 need it.
    fileprivate func quotientAndRemainderRoundedDown(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Writes digits into memory that has room for the longest time, 30 bytes.
private struct Writer {
    private let buffer: UnsafeMutableRawBufferPointer
    private var count = 0

    init(buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    var written: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count]) }

    /// `2022-08-09T23:30:01`; the seconds lie in ``Timestamp/secondsRange``.
    mutating func put(seconds: Int64) {
        // From 0000-03-01 on nothing is negative, so that all divisions are unsigned.
        let shifted = UInt64(seconds + Int64(Timestamp.daysToEpoch) * Timestamp.secondsPerDay)
        let (days, secondOfDay) = shifted.quotientAndRemainder(dividingBy: UInt64(Timestamp.secondsPerDay))
        put(daysSinceMarchOfYear0: UInt32(days))
        put("T")
        let second = UInt32(secondOfDay)
        putTwoDigits(second / 3600)
        put(":")
        putTwoDigits(second / 60 % 60)
        put(":")
        putTwoDigits(second % 60)
    }

    /// The inverse of ``Timestamp/daysSinceEpoch(year:month:day:)``.
    private mutating func put(daysSinceMarchOfYear0 days: UInt32) {
        let (era, dayOfEra) = days.quotientAndRemainder(dividingBy: 146_097)
        // 1,460 days are four years without their leap day, 36,524 a century, 146,096 all but the last day.
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        putTwoDigits(year / 100)
        putTwoDigits(year % 100)
        put("-")
        putTwoDigits(month)
        put("-")
        putTwoDigits(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    mutating func put(nanoseconds: UInt32, _ fraction: Timestamp.Fraction) {
        var value = nanoseconds
        var digitCount = 9
        switch fraction {
        case .digits(let wanted):
            precondition((0...9).contains(wanted), "a fraction of a second has 0 to 9 digits here, not \(wanted)")
            while digitCount > wanted { dropDigit(&value, &digitCount) }
        case .shortest:
            while digitCount > 0, value.isMultiple(of: 10) { dropDigit(&value, &digitCount) }
        }
        guard digitCount > 0 else { return }
        put(".")
        for place in stride(from: count + digitCount - 1, through: count, by: -1) {
            buffer[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
            value /= 10
        }
        count += digitCount
    }

    private func dropDigit(_ value: inout UInt32, _ digitCount: inout Int) {
        value /= 10
        digitCount -= 1
    }

    @inline(__always)
    mutating func put(_ character: Unicode.Scalar) {
        buffer[count] = UInt8(ascii: character)
        count += 1
    }

    @inline(__always)
    private mutating func putTwoDigits(_ value: UInt32) {
        buffer[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value / 10)
        buffer[count + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10)
        count += 2
    }
}
