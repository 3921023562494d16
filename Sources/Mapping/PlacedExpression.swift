package import JMESPath
package import JSON

/// An expression of a mapping file that knows its place there, for quarantine and explanations.
// A class so that running through a mapping's expressions counts one reference each and not one for every part.
package final class PlacedExpression: Sendable {
    package let expression: Expression
    /// `file:line:column` of the expression's text.
    package let place: String

    package init(expression: Expression, place: String) {
        self.expression = expression
        self.place = place
    }

    package var text: String { expression.text }

    @inline(__always)
    package func evaluate(_ value: JSONValue, in evaluation: Evaluation) throws(JMESPathError) -> JSONValue {
        try expression.evaluate(value, in: evaluation)
    }

    package func reads(_ variable: String) -> Bool { expression.variables.contains(variable) }

    /// Whether it may read a member of a variable.
    package func reads(_ member: String, of variable: String) -> Bool {
        reads(variable)
            && expression.paths.contains { path in
                path.first == "$\(variable)" && (path.count == 1 || path[1] == member || path[1] == "*")
            }
    }
}
