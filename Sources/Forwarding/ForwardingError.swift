/// Why forwarding cannot start.
package struct ForwardingError: Error, CustomStringConvertible {
    package enum Code: Sendable {
        /// A sink's settings cannot work.
        case unusableOptions
        /// libcurl or the thread could not be had.
        case noResources
    }

    package let code: Code
    /// What happened and how to mend it.
    package let message: String

    package var description: String { message }
}
