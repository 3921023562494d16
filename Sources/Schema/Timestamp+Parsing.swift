extension Timestamp {
    /// Whether a text is a time that a `datetime` field takes: `YYYY-M-DTh:m:s[.1–9 digits][Z|±hh[:mm]]`.
    ///
    ///     2022-08-09T23:30:01.111111Z    2022-8-9T7:5:1    2022-08-09T23:30:01+02:00
    ///
    /// Months, days, hours, minutes and seconds have one or two digits; the zone may be missing. The date must exist,
    /// in the years 1 to 9999, and the time of day lies between 0:0:0 and 23:59:59 (audit API contract, section 2.3).
    package static func isDateTime(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var reader = Reader(bytes: bytes)
        return reader.dateTime(.contract) != nil
    }

    /// The instant of a text: seconds since 1970, rounded down, and 0 to 999,999,999 nanoseconds after them.
    ///
    /// Takes all that ``isDateTime(_:)`` takes and, as vendors write these too, a blank or `t` for `T`, `z` for `Z`, an
    /// offset without its colon and a fraction after a comma (ISO 8601). A time without a zone is in UTC. Nil for
    /// anything else.
    package static func parse(_ bytes: UnsafeRawBufferPointer) -> (seconds: Int64, nanoseconds: Int32)? {
        var reader = Reader(bytes: bytes)
        return reader.dateTime(.vendors)
    }

    /// The instant of a text; see ``parse(_:)``.
    package static func parse(_ text: String) -> (seconds: Int64, nanoseconds: Int32)? {
        var text = text
        return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }
}

private enum Grammar {
    case contract
    case vendors
}

/// Reads a time from left to right.
private struct Reader {
    let bytes: UnsafeRawBufferPointer
    private var index = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func dateTime(_ grammar: Grammar) -> (seconds: Int64, nanoseconds: Int32)? {
        guard let year = number(digits: 4...4), year >= 1, take("-"),
            let month = number(digits: 1...2), (1...12).contains(month), take("-"),
            let day = number(digits: 1...2), (1...Timestamp.dayCount(year: year, month: month)).contains(day),
            separator(grammar),
            let hour = number(digits: 1...2), hour < 24, take(":"),
            let minute = number(digits: 1...2), minute < 60, take(":"),
            let second = number(digits: 1...2), second < 60,
            let nanoseconds = fraction(grammar),
            let offset = zone(grammar), index == bytes.count
        else { return nil }
        let days = Int64(Timestamp.daysSinceEpoch(year: year, month: month, day: day))
        let secondOfDay = Int64((hour * 60 + minute) * 60 + second)
        return (days * Timestamp.secondsPerDay + secondOfDay - Int64(offset), Int32(nanoseconds))
    }

    private mutating func separator(_ grammar: Grammar) -> Bool {
        switch grammar {
        case .contract: take("T")
        case .vendors: take("T") || take(" ") || take("t")
        }
    }

    /// Nanoseconds; 0 without a fraction, nil for one without digits or with more than nine.
    private mutating func fraction(_ grammar: Grammar) -> Int? {
        guard take(".") || grammar == .vendors && take(",") else { return 0 }
        let start = index
        guard var value = number(digits: 1...9) else { return nil }
        for _ in (index - start)..<9 { value *= 10 }
        return value
    }

    /// Seconds east of UTC; 0 without a zone.
    private mutating func zone(_ grammar: Grammar) -> Int? {
        if index == bytes.count || take("Z") || grammar == .vendors && take("z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(digits: 2...2), hours < 24 else { return nil }
        var minutes = 0
        if take(":") || grammar == .vendors && index < bytes.count {
            guard let value = number(digits: 2...2), value < 60 else { return nil }
            minutes = value
        }
        let seconds = (hours * 60 + minutes) * 60
        return isWest ? -seconds : seconds
    }

    @inline(__always)
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    /// The value of as many digits as there are, up to the greater bound; nil when they are fewer than the lesser.
    @inline(__always)
    private mutating func number(digits: ClosedRange<Int>) -> Int? {
        let start = index
        let end = min(bytes.count, start + digits.upperBound)
        var value = 0
        while index < end {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = value * 10 + Int(digit)
            index += 1
        }
        return index - start >= digits.lowerBound ? value : nil
    }
}
