/// How a vendor writes its times: `yyyyMMddHHmmss.SSS`, `yyyy-MM-dd HH:mm:ss UTC`, `dd/MMM/yyyy:HH:mm:ss Z`.
///
/// The letters are Unicode's (UTS 35, "Date Field Symbols"), as far as vendors use them:
///
/// | letters | stand for |
/// | --- | --- |
/// | `yyyy` | a year of four digits |
/// | `MM`, `dd`, `HH`, `hh`, `mm`, `ss` | two digits; a single letter takes one or two |
/// | `MMM`, `EEE` | the English names `Jan` and `Mon`; the day of the week is not looked at |
/// | `a` | `AM` or `PM` |
/// | `S`, `SSS` | one to nine digits of a second's fraction; exactly as many as letters |
/// | `Z`, `X` | `Z`, `UTC`, `GMT`, `+02`, `+0200` or `+02:00` |
///
/// Anything else stands for itself. Without a zone a time is in UTC.
struct TimePattern: Sendable {
    private enum Part: Sendable {
        case literal(UInt8)
        case field(UInt8, count: Int)
    }

    private let parts: [Part]
    private static let letters = Array("yMdHhmsSEaZX".utf8)

    /// Nil for a pattern without year, month and day.
    init?(_ pattern: [UInt8]) {
        var parts: [Part] = []
        for byte in pattern {
            if case .field(byte, let count)? = parts.last {
                parts[parts.count - 1] = .field(byte, count: count + 1)
            } else {
                parts.append(TimePattern.letters.contains(byte) ? .field(byte, count: 1) : .literal(byte))
            }
        }
        func has(_ letter: Unicode.Scalar, _ counts: ClosedRange<Int>) -> Bool {
            parts.contains { if case .field(UInt8(ascii: letter), let count) = $0 { counts ~= count } else { false } }
        }
        guard has("y", 4...4), has("M", 1...3), has("d", 1...2) else { return nil }
        self.parts = parts
    }

    /// The instant that a text says; nil when it is not written so or no such time exists.
    func time(in text: UnsafeRawBufferPointer) -> VendorTime? {
        guard text.count <= 64 else { return nil }
        var reader = Reader(text: text)
        for part in parts {
            switch part {
            case .literal(let byte): guard reader.take(byte) else { return nil }
            case .field(let letter, let count): guard reader.read(letter, count) else { return nil }
            }
        }
        guard reader.isAtEnd, let normal = reader.normalText else { return nil }
        return Array(normal.utf8).withUnsafeBytes { VendorTime(text: $0) }
    }
}

/// Reads the fields of one text.
private struct Reader {
    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ].map { Array($0.utf8) }

    let text: UnsafeRawBufferPointer
    private var index = 0
    private var year = 0, month = 0, day = 0
    private var hour = 0, minute = 0, second = 0
    private var isAfternoon: Bool?
    private var fraction = ""
    private var zone = "Z"

    init(text: UnsafeRawBufferPointer) { self.text = text }

    var isAtEnd: Bool { index == text.count }

    /// The time as RFC 3339 writes it, of which it still may be none.
    var normalText: String? {
        var hour = hour
        if let isAfternoon {
            guard (1...12).contains(hour) else { return nil }
            hour = hour % 12 + (isAfternoon ? 12 : 0)
        }
        let digits = String(year)
        let year = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let rest = fraction.isEmpty ? "" : ".\(fraction)"
        return "\(year)-\(month)-\(day)T\(hour):\(minute):\(second)\(rest)\(zone)"
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func read(_ letter: UInt8, _ count: Int) -> Bool {
        switch letter {
        case UInt8(ascii: "y"): return number(count, \.year)
        case UInt8(ascii: "M"): return count == 3 ? monthName() : number(count, \.month)
        case UInt8(ascii: "d"): return number(count, \.day)
        case UInt8(ascii: "H"), UInt8(ascii: "h"): return number(count, \.hour)
        case UInt8(ascii: "m"): return number(count, \.minute)
        case UInt8(ascii: "s"): return number(count, \.second)
        case UInt8(ascii: "S"):
            guard let digits = digits(count == 1 ? 1...9 : count...count), digits.count <= 9 else { return false }
            fraction = String(decoding: digits, as: UTF8.self)
            return true
        case UInt8(ascii: "E"): return letters(3) != nil
        case UInt8(ascii: "a"): return halfOfDay()
        default: return readZone()
        }
    }

    private mutating func digits(_ count: ClosedRange<Int>) -> Slice<UnsafeRawBufferPointer>? {
        let digits = text[index...].prefix(count.upperBound).prefix { (0x30...0x39).contains($0) }
        guard digits.count >= count.lowerBound else { return nil }
        index = digits.endIndex
        return digits
    }

    private mutating func number(_ count: Int, _ place: WritableKeyPath<Reader, Int>) -> Bool {
        guard count <= 4, let digits = digits(count == 1 ? 1...2 : count...count) else { return false }
        self[keyPath: place] = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return true
    }

    /// So many letters, in lower case.
    private mutating func letters(_ count: Int) -> [UInt8]? {
        let word = text[index...].prefix(count).map { $0 | 0x20 }
        guard word.count == count, word.allSatisfy({ (0x61...0x7A).contains($0) }) else { return nil }
        index += count
        return word
    }

    private mutating func monthName() -> Bool {
        guard let word = letters(3), let found = Reader.months.firstIndex(of: word) else { return false }
        month = found + 1
        return true
    }

    private mutating func halfOfDay() -> Bool {
        guard let word = letters(2), word[1] == UInt8(ascii: "m") else { return false }
        guard word[0] == UInt8(ascii: "a") || word[0] == UInt8(ascii: "p") else { return false }
        isAfternoon = word[0] == UInt8(ascii: "p")
        return true
    }

    private mutating func readZone() -> Bool {
        let isEast = take(UInt8(ascii: "+"))
        if isEast || take(UInt8(ascii: "-")) {
            guard let hours = digits(2...2) else { return false }
            let hasColon = take(UInt8(ascii: ":"))
            let minutes = digits(2...2)
            if hasColon && minutes == nil { return false }
            let minuteText = minutes.map { String(decoding: $0, as: UTF8.self) } ?? "00"
            zone = "\(isEast ? "+" : "-")\(String(decoding: hours, as: UTF8.self)):\(minuteText)"
            return true
        }
        if take(UInt8(ascii: "Z")) { return true }
        guard let word = letters(3) else { return false }
        return word == Array("utc".utf8) || word == Array("gmt".utf8)
    }
}
