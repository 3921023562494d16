internal import JMESPath
internal import JSON

extension VendorFunctions {
    static let timeFunctions: [Function] = [time]

    /// `time(value)` and `time(value, 'ms')`: a vendor's time as RFC 3339 text in UTC; null when it is none.
    ///
    /// Takes RFC 3339 text with or without zone (then UTC), `T` or a blank, and up to nine fraction digits; and seconds,
    /// milliseconds, microseconds or nanoseconds since 1970 as a number or as text, whose unit, when it is not named, is
    /// told by the size. 0, empty text and the year 1 mean "no time".
    private static let time = Function(name: "time", parameters: [.any, .string], optional: 1) {
        (literals: [JSONValue?]) throws(JMESPathError) -> Function.Body in
        var unit: VendorTime.Unit?
        if literals.count > 1 {
            unit = literals[1]?.stringValue.flatMap { VendorTime.Unit(rawValue: $0) }
            guard unit != nil else {
                throw JMESPathError(.invalidValue, "the unit of time() is 's', 'ms', 'us' or 'ns'")
            }
        }
        return { [unit] (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
            guard let time = VendorTime(arguments[0], unit: unit) else { return .null }
            return .string(time.text)
        }
    }
}
