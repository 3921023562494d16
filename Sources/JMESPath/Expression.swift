package import JSON

/// A compiled JMESPath expression: the standard with the community's extensions (string functions, `items`,
/// `from_items`, `zip`, `group_by`, `let`, `$`, `a ? b : c`, arithmetic, slices of strings).
///
///     let actor = try Expression("actor.alternateId || actor.id")
///     let value = try actor.evaluate(record, in: evaluation)
///
/// Where the grammar leaves precedence open, the reference implementation in Python decides: `!a.b` is `(!a).b`, and in
/// `a.*.b.c` only `b` belongs to the projection. Immutable; any number of threads may evaluate it at the same time,
/// each with an ``Evaluation`` of its own.
package struct Expression: Sendable {
    package let text: String
    /// The host's variables that it reads, without `$`.
    package let variables: Set<String>
    /// Whether it reads the root, `$`.
    package let usesRoot: Bool
    /// Whether it reads the value that it is evaluated on, `@`, or a part of it.
    package let usesCurrent: Bool
    /// What it may read, as far as the text tells: member names from the current value down, `*` for any element or
    /// member; a path from the root begins with `$`, one from a variable with `$name`.
    package let paths: [[String]]
    /// What must hold for the expression to be true, as far as the text tells; more may be needed.
    package let requiredTexts: [RequiredText]
    private let program: Program

    /// A text that must stand at a path, such as `$request.method == 'GET'`.
    package struct RequiredText: Equatable, Sendable {
        /// As in ``Expression/paths``.
        package let path: [String]
        package let text: String

        package init(path: [String], text: String) {
            self.path = path
            self.text = text
        }
    }

    /// Parses, checks and compiles an expression.
    ///
    /// - Parameters:
    ///   - text: the expression.
    ///   - functions: the host's functions; they hide standard ones of the same name.
    ///   - variables: the names, without `$`, that the host binds.
    /// - Throws: what is wrong in the text alone: syntax, unknown functions and variables, the number of arguments, and
    ///   types that cannot fit whatever the data is.
    package init(
        _ text: String,
        functions: [Function] = [],
        variables: Set<String> = []
    ) throws(JMESPathError) {
        let syntax = try Parser.parse(Array(text.utf8))
        var compiler = Compiler(functions: functions, variables: variables)
        program = try compiler.program(of: syntax)
        self.text = text
        self.variables = compiler.usedVariables
        usesRoot = compiler.usesRoot
        let listing = PathListing(of: syntax)
        paths = listing.paths
        usesCurrent = listing.usesCurrent
        requiredTexts = PathListing.requiredTexts(of: syntax)
    }

    /// Evaluates with `value` as the current one.
    ///
    /// The result may stand in place in the documents of `value`, of the root, of the variables and of `evaluation`.
    package func evaluate(_ value: JSONValue, in evaluation: Evaluation) throws(JMESPathError) -> JSONValue {
        try evaluation.run(program, on: value)
    }

    /// Evaluates once, with `value` as the root too and no variables.
    package func evaluate(_ value: JSONValue) throws(JMESPathError) -> JSONValue {
        let evaluation = Evaluation()
        evaluation.reset(root: value)
        return try evaluate(value, in: evaluation).owned()
    }
}
