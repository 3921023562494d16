package import JSON

/// Something about a mapping file that its author should know, with its place.
///
///     Mappings/okta.json:14:19: unknown function 'lower_case'; did you mean 'lower'?
///         "actor": "lower_case(actor.id)",
///                   ^
package struct MappingProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file's name as it was given to the reader.
    package let file: String
    package let position: SourcePosition
    /// What is wrong and how to mend it.
    package let message: String
    /// The line and, below it, a caret at the place; nil when the file cannot be read.
    package let excerpt: String?

    package init(file: String, position: SourcePosition, message: String, excerpt: String? = nil) {
        self.file = file
        self.position = position
        self.message = message
        self.excerpt = excerpt
    }

    /// One line with file, line, column and message.
    package var summary: String { "\(file):\(position): \(message)" }

    /// The summary, and the excerpt below it.
    package var description: String { summary + (excerpt.map { "\n" + $0 } ?? "") }
}

extension MappingProblem {
    // Expressions of bundled mappings have lines of a thousand characters.
    private static let shownBefore = 60
    private static let shownBehind = 40

    /// A line with a caret below one of its characters, both indented.
    ///
    /// - Parameters:
    ///   - line: its characters, without the line feed.
    ///   - column: of the character, counted from 1.
    /// - Returns: nil when the line is blank.
    static func excerpt(of line: [Unicode.Scalar], column: Int) -> String? {
        guard let first = line.firstIndex(where: { !$0.properties.isWhitespace }) else { return nil }
        let place = min(max(column - 1, first), line.count)
        let start = place - first > shownBefore ? place - shownBefore : first
        let end = min(line.count, place + shownBehind)
        var text = String.UnicodeScalarView()
        // A tab or another control character would move the caret away.
        for scalar in line[start..<end] { text.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar) }
        let before = start > first ? "…" : ""
        let caret = String(repeating: " ", count: place - start + before.count) + "^"
        return "    \(before)\(String(text))\(end < line.count ? "…" : "")\n    \(caret)"
    }
}

/// Everything that is wrong with a mapping file, in the order of the file.
package struct MappingErrors: Error, Equatable, Sendable, CustomStringConvertible {
    package let problems: [MappingProblem]

    package init(problems: [MappingProblem]) {
        self.problems = problems.sorted { $0.position < $1.position }
    }

    /// Each problem with its excerpt, one below the other.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
