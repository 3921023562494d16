internal import JMESPath
internal import JSON

extension VendorFunctions {
    static let timeFunctions: [Function] = [time]

    /// `time(value)`, `time(value, 'ms')` and `time(value, 'yyyyMMddHHmmss')`: a vendor's time as RFC 3339 text in UTC.
    ///
    /// Takes RFC 3339 text with or without zone (then UTC), `T` or a blank, and up to nine fraction digits; and seconds,
    /// milliseconds, microseconds or nanoseconds since 1970 as a number or as text, whose unit, when it is not named or
    /// `auto`, is told by the size; `float` are seconds with a fraction. With a ``TimePattern`` only what is written so.
    /// Null when it is no time; 0, empty text and the year 1 mean "no time".
    private static let time = Function(name: "time", parameters: [.any, .string], optional: 1) {
        (literals: [JSONValue?]) throws(JMESPathError) -> Function.Body in
        var unit: VendorTime.Unit?
        if literals.count > 1 {
            guard let word = literals[1]?.stringValue else { throw VendorFunctions.noUnit }
            if let pattern = TimePattern(Array(word.utf8)) { return VendorFunctions.time(of: pattern) }
            unit = word == "float" ? .seconds : VendorTime.Unit(rawValue: word)
            guard unit != nil || word == "auto" else { throw VendorFunctions.noUnit }
        }
        return { [unit] (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
            guard let time = VendorTime(arguments[0], unit: unit) else { return .null }
            return .string(time.text)
        }
    }

    private static let noUnit = JMESPathError(
        .invalidValue,
        "the unit of time() is 's', 'ms', 'us', 'ns', 'float' or 'auto', or a pattern such as 'yyyy-MM-dd HH:mm:ss'"
    )

    private static func time(of pattern: TimePattern) -> Function.Body {
        { (_: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
            let value = arguments[0]
            // `yyyyMMddHHmmss` may come as a number.
            guard value.isString || value.integerValue != nil else { return .null }
            return value.withPlainText { pattern.time(in: $0) }.map { .string($0.text) } ?? .null
        }
    }
}
