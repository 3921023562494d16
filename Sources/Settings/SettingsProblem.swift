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

    package init(place: Place, message: String) {
        self.place = place
        self.message = message
    }

    /// `file:line:column: message`, as compilers write it.
    package var description: String {
        switch place {
        case .file(let file, .some(let position)): "\(file):\(position): \(message)"
        case .file(let file, .none): "\(file): \(message)"
        case .environment(let name): "\(name): \(message)"
        }
    }
}

extension [SettingsProblem] {
    /// In the order of the file, then the environment.
    package var inFileOrder: [SettingsProblem] {
        func key(_ problem: SettingsProblem) -> (Int, SourcePosition) {
            let start = SourcePosition(line: 0, column: 0)
            switch problem.place {
            case .file(_, let position): return (0, position ?? start)
            case .environment: return (1, start)
            }
        }
        return enumerated().sorted {
            let (a, b) = (key($0.element), key($1.element))
            return (a.0, a.1, $0.offset) < (b.0, b.1, $1.offset)
        }.map(\.element)
    }
}

/// Why a configuration cannot be used: every problem at once, in the order of the file.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let problems: [SettingsProblem]
    /// What was found beside them and would not have stopped anything.
    package let warnings: [SettingsProblem]

    package init(problems: [SettingsProblem], warnings: [SettingsProblem] = []) {
        self.problems = problems
        self.warnings = warnings
    }

    /// One problem a line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
