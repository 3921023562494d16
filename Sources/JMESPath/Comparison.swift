internal import Glibc
internal import JSON

extension JSONValue {
    /// False are null, false, and empty texts, arrays and objects; 0 is true.
    var isTrue: Bool {
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

    /// Whether both are the same JSON value: 1 equals 1.0, members have no order, of duplicates the first counts.
    ///
    /// `steps` falls by what the comparison cost; it stops, with any answer, when that is below 0.
    func isEqual(to other: JSONValue, steps: inout Int) -> Bool {
        switch (self, other) {
        case (.null, .null): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.text(let a), .text(let b)): return a == b
        case (.text(let a), .string(let b)), (.string(let b), .text(let a)):
            return b.withUnsafeBytes { compareBytes(a.rawBuffer, $0) == 0 }
        default: break
        }
        let type = valueType
        guard type == other.valueType else { return false }
        switch type {
        case .string:
            return withStringBytes { a in other.withStringBytes { b in compareBytes(a, b) == 0 } ?? false } ?? false
        case .number:
            guard let a = Number(self), let b = Number(other) else { return false }
            return a.order(to: b) == 0
        case .array: return isEqualArray(other, &steps)
        default: return isEqualObject(other, &steps)
        }
    }

    private func isEqualArray(_ other: JSONValue, _ steps: inout Int) -> Bool {
        guard count == other.count, let a = elements, let b = other.elements else { return false }
        steps -= a.count
        for index in a.indices {
            guard steps >= 0, a[index].isEqual(to: b[index], steps: &steps) else { return false }
        }
        return true
    }

    private func isEqualObject(_ other: JSONValue, _ steps: inout Int) -> Bool {
        let a = distinctMembers
        guard a.count == other.distinctMembers.count else { return false }
        for member in a {
            // Each look-up walks through the other object.
            steps -= 1 + a.count >> 3
            guard steps >= 0 else { return false }
            let found = member.name.withStringBytes { other.member($0) }
            guard let found, let value = found, member.value.isEqual(to: value, steps: &steps) else { return false }
        }
        return true
    }

    /// Below, at or above 0 as this number or text stands before, at or behind another of its type.
    ///
    /// Nil for other types, and when the two types differ.
    /// Texts are compared by code points, which is the order of their UTF-8 bytes.
    func order(to other: JSONValue) -> Int? {
        if let a = Number(self) { return Number(other).map { a.order(to: $0) } }
        return withStringBytes { a in other.withStringBytes { b in compareBytes(a, b) } } ?? nil
    }

    /// An object's members in order, of duplicate names the first; nothing for anything else.
    var distinctMembers: [DistinctMember] {
        var members: [DistinctMember] = []
        switch self {
        case .node(let node) where node.isObject:
            members.reserveCapacity(node.count)
            for member in node.members {
                members.append(
                    DistinctMember(name: .text(member.name), value: member.node.value, node: member.node)
                )
            }
        case .object(let owned):
            members.reserveCapacity(owned.count)
            for member in owned {
                members.append(DistinctMember(name: .string(member.name), value: member.value, node: nil))
            }
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .node, .array: return []
        }
        return DistinctMember.removingDuplicates(members)
    }
}

/// One member of an object, in place or not.
struct DistinctMember {
    /// A string.
    let name: JSONValue
    let value: JSONValue
    /// Where the value stands when it is in place.
    let node: JSONNode?

    static func removingDuplicates(_ members: [DistinctMember]) -> [DistinctMember] {
        guard members.count > 1, !areSurelyDistinct(members) else { return members }
        // An open table of places plus one, by a hash of the name; there is hardly ever anything to remove.
        let mask = 1 << (Int.bitWidth - members.count.leadingZeroBitCount + 1) - 1
        var table = [UInt32](repeating: 0, count: mask + 1)
        var duplicates: Set<Int> = []
        for (index, member) in members.enumerated() {
            var slot = member.name.withStringBytes(hash) ?? 0
            while true {
                slot &= mask
                let place = Int(table[slot])
                if place == 0 {
                    table[slot] = UInt32(index + 1)
                    break
                }
                if members[place - 1].name.order(to: member.name) == 0 {
                    duplicates.insert(index)
                    break
                }
                slot += 1
            }
        }
        guard !duplicates.isEmpty else { return members }
        return members.enumerated().filter { !duplicates.contains($0.offset) }.map(\.element)
    }

    /// Whether a few members all differ in the lengths or first bytes of their names, as nearly always.
    private static func areSurelyDistinct(_ members: [DistinctMember]) -> Bool {
        guard members.count <= 32 else { return false }
        return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: members.count) { heads in
            for index in members.indices {
                let head = members[index].name.withStringBytes { name in
                    name.prefix(7).reduce(UInt64(truncatingIfNeeded: name.count) & 0xFF) { $0 << 8 | UInt64($1) }
                }
                heads.initializeElement(at: index, to: head ?? 0)
                for other in 0..<index where heads[other] == heads[index] { return false }
            }
            return true
        }
    }

    /// Seeded, so that nobody can choose names that fall together.
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: name)
        return hasher.finalize()
    }
}

@inline(__always)
func compareBytes(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Int {
    let count = min(a.count, b.count)
    if count > 0, let start = a.baseAddress, let other = b.baseAddress {
        let order = memcmp(start, other, count)
        if order != 0 { return Int(order) }
    }
    return a.count - b.count
}

extension JSONValue {
    /// The elements of an array in order; nothing for anything else.
    ///
    /// Like ``forEachElement(_:)``, but inlined: from another module, that one calls through a generic error type.
    @inline(__always)
    func forEachItem(_ body: (JSONValue) throws(JMESPathError) -> Void) throws(JMESPathError) {
        switch self {
        case .array(let elements):
            for element in elements { try body(element) }
        case .node(let node):
            for element in node.elements { try body(element.value) }
        case .null, .bool, .integer, .unsigned, .double, .text, .string, .object: break
        }
    }
}
