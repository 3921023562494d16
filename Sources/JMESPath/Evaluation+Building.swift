package import JSON

extension Evaluation {
    /// A text that was built, charged to the budget.
    package func text(_ bytes: [UInt8]) throws(JMESPathError) -> JSONValue {
        try charge(outputBytes: bytes.count)
        return .string(bytes)
    }

    /// An array that was built, charged to the budget.
    package func array(_ elements: [JSONValue]) throws(JMESPathError) -> JSONValue {
        try charge(steps: elements.count)
        try charge(outputBytes: 32 * elements.count)
        return .array(elements)
    }

    /// An object that was built, charged to the budget.
    package func object(_ members: [JSONMember]) throws(JMESPathError) -> JSONValue {
        try charge(steps: members.count)
        try charge(outputBytes: members.reduce(0) { $0 + 32 + $1.name.count })
        return .object(members)
    }
}
