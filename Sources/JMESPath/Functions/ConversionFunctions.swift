internal import JSON

extension Function {
    static let conversionFunctions: [Function] = [
        Function(name: "not_null", parameters: [.any], variadic: true) { (_, arguments) throws(JMESPathError) in
            for index in 0..<arguments.count where !arguments[index].isNull { return arguments[index] }
            return .null
        },
        Function(name: "to_array", parameters: [.any], result: .array) {
            (evaluation, arguments) throws(JMESPathError) in
            if arguments[0].isArray { return arguments[0] }
            try evaluation.charge(outputBytes: 32)
            return .array([arguments[0]])
        },
        Function(name: "to_number", parameters: [.any], result: [.number, .null]) {
            (_, arguments) throws(JMESPathError) in
            if arguments[0].isNumber { return arguments[0] }
            return arguments[0].withStringBytes { Number.parse($0) ?? .null } ?? .null
        },
        // Anything but a text becomes canonical JSON text.
        Function(name: "to_string", parameters: [.any], result: .string) {
            (evaluation, arguments) throws(JMESPathError) in
            if arguments[0].isString { return arguments[0] }
            try evaluation.checkTextLength(of: arguments[0])
            var writer = JSONWriter()
            writer.append(canonical: arguments[0])
            try evaluation.charge(steps: writer.bytes.count >> 3)
            return try evaluation.text(writer.bytes)
        },
        // Texts that were made before.
        Function(name: "type", parameters: [.any], result: .string) { (_, arguments) throws(JMESPathError) in
            typeTexts[arguments[0].valueType.rawValue.trailingZeroBitCount]
        },
    ]

    private static let typeTexts = ValueTypes.typeNames.map(JSONValue.string)
}
