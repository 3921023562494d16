/// What one field may hold, as it was written; nothing is known of a schema yet.
package struct FieldRule: Equatable, Sendable {
    package let field: String
    /// Whether an event without the field is refused.
    package let isRequired: Bool
    package let condition: Condition

    package init(field: String, isRequired: Bool = false, condition: Condition) {
        self.field = field
        self.isRequired = isRequired
        self.condition = condition
    }

    /// A scalar that a field may be compared with.
    package enum Scalar: Equatable, Sendable {
        case text(String)
        case integer(Int64)
        case bool(Bool)
    }

    /// A test of one value.
    ///
    /// An event is refused unless it is known to pass. A text that is no plain address (`10.0.0.1:443`, ` 10.0.0.1`,
    /// `010.0.0.1`, `::10.0.0.1`) is not known to lie in a network, nor outside of it: neither ``network(_:)`` nor its ``not(_:)`` lets
    /// it pass. `any` passes when another of its conditions does.
    package indirect enum Condition: Equatable, Sendable {
        case equals(Scalar)
        /// Text that begins so, compared byte by byte.
        case prefix(String)
        /// Text that is an address of the network; not known for any other text.
        case network(IPNetwork)
        case any([Condition])
        case all([Condition])
        /// Passes what is known to fail the condition.
        case not(Condition)
    }
}
