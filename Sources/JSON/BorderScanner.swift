/// Finds where values begin and end in text that need not be JSON inside.
///
/// Looks at brackets, commas and the ends of strings only, so that one bad value does not hide the borders of its
/// neighbours. Brackets are counted and not matched: what is between the borders is parsed anyway.
package struct BorderScanner {
    package let bytes: UnsafeRawBufferPointer

    package init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// A range without white space at its ends.
    package func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, BorderScanner.isSpace(bytes[start]) { start += 1 }
        while end > start, BorderScanner.isSpace(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    package static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// The values that stand one behind the other in a range.
    ///
    /// - Parameters:
    ///   - range: where to look.
    ///   - maximumCount: more than so many are none.
    /// - Returns: nil when a bracket or string is not closed, or there are too many.
    package func values(in range: Range<Int>, maximumCount: Int) -> [Range<Int>]? {
        var values: [Range<Int>] = []
        var index = trimmed(range).lowerBound
        while index < range.upperBound {
            guard values.count < maximumCount, let end = end(ofValueAt: index, before: range.upperBound) else {
                return nil
            }
            values.append(index..<end)
            index = trimmed(end..<range.upperBound).lowerBound
        }
        return values
    }

    /// What stands between the commas of the array or object in a range, trimmed; nil when it is not closed.
    package func parts(ofContainerIn range: Range<Int>) -> [Range<Int>]? {
        guard range.count >= 2, end(ofValueAt: range.lowerBound, before: range.upperBound) == range.upperBound else {
            return nil
        }
        let inner = range.lowerBound + 1..<range.upperBound - 1
        var parts: [Range<Int>] = []
        var start = inner.lowerBound
        var index = start
        var depth = 0
        while index < inner.upperBound {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                guard let end = end(ofStringAt: index, before: inner.upperBound) else { return nil }
                index = end - 1
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ",") where depth == 0:
                parts.append(trimmed(start..<index))
                start = index + 1
            default: break
            }
            index += 1
        }
        let last = trimmed(start..<inner.upperBound)
        if !parts.isEmpty || !last.isEmpty { parts.append(last) }
        return parts
    }

    /// Where the value of a member `"name": value` stands; nil without name or colon.
    package func memberValue(in range: Range<Int>) -> Range<Int>? {
        guard let first = range.first, bytes[first] == UInt8(ascii: "\""),
            let nameEnd = end(ofStringAt: first, before: range.upperBound)
        else { return nil }
        let rest = trimmed(nameEnd..<range.upperBound)
        guard let colon = rest.first, bytes[colon] == UInt8(ascii: ":") else { return nil }
        return trimmed(colon + 1..<range.upperBound)
    }

    // MARK: - Ends

    private func end(ofValueAt start: Int, before limit: Int) -> Int? {
        switch bytes[start] {
        case UInt8(ascii: "\""): return end(ofStringAt: start, before: limit)
        case UInt8(ascii: "["), UInt8(ascii: "{"): return end(ofContainerAt: start, before: limit)
        default:
            var index = start + 1
            while index < limit, !BorderScanner.isSpace(bytes[index]), bytes[index] != UInt8(ascii: "{"),
                bytes[index] != UInt8(ascii: "["), bytes[index] != UInt8(ascii: "\"")
            {
                index += 1
            }
            return index
        }
    }

    private func end(ofContainerAt start: Int, before limit: Int) -> Int? {
        var depth = 0
        var index = start
        while index < limit {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                guard let end = end(ofStringAt: index, before: limit) else { return nil }
                index = end
                continue
            case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return index + 1 }
            default: break
            }
            index += 1
        }
        return nil
    }

    private func end(ofStringAt start: Int, before limit: Int) -> Int? {
        var index = start + 1
        while index < limit {
            switch bytes[index] {
            case UInt8(ascii: "\""): return index + 1
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return nil
    }
}
