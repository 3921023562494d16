/// Why bytes could not be compressed or expanded.
package struct CompressionError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The compressed text ends before its end mark.
        case truncated
        /// The bytes are not of this format, or a checksum does not match.
        case corrupt
        /// Complete, but followed by bytes that do not begin another member or frame.
        case trailingBytes
        /// The expanded text would be longer than the caller allows.
        case limitExceeded
        /// The library found no memory, or a window is larger than we allow.
        case memory
    }

    package let code: Code
    /// What happened, in one clause without any of the bytes.
    package let message: String

    package var description: String { message }
}
