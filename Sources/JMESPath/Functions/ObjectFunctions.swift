internal import JSON

extension Function {
    static let objectFunctions: [Function] = [
        Function(name: "keys", parameters: [.object], result: .array) { (evaluation, arguments) throws(JMESPathError) in
            try evaluation.array(try evaluation.members(of: arguments[0]).map(\.name))
        },
        Function(name: "values", parameters: [.object], result: .array) {
            (evaluation, arguments) throws(JMESPathError) in
            try evaluation.array(try evaluation.members(of: arguments[0]).map(\.value))
        },
        Function(name: "items", parameters: [.object], result: .array) {
            (evaluation, arguments) throws(JMESPathError) in
            let members = try evaluation.members(of: arguments[0])
            try evaluation.charge(outputBytes: 64 * members.count)
            return try evaluation.array(members.map { .array([$0.name, $0.value]) })
        },
        // Of pairs with the same name the last counts, at the first one's place.
        Function(name: "from_items", parameters: [.array(of: .array)], result: .object) {
            (evaluation, arguments) throws(JMESPathError) in
            var pairs: [(name: [UInt8], value: JSONValue)] = []
            try arguments[0].forEachItem { (pair) throws(JMESPathError) in
                guard let elements = pair.elements, elements.count == 2 else {
                    throw JMESPathError(.invalidValue, "from_items() takes pairs, arrays of two elements")
                }
                guard let name = elements[0].stringBytes else {
                    throw JMESPathError(.invalidType, "a pair of from_items() begins with a string")
                }
                pairs.append((name, elements[1]))
            }
            return try evaluation.objectOfLast(pairs)
        },
        Function(name: "merge", parameters: [.object], variadic: true, result: .object) {
            (evaluation, arguments) throws(JMESPathError) in
            var pairs: [(name: [UInt8], value: JSONValue)] = []
            for index in 0..<arguments.count {
                for member in try evaluation.members(of: arguments[index]) {
                    pairs.append((member.name.stringBytes ?? [], member.value))
                }
            }
            return try evaluation.objectOfLast(pairs)
        },
        // Elements whose key is null are left out.
        Function(name: "group_by", parameters: [.array, .expression], result: .object) {
            (evaluation, arguments) throws(JMESPathError) in
            var numbers: [[UInt8]: Int] = [:]
            var groups: [(name: [UInt8], elements: [JSONValue])] = []
            try arguments[0].forEachItem { (element) throws(JMESPathError) in
                let key = try arguments.evaluate(1, on: element)
                if key.isNull { return }
                guard let name = key.stringBytes else {
                    throw JMESPathError(
                        .invalidType,
                        "group_by() takes keys that are strings, not \(key.valueType.listed)"
                    )
                }
                try evaluation.charge(outputBytes: 32)
                if let number = numbers[name] {
                    groups[number].elements.append(element)
                } else {
                    numbers[name] = groups.count
                    groups.append((name, [element]))
                }
            }
            return try evaluation.object(groups.map { JSONMember(name: $0.name, value: .array($0.elements)) })
        },
    ]
}

extension Evaluation {
    /// An object's members, of duplicate names the first.
    fileprivate func members(of object: JSONValue) throws(JMESPathError) -> [DistinctMember] {
        try charge(steps: object.count ?? 0)
        return object.distinctMembers
    }

    /// An object of pairs, where a later value replaces an earlier one of the same name.
    fileprivate func objectOfLast(_ pairs: [(name: [UInt8], value: JSONValue)]) throws(JMESPathError) -> JSONValue {
        try charge(steps: pairs.count)
        var numbers: [[UInt8]: Int] = [:]
        var members: [JSONMember] = []
        for pair in pairs {
            let member = JSONMember(name: pair.name, value: pair.value)
            if let number = numbers[pair.name] {
                members[number] = member
            } else {
                numbers[pair.name] = members.count
                members.append(member)
            }
        }
        return try object(members)
    }
}
