package import JSON

/// A set of JMESPath types.
package struct ValueTypes: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let null = ValueTypes(rawValue: 1)
    package static let boolean = ValueTypes(rawValue: 2)
    package static let number = ValueTypes(rawValue: 4)
    package static let string = ValueTypes(rawValue: 8)
    package static let array = ValueTypes(rawValue: 16)
    package static let object = ValueTypes(rawValue: 32)
    /// An argument written `&expression`, which a function evaluates itself.
    package static let expression = ValueTypes(rawValue: 64)
    /// Every JSON value.
    package static let any: ValueTypes = [.null, .boolean, .number, .string, .array, .object]

    /// What the function `type` calls the types of JSON, by the number of each one's bit.
    static let typeNames = ["null", "boolean", "number", "string", "array", "object"]

    /// The type that the function `type` calls by a name; none for other texts.
    init(named name: [UInt8]) {
        let number = ValueTypes.typeNames.firstIndex { $0.utf8.elementsEqual(name) }
        self.init(rawValue: number.map { 1 << $0 } ?? 0)
    }

    private static let names: [(ValueTypes, String)] = [
        (.string, "a string"), (.number, "a number"), (.boolean, "a boolean"), (.array, "an array"),
        (.object, "an object"), (.null, "null"), (.expression, "an expression (&…)"),
    ]

    /// The types for a message: `a string or an array`.
    package var listed: String {
        if self == .any { return "any value" }
        let words = ValueTypes.names.filter { contains($0.0) }.map(\.1)
        guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension JSONValue {
    /// The one type of this value.
    package var valueType: ValueTypes {
        switch self {
        case .null: .null
        case .bool: .boolean
        case .integer, .unsigned, .double: .number
        case .text, .string: .string
        case .array: .array
        case .object: .object
        case .node(let node): node.isArray ? .array : .object
        }
    }
}

/// What a function accepts at one place.
///
///     [.array(of: .number), .string]      // an array of numbers, or a string
package struct ParameterType: Sendable, ExpressibleByArrayLiteral {
    let accepted: ValueTypes
    /// The types of an accepted array's elements, which must all be of one of them; nil when they may be anything.
    let elements: ValueTypes?

    package init(_ accepted: ValueTypes, elements: ValueTypes? = nil) {
        self.accepted = accepted
        self.elements = elements
    }

    /// Whatever any of some types accepts.
    package init(arrayLiteral types: ParameterType...) {
        accepted = types.reduce([]) { $0.union($1.accepted) }
        elements = types.compactMap(\.elements).first
    }

    package static let any = ParameterType(.any)
    package static let null = ParameterType(.null)
    package static let boolean = ParameterType(.boolean)
    package static let number = ParameterType(.number)
    package static let string = ParameterType(.string)
    package static let array = ParameterType(.array)
    package static let object = ParameterType(.object)
    package static let expression = ParameterType(.expression)

    /// An array whose elements are all of one of some types.
    package static func array(of elements: ValueTypes) -> ParameterType { ParameterType(.array, elements: elements) }

    var acceptsAnything: Bool { accepted == .any && elements == nil }

    /// Whether a value may stand here, as its type alone tells.
    @inline(__always)
    func acceptsType(of value: JSONValue) -> Bool { elements == nil && accepted.contains(value.valueType) }

    /// Whether a value may stand here.
    func accepts(_ value: JSONValue) -> Bool {
        guard accepted.contains(value.valueType) else { return false }
        guard let elements, value.isArray else { return true }
        var common = elements
        value.forEachElement { common.formIntersection($0.valueType) }
        return !common.isEmpty
    }

    /// The accepted types for a message.
    var listed: String {
        guard let elements else { return accepted.listed }
        let plural = elements == .number ? "numbers" : elements == .string ? "strings" : "numbers or of strings"
        let others = accepted.subtracting(.array)
        return "an array of \(plural)" + (others.isEmpty ? "" : " or \(others.listed)")
    }
}
