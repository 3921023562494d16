internal import JSON

extension Function {
    static let arrayFunctions: [Function] = [
        Function(name: "length", parameters: [[.string, .array, .object]], result: .number) {
            (evaluation, arguments) throws(JMESPathError) in
            if let count = arguments[0].withStringBytes({ CodePoints.count($0) }) { return .integer(Int64(count)) }
            if arguments[0].isArray { return .integer(Int64(arguments[0].count ?? 0)) }
            try evaluation.charge(steps: arguments[0].count ?? 0)
            return .integer(Int64(arguments[0].distinctMembers.count))
        },
        Function(name: "reverse", parameters: [[.string, .array]], result: [.string, .array]) {
            (evaluation, arguments) throws(JMESPathError) in
            if let text = arguments[0].withStringBytes({ CodePoints.reversed($0) }) { return try evaluation.text(text) }
            return try evaluation.array((arguments[0].elements ?? []).reversed())
        },
        Function(name: "contains", parameters: [[.array, .string], .any], result: .boolean) {
            (evaluation, arguments) throws(JMESPathError) in
            if let text = arguments[0].withStringBytes({ text in
                arguments[1].withStringBytes { TextSearch.first($0, in: text, from: 0) != nil } ?? false
            }) {
                return .bool(text)
            }
            var isFound = false
            try arguments[0].forEachItem { (element) throws(JMESPathError) in
                if isFound { return }
                isFound = element.isEqual(to: arguments[1], steps: &evaluation.state.pointee.steps)
                try evaluation.charge(steps: 1)
            }
            return .bool(isFound)
        },
        Function(name: "map", parameters: [.expression, .array], result: .array) {
            (evaluation, arguments) throws(JMESPathError) in
            var results: [JSONValue] = []
            try arguments[1].forEachItem { (element) throws(JMESPathError) in
                try evaluation.charge(outputBytes: 32)
                results.append(try arguments.evaluate(0, on: element))
            }
            return .array(results)
        },
        Function(name: "zip", parameters: [.array], variadic: true, result: .array) {
            (evaluation, arguments) throws(JMESPathError) in
            var columns: [[JSONValue]] = []
            for index in 0..<arguments.count {
                try evaluation.charge(steps: arguments[index].count ?? 0)
                columns.append(arguments[index].elements ?? [])
            }
            let count = columns.map(\.count).min() ?? 0
            try evaluation.charge(outputBytes: 32 * count * columns.count)
            return try evaluation.array((0..<count).map { row in .array(columns.map { $0[row] }) })
        },
    ]
}
