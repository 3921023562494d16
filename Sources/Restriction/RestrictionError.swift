/// Why rules do not fit a schema: everything that is wrong with them.
package struct RestrictionError: Error, Equatable, CustomStringConvertible {
    package struct Problem: Equatable, Sendable {
        package enum Code: Sendable {
            /// The schema has no such field.
            case unknownField
            /// A value or test that no value of the field's type can pass.
            case typeMismatch
            /// A value or prefix longer than the field can be.
            case neverMatches
        }

        package let code: Code
        /// The rule's field.
        package let field: String
        /// What is wrong and how to mend it, for the operator.
        package let message: String
    }

    package let problems: [Problem]

    package var description: String { problems.map(\.message).joined(separator: "; ") }
}
