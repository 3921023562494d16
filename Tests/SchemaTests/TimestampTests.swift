import Foundation
import Schema
import Testing

private func isDateTime(_ text: String) -> Bool { Array(text.utf8).withUnsafeBytes { Timestamp.isDateTime($0) } }

private func written(_ microseconds: Int64) -> String {
    var bytes: [UInt8] = []
    Timestamp.append(microseconds: microseconds, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

private func written(_ seconds: Int64, _ nanoseconds: Int32, _ fraction: Timestamp.Fraction) -> String {
    var bytes: [UInt8] = []
    Timestamp.append(seconds: seconds, nanoseconds: nanoseconds, fraction: fraction, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
}

@Suite struct `A datetime field` {
    @Test(arguments: [
        "2022-08-09T23:30:01.111111Z", "2022-8-9T7:5:1", "2022-08-09T23:30:01", "2022-08-09T23:30:01Z",
        "2022-08-09T23:30:01.1", "2022-08-09T23:30:01.123456789Z", "2022-08-09T23:30:01+02",
        "2022-08-09T23:30:01-02:30",
        "2022-08-09T23:30:01.5+23:59", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2024-02-29T0:0:0Z",
        "2000-02-29T00:00:00Z", "2022-12-31T00:00:00-00:00", "2022-08-09T23:30:01.000",
    ])
    func `takes the contract's forms`(text: String) {
        #expect(isDateTime(text))
        #expect(Timestamp.parse(text) != nil)
    }

    @Test(arguments: [
        "", "2022", "2022-08-09", "2022-08-09T", "2022-08-09T23:30", "2022-08-09T23:30:", "2022-08-09T23:30:01.",
        "2022-08-09T23:30:01.Z", "2022-08-09T23:30:01.1234567890", "2022-08-09T23:30:01ZZ", "2022-08-09T23:30:01Z ",
        " 2022-08-09T23:30:01Z", "2022-08-09T23:30:01+", "2022-08-09T23:30:01+2", "2022-08-09T23:30:01+02:",
        "2022-08-09T23:30:01+02:3", "2022-08-09T23:30:01+24:00", "2022-08-09T23:30:01+02:60",
        "2022-08-09T23:30:01+02:00Z",
        "22-08-09T23:30:01Z", "02022-08-09T23:30:01Z", "2022-13-09T23:30:01Z", "2022-00-09T23:30:01Z",
        "2022-08-00T23:30:01Z", "2022-08-32T23:30:01Z", "2022-04-31T23:30:01Z", "2023-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "2022-08-09T24:00:00Z", "2022-08-09T23:60:01Z",
        "2022-08-09T23:30:60Z", "2022-008-09T23:30:01Z", "2022-08-09T023:30:01Z", "2022--8-09T23:30:01Z",
        "-022-08-09T23:30:01Z", "0000-01-01T00:00:00Z", "2022-08-09T+3:30:01Z", "２022-08-09T23:30:01Z",
        "2022-08-09T23:30:01Z\u{0}", "2022-08-09T23:30:01 Z", "2022-08-09T23:30:01 +02:00", "2022/08/09T23:30:01Z",
        "1660087801", "now",
    ])
    func `takes nothing else, and neither does the parser`(text: String) {
        #expect(!isDateTime(text))
        #expect(Timestamp.parse(text) == nil)
    }

    @Test(arguments: [
        "2022-08-09 23:30:01Z", "2022-08-09t23:30:01z", "2022-08-09T23:30:01+0230", "2022-08-09T23:30:01,5Z",
        "2022-08-09 23:30:01",
    ])
    func `leaves vendors' forms to the parser`(text: String) {
        #expect(!isDateTime(text))
        #expect(Timestamp.parse(text) != nil)
    }

    @Test func `is judged for random texts without a trap`() {
        var generator = SeededGenerator(state: 1)
        let alphabet = Array("0123456789-:.TZ+ ,tz".utf8)
        for _ in 0..<100_000 {
            var text = Array("2022-08-09T23:30:01.111111+02:00".utf8.prefix(Int.random(in: 0...32, using: &generator)))
            for _ in 0..<3 where !text.isEmpty {
                text[Int.random(in: text.indices, using: &generator)] = alphabet.randomElement(using: &generator) ?? 0
            }
            let isAccepted = text.withUnsafeBytes { Timestamp.isDateTime($0) }
            let instant = text.withUnsafeBytes { Timestamp.parse($0) }
            #expect(!isAccepted || instant != nil)
        }
    }
}

@Suite struct `An instant` {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0, 0), ("1969-12-31T23:59:59.5Z", -1, 500_000_000),
            ("2022-08-09T23:30:01Z", 1_660_087_801, 0),
            ("2022-08-10T01:30:01+02:00", 1_660_087_801, 0), ("2022-08-09T21:00:01-0230", 1_660_087_801, 0),
            ("2022-08-09 23:30:01.000000001", 1_660_087_801, 1), ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
            ("9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999), ("2000-02-29T12:00:00Z", 951_825_600, 0),
            ("2022-08-09T23:30:01.12Z", 1_660_087_801, 120_000_000),
        ] as [(String, Int64, Int32)]
    )
    func `is read`(text: String, seconds: Int64, nanoseconds: Int32) throws {
        let instant = try #require(Timestamp.parse(text))
        #expect(instant.seconds == seconds)
        #expect(instant.nanoseconds == nanoseconds)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000Z"), (1_660_087_801_111_111, "2022-08-09T23:30:01.111111Z"),
            (-1, "1969-12-31T23:59:59.999999Z"), (-1_000_000, "1969-12-31T23:59:59.000000Z"),
            (951_782_400_000_001, "2000-02-29T00:00:00.000001Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ] as [(Int64, String)]
    )
    func `is written with six digits`(microseconds: Int64, text: String) {
        #expect(written(microseconds) == text)
    }

    @Test func `is written with as many digits as asked for`() {
        #expect(written(0, 123_456_789, .milliseconds) == "1970-01-01T00:00:00.123Z")
        #expect(written(0, 123_456_789, .digits(9)) == "1970-01-01T00:00:00.123456789Z")
        #expect(written(0, 999_999_999, .digits(0)) == "1970-01-01T00:00:00Z")
        #expect(written(0, 5, .digits(1)) == "1970-01-01T00:00:00.0Z")
        #expect(written(0, 0, .shortest) == "1970-01-01T00:00:00Z")
        #expect(written(0, 100_000_000, .shortest) == "1970-01-01T00:00:00.1Z")
        #expect(written(0, 10, .shortest) == "1970-01-01T00:00:00.00000001Z")
        #expect(written(0, 1, .shortest) == "1970-01-01T00:00:00.000000001Z")
    }

    @Test func `beyond four digits of a year is written as the nearest one`() {
        #expect(written(.max).hasPrefix("9999-12-31T23:59:59."))
        #expect(written(.min).hasPrefix("0001-01-01T00:00:00."))
    }

    @Test func `is appended to what is there`() {
        var bytes = Array("at ".utf8)
        Timestamp.append(microseconds: 0, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "at 1970-01-01T00:00:00.000000Z")
    }

    @Test func `comes back and agrees with Foundation, at random and at the borders`() throws {
        var generator = SeededGenerator(state: 2)
        var instants = (0..<20_000).map { _ in Int64.random(in: -62_135_596_800...253_402_300_799, using: &generator) }
        instants += (0..<5000).map { _ in Int64.random(in: -86_400 * 366...86_400 * 366, using: &generator) }
        // The first and last second of the days around each end of February, in leap years and in others.
        for year in [1, 4, 100, 400, 1600, 1900, 1968, 1969, 1970, 1972, 1999, 2000, 2023, 2024, 2100, 9996, 9999] {
            let start = try #require(
                Timestamp.parse("\(String(repeating: "0", count: 4 - "\(year)".count))\(year)-01-01T0:0:0")
            )
            for day in [0, 30, 31, 58, 59, 60, 364] as [Int64] {
                instants += [start.seconds + day * 86_400, start.seconds + day * 86_400 + 86_399]
            }
        }
        for seconds in instants {
            let nanoseconds = Int32.random(in: 0..<1_000_000_000, using: &generator)
            let text = written(seconds, nanoseconds, .shortest)
            let instant = try #require(Timestamp.parse(text), "\(text)")
            #expect(instant == (seconds, nanoseconds), "\(text)")
            #expect(isDateTime(text), "\(text)")
            #expect(written(seconds, 0, .shortest) == foundationText(seconds))
        }
    }

    /// Foundation's Gregorian calendar is Julian before October 1582, so that it is asked for a time 1600 years later,
    /// which are four whole cycles of leap years.
    private func foundationText(_ seconds: Int64) -> String {
        let isEarly = seconds < -12_000_000_000
        let later = seconds + (isEarly ? 4 * 146_097 * 86_400 : 0)
        let text = Date(timeIntervalSince1970: Double(later)).formatted(.iso8601)
        guard isEarly, let year = Int(text.prefix(4)) else { return text }
        return String("000\(year - 1600)".suffix(4)) + text.dropFirst(4)
    }

    @Test func `agrees with the order of instants`() {
        var generator = SeededGenerator(state: 3)
        for _ in 0..<10_000 {
            let a = Int64.random(in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &generator)
            let b = a + Int64.random(in: 0...10_000_000, using: &generator)
            #expect(written(a) <= written(b))
        }
    }
}

/// A generator whose sequence is the same in each run, so that a failure can be repeated.
private struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        // splitmix64
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
