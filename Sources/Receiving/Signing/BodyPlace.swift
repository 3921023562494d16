internal import JSON

/// A place in a JSON body that can be written to: names and `[]` or `[*]`, such as `value[].clientState`.
struct BodyPlace {
    private enum Step: Equatable {
        case member([UInt8])
        case everyElement
    }

    private let steps: [Step]

    /// - Returns: nil for an expression that is more than a path.
    init?(_ expression: String) {
        var steps: [Step] = []
        var rest = Substring(expression)
        while !rest.isEmpty {
            if rest.hasPrefix("[]") || rest.hasPrefix("[*]") {
                steps.append(.everyElement)
                rest = rest.dropFirst(rest.hasPrefix("[]") ? 2 : 3)
            } else {
                if !steps.isEmpty {
                    guard rest.first == "." else { return nil }
                    rest.removeFirst()
                }
                let isQuoted = rest.first == "\""
                let name =
                    isQuoted
                    ? rest.dropFirst().prefix { $0 != "\"" }
                    : rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                guard !name.isEmpty, !name.contains("\\") else { return nil }
                steps.append(.member(Array(name.utf8)))
                rest = rest[name.endIndex...]
                if isQuoted {
                    guard rest.first == "\"" else { return nil }
                    rest.removeFirst()
                }
            }
        }
        guard case .member? = steps.last else { return nil }
        self.steps = steps
    }

    /// The body with a text at the place; a number where a number stood and the text is one.
    ///
    /// - Parameters:
    ///   - text: what is written.
    ///   - body: JSON.
    /// - Returns: nil when the body is no JSON, or has no such place.
    func setting(_ text: String, in body: [UInt8]) -> [UInt8]? {
        let document = JSONDocument()
        guard (try? document.parse(body)) != nil, let value = BodyPlace.setting(text, document.root.owned(), steps[...])
        else { return nil }
        var writer = JSONWriter()
        writer.append(canonical: value)
        return writer.bytes
    }

    private static func setting(_ text: String, _ value: JSONValue, _ steps: ArraySlice<Step>) -> JSONValue? {
        guard let step = steps.first else {
            if value.isNumber, let number = Int64(text) { return .integer(number) }
            return .string(text)
        }
        switch step {
        case .everyElement:
            guard let elements = value.elements, !elements.isEmpty else { return nil }
            let changed = elements.compactMap { setting(text, $0, steps.dropFirst()) }
            return changed.count == elements.count ? .array(changed) : nil
        case .member(let name):
            guard var members = value.isNull ? [] : value.members else { return nil }
            let old = members.first { $0.name == name }?.value ?? .null
            guard let changed = setting(text, old, steps.dropFirst()) else { return nil }
            if let index = members.firstIndex(where: { $0.name == name }) {
                members[index] = JSONMember(name: name, value: changed)
            } else {
                members.append(JSONMember(name: name, value: changed))
            }
            return .object(members)
        }
    }
}
