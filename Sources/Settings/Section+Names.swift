internal import JSON

extension Section {
    /// A name that logs, tokens, sources and sinks have: `^[a-z0-9][a-z0-9_-]{0,63}$`; required.
    func name(_ key: Key) -> Located<String>? {
        guard requires(key), let name = text(key) else { return nil }
        guard Name.isValid(name.value) else {
            validation.problem(
                "the name '\(name.value)' must be 1 to 64 of a-z, 0-9, '_' and '-', the first a letter or digit",
                at: name.place
            )
            return nil
        }
        return name
    }

    /// The name of something that is configured elsewhere in the file; nil and a problem when it is not.
    func reference(_ text: Located<String>, to kind: String, among names: [String]) -> String? {
        if names.contains(text.value) { return text.value }
        let hint = Validation.hint(for: text.value, among: names)
        validation.problem("there is no \(kind) '\(text.value)'\(hint)", at: text.place)
        return nil
    }
}

/// Names of logs, tokens, sources and sinks.
package enum Name {
    /// Whether a text is one: `^[a-z0-9][a-z0-9_-]{0,63}$`.
    package static func isValid(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, isLetterOrDigit(first) else {
            return false
        }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// Names given so far, each of which may be given once.
struct UniqueNames {
    let kind: String
    private var places: [String: SettingsProblem.Place] = [:]

    init(kind: String) { self.kind = kind }

    mutating func insert(_ name: Located<String>, in validation: Validation) {
        guard let first = places[name.value] else {
            places[name.value] = name.place
            return
        }
        var earlier = ""
        if case .file(_, .some(let position)) = first { earlier = ", first at \(position)" }
        validation.problem("the \(kind) '\(name.value)' is there twice\(earlier); rename or remove one", at: name.place)
    }
}
