internal import JSON

/// A JSON number for computing: whole ones exactly, the others as doubles.
///
/// Whole results stay whole. One beyond 64 bits is an `invalid-value` error, never rounded to a double, since it may be
/// an id or a time; a result that is no number, or infinite, is `not-a-number`.
enum Number {
    case whole(Int128)
    /// Finite.
    case real(Double)

    init?(_ value: JSONValue) {
        switch value {
        case .integer(let value): self = .whole(Int128(value))
        case .unsigned(let value): self = .whole(Int128(value))
        case .double(let value): self = .real(value)
        case .null, .bool, .text, .string, .node, .array, .object: return nil
        }
    }

    /// As a double, which may round.
    var double: Double {
        switch self {
        case .whole(let value): Double(value)
        case .real(let value): value
        }
    }

    /// The number as a value; throws `invalid-value` beyond 64 bits, `not-a-number` when it is infinite.
    func value() throws(JMESPathError) -> JSONValue {
        switch self {
        case .whole(let value):
            if let small = Int64(exactly: value) { return .integer(small) }
            if let large = UInt64(exactly: value) { return .unsigned(large) }
            throw JMESPathError(.invalidValue, "the result does not fit a 64-bit integer")
        case .real(let value):
            guard value.isFinite else { throw JMESPathError(.notANumber, "the result is no number") }
            return .double(value)
        }
    }

    /// Below, at or above 0 as this number is less than, equal to or greater than another; exact.
    func order(to other: Number) -> Int {
        switch (self, other) {
        case (.whole(let a), .whole(let b)): a < b ? -1 : a == b ? 0 : 1
        case (.real(let a), .real(let b)): a < b ? -1 : a == b ? 0 : 1
        case (.real, .whole): -other.order(to: self)
        case (.whole(let a), .real(let b)): Number.order(a, b)
        }
    }

    private static func order(_ a: Int128, _ b: Double) -> Int {
        // Whole numbers here are within 65 bits, so a double beyond that decides by its sign.
        guard abs(b) < 0x1p66 else { return b > 0 ? -1 : 1 }
        let floor = Int128(b.rounded(.down))
        if a != floor { return a < floor ? -1 : 1 }
        return Double(floor) < b ? -1 : 0
    }

    // MARK: - Arithmetic

    /// Whole operands give a whole result wherever it is exact; `//` and `%` round towards negative infinity, so that
    /// `a == b * (a // b) + a % b`.
    static func compute(
        _ operation: Syntax.Arithmetic,
        _ left: JSONValue,
        _ right: JSONValue
    ) throws(JMESPathError) -> JSONValue {
        guard let a = Number(left), let b = Number(right) else {
            let culprit = Number(left) == nil ? left : right
            throw JMESPathError(.notANumber, "arithmetic takes numbers, not \(culprit.valueType.listed)")
        }
        let divides = operation == .divide || operation == .modulo || operation == .integerDivide
        if divides && b.double == 0 { throw JMESPathError(.notANumber, "division by zero") }
        if case .whole(let a) = a, case .whole(let b) = b { return try compute(operation, a, b).value() }
        return try compute(operation, a.double, b.double).value()
    }

    private static func compute(_ operation: Syntax.Arithmetic, _ a: Int128, _ b: Int128) -> Number {
        switch operation {
        case .add: return .whole(a + b)
        case .subtract: return .whole(a - b)
        case .multiply:
            let (product, overflows) = a.multipliedReportingOverflow(by: b)
            // Beyond 128 bits is beyond 64 bits too, which is what is reported.
            return .whole(overflows ? Int128.max : product)
        case .divide: return a % b == 0 ? .whole(a / b) : .real(Double(a) / Double(b))
        case .integerDivide:
            let quotient = a / b
            return .whole(a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient)
        case .modulo:
            let remainder = a % b
            return .whole(remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder)
        }
    }

    private static func compute(_ operation: Syntax.Arithmetic, _ a: Double, _ b: Double) -> Number {
        switch operation {
        case .add: return .real(a + b)
        case .subtract: return .real(a - b)
        case .multiply: return .real(a * b)
        case .divide: return .real(a / b)
        case .integerDivide: return .real((a / b).rounded(.down))
        case .modulo:
            let remainder = a.truncatingRemainder(dividingBy: b)
            return .real(remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder)
        }
    }

    // MARK: - Rounding and reading

    /// A double rounded to a whole number; a whole value when it fits 64 bits.
    static func rounded(_ value: JSONValue, _ rule: FloatingPointRoundingRule) -> JSONValue {
        guard case .double(let double) = value else { return value }
        let rounded = double.rounded(rule)
        return Int64(exactly: rounded).map { .integer($0) } ?? .double(rounded)
    }

    /// The number that a text is by JSON's grammar (RFC 8259, section 6); nil for any other text, for integers beyond
    /// 64 bits and for what no double holds.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> JSONValue? {
        var index = 0
        var isWhole = true
        func digits() -> Bool {
            let start = index
            while index < bytes.count, bytes[index] >= UInt8(ascii: "0"), bytes[index] <= UInt8(ascii: "9") {
                index += 1
            }
            return index > start
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") { index += 1 }
        let first = index
        guard digits(), bytes[first] != UInt8(ascii: "0") || index == first + 1 else { return nil }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            guard digits() else { return nil }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            guard digits() else { return nil }
        }
        guard index == bytes.count else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        if isWhole { return Int64(text).map { .integer($0) } ?? UInt64(text).map { .unsigned($0) } }
        return Double(text).flatMap { $0.isFinite ? .double($0) : nil }
    }
}
