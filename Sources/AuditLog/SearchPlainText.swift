internal import Glibc
internal import Schema

/// Reads texts in an event's canonical JSON where they stand, without parsing it, as long as nothing in them is escaped.
///
/// A quote inside a text has a backslash before it. So a name with its quotes and colon occurs nowhere but before that
/// member's value, and a text without backslashes ends at the next quote and is its own decoded form.
struct SearchPlainText {
    /// Of each field, its name and what stands before a text: `"actor":"`.
    private let openings: [SearchText]
    /// Whether a bare word is looked for in a field's text.
    private let isSearched: [Bool]

    init(schema: EventSchema) {
        openings = schema.fields.map { SearchText("\"\($0.id)\":\"") }
        isSearched = schema.fields.map { $0.kind != .stringUnindexed }
    }

    enum Answer {
        case yes, no
        /// Only parsing can tell.
        case unknown
    }

    /// Whether a field's text is such that `test` holds for it; no for a field without text.
    @inline(__always)
    func text(
        ofField field: Int,
        in event: UnsafeRawBufferPointer,
        _ test: (UnsafeRawBufferPointer) -> Bool
    ) -> Answer {
        guard let name = openings[field].offset(in: event) else { return .no }
        let start = name + openings[field].bytes.count
        guard let base = event.baseAddress, let quote = memchr(base + start, 0x22, event.count - start) else {
            return .unknown
        }
        let value = UnsafeRawBufferPointer(start: base + start, count: UnsafeRawPointer(quote) - (base + start))
        // A backslash before the quote also means that the text goes on.
        guard memchr(base + start, 0x5C, value.count) == nil else { return .unknown }
        return test(value) ? .yes : .no
    }

    /// Whether the first occurrence of a word lies in the text of a field in which bare words are looked for.
    ///
    /// - Parameters:
    ///   - word: as canonical JSON writes it, without the quotes.
    ///   - event: canonical JSON.
    /// - Returns: never no when the word occurs: it may occur again.
    func holds(_ word: SearchText, in event: UnsafeRawBufferPointer) -> Answer {
        guard let base = event.baseAddress, let found = word.offset(in: event) else { return .no }
        // Back to the quote before the text, with no backslash on the way, which would shift what bytes mean.
        var start = found
        while start > 0, event[start - 1] != 0x22 {
            if event[start - 1] == 0x5C { return .unknown }
            start -= 1
        }
        for field in openings.indices where isSearched[field] {
            let opening = openings[field].bytes
            let name = start - opening.count
            guard name > 0, event[name - 1] == UInt8(ascii: "{") || event[name - 1] == UInt8(ascii: ",") else {
                continue
            }
            if memcmp(opening, base + name, opening.count) == 0 { return .yes }
        }
        return .unknown
    }
}
