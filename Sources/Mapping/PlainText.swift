package import JSON

extension JSONValue {
    /// Whether JMESPath counts the value as true: everything but null, false, and empty texts, arrays and objects.
    package var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .integer, .unsigned, .double: true
        case .text(let text): text.count > 0
        case .string(let bytes): !bytes.isEmpty
        case .node(let node): node.count > 0
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// Whether the value means "absent" in an event: null or empty text.
    @inline(__always)
    package var isAbsent: Bool {
        switch self {
        case .null: true
        case .text(let text): text.count == 0
        case .string(let bytes): bytes.isEmpty
        case .bool, .integer, .unsigned, .double, .node, .array, .object: false
        }
    }

    /// The value as the text of a field: text as it is, null empty, anything else as canonical JSON.
    package var plainText: [UInt8] {
        withPlainText { [UInt8]($0) }
    }

    /// Calls `body` with the value as the text of a field, without a copy where it is text already.
    @inline(__always)
    package func withPlainText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        switch self {
        case .text(let text): return body(text.rawBuffer)
        case .string(let bytes): return bytes.withUnsafeBytes { body($0) }
        case .null: return body(UnsafeRawBufferPointer(start: nil, count: 0))
        case .bool, .integer, .unsigned, .double, .node, .array, .object:
            var writer = JSONWriter()
            writer.append(canonical: self)
            return writer.bytes.withUnsafeBytes { body($0) }
        }
    }
}
