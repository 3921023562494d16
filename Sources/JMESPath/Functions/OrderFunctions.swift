internal import JSON

extension Function {
    static let orderFunctions: [Function] = [
        Function(name: "sort", parameters: [.array(of: [.string, .number])], result: .array) {
            (evaluation, arguments) throws(JMESPathError) in
            let elements = arguments[0].elements ?? []
            return try evaluation.sorted(elements, by: elements)
        },
        Function(name: "sort_by", parameters: [.array, .expression], result: .array) {
            (evaluation, arguments) throws(JMESPathError) in
            let elements = arguments[0].elements ?? []
            return try evaluation.sorted(elements, by: try keys(of: elements, arguments, "sort_by"))
        },
        Function(name: "min", parameters: [.array(of: [.string, .number])], result: [.string, .number, .null]) {
            (_, arguments) throws(JMESPathError) in
            let elements = arguments[0].elements ?? []
            return extreme(of: elements, by: elements) { $0 < 0 }
        },
        Function(name: "max", parameters: [.array(of: [.string, .number])], result: [.string, .number, .null]) {
            (_, arguments) throws(JMESPathError) in
            let elements = arguments[0].elements ?? []
            return extreme(of: elements, by: elements) { $0 > 0 }
        },
        Function(name: "min_by", parameters: [.array, .expression]) { (_, arguments) throws(JMESPathError) in
            let elements = arguments[0].elements ?? []
            return extreme(of: elements, by: try keys(of: elements, arguments, "min_by")) { $0 < 0 }
        },
        Function(name: "max_by", parameters: [.array, .expression]) { (_, arguments) throws(JMESPathError) in
            let elements = arguments[0].elements ?? []
            return extreme(of: elements, by: try keys(of: elements, arguments, "max_by")) { $0 > 0 }
        },
    ]

    /// The second argument's value for each element: all numbers or all strings.
    private static func keys(
        of elements: [JSONValue],
        _ arguments: Arguments,
        _ name: String
    ) throws(JMESPathError) -> [JSONValue] {
        var common: ValueTypes = [.number, .string]
        var keys: [JSONValue] = []
        keys.reserveCapacity(elements.count)
        for element in elements {
            let key = try arguments.evaluate(1, on: element)
            common.formIntersection(key.valueType)
            if common.isEmpty {
                throw JMESPathError(.invalidType, "\(name)() takes keys that are all numbers or all strings")
            }
            keys.append(key)
        }
        return keys
    }

    /// The first element whose key beats all others.
    private static func extreme(
        of elements: [JSONValue],
        by keys: [JSONValue],
        _ beats: (Int) -> Bool
    ) -> JSONValue {
        guard var best = elements.indices.first else { return .null }
        for index in elements.indices.dropFirst() where beats(keys[index].order(to: keys[best]) ?? 0) { best = index }
        return elements[best]
    }
}

extension Evaluation {
    /// Elements in ascending order of their keys; those with equal keys keep their order.
    fileprivate func sorted(_ elements: [JSONValue], by keys: [JSONValue]) throws(JMESPathError) -> JSONValue {
        // A comparison costs about as much as a step.
        try charge(steps: elements.count * (Int.bitWidth - elements.count.leadingZeroBitCount))
        let order = elements.indices.sorted { a, b in
            let order = keys[a].order(to: keys[b]) ?? 0
            return order == 0 ? a < b : order < 0
        }
        return try array(order.map { elements[$0] })
    }
}
