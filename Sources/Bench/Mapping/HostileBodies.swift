internal import JSON

/// Bodies of about a megabyte that are made to cost as much as they can: a fixture's with one value replaced.
struct HostileBodies {
    /// What takes a value's place.
    enum Shape: String, CaseIterable {
        /// Half a million of the cheapest elements.
        case numbers
        /// A third of a million objects without members.
        case emptyObjects
        /// Objects that have what the replaced value's neighbours have, as far as expressions look.
        case copies
        /// As deep as JSON is read, side by side.
        case nested
        /// An object with a hundred thousand members.
        case wide
        /// One name a hundred thousand times.
        case duplicates
        /// A text of escapes alone.
        case escapes
        /// Texts that are numbers but for their ends.
        case nearNumbers
        /// Names and values, as lists of pairs have them.
        case pairs
    }

    static let byteCount = 1_000_000
    private let root: JSONValue
    /// How many values the fixture has that can be replaced.
    let placeCount: Int

    /// - Parameter body: JSON; nil for anything else.
    init?(_ body: [UInt8]) {
        let document = JSONDocument()
        guard (try? document.parse(body)) != nil else { return nil }
        root = document.root.owned()
        placeCount = HostileBodies.count(root)
    }

    /// The fixture's body with a hostile value at a place, counted from 0 in the order of the text.
    func body(_ shape: Shape, at place: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(HostileBodies.byteCount + 4096)
        var rest = place
        HostileBodies.write(root, shape, &rest, &writer)
        return writer.bytes
    }

    private static func count(_ value: JSONValue) -> Int {
        switch value {
        case .object(let members): members.reduce(1) { $0 + count($1.value) }
        case .array(let elements): elements.reduce(1) { $0 + count($1) }
        default: 1
        }
    }

    private static func write(_ value: JSONValue, _ shape: Shape, _ rest: inout Int, _ writer: inout JSONWriter) {
        rest -= 1
        if rest == -1 { return write(shape, insteadOf: value, &writer) }
        switch value {
        case .object(let members):
            var isFirst = true
            writer.append(byte: UInt8(ascii: "{"))
            for member in members {
                if !isFirst { writer.append(byte: UInt8(ascii: ",")) }
                isFirst = false
                writer.append(string: member.name)
                writer.append(byte: UInt8(ascii: ":"))
                write(member.value, shape, &rest, &writer)
            }
            writer.append(byte: UInt8(ascii: "}"))
        case .array(let elements):
            var isFirst = true
            writer.append(byte: UInt8(ascii: "["))
            for element in elements {
                if !isFirst { writer.append(byte: UInt8(ascii: ",")) }
                isFirst = false
                write(element, shape, &rest, &writer)
            }
            writer.append(byte: UInt8(ascii: "]"))
        default: writer.append(canonical: value)
        }
    }

    private static func write(_ shape: Shape, insteadOf value: JSONValue, _ writer: inout JSONWriter) {
        switch shape {
        case .numbers: fill(&writer, "[", "]") { _ in "1" }
        case .emptyObjects: fill(&writer, "[", "]") { _ in "{}" }
        case .copies:
            var copy = JSONWriter()
            let element = value.elements?.first ?? value
            copy.append(canonical: element)
            let text = String(decoding: copy.bytes, as: UTF8.self)
            fill(&writer, "[", "]") { _ in text }
        case .nested:
            let text = String(repeating: "[", count: 48) + String(repeating: "]", count: 48)
            fill(&writer, "[", "]") { _ in text }
        case .wide: fill(&writer, "{", "}") { "\"m\($0)\":1" }
        case .duplicates: fill(&writer, "{", "}") { _ in "\"name\":1" }
        case .escapes:
            writer.append(byte: UInt8(ascii: "\""))
            for _ in 0..<(byteCount / 6) { writer.append(raw: "\\u00e9") }
            writer.append(byte: UInt8(ascii: "\""))
        case .nearNumbers: fill(&writer, "[", "]") { "\"\($0)123456789.5e\"" }
        case .pairs: fill(&writer, "[", "]") { "{\"name\":\"\($0)\",\"value\":\"v\"}" }
        }
    }

    private static func fill(_ writer: inout JSONWriter, _ open: String, _ close: String, _ part: (Int) -> String) {
        writer.append(raw: Array(open.utf8))
        var number = 0
        while writer.bytes.count < byteCount {
            if number > 0 { writer.append(byte: UInt8(ascii: ",")) }
            writer.append(raw: Array(part(number).utf8))
            number += 1
        }
        writer.append(raw: Array(close.utf8))
    }
}
