/// Numbers for people.
enum Figure {
    /// Three digits that count: `34,465`, `7.64`, `0.031`, `0`.
    static func text(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        return switch abs(value) {
        case 0: "0"
        case 100...: fixed(value, 0)
        case 10...: value == value.rounded() ? fixed(value, 0) : fixed(value, 1)
        case 1...: value == value.rounded() ? fixed(value, 0) : fixed(value, 2)
        default: fixed(value, 3)
        }
    }

    static func text(_ value: Int) -> String { grouped(value) }

    /// Milliseconds of nanoseconds.
    static func milliseconds(_ nanoseconds: Int64) -> String { text(Double(nanoseconds) / 1e6) }

    /// Megabytes (10^6) of bytes.
    static func megabytes(_ bytes: Int) -> String { fixed(Double(bytes) / 1e6, 1) }

    static func fixed(_ value: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let rounded = (abs(value) * scale).rounded()
        guard rounded < 1e15 else { return "\(value)" }
        let sign = value < 0 && rounded > 0 ? "-" : ""
        let whole = Int(rounded) / Int(scale)
        guard decimals > 0 else { return sign + grouped(whole) }
        let part = String(Int(rounded) % Int(scale))
        return "\(sign)\(grouped(whole)).\(String(repeating: "0", count: decimals - part.count))\(part)"
    }

    private static func grouped(_ value: Int) -> String {
        var text = ""
        let digits = String(value.magnitude)
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }
}
