internal import JSON
internal import Mapping
internal import Receiving
internal import Schema
internal import Settings

/// Whether a source fits the mapping that it names, told with the place in the configuration file.
struct SourceCheck {
    let source: GatewaySettings.Source
    let mappings: MappingLibrary

    /// What keeps the source from being served.
    var problems: [SettingsProblem] {
        // What is wrong with the mapping's own file is told there.
        guard !mappings.broken.contains(source.mapping) else { return [] }
        guard let mapping = mappings.mappings[source.mapping] else {
            return [problem(SourceCheck.unknownMapping(source.mapping, in: mappings), at: source.places.mapping)]
        }
        var problems = secretProblems(mapping)
        if mapping.authentication.isNone, !source.isUnauthenticated {
            problems.append(problem(SourceCheck.unauthenticated, at: source.places.mapping))
        }
        return problems
    }

    private func secretProblems(_ mapping: MappingFile) -> [SettingsProblem] {
        let needed = mapping.secretNames
        // `/v1/log_stream` tells a source by its secret of this name, whatever the mapping says.
        let used = needed.union(["token"])
        var problems: [SettingsProblem] = []
        let lacking = mapping.missingSecrets(beside: Set(source.places.secretNames.keys))
        var missing = lacking
        for (name, place) in source.places.secretNames where !used.contains(name) {
            let likely = nearest(name, among: missing.sorted()) ?? nearest(name, among: used.sorted())
            let hint = likely.map { "did you mean '\($0)'?" } ?? "known are \(used.sorted().joined(separator: ", "))"
            problems.append(
                problem(
                    "neither the mapping '\(mapping.name)' nor 'token' uses the secret '\(name)'; \(hint)",
                    at: place
                )
            )
            if let likely { missing.remove(likely) }
        }
        for name in missing.sorted() {
            problems.append(
                problem(
                    "the mapping '\(mapping.name)' needs a secret named '\(name)'; add it to the source's 'secrets'",
                    at: source.places.secrets
                )
            )
        }
        // A name without values has a problem of its own, which is told already.
        let isWhole =
            lacking.isEmpty
            && needed.allSatisfy { source.places.secretNames[$0] == nil || source.secrets[$0]?.isEmpty == false }
        return isWhole ? problems + encodingProblems(mapping, needed) : problems
    }

    /// Secrets that are not written as the mapping says, such as keys in hex.
    private func encodingProblems(_ mapping: MappingFile, _ needed: Set<String>) -> [SettingsProblem] {
        do throws(SourceError) {
            _ = try Source(
                name: source.name,
                mapping: mapping.bind(to: .standard),
                secrets: source.secrets.mapValues { $0.map(\.bytes) },
                constants: .object(source.constants.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value) }),
                scope: []
            )
            return []
        } catch {
            let place = needed.count == 1 ? needed.first.flatMap { source.places.secretNames[$0] } : nil
            return [problem(error.message, at: place ?? source.places.secrets)]
        }
    }

    private func problem(_ message: String, at place: SettingsProblem.Place) -> SettingsProblem {
        SettingsProblem(place: place, message: "source '\(source.name)': \(message)")
    }

    // MARK: - In words

    static let unauthenticated =
        "its mapping authenticates nobody; if that is meant, write \"authenticate\": \"none\" in the source too"

    static func unknownMapping(_ name: String, in mappings: MappingLibrary) -> String {
        if let missing = mappings.missingFolder { return "there is no mapping '\(name)': \(missing.message)" }
        let known = mappings.mappings.keys.sorted()
        if let near = nearest(name, among: known) { return "there is no mapping '\(name)'; did you mean '\(near)'?" }
        let list =
            known.isEmpty ? "the folder that 'mappings' names has none" : "known are \(known.joined(separator: ", "))"
        return "there is no mapping '\(name)'; \(list)"
    }
}
