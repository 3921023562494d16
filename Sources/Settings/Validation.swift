internal import Glibc
internal import JSON

/// One reading of a configuration: where it comes from, and everything found on the way.
final class Validation {
    let file: String
    /// What relative paths are relative to.
    private let directory: String
    private let environment: [String: String]
    private(set) var problems: [SettingsProblem] = []
    private(set) var warnings: [SettingsProblem] = []
    /// Schemas that logs name and that a broken mapping should bring along.
    var brokenSchemas: Set<String> = []
    /// Environment variables that secrets were read from.
    private var usedVariables: Set<String> = []

    init(file: String, directory: String, environment: [String: String]) {
        self.file = file
        self.directory = directory
        self.environment = environment
    }

    func problem(_ message: String, at place: SettingsProblem.Place) {
        problems.append(SettingsProblem(place: place, message: message))
    }

    func warning(_ message: String, at place: SettingsProblem.Place) {
        warnings.append(SettingsProblem(place: place, message: message))
    }

    func place(_ position: SourcePosition?) -> SettingsProblem.Place { .file(file, position) }

    /// A variable that overrides a key; one that is set to nothing counts as unset.
    func override(_ variable: EnvironmentOverride) -> Located<String>? {
        guard let text = environment[variable.rawValue], !text.isEmpty else { return nil }
        return Located(value: text, place: .environment(variable.rawValue))
    }

    func variable(_ name: String) -> String? {
        usedVariables.insert(name)
        return environment[name]
    }

    /// Warns of variables that look like overrides and are none.
    func warnOfUnknownVariables() {
        let known = EnvironmentOverride.allCases.map(\.rawValue)
        for name in environment.keys.sorted()
        where name.hasPrefix(EnvironmentOverride.prefix) && !known.contains(name) && !usedVariables.contains(name) {
            // What all have in common makes none of them near.
            let rest = known.map { String($0.dropFirst(EnvironmentOverride.prefix.count)) }
            guard let hint = nearest(String(name.dropFirst(EnvironmentOverride.prefix.count)), among: rest) else {
                continue
            }
            let whole = EnvironmentOverride.prefix + hint
            warning("this variable overrides nothing; did you mean \(whole)?", at: .environment(name))
        }
    }

    /// An absolute path, or one relative to the configuration file's folder.
    func path(_ text: String) -> String {
        if text.hasPrefix("/") { return text }
        return directory.hasSuffix("/") ? directory + text : "\(directory)/\(text)"
    }

    /// A hint to the nearest of some words, or a list of them, to put behind a message.
    static func hint(for word: String, among words: [String]) -> String {
        if let near = nearest(word, among: words) { return "; did you mean '\(near)'?" }
        return words.isEmpty ? "" : "; known are \(words.joined(separator: ", "))"
    }
}

/// A value with the place that a message about it names.
struct Located<Value> {
    let value: Value
    let place: SettingsProblem.Place
}
