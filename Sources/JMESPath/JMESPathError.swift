/// Why an expression cannot be used, or could not be evaluated on a value.
package struct JMESPathError: Error, Equatable, CustomStringConvertible {
    /// The error names of the JMESPath specification, and `budget`, which is ours.
    package enum Kind: String, Sendable, CaseIterable {
        case syntax
        case invalidArity = "invalid-arity"
        case invalidType = "invalid-type"
        case invalidValue = "invalid-value"
        case unknownFunction = "unknown-function"
        case undefinedVariable = "undefined-variable"
        /// An operand of arithmetic is no number, or the result is none (division by zero).
        case notANumber = "not-a-number"
        /// The evaluation took more steps, built more bytes or nested deeper than allowed.
        case budget
    }

    package let kind: Kind
    /// What is wrong and how to mend it, in one clause without any of the data.
    package let message: String
    /// Where in the expression's text: a byte offset from 0; the text's length when something is missing at its end.
    package let offset: Int?

    package init(_ kind: Kind, _ message: String, at offset: Int? = nil) {
        self.kind = kind
        self.message = message
        self.offset = offset
    }

    package var description: String { message }

    /// The same error at a place, unless it has one already.
    func located(at place: Int) -> JMESPathError {
        offset == nil ? JMESPathError(kind, message, at: place) : self
    }
}
