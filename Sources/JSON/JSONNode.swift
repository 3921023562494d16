/// A value on a document's tape, read in place: 24 bytes, no reference counting.
///
/// Valid as long as the ``JSONDocument`` it came from (see there).
package struct JSONNode {
    // simdjson's tape: the top 8 bits of a word are the type, the low 56 its payload.
    let tape: UnsafePointer<UInt64>
    let strings: UnsafePointer<UInt8>
    /// Position on the tape, ascending in document order.
    package let index: UInt32

    @inline(__always)
    init(tape: UnsafePointer<UInt64>, strings: UnsafePointer<UInt8>, index: UInt32) {
        self.tape = tape
        self.strings = strings
        self.index = index
    }

    @inline(__always)
    private var word: UInt64 { tape[Int(index)] }
    @inline(__always)
    private var type: UInt8 { UInt8(truncatingIfNeeded: word >> 56) }

    package var isObject: Bool { type == UInt8(ascii: "{") }
    package var isArray: Bool { type == UInt8(ascii: "[") }

    /// The position of the closing word of an array or object.
    @inline(__always)
    fileprivate var closing: UInt32 { UInt32(truncatingIfNeeded: word) - 1 }

    /// The tape position behind this value.
    @inline(__always)
    fileprivate var next: UInt32 {
        switch type {
        case UInt8(ascii: "{"), UInt8(ascii: "["): UInt32(truncatingIfNeeded: word)
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }

    @inline(__always)
    fileprivate func at(_ position: UInt32) -> JSONNode { JSONNode(tape: tape, strings: strings, index: position) }

    @inline(__always)
    fileprivate var text: JSONText {
        let start = strings + Int(word & 0x00FF_FFFF_FFFF_FFFF)
        let count = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return JSONText(start: start + 4, count: Int(count))
    }

    /// This node as a value: scalars are read, arrays and objects stay in place.
    package var value: JSONValue {
        switch type {
        case UInt8(ascii: "\""): .text(text)
        case UInt8(ascii: "{"), UInt8(ascii: "["): .node(self)
        case UInt8(ascii: "l"): .integer(Int64(bitPattern: tape[Int(index) + 1]))
        case UInt8(ascii: "u"): .unsigned(tape[Int(index) + 1])
        case UInt8(ascii: "d"): .double(Double(bitPattern: tape[Int(index) + 1]))
        case UInt8(ascii: "t"): .bool(true)
        case UInt8(ascii: "f"): .bool(false)
        default: .null
        }
    }

    /// The number of elements of an array or members of an object, duplicates included; 0 for anything else.
    package var count: Int {
        guard isObject || isArray else { return 0 }
        let counted = Int((word >> 32) & 0xFF_FFFF)
        guard counted == 0xFF_FFFF else { return counted }
        // The tape's counter stops there.
        return isObject ? members.reduce(0) { count, _ in count + 1 } : elements.reduce(0) { count, _ in count + 1 }
    }

    /// The first member of that name, or nil; nil also when this is no object.
    package subscript(name: StaticString) -> JSONValue? {
        member(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    /// The first member of that name (UTF-8), or nil; nil also when this is no object.
    package func member(_ name: UnsafeRawBufferPointer) -> JSONValue? {
        guard isObject else { return nil }
        let end = closing
        var position = index + 1
        while position < end {
            let value = at(position + 1)
            if at(position).text.isEqual(to: name) { return value.value }
            position = value.next
        }
        return nil
    }

    package func member(_ name: [UInt8]) -> JSONValue? { name.withUnsafeBytes { member($0) } }

    /// The elements of an array in order; nothing for anything else.
    package var elements: Elements { Elements(node: self) }

    /// The members of an object in document order, duplicates included; nothing for anything else.
    package var members: Members { Members(node: self) }

    /// Iterates an array's elements without building an array.
    package struct Elements: Sequence, IteratorProtocol {
        private let node: JSONNode
        private var position: UInt32
        private let end: UInt32

        fileprivate init(node: JSONNode) {
            self.node = node
            position = node.index + 1
            end = node.isArray ? node.closing : 0
        }

        package mutating func next() -> JSONNode? {
            guard position < end else { return nil }
            let element = node.at(position)
            position = element.next
            return element
        }
    }

    /// Iterates an object's members without building a dictionary.
    package struct Members: Sequence, IteratorProtocol {
        private let node: JSONNode
        private var position: UInt32
        private let end: UInt32

        fileprivate init(node: JSONNode) {
            self.node = node
            position = node.index + 1
            end = node.isObject ? node.closing : 0
        }

        package mutating func next() -> (name: JSONText, node: JSONNode)? {
            guard position < end else { return nil }
            let name = node.at(position).text
            let value = node.at(position + 1)
            position = value.next
            return (name, value)
        }
    }
}
