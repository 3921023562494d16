/// Times as text and as numbers since 1970-01-01T00:00:00Z, in the Gregorian calendar, without leap seconds.
package enum Timestamp {
    /// Days from 0000-03-01, where the count of ``daysSinceEpoch(year:month:day:)`` begins, to 1970-01-01.
    static let daysToEpoch = 719_468
    static let secondsPerDay: Int64 = 86_400
    /// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the times that four digits of a year can say.
    static let secondsRange: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Days since 1970-01-01 of a date that exists, in a year from 1 on.
    ///
    /// The year begins in March here, so that the leap day is its last and the lengths of the months before it follow
    /// (153 × month + 2) / 5; 146,097 days are 400 years.
    static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month > 2 ? year : year - 1
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let century = shiftedYear / 100
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        return shiftedYear * 365 + shiftedYear / 4 - century + century / 4 + dayOfYear - daysToEpoch
    }

    /// The number of days in a month, 1 to 12.
    static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2: isLeapYear(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func isLeapYear(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }
}
