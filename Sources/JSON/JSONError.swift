/// Why bytes are not the JSON text that was asked for.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Not JSON at all: a missing bracket, a stray character, nothing but white space.
        case syntax
        /// An integer beyond 64 bits, or a number that no double holds.
        case number
        /// A string that is not UTF-8, has a raw control character or half a surrogate pair.
        case string
        /// Nested deeper than the caller allows.
        case depth
        /// No memory for the tape.
        case memory
    }

    package let code: Code
    /// What is wrong, in one clause without the offending bytes.
    package let message: String

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
