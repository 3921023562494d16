package import JSON

/// Something about a mapping file that its author should know, with its place.
///
///     Mappings/okta.json:14:9: unknown function 'lower_case'; did you mean 'lower'?
package struct MappingProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file's name as it was given to the reader.
    package let file: String
    package let position: SourcePosition
    /// What is wrong and how to mend it.
    package let message: String

    package init(file: String, position: SourcePosition, message: String) {
        self.file = file
        self.position = position
        self.message = message
    }

    package var description: String { "\(file):\(position): \(message)" }
}

/// Everything that is wrong with a mapping file, in the order of the file.
package struct MappingErrors: Error, Equatable, Sendable, CustomStringConvertible {
    package let problems: [MappingProblem]

    package init(problems: [MappingProblem]) {
        self.problems = problems.sorted { $0.position < $1.position }
    }

    /// One line a problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
