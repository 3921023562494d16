internal import Glibc

/// Finding a text in another, both UTF-8, in linear time; a match always begins and ends at a code point's border.
enum TextSearch {
    /// Up to this length a text is compared at each place where its first byte stands.
    private static let shortLength = 32

    /// The offset of the first occurrence that begins at `start` or later; that of the empty text is `start`.
    static func first(_ needle: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start + needle.count <= text.count else { return nil }
        guard let first = needle.first, let base = text.baseAddress, let pattern = needle.baseAddress else {
            return start
        }
        if needle.count > shortLength { return scan(needle, text, from: start, stopsAtFirst: true) }
        let lastStart = text.count - needle.count
        var position = start
        while position <= lastStart {
            guard let found = memchr(base + position, Int32(first), lastStart - position + 1) else { return nil }
            position = UnsafeRawPointer(found) - base
            if memcmp(base + position, pattern, needle.count) == 0 { return position }
            position += 1
        }
        return nil
    }

    /// The offset of the last occurrence; nil for the empty text.
    static func last(_ needle: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer) -> Int? {
        guard needle.count <= text.count, let base = text.baseAddress, let pattern = needle.baseAddress else {
            return nil
        }
        guard needle.count > 0 else { return nil }
        if needle.count > shortLength { return scan(needle, text, from: 0, stopsAtFirst: false) }
        var position = text.count - needle.count
        while position >= 0 {
            if memcmp(base + position, pattern, needle.count) == 0 { return position }
            position -= 1
        }
        return nil
    }

    /// Knuth, Morris and Pratt's search, which hostile texts cannot slow down.
    private static func scan(
        _ needle: UnsafeRawBufferPointer,
        _ text: UnsafeRawBufferPointer,
        from start: Int,
        stopsAtFirst: Bool
    ) -> Int? {
        // How much of the needle's beginning also ends at each of its bytes.
        var borders = [Int](repeating: 0, count: needle.count)
        var matched = 0
        for index in 1..<needle.count {
            while matched > 0, needle[index] != needle[matched] { matched = borders[matched - 1] }
            if needle[index] == needle[matched] { matched += 1 }
            borders[index] = matched
        }
        var found: Int?
        matched = 0
        for index in start..<text.count {
            while matched > 0, text[index] != needle[matched] { matched = borders[matched - 1] }
            if text[index] == needle[matched] { matched += 1 }
            guard matched == needle.count else { continue }
            found = index + 1 - needle.count
            if stopsAtFirst { return found }
            matched = borders[matched - 1]
        }
        return found
    }
}
