internal import JSON

/// Makes a value readable whose elements and members are not all readable, by writing `null` over the bad ones.
///
/// The text keeps its length, so that every place stays the same.
struct BodyRepair {
    // Text within text within text is not looked through: what is bad deeper inside takes more with it.
    private static let maximumDepth = 8

    /// The text, with bad values overwritten.
    private(set) var bytes: [UInt8]
    /// The bad values with their places in the text, ascending.
    private(set) var patches: [Patch] = []
    private let maximumCount: Int
    private let document: JSONDocument

    /// - Parameters:
    ///   - text: what cannot be parsed as a whole; copied.
    ///   - maximumCount: give up at more bad values than that.
    ///   - document: used to try values; what it held is lost.
    init(_ text: UnsafeRawBufferPointer, maximumCount: Int, document: JSONDocument) {
        bytes = [UInt8](text)
        self.maximumCount = maximumCount
        self.document = document
    }

    /// Whether the text can be read now.
    ///
    /// If not, it may have been changed.
    mutating func repair() -> Bool {
        let whole = bytes.indices
        return repair(whole, depth: 0) && patches.count <= maximumCount && problem(in: whole, depth: 0) == nil
    }

    private mutating func repair(_ range: Range<Int>, depth: Int) -> Bool {
        guard depth < BodyRepair.maximumDepth, let values = values(in: range) else { return false }
        for value in values {
            guard let problem = problem(in: value, depth: depth + 1) else { continue }
            let before = patches.count
            if repair(value, depth: depth + 1), self.problem(in: value, depth: depth + 1) == nil { continue }
            // What was tried inside of it does not count: the whole value is bad.
            patches.removeSubrange(before...)
            overwrite(value, problem)
            guard patches.count <= maximumCount else { return false }
        }
        return true
    }

    /// The elements of an array or the values of an object's members; nil when their borders cannot be told.
    private func values(in range: Range<Int>) -> [Range<Int>]? {
        bytes.withUnsafeBytes { bytes in
            let scanner = BorderScanner(bytes: bytes)
            guard let first = range.first, bytes[first] == UInt8(ascii: "[") || bytes[first] == UInt8(ascii: "{"),
                let parts = scanner.parts(ofContainerIn: range)
            else { return nil }
            if bytes[first] == UInt8(ascii: "[") { return parts.contains { $0.isEmpty } ? nil : parts }
            var values: [Range<Int>] = []
            values.reserveCapacity(parts.count)
            for part in parts {
                guard let value = scanner.memberValue(in: part), !value.isEmpty else { return nil }
                values.append(value)
            }
            return values
        }
    }

    private func problem(in range: Range<Int>, depth: Int) -> JSONError? {
        let rest = JSONDocument.defaultMaximumDepth - depth
        return bytes.withUnsafeBytes { buffer in
            do throws(JSONError) {
                try document.parse(UnsafeRawBufferPointer(rebasing: buffer[range]), maximumDepth: rest)
                return nil
            } catch {
                return error
            }
        }
    }

    /// Whether there is room for `null` over a value; a shorter one becomes `0`.
    static func becomesNull(_ range: Range<Int>) -> Bool { range.count >= 4 }

    private mutating func overwrite(_ range: Range<Int>, _ problem: JSONError) {
        let word = BodyRepair.becomesNull(range) ? Array("null".utf8) : [UInt8(ascii: "0")]
        for (offset, index) in range.enumerated() { bytes[index] = offset < word.count ? word[offset] : 0x20 }
        patches.append(Patch(range: range, reason: problem.message))
    }
}
