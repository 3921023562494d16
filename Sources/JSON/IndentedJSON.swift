extension LocatedJSON {
    /// The value as text for people, two blanks a level, members in the order they have.
    package var indented: [UInt8] {
        var text: [UInt8] = []
        append(to: &text, level: 0)
        return text
    }

    private func append(to text: inout [UInt8], level: Int) {
        switch kind {
        case .null, .bool, .integer, .double, .string:
            var writer = JSONWriter()
            writer.append(canonical: json)
            text += writer.bytes
        case .array(let elements):
            LocatedJSON.append(elements, "[", "]", to: &text, level: level) { element, text in
                element.append(to: &text, level: level + 1)
            }
        case .object(let members):
            LocatedJSON.append(members, "{", "}", to: &text, level: level) { member, text in
                var writer = JSONWriter()
                writer.append(string: member.name)
                text += writer.bytes + Array(": ".utf8)
                member.value.append(to: &text, level: level + 1)
            }
        }
    }

    private static func append<Item>(
        _ items: [Item],
        _ opening: String,
        _ closing: String,
        to text: inout [UInt8],
        level: Int,
        _ append: (Item, inout [UInt8]) -> Void
    ) {
        text += Array(opening.utf8)
        for (index, item) in items.enumerated() {
            text += Array((index > 0 ? ",\n" : "\n").utf8)
            text += [UInt8](repeating: UInt8(ascii: " "), count: 2 * (level + 1))
            append(item, &text)
        }
        if !items.isEmpty { text += [0x0A] + [UInt8](repeating: UInt8(ascii: " "), count: 2 * level) }
        text += Array(closing.utf8)
    }
}
