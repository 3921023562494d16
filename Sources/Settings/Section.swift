internal import JSON

/// One object of the configuration file: reads its keys and says what is wrong with them.
///
/// An object that is missing or of another type reads as empty, so that every default applies and everything else is
/// still looked at.
struct Section<Key: SettingsKey> {
    /// Where the object stands in the file, in words: `listen`, `tokens[2]`; empty for the whole file.
    let path: String
    let place: SettingsProblem.Place
    let validation: Validation
    /// Whether something else stands where the object should; that has been told already.
    private var isMisplaced = false
    private var values: [Key: LocatedJSON] = [:]
    private var overrides: [Key: Located<String>] = [:]

    init(_ json: LocatedJSON?, path: String, in validation: Validation) {
        self.path = path
        self.validation = validation
        place = validation.place(json?.position)
        guard let json else { return }
        guard let members = json.members else {
            let name = path.isEmpty ? "the configuration" : path
            validation.problem("\(name) must be an object, not \(json.typeName)", at: place)
            isMisplaced = true
            return
        }
        for member in members {
            if let key = Key(rawValue: member.name) {
                values[key] = member.value
            } else {
                let hint = Validation.hint(for: member.name, among: Key.allCases.map(\.rawValue))
                let place = validation.place(member.namePosition)
                validation.problem("unknown key '\(member.name)'\(path.isEmpty ? "" : " in \(path)")\(hint)", at: place)
            }
        }
    }

    /// Lets an environment variable, where it is set, take the place of a key.
    mutating func override(_ key: Key, by variable: EnvironmentOverride) {
        overrides[key] = validation.override(variable)
    }

    subscript(key: Key) -> LocatedJSON? { values[key] }

    func name(of key: Key) -> String { path.isEmpty ? key.rawValue : "\(path).\(key.rawValue)" }

    /// Whether the key is there; a problem when it is not.
    func requires(_ key: Key) -> Bool {
        if values[key] != nil || overrides[key] != nil { return true }
        if !isMisplaced { validation.problem("\(path) needs '\(key.rawValue)'", at: place) }
        return false
    }

    // MARK: - Scalars

    /// A text that is not empty.
    func text(_ key: Key) -> Located<String>? {
        if let override = overrides[key] { return override }
        guard let json = values[key] else { return nil }
        return text(json, name: name(of: key))
    }

    func text(_ json: LocatedJSON, name: String) -> Located<String>? {
        guard let text = json.stringValue else { return refuse(json, name, "a string") }
        guard !text.isEmpty else { return refuse(json, "\(name) must not be empty") }
        return Located(value: text, place: validation.place(json.position))
    }

    func integer(_ key: Key, _ range: ClosedRange<Int>) -> Int? {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        if let override = overrides[key] {
            if let number = Int(override.value), range.contains(number) { return number }
            validation.problem("'\(override.value)' is not \(expected)", at: override.place)
            return nil
        }
        guard let json = values[key] else { return nil }
        guard let number = json.integerValue else { return refuse(json, name(of: key), expected) }
        guard number >= range.lowerBound, number <= range.upperBound else {
            return refuse(json, "\(name(of: key)) must be \(expected), not \(number)")
        }
        return Int(number)
    }

    func bool(_ key: Key) -> Bool? {
        guard let json = values[key] else { return nil }
        return json.boolValue ?? refuse(json, name(of: key), "true or false")
    }

    func duration(_ key: Key, _ range: ClosedRange<Duration>) -> Duration? {
        guard let json = values[key] else { return nil }
        let expected = "a length of time such as \"250ms\", \"30s\", \"5m\", \"1h\" or \"30d\""
        guard let text = json.stringValue else { return refuse(json, name(of: key), expected) }
        guard let duration = Quantity.duration(text) else {
            return refuse(json, "\(name(of: key)) must be \(expected), not \"\(text)\"")
        }
        guard range.contains(duration) else {
            let limits = "from \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
            return refuse(json, "\(name(of: key)) must be \(limits), not \(text)")
        }
        return duration
    }

    func byteCount(_ key: Key, _ range: ClosedRange<Int>) -> Int? {
        guard let json = values[key] else { return nil }
        let expected = "a number of bytes such as 1048576 or \"16MiB\""
        let count: Int
        if let number = json.integerValue {
            count = Int(number)
        } else {
            guard let text = json.stringValue else { return refuse(json, name(of: key), expected) }
            guard let number = Quantity.byteCount(text) else {
                return refuse(json, "\(name(of: key)) must be \(expected), not \"\(text)\"")
            }
            count = number
        }
        guard range.contains(count) else {
            let limits = "from \(Quantity.text(range.lowerBound)) to \(Quantity.text(range.upperBound))"
            return refuse(json, "\(name(of: key)) must be \(limits), not \(count) bytes")
        }
        return count
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: Key, of type: Choice.Type) -> Choice? {
        guard let text = text(key) else { return nil }
        return choice(text, name: name(of: key), of: type)
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ text: Located<String>,
        name: String,
        of type: Choice.Type
    ) -> Choice? {
        if let choice = Choice(rawValue: text.value) { return choice }
        let known = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        let hint = nearest(text.value, among: Choice.allCases.map(\.rawValue)).map { "; did you mean \"\($0)\"?" }
        validation.problem("\(name) must be one of \(known), not \"\(text.value)\"\(hint ?? "")", at: text.place)
        return nil
    }

    // MARK: - Arrays and objects

    func elements(_ key: Key) -> [LocatedJSON] {
        guard let json = values[key] else { return [] }
        return json.elements ?? refuse(json, name(of: key), "an array") ?? []
    }

    func texts(_ key: Key) -> [Located<String>] {
        elements(key).enumerated().compactMap { text($1, name: "\(name(of: key))[\($0)]") }
    }

    func members(_ key: Key) -> [LocatedJSON.Member] {
        guard let json = values[key] else { return [] }
        return json.members ?? refuse(json, name(of: key), "an object") ?? []
    }

    func section<Other: SettingsKey>(_ key: Key, _ type: Other.Type) -> Section<Other> {
        Section<Other>(values[key], path: name(of: key), in: validation)
    }

    func sections<Other: SettingsKey>(_ key: Key, _ type: Other.Type) -> [Section<Other>] {
        elements(key).enumerated().map { Section<Other>($1, path: "\(name(of: key))[\($0)]", in: validation) }
    }

    // MARK: - Problems

    func refuse<Value>(_ json: LocatedJSON, _ name: String, _ expected: String) -> Value? {
        refuse(json, "\(name) must be \(expected), not \(json.typeName)")
    }

    func refuse<Value>(_ json: LocatedJSON, _ message: String) -> Value? {
        validation.problem(message, at: validation.place(json.position))
        return nil
    }
}
