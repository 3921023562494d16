/// Why there are no figures.
package struct BenchError: Error, CustomStringConvertible {
    package enum Code: Sendable { case badOptions, gatewayDidNotStart, gatewayStopped, system, store, interrupted }

    package let code: Code
    /// What happened and how to mend it.
    package let message: String

    package var description: String { message }

    /// A failed call of the operating system, with what errno said.
    static func system(_ what: String, number: Int32) -> BenchError {
        BenchError(code: .system, message: "cannot \(what): \(systemMessage(number))")
    }

    static let interrupted = BenchError(code: .interrupted, message: "interrupted; nothing is left running")
}
