/// Why a key cannot be used.
package struct CryptographyError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// Not the encoding that was asked for: no PEM block, damaged base 64, damaged DER, wrong length.
        case malformedKey
        /// A well-formed key of a kind that we do not verify with.
        case unsupportedKey
        /// A key too short to trust.
        case weakKey
    }

    package let code: Code
    /// What is wrong and what is expected, in one sentence without the key.
    package let message: String

    package var description: String { message }
}
