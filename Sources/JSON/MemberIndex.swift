/// Where the members of one object stand, so that finding one does not pass the others.
///
/// An object with many members is asked for one after the other when a record is mapped. The first question passes the
/// members; the second makes this index, which holds until an object with more members is asked twice. Of members with
/// one name the index knows the first.
///
/// Holds memory that whoever made it gives back with ``deallocate()``. ``forget()`` before a document is parsed anew.
package struct MemberIndex {
    /// Fewer members are passed faster than looked up.
    private static let minimumCount: UInt64 = 8
    private static let maximumCount: UInt64 = 128
    // At least twice the greatest number of members.
    private static let slotBits: UInt64 = 8
    private static let slotCount = 256

    /// For each slot the tape position of a member's name, or 0.
    private let slots: UnsafeMutablePointer<UInt32>
    private var tape: UnsafePointer<UInt64>?
    /// The object that the slots are of, and the one that was asked last; 0 for none.
    private var indexed: UInt32 = 0
    private var asked: UInt32 = 0
    /// How many members an object must have to be indexed now.
    private var leastCount = MemberIndex.minimumCount

    package init() {
        slots = .allocate(capacity: MemberIndex.slotCount)
        slots.initialize(repeating: 0, count: MemberIndex.slotCount)
    }

    package func deallocate() { slots.deallocate() }

    /// Forgets the object; the tape may change then.
    @inline(__always)
    package mutating func forget() {
        indexed = 0
        asked = 0
        leastCount = MemberIndex.minimumCount
    }

    /// Whether the index answers for an object, whose word on the tape is given.
    ///
    /// - Parameters:
    ///   - node: an object.
    ///   - word: its first word on the tape, which counts its members.
    ///   - passed: grows by the number of members that were looked at.
    /// - Returns: false for an object whose members are to be passed one by one.
    @inline(__always)
    mutating func covers(_ node: JSONNode, word: UInt64, passed: inout Int) -> Bool {
        let count = (word >> 32) & 0xFF_FFFF
        guard count >= leastCount else { return false }
        if node.index == indexed && node.tape == tape { return true }
        if node.index != asked || node.tape != tape || count > MemberIndex.maximumCount {
            if node.tape != tape { forget() }
            asked = node.index
            tape = node.tape
            return false
        }
        build(node, word: word)
        leastCount = count
        passed &+= Int(count)
        return true
    }

    private mutating func build(_ node: JSONNode, word: UInt64) {
        slots.update(repeating: 0, count: MemberIndex.slotCount)
        let tape = node.tape
        let end = Int(UInt32(truncatingIfNeeded: word)) - 1
        var position = Int(node.index) + 1
        while position < end {
            let head = MemberName.head(ofString: node.strings + Int(tape[position] & 0x00FF_FFFF_FFFF_FFFF))
            var slot = MemberIndex.slot(of: head)
            while slots[slot] != 0 { slot = (slot + 1) & (MemberIndex.slotCount - 1) }
            slots[slot] = UInt32(truncatingIfNeeded: position)
            position = JSONNode.next(position + 1, on: tape)
        }
        indexed = node.index
    }

    /// The position of a member's value, or nil, in the object that the index covers.
    @inline(__always)
    func position(of name: MemberName, in node: JSONNode, passed: inout Int) -> UInt32? {
        var slot = MemberIndex.slot(of: name.head)
        while slots[slot] != 0 {
            passed &+= 1
            let position = slots[slot]
            let text = node.strings + Int(node.tape[Int(position)] & 0x00FF_FFFF_FFFF_FFFF)
            if name.isEqual(toString: text) { return position + 1 }
            slot = (slot + 1) & (MemberIndex.slotCount - 1)
        }
        return nil
    }

    /// Multiplication by the golden ratio, whose high bits depend on all of the word's.
    @inline(__always)
    private static func slot(of head: UInt64) -> Int {
        Int(truncatingIfNeeded: (head &* 0x9E37_79B9_7F4A_7C15) >> (64 - slotBits))
    }
}
