internal import Glibc

/// A member's name prepared for looking it up again and again.
///
/// On the tape a string's 32-bit length stands before its bytes; the length and the first four bytes of a name are
/// compared as one word, which tells most other names apart without touching the rest.
package struct MemberName {
    /// UTF-8, owned by whoever made this value and unchanged as long as it is used.
    package let bytes: UnsafeBufferPointer<UInt8>
    let head: UInt64
    private let mask: UInt64

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        var head = UInt64(UInt32(truncatingIfNeeded: bytes.count).littleEndian)
        var mask: UInt64 = 0xFFFF_FFFF
        for index in 0..<min(4, bytes.count) {
            head |= UInt64(bytes[index]) << (32 + 8 * UInt64(index))
            mask |= 0xFF << (32 + 8 * UInt64(index))
        }
        self.head = head
        self.mask = mask
    }

    /// Whether the string at `start`, its length first, is this name.
    ///
    /// Reads eight bytes, also of a shorter string: simdjson pads its string buffer behind the end.
    @inline(__always)
    func isEqual(toString start: UnsafePointer<UInt8>) -> Bool {
        let word = UInt64(littleEndian: UnsafeRawPointer(start).loadUnaligned(as: UInt64.self))
        guard word & mask == head else { return false }
        let count = bytes.count
        guard count > 4, let base = bytes.baseAddress else { return true }
        return memcmp(base + 4, start + 8, count - 4) == 0
    }

    /// What ``head`` is for the name that the string at `start`, its length first, would be.
    @inline(__always)
    static func head(ofString start: UnsafePointer<UInt8>) -> UInt64 {
        let word = UInt64(littleEndian: UnsafeRawPointer(start).loadUnaligned(as: UInt64.self))
        let count = word & 0xFFFF_FFFF
        return count >= 4 ? word : word & ((1 << (32 + 8 * count)) - 1)
    }
}

extension JSONNode {
    /// The value some members down, one after the other, taking the first of each name.
    ///
    /// - Parameters:
    ///   - names: no names lead to this node itself.
    ///   - steps: falls by an eighth of the number of members that were looked at.
    ///   - index: of the object that is asked again and again.
    /// - Returns: null when one of them is missing or something on the way is no object.
    package func value(
        at names: UnsafeBufferPointer<MemberName>,
        steps: inout Int,
        index: inout MemberIndex
    ) -> JSONValue {
        var passed = 0
        var node = self
        var isFound = true
        for name in names {
            guard let position = node.position(of: name, passed: &passed, index: &index) else {
                isFound = false
                break
            }
            node = JSONNode(tape: tape, strings: strings, index: position)
        }
        steps &-= passed >> 3
        return isFound ? node.value : .null
    }

    /// The node some members down; nil when there is none.
    package func descendant(_ names: UnsafeBufferPointer<MemberName>) -> JSONNode? {
        var passed = 0
        var node = self
        for name in names {
            guard let position = node.position(of: name, passed: &passed) else { return nil }
            node = JSONNode(tape: tape, strings: strings, index: position)
        }
        return node
    }

    @inline(__always)
    private func position(of name: MemberName, passed: inout Int, index: inout MemberIndex) -> UInt32? {
        let word = tape[Int(self.index)]
        guard word >> 56 == UInt64(UInt8(ascii: "{")) else { return nil }
        if index.covers(self, word: word, passed: &passed) {
            return index.position(of: name, in: self, passed: &passed)
        }
        return position(of: name, passed: &passed)
    }

    @inline(__always)
    private func position(of name: MemberName, passed: inout Int) -> UInt32? {
        let word = tape[Int(index)]
        guard word >> 56 == UInt64(UInt8(ascii: "{")) else { return nil }
        let end = Int(UInt32(truncatingIfNeeded: word)) - 1
        var position = Int(index) + 1
        while position < end {
            passed &+= 1
            if name.isEqual(toString: strings + Int(tape[position] & 0x00FF_FFFF_FFFF_FFFF)) {
                return UInt32(truncatingIfNeeded: position + 1)
            }
            position = JSONNode.next(position + 1, on: tape)
        }
        return nil
    }

    /// The position behind the value at a position.
    @inline(__always)
    static func next(_ position: Int, on tape: UnsafePointer<UInt64>) -> Int {
        let value = tape[position]
        switch UInt8(truncatingIfNeeded: value >> 56) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): return Int(UInt32(truncatingIfNeeded: value))
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): return position + 2
        default: return position + 1
        }
    }
}
