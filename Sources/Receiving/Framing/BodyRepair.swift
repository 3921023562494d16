internal import JSON

/// Makes a value readable whose array elements are not all readable, by writing `null` over the bad ones.
///
/// The text keeps its length, so that every place stays the same.
struct BodyRepair {
    // Text within text within text is not looked through: what is bad deeper inside takes more with it.
    private static let maximumDepth = 8

    /// The text, with bad elements overwritten.
    private(set) var bytes: [UInt8]
    /// Where the bad elements stand, ascending.
    private(set) var patches: [Range<Int>] = []
    private let maximumCount: Int
    private let document: JSONDocument

    /// - Parameters:
    ///   - bytes: a text that cannot be parsed as a whole.
    ///   - maximumCount: give up at more bad elements than that.
    ///   - document: used to try values; what it held is lost.
    init(_ bytes: [UInt8], maximumCount: Int, document: JSONDocument) {
        self.bytes = bytes
        self.maximumCount = maximumCount
        self.document = document
    }

    /// Whether the value in a range can be read now.
    ///
    /// If not, it may have been changed.
    mutating func repair(_ range: Range<Int>) -> Bool {
        repair(range, depth: 0) && patches.count <= maximumCount && isReadable(range, depth: 0)
    }

    private mutating func repair(_ range: Range<Int>, depth: Int) -> Bool {
        guard depth < BodyRepair.maximumDepth, let first = range.first else { return false }
        switch bytes[first] {
        case UInt8(ascii: "["): return repairElements(range, depth: depth)
        case UInt8(ascii: "{"): return repairMembers(range, depth: depth)
        default: return false
        }
    }

    private mutating func repairElements(_ range: Range<Int>, depth: Int) -> Bool {
        guard let elements = parts(range), elements.allSatisfy({ !$0.isEmpty }) else { return false }
        for element in elements where !isReadable(element, depth: depth + 1) {
            let before = patches.count
            if repair(element, depth: depth + 1), isReadable(element, depth: depth + 1) { continue }
            // What was tried inside of it does not count: the whole element is bad.
            patches.removeSubrange(before...)
            overwrite(element)
            guard patches.count <= maximumCount else { return false }
        }
        return true
    }

    private mutating func repairMembers(_ range: Range<Int>, depth: Int) -> Bool {
        guard let members = parts(range) else { return false }
        for member in members {
            guard let value = bytes.withUnsafeBytes({ BorderScanner(bytes: $0).memberValue(in: member) }) else {
                return false
            }
            guard isReadable(value, depth: depth + 1) || repair(value, depth: depth + 1) else { return false }
        }
        return true
    }

    private func parts(_ range: Range<Int>) -> [Range<Int>]? {
        bytes.withUnsafeBytes { BorderScanner(bytes: $0).parts(ofContainerIn: range) }
    }

    private func isReadable(_ range: Range<Int>, depth: Int) -> Bool {
        let rest = JSONDocument.defaultMaximumDepth - depth
        return bytes.withUnsafeBytes { buffer in
            do throws(JSONError) {
                try document.parse(UnsafeRawBufferPointer(rebasing: buffer[range]), maximumDepth: rest)
                return true
            } catch {
                return false
            }
        }
    }

    private mutating func overwrite(_ range: Range<Int>) {
        let word = range.count >= 4 ? Array("null".utf8) : [UInt8(ascii: "0")]
        for (offset, index) in range.enumerated() { bytes[index] = offset < word.count ? word[offset] : 0x20 }
        patches.append(range)
    }
}
