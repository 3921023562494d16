/// Lengths of time and numbers of bytes as people write them: a whole number and a unit, such as `30d` or `16MiB`.
package enum Quantity {
    private static let seconds: [String: Int] = [
        "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000,
    ]
    private static let bytes: [String: Int] = [
        "B": 1, "kB": 1_000, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000,
        "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
    ]

    /// Reads `250ms`, `30s`, `5m`, `1h`, `30d`, `2w` or `10y` (of 365 days each); nil for anything else.
    package static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text) else { return nil }
        if unit == "ms" { return .milliseconds(number) }
        guard let factor = seconds[unit] else { return nil }
        let (product, overflows) = number.multipliedReportingOverflow(by: factor)
        return overflows ? nil : .seconds(product)
    }

    /// Reads `512B`, `64KiB`, `16MiB`, `1GiB`, also with powers of ten (`16MB`); nil for anything else.
    static func byteCount(_ text: String) -> Int? {
        guard let (number, unit) = split(text), let factor = bytes[unit] else { return nil }
        let (product, overflows) = number.multipliedReportingOverflow(by: factor)
        return overflows ? nil : product
    }

    private static func split(_ text: String) -> (number: Int, unit: String)? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let number = Int(String(Substring(digits))) else { return nil }
        return (number, String(text[digits.endIndex...]))
    }

    /// The shortest form that ``duration(_:)`` reads back the same.
    static func text(_ duration: Duration) -> String {
        let (whole, attoseconds) = duration.components
        guard attoseconds == 0 else { return "\(whole * 1_000 + attoseconds / 1_000_000_000_000_000)ms" }
        for (unit, factor) in [("d", 86_400), ("h", 3_600), ("m", 60)] as [(String, Int64)]
        where whole > 0 && whole % factor == 0 {
            return "\(whole / factor)\(unit)"
        }
        return "\(whole)s"
    }

    /// The shortest form that ``byteCount(_:)`` reads back the same.
    static func text(_ byteCount: Int) -> String {
        for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
        where byteCount > 0 && byteCount % (1 << shift) == 0 {
            return "\(byteCount >> shift)\(unit)"
        }
        return "\(byteCount)B"
    }
}
