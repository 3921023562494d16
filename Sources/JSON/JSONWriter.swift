internal import Glibc

/// Appends JSON text to one buffer that is reused.
///
/// ``append(canonical:)`` writes the canonical form: members sorted by name (as bytes), of duplicate names the first, no
/// white space, integers as they are, doubles as ECMAScript writes numbers (RFC 8785, section 3.2.2.3), and only `"`,
/// `\` and the controls below U+0020 escaped. That is RFC 8785 but for integers beyond 2^53, which keep their digits, and
/// for names beyond ASCII, which RFC 8785 sorts by UTF-16 units.
package struct JSONWriter: Sendable {
    package var bytes: [UInt8] = []

    package init() {}

    package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    @inline(__always)
    package mutating func append(byte: UInt8) { bytes.append(byte) }

    /// Appends text that is JSON already.
    @inline(__always)
    package mutating func append(raw text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inline(__always)
    package mutating func append(raw text: UnsafeRawBufferPointer) { bytes.append(contentsOf: text) }

    @inline(__always)
    package mutating func append(raw text: [UInt8]) { bytes.append(contentsOf: text) }

    package mutating func append(string text: String) {
        var text = text
        text.withUTF8 { append(string: UnsafeRawBufferPointer($0)) }
    }

    /// Appends UTF-8 text as a JSON string with its quotes.
    package mutating func append(string text: UnsafeRawBufferPointer) {
        let plain = JSONWriter.plainPrefix(of: text, from: 0)
        if plain == text.count && plain <= JSONWriter.maximumAtOnce { return append(plain: text) }
        bytes.append(UInt8(ascii: "\""))
        if plain > 0 { bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[..<plain])) }
        var start = plain
        while start < text.count {
            let end = min(start + JSONWriter.escapedAtOnce, text.count)
            append(escaping: UnsafeRawBufferPointer(rebasing: text[start..<end]))
            start = end
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// How much of a text with escapes is written at once: each byte may become six.
    private static let escapedAtOnce = 1024
    private static let longestEscape = 6

    /// Appends a part of a string that has escapes, and looks once whether there is room.
    private mutating func append(escaping text: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(byteCount: JSONWriter.longestEscape * text.count + 8, alignment: 8) { escaped in
            var end = 0
            var index = 0
            while index < text.count {
                // A word without escapes goes as it is.
                if index + 8 <= text.count {
                    let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    if JSONWriter.marks(in: word) == 0 {
                        escaped.storeBytes(of: word, toByteOffset: end, as: UInt64.self)
                        index += 8
                        end += 8
                        continue
                    }
                }
                let wordEnd = min(index + 8, text.count)
                while index < wordEnd {
                    let byte = text[index]
                    index += 1
                    if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
                        escaped[end] = byte
                        end += 1
                    } else {
                        end += JSONWriter.write(escaped: byte, to: escaped, at: end)
                    }
                }
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: escaped[..<end]))
        }
    }

    /// What is written with its quotes at once; the stack gives that much without asking.
    private static let maximumAtOnce = 1000

    /// Appends a text that needs no escapes, with its quotes, and looks once whether there is room.
    private mutating func append(plain text: UnsafeRawBufferPointer) {
        withUnsafeTemporaryAllocation(byteCount: text.count + 2, alignment: 1) { quoted in
            quoted[0] = UInt8(ascii: "\"")
            UnsafeMutableRawBufferPointer(rebasing: quoted[1...]).copyMemory(from: text)
            quoted[text.count + 1] = UInt8(ascii: "\"")
            bytes.append(contentsOf: UnsafeRawBufferPointer(quoted))
        }
    }

    /// Where the first byte from `start` on stands that must be escaped; the text's end without one.
    @inline(__always)
    private static func plainPrefix(of text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var index = start
        while index + 8 <= text.count, marks(in: text.loadUnaligned(fromByteOffset: index, as: UInt64.self)) == 0 {
            index += 8
        }
        while index < text.count {
            let byte = text[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return index }
            index += 1
        }
        return index
    }

    /// Not 0 when one of eight bytes must be escaped.
    ///
    /// The high bit of each byte says that it is below U+0020, `"` or `\`; a byte next to a marked one may be marked too, so
    /// the exact place is looked for byte by byte.
    @inline(__always)
    private static func marks(in word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* 0x22)
        let backslashes = word ^ (ones &* 0x5C)
        return ((word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones)) & ~word & highs
    }

    package mutating func append(string text: [UInt8]) { text.withUnsafeBytes { append(string: $0) } }

    /// Writes a byte that must be escaped.
    ///
    /// - Returns: how many bytes that took: 2 or 6.
    @inline(__always)
    private static func write(escaped byte: UInt8, to memory: UnsafeMutableRawBufferPointer, at place: Int) -> Int {
        memory[place] = UInt8(ascii: "\\")
        switch byte {
        case 0x08: memory[place + 1] = UInt8(ascii: "b")
        case 0x09: memory[place + 1] = UInt8(ascii: "t")
        case 0x0A: memory[place + 1] = UInt8(ascii: "n")
        case 0x0C: memory[place + 1] = UInt8(ascii: "f")
        case 0x0D: memory[place + 1] = UInt8(ascii: "r")
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): memory[place + 1] = byte
        default:
            memory[place + 1] = UInt8(ascii: "u")
            memory[place + 2] = UInt8(ascii: "0")
            memory[place + 3] = UInt8(ascii: "0")
            memory[place + 4] = byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1")
            let low = byte & 0x0F
            memory[place + 5] = low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10
            return longestEscape
        }
        return 2
    }

    package mutating func append(integer value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        append(integer: value.magnitude)
    }

    package mutating func append(integer value: UInt64) {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var rest = value
            var index = 20
            repeat {
                index -= 1
                digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest != 0
            bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[index...]))
        }
    }

    package mutating func append(integer value: Int) { append(integer: Int64(value)) }

    /// Appends a finite double as ECMAScript's `Number::toString` writes it; anything else as `null`.
    package mutating func append(double value: Double) {
        guard value.isFinite else { return append(raw: "null") }
        guard value != 0 else { return bytes.append(UInt8(ascii: "0")) }
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        // Swift's description has the shortest digits that read back the same; only their layout differs.
        var digits: [UInt8] = []
        var exponent = 0
        var seenPoint = false
        var fraction = 0
        let text = Array(value.magnitude.description.utf8)
        if let e = text.firstIndex(of: UInt8(ascii: "e")) {
            exponent = Int(String(decoding: text[(e + 1)...], as: UTF8.self)) ?? 0
        }
        for byte in text.prefix(while: { $0 != UInt8(ascii: "e") }) {
            if byte == UInt8(ascii: ".") { seenPoint = true; continue }
            digits.append(byte)
            if seenPoint { fraction += 1 }
        }
        // Now value = 0.DIGITS × 10^point once zeros at both ends are gone.
        var point = digits.count - fraction + exponent
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        point -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        let count = digits.count
        let zero = UInt8(ascii: "0")
        switch point {
        case count...21:
            bytes += digits
            bytes.append(contentsOf: repeatElement(zero, count: point - count))
        case 1..<max(count, 2) where point < count:
            bytes += digits[..<point]
            bytes.append(UInt8(ascii: "."))
            bytes += digits[point...]
        case -5...0:
            append(raw: "0.")
            bytes.append(contentsOf: repeatElement(zero, count: -point))
            bytes += digits
        default:
            bytes.append(digits[0])
            if count > 1 {
                bytes.append(UInt8(ascii: "."))
                bytes += digits[1...]
            }
            bytes.append(UInt8(ascii: "e"))
            bytes.append(point > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
            append(integer: (point - 1).magnitude)
        }
    }

    private mutating func append(integer value: UInt) { append(integer: UInt64(value)) }

    /// Appends a value in canonical form.
    package mutating func append(canonical value: JSONValue) {
        switch value {
        case .null: append(raw: "null")
        case .bool(let value): value ? append(raw: "true") : append(raw: "false")
        case .integer(let value): append(integer: value)
        case .unsigned(let value): append(integer: value)
        case .double(let value): append(double: value)
        case .text(let text): append(string: text.rawBuffer)
        case .string(let text): append(string: text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                append(canonical: element)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            append(sorted: members.map { ($0.name, $0.value) })
        case .node(let node):
            if node.isArray {
                bytes.append(UInt8(ascii: "["))
                var isFirst = true
                for element in node.elements {
                    if !isFirst { bytes.append(UInt8(ascii: ",")) }
                    isFirst = false
                    append(canonical: element.value)
                }
                bytes.append(UInt8(ascii: "]"))
            } else {
                append(sorted: node)
            }
        }
    }

    private mutating func append(sorted members: [([UInt8], JSONValue)]) {
        let order = members.indices.sorted {
            members[$0].0 == members[$1].0 ? $0 < $1 : members[$0].0.lexicographicallyPrecedes(members[$1].0)
        }
        bytes.append(UInt8(ascii: "{"))
        var previous: [UInt8]?
        for index in order where members[index].0 != previous {
            if previous != nil { bytes.append(UInt8(ascii: ",")) }
            previous = members[index].0
            append(string: members[index].0)
            bytes.append(UInt8(ascii: ":"))
            append(canonical: members[index].1)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func append(sorted node: JSONNode) {
        let count = node.count
        guard count <= SortedMember.maximumInserted else {
            return append(members: node.members.map(SortedMember.init).sorted { $0.precedes($1) })
        }
        withUnsafeTemporaryAllocation(of: SortedMember.self, capacity: count) { memory in
            // A few members are sorted where they are put: vendors often send them in order, and nothing is allocated.
            var end = 0
            for member in node.members {
                let member = SortedMember(member)
                var place = end
                while place > 0 && member.precedes(memory[place - 1]) {
                    memory.initializeElement(at: place, to: memory[place - 1])
                    place -= 1
                }
                memory.initializeElement(at: place, to: member)
                end += 1
            }
            append(members: UnsafeMutableBufferPointer(rebasing: memory[..<end]))
        }
    }

    @inline(__always)
    private mutating func append(members: some Sequence<SortedMember>) {
        bytes.append(UInt8(ascii: "{"))
        var previous: JSONText?
        for member in members where member.name != previous {
            if previous != nil { bytes.append(UInt8(ascii: ",")) }
            previous = member.name
            append(string: member.name.rawBuffer)
            bytes.append(UInt8(ascii: ":"))
            append(canonical: member.node.value)
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

/// A member in place, made ready for being sorted by its name.
private struct SortedMember {
    /// More are sorted by the standard library, whose work does not grow with the square of their number.
    static let maximumInserted = 32

    let name: JSONText
    let node: JSONNode
    /// The first eight bytes of the name, the first as the highest, zeros behind its end.
    private let head: UInt64

    @inline(__always)
    init(_ member: (name: JSONText, node: JSONNode)) {
        name = member.name
        node = member.node
        // simdjson pads its strings, so there is always that much to read.
        let word = UInt64(bigEndian: UnsafeRawPointer(name.start).loadUnaligned(as: UInt64.self))
        head = name.count >= 8 ? word : word & ~(UInt64.max >> UInt64(8 * name.count))
    }

    /// By the bytes of the names; of equal names the one that came first.
    @inline(__always)
    func precedes(_ other: SortedMember) -> Bool {
        if head != other.head { return head < other.head }
        let order = memcmp(name.start, other.name.start, min(name.count, other.name.count))
        if order != 0 { return order < 0 }
        return name.count == other.name.count ? node.index < other.node.index : name.count < other.name.count
    }
}
