package import JSON

/// One thing that is wrong with the configuration, or worth a warning.
package struct SettingsProblem: Error, Equatable, CustomStringConvertible {
    package enum Place: Equatable, Sendable {
        /// A place in the configuration file; without a position the whole file.
        case file(String, SourcePosition?)
        /// An environment variable that overrides the file.
        case environment(String)
    }

    package let place: Place
    /// What is wrong and how to mend it, in one sentence without any secret.
    package let message: String

    /// `file:line:column: message`, as compilers write it.
    package var description: String {
        switch place {
        case .file(let file, .some(let position)): "\(file):\(position): \(message)"
        case .file(let file, .none): "\(file): \(message)"
        case .environment(let name): "\(name): \(message)"
        }
    }
}

/// Why a configuration cannot be used: every problem at once, in the order of the file.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let problems: [SettingsProblem]

    package init(problems: [SettingsProblem]) { self.problems = problems }

    /// One problem a line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
