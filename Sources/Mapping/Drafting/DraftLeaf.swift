internal import JMESPath
internal import JSON

/// A value of a captured record that a field may be taken from.
struct DraftLeaf {
    /// The expression that reads it.
    let path: String
    /// The names on the way to it, letters and digits in lower case only.
    let words: [String]
    let value: JSONValue

    /// How far down and how many values of a record are looked at.
    static let maximumDepth = 5, maximumCount = 500

    /// The values of a record, the first element standing for each array.
    static func list(of record: JSONValue) -> [DraftLeaf] {
        var leaves: [DraftLeaf] = []
        add(record, path: "", words: [], to: &leaves)
        return leaves
    }

    private static func add(_ value: JSONValue, path: String, words: [String], to leaves: inout [DraftLeaf]) {
        guard leaves.count < maximumCount else { return }
        if let members = value.members {
            guard words.count < maximumDepth else { return }
            for member in members {
                let name = String(decoding: member.name, as: UTF8.self)
                let step = ExpressionName.quoted(name)
                add(
                    member.value,
                    path: path.isEmpty ? step : "\(path).\(step)",
                    words: words + [word(name)],
                    to: &leaves
                )
            }
        } else if let elements = value.elements {
            guard let first = elements.first, !path.isEmpty else { return }
            add(first, path: "\(path)[0]", words: words, to: &leaves)
        } else if !value.isAbsent, !words.isEmpty {
            leaves.append(DraftLeaf(path: path, words: words, value: value))
        }
    }

    static func word(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// How well its name fits one of several, the better the earlier; nil for none.
    ///
    /// `actoremail` is the name of `actorEmail`, `actor_email` and `actor.email`.
    func rank(among names: [String]) -> Int? {
        guard let last = words.last else { return nil }
        let both = words.suffix(2).joined()
        guard let index = names.firstIndex(where: { $0 == last || $0 == both }) else { return nil }
        return 1000 - 10 * index - 15 * words.count
    }

    // MARK: - Shapes

    var text: String? { value.stringValue }

    /// A text, or a number as it is written in an id.
    var isScalar: Bool { value.isString || value.integerValue != nil }

    /// Whether it is a moment of this century: a date in text, or a count since 1970 in a usual unit.
    var isTime: Bool {
        guard let time = VendorTime(value), (978_307_200..<4_102_444_800).contains(time.seconds) else { return false }
        return text.map { $0.contains("-") || $0.utf8.count >= 10 } ?? ((value.doubleValue ?? 0) > 978_307_200)
    }

    var isAddress: Bool {
        guard let text, text.utf8.count <= 45 else { return false }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4 { return parts.allSatisfy { $0.count <= 3 && UInt8($0) != nil } }
        return text.utf8.count { $0 == UInt8(ascii: ":") } >= 2 && text.allSatisfy { $0.isHexDigit || $0 == ":" }
    }

    var isURL: Bool { text?.contains("://") == true }

    /// Whether it may be the name of a kind of event.
    var isKind: Bool {
        guard let text, text.count <= 64, !isURL, !isTime, !isAddress, !text.contains("@") else { return false }
        return !text.contains { $0.isNewline } && text.contains { $0.isLetter }
    }
}

/// Names as expressions write them.
enum ExpressionName {
    /// A name in quotes unless it is plain.
    static func quoted(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: false
            }
        }
        guard let first = name.utf8.first, isPlain, !(0x30...0x39).contains(first) else {
            var writer = JSONWriter()
            writer.append(string: name)
            return String(decoding: writer.bytes, as: UTF8.self)
        }
        return name
    }
}
