internal import Glibc

@inline(__always)
func memoryIsEqual(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Bool { memcmp(a, b, count) == 0 }

/// A JSON value, in place on a document's tape or built by us.
///
/// Strings come as ``JSONValue/text(_:)`` (in place) or ``JSONValue/string(_:)`` (owned UTF-8); arrays and objects as
/// ``JSONValue/node(_:)`` (in place) or ``JSONValue/array(_:)`` and ``JSONValue/object(_:)`` (owned). Reading code goes
/// through the accessors below, which hide the difference. Integers and doubles stay apart: an integer has all its
/// digits up to 64 bits, and no integer ever passes through a double.
package enum JSONValue {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Only for integers above `Int64.max`.
    case unsigned(UInt64)
    case double(Double)
    case text(JSONText)
    case string([UInt8])
    /// An array or an object in place.
    case node(JSONNode)
    case array([JSONValue])
    /// Members in order; of duplicate names the first counts.
    case object([JSONMember])

    package static func string(_ text: String) -> JSONValue { .string(Array(text.utf8)) }
}

// The in-place cases point into a JSONDocument, which belongs to one thread at a time; whoever sends a value to another
// thread sends its document along or calls ``JSONValue/owned()`` first.
extension JSONValue: @unchecked Sendable {}

/// One member of an object that we built.
package struct JSONMember: Sendable {
    package let name: [UInt8]
    package let value: JSONValue

    package init(name: [UInt8], value: JSONValue) {
        self.name = name
        self.value = value
    }

    package init(_ name: String, _ value: JSONValue) {
        self.init(name: Array(name.utf8), value: value)
    }
}

// MARK: - Reading

extension JSONValue {
    package var isNull: Bool { if case .null = self { true } else { false } }

    package var isString: Bool {
        switch self {
        case .text, .string: true
        case .null, .bool, .integer, .unsigned, .double, .node, .array, .object: false
        }
    }

    package var isObject: Bool {
        switch self {
        case .node(let node): node.isObject
        case .object: true
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .array: false
        }
    }

    package var isArray: Bool {
        switch self {
        case .node(let node): node.isArray
        case .array: true
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .object: false
        }
    }

    package var isNumber: Bool {
        switch self {
        case .integer, .unsigned, .double: true
        case .null, .bool, .text, .string, .node, .array, .object: false
        }
    }

    /// The text of a string; nil for anything else.
    package var stringValue: String? {
        switch self {
        case .text(let text): text.string
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .null, .bool, .integer, .unsigned, .double, .node, .array, .object: nil
        }
    }

    /// Calls `body` with a string's UTF-8 bytes, without a copy; nil for anything else.
    @inline(__always)
    package func withStringBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result? {
        switch self {
        case .text(let text): try body(text.rawBuffer)
        case .string(let bytes): try bytes.withUnsafeBytes { try body($0) }
        case .null, .bool, .integer, .unsigned, .double, .node, .array, .object: nil
        }
    }

    /// A string's UTF-8 bytes, copied; nil for anything else.
    package var stringBytes: [UInt8]? { withStringBytes { [UInt8]($0) } }

    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The value of a whole number that fits; nil for anything else, doubles included.
    package var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }

    /// Any number as a double, which may round an integer beyond 2^53.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        case .null, .bool, .text, .string, .node, .array, .object: nil
        }
    }

    /// The first member of that name; nil when there is none or this is no object.
    package func member(_ name: UnsafeRawBufferPointer) -> JSONValue? {
        switch self {
        case .node(let node): node.member(name)
        case .object(let members):
            members.first { member in
                member.name.count == name.count && member.name.withUnsafeBytes { $0.elementsEqual(name) }
            }?.value
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .array: nil
        }
    }

    package func member(_ name: [UInt8]) -> JSONValue? { name.withUnsafeBytes { member($0) } }

    package subscript(name: StaticString) -> JSONValue? {
        member(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// The number of elements or members (duplicates included); nil for a scalar.
    package var count: Int? {
        switch self {
        case .node(let node): node.count
        case .array(let elements): elements.count
        case .object(let members): members.count
        case .null, .bool, .integer, .unsigned, .double, .text, .string: nil
        }
    }

    /// The elements of an array, or nil.
    ///
    /// Builds a Swift array; on a hot path use ``forEachElement(_:)``.
    package var elements: [JSONValue]? {
        switch self {
        case .array(let elements): elements
        case .node(let node) where node.isArray: node.elements.map(\.value)
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .node, .object: nil
        }
    }

    /// The members of an object in order, duplicates included, or nil; copies the names.
    package var members: [JSONMember]? {
        switch self {
        case .object(let members): members
        case .node(let node) where node.isObject:
            node.members.map { JSONMember(name: $0.name.bytes, value: $0.node.value) }
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .node, .array: nil
        }
    }

    package func forEachElement<Failure: Error>(_ body: (JSONValue) throws(Failure) -> Void) throws(Failure) {
        switch self {
        case .array(let elements):
            for element in elements { try body(element) }
        case .node(let node):
            for element in node.elements { try body(element.value) }
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .object: break
        }
    }

    package func forEachMember<Failure: Error>(
        _ body: (UnsafeRawBufferPointer, JSONValue) throws(Failure) -> Void
    ) throws(Failure) {
        switch self {
        case .object(let members):
            for member in members {
                let text = member.name
                let result: Result<Void, Failure> = text.withUnsafeBytes { name in
                    do throws(Failure) { return .success(try body(name, member.value)) } catch {
                        return .failure(error)
                    }
                }
                try result.get()
            }
        case .node(let node):
            for member in node.members { try body(member.name.rawBuffer, member.node.value) }
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .array: break
        }
    }

    /// The same value with nothing in place, so that it outlives its document.
    package func owned() -> JSONValue {
        switch self {
        case .null, .bool, .integer, .unsigned, .double, .string: self
        case .text(let text): .string(text.bytes)
        case .array(let elements): .array(elements.map { $0.owned() })
        case .object(let members): .object(members.map { JSONMember(name: $0.name, value: $0.value.owned()) })
        case .node(let node):
            node.isArray
                ? .array(node.elements.map { $0.value.owned() })
                : .object(node.members.map { JSONMember(name: $0.name.bytes, value: $0.node.value.owned()) })
        }
    }
}
