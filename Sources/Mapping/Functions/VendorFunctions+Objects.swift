internal import JMESPath
internal import JSON

extension VendorFunctions {
    static let objectFunctions: [Function] = [pairs, pick, omit, compact, field]

    /// `pairs(array, 'name', 'value', …)`: an object out of objects that hold a name and a value.
    ///
    ///     pairs(parameters, 'name', 'value', 'intValue', 'boolValue')
    ///
    /// Of several value fields the first that is present counts, of equal names the first element; without any the value
    /// field is `value`. OTLP's typed values (`{"intValue": "5"}`) become the value that they hold. Null for no array.
    private static let pairs = Function(
        name: "pairs",
        parameters: [.any, .string, .string],
        variadic: true,
        optional: 1
    ) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard arguments[0].isArray else { return .null }
        let nameField = arguments[1].stringBytes ?? []
        var valueFields: [[UInt8]] = []
        for index in 2..<max(2, arguments.count) { valueFields.append(arguments[index].stringBytes ?? []) }
        if valueFields.isEmpty { valueFields = [Array("value".utf8)] }
        return try PairReader(evaluation: evaluation, nameField: nameField, valueFields: valueFields)
            .object(of: arguments[0])
    }

    /// `pick(object, names)`: the members whose names another object has, or that stand in an array of texts.
    private static let pick = Function(name: "pick", parameters: [.any, .any]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard arguments[0].isObject else { return .null }
        let names = try names(in: arguments[1], evaluation)
        return try members(of: arguments[0], evaluation) { name, _ in names.contains(name) }
    }

    /// `omit(object, names)`: the members whose names are not in an array of texts, nor those of another object.
    private static let omit = Function(name: "omit", parameters: [.any, .any]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard arguments[0].isObject else { return .null }
        let names = try names(in: arguments[1], evaluation)
        return try members(of: arguments[0], evaluation) { name, _ in !names.contains(name) }
    }

    /// `compact(object)`: the members that are not null; objects inside of it stay as they are.
    private static let compact = Function(name: "compact", parameters: [.any]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard arguments[0].isObject else { return .null }
        return try members(of: arguments[0], evaluation) { _, value in !value.isNull }
    }

    /// `field(object, name)`: the member whose name is a value, such as the kind of a tagged union; null without one.
    private static let field = Function(name: "field", parameters: [.any, .any]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard arguments[0].isObject, !arguments[1].isNull, !arguments[1].isArray, !arguments[1].isObject else {
            return .null
        }
        try evaluation.charge(steps: (arguments[0].count ?? 0) >> 3)
        return arguments[1].withPlainText { arguments[0].member($0) } ?? .null
    }

    // MARK: - Members

    /// The texts of an array, the names of an object, or the only text.
    private static func names(in value: JSONValue, _ evaluation: Evaluation) throws(JMESPathError) -> Set<[UInt8]> {
        try evaluation.charge(steps: value.count ?? 1)
        var names: Set<[UInt8]> = []
        if let name = value.stringBytes { names.insert(name) }
        value.forEachElement { if let name = $0.stringBytes { names.insert(name) } }
        value.forEachMember { name, _ in _ = names.insert([UInt8](name)) }
        return names
    }

    private static func members(
        of object: JSONValue,
        _ evaluation: Evaluation,
        where isKept: ([UInt8], JSONValue) -> Bool
    ) throws(JMESPathError) -> JSONValue {
        var kept: [JSONMember] = []
        object.forEachMember { name, value in
            let name = [UInt8](name)
            if isKept(name, value) { kept.append(JSONMember(name: name, value: value)) }
        }
        try evaluation.charge(steps: object.count ?? 0)
        return try evaluation.object(kept)
    }
}

/// Makes an object of an array of names and values.
private struct PairReader {
    // Deeper typed values stay as they are.
    private static let maximumDepth = 16
    private static let typed = [
        "stringValue", "boolValue", "intValue", "doubleValue", "bytesValue", "arrayValue", "kvlistValue",
    ].map { Array($0.utf8) }

    let evaluation: Evaluation
    let nameField: [UInt8]
    let valueFields: [[UInt8]]
    var depth = 0

    func object(of array: JSONValue) throws(JMESPathError) -> JSONValue {
        var seen: Set<[UInt8]> = []
        var members: [JSONMember] = []
        try array.forEachElement { (element) throws(JMESPathError) in
            try evaluation.charge(steps: 1 + valueFields.count)
            guard let name = element.member(nameField), !name.isAbsent, !name.isArray, !name.isObject else { return }
            let text = name.plainText
            guard let value = value(in: element), seen.insert(text).inserted else { return }
            members.append(JSONMember(name: text, value: try unwrapped(value, depth)))
        }
        return try evaluation.object(members)
    }

    /// The first value that is there, an empty text only when there is nothing else.
    private func value(in element: JSONValue) -> JSONValue? {
        let values = valueFields.compactMap { element.member($0) }.filter { !$0.isNull }
        return values.first { !$0.isAbsent } ?? values.first
    }

    /// What a typed value of OTLP holds; any other value as it is.
    private func unwrapped(_ value: JSONValue, _ depth: Int) throws(JMESPathError) -> JSONValue {
        guard depth < PairReader.maximumDepth, value.isObject, value.count == 1, let member = value.members?.first,
            PairReader.typed.contains(member.name)
        else { return value }
        switch String(decoding: member.name, as: UTF8.self) {
        case "intValue":
            // 64 bits are written as text (proto3's JSON mapping).
            return member.value.stringValue.flatMap { Int64($0) }.map { .integer($0) } ?? member.value
        case "arrayValue":
            var elements: [JSONValue] = []
            try (member.value["values"] ?? .null).forEachElement { (element) throws(JMESPathError) in
                elements.append(try unwrapped(element, depth + 1))
            }
            return try evaluation.array(elements)
        case "kvlistValue":
            return try PairReader(
                evaluation: evaluation,
                nameField: Array("key".utf8),
                valueFields: [Array("value".utf8)],
                depth: depth + 1
            ).object(of: member.value["values"] ?? .null)
        default: return member.value
        }
    }
}
