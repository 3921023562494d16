package import JSON

/// A function that expressions may call: a standard one or the host's.
///
/// The arguments' number and types are checked before the body runs: their number, and the types that are known from
/// the text alone, when the expression is compiled.
package struct Function: Sendable {
    /// What a call does; an error without an offset gets the call's.
    package typealias Body = @Sendable (Evaluation, Arguments) throws(JMESPathError) -> JSONValue

    /// Makes the body of one call when the expression is compiled, to compile a pattern or find a table once.
    ///
    /// It gets the values of the arguments that are literals, and nil for the others.
    package typealias Preparation = @Sendable ([JSONValue?]) throws(JMESPathError) -> Body

    package let name: String
    let parameters: [ParameterType]
    let isVariadic: Bool
    let optional: Int
    let result: ValueTypes
    let prepare: Preparation

    /// - Parameters:
    ///   - name: letters, digits and underscores.
    ///   - parameters: what is accepted at each place.
    ///   - variadic: whether the last parameter may come any number of times, at least once (see `optional`).
    ///   - optional: how many of the last parameters may be missing.
    ///   - result: what the body may return.
    ///   - body: what a call does.
    package init(
        name: String,
        parameters: [ParameterType],
        variadic: Bool = false,
        optional: Int = 0,
        result: ValueTypes = .any,
        body: @escaping Body
    ) {
        self.init(name: name, parameters: parameters, variadic: variadic, optional: optional, result: result) {
            (_: [JSONValue?]) throws(JMESPathError) -> Body in body
        }
    }

    /// A function that does part of its work when the expression is compiled.
    package init(
        name: String,
        parameters: [ParameterType],
        variadic: Bool = false,
        optional: Int = 0,
        result: ValueTypes = .any,
        prepare: @escaping Preparation
    ) {
        self.name = name
        self.parameters = parameters
        isVariadic = variadic
        self.optional = optional
        self.result = result
        self.prepare = prepare
    }

    /// The numbers of arguments that are allowed.
    var arity: ClosedRange<Int> {
        let least = parameters.count - optional
        return least...(isVariadic ? Int.max : parameters.count)
    }

    /// The arity for a message: `2 arguments`, `1 to 2 arguments`, `at least 1 argument`.
    var listedArity: String {
        let least = arity.lowerBound
        let noun = (isVariadic ? least : parameters.count) == 1 ? "argument" : "arguments"
        if isVariadic { return "at least \(least) \(noun)" }
        return least == parameters.count ? "\(least) \(noun)" : "\(least) to \(parameters.count) \(noun)"
    }

    /// The functions of the JMESPath standard and of the community's extensions.
    package static let standard: [Function] =
        numberFunctions + textFunctions + searchFunctions + arrayFunctions + orderFunctions + objectFunctions
        + conversionFunctions

    static let standardByName = Dictionary(uniqueKeysWithValues: standard.map { ($0.name, $0) })
}

/// The arguments of one call, valid during it.
package struct Arguments {
    let values: UnsafePointer<JSONValue>
    package let count: Int
    let arguments: UnsafePointer<Program.Argument>
    let machine: Machine

    /// An argument's value; null for an `&expression`.
    package subscript(index: Int) -> JSONValue {
        precondition(index < count, "argument \(index) of \(count)")
        return values[index]
    }

    /// An argument that may be missing.
    package func optional(_ index: Int) -> JSONValue? { index < count ? values[index] : nil }

    /// Evaluates the argument `&expression` with a current value.
    package func evaluate(_ index: Int, on value: JSONValue) throws(JMESPathError) -> JSONValue {
        try machine.value(arguments[index].address, value)
    }
}
