internal import CRE2

/// Why a regular expression cannot be used.
struct PatternError: Error {
    let message: String
}

/// A compiled regular expression of RE2, which takes time in proportion to the text whatever the pattern is.
// Immutable once made, and RE2 objects may be used by any number of threads (re2.h: "thread-safe").
final class Pattern: @unchecked Sendable {
    private let handle: OpaquePointer
    /// The names of the groups, the whole match first; unnamed ones have their number.
    private let names: [[UInt8]]

    init(_ pattern: [UInt8]) throws(PatternError) {
        var message = [CChar](repeating: 0, count: 200)
        let made = pattern.withUnsafeBufferPointer { cre2_new($0.baseAddress, $0.count, &message, message.count) }
        guard let made else {
            let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw PatternError(message: String(decoding: text, as: UTF8.self))
        }
        handle = made
        names = (0...Int(cre2_group_count(made))).map { group in
            var length = 0
            guard let name = cre2_group_name(made, Int32(group), &length) else { return Array(String(group).utf8) }
            return [UInt8](UnsafeBufferPointer(start: name, count: length))
        }
    }

    deinit { cre2_free(handle) }

    /// The groups that took part in the first match, or nil when nothing matches.
    func captures(in text: UnsafeRawBufferPointer) -> [(name: [UInt8], value: [UInt8])]? {
        var ranges = [Int](repeating: -1, count: names.count * 2)
        let start = text.baseAddress?.assumingMemoryBound(to: UInt8.self)
        guard cre2_match(handle, start, text.count, &ranges, names.count) == 1 else { return nil }
        return names.indices.compactMap { group in
            let from = ranges[group * 2]
            guard from >= 0 else { return nil }
            return (names[group], [UInt8](text[from..<ranges[group * 2 + 1]]))
        }
    }
}
