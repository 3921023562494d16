package import JSON
package import Schema

/// What the events of one log may say in some of their fields, compiled for that log's schema.
///
/// A value is checked in the form it is stored in: its canonical JSON (`"acme"`, `12`). Values and prefixes were written
/// in that form when the rules were compiled, so that a check compares bytes and builds nothing.
package struct FieldRestriction: Sendable {
    /// The rules as they were written.
    package let rules: [FieldRule]
    private let checks: [Check]

    private struct Check: Sendable {
        /// Position in the schema's fields.
        let field: Int
        let id: String
        let name: [UInt8]
        let isRequired: Bool
        let test: TokenTest
    }

    /// Lets everything pass.
    package static let none = FieldRestriction()

    private init() {
        rules = []
        checks = []
    }

    /// Compiles rules for a schema.
    ///
    /// Throws ``RestrictionError`` with every rule that names an unknown field or a value that the field cannot hold.
    package init(rules: [FieldRule], schema: EventSchema) throws(RestrictionError) {
        var checks: [Check] = []
        var problems: [RestrictionError.Problem] = []
        for rule in rules {
            guard let index = schema.index(of: rule.field) else {
                let hint = nearest(rule.field, among: schema.declaredOrder).map { "; did you mean '\($0)'?" }
                let known = "; the schema has \(schema.declaredOrder.joined(separator: ", "))"
                let message = "the schema has no field '\(rule.field)'" + (hint ?? known)
                problems.append(.init(code: .unknownField, field: rule.field, message: message))
                continue
            }
            var compiler = TokenTest.Compiler(field: schema.fields[index])
            let test = compiler.compile(rule.condition)
            problems += compiler.mismatches.map { .init(code: .typeMismatch, field: rule.field, message: $0) }
            problems += compiler.oversizes.map { .init(code: .neverMatches, field: rule.field, message: $0) }
            checks.append(
                Check(
                    field: index,
                    id: rule.field,
                    name: Array(rule.field.utf8),
                    isRequired: rule.isRequired,
                    test: test
                )
            )
        }
        guard problems.isEmpty else { throw RestrictionError(problems: problems) }
        self.rules = rules
        self.checks = checks
    }

    /// Whether nothing is restricted.
    package var isEmpty: Bool { checks.isEmpty }

    /// Whether an event to be stored may be: an absent field passes unless its rule requires it.
    package func allows(event: Int, in events: EncodedEvents) -> Bool {
        events.bytes.withUnsafeBytes { bytes in
            checks.allSatisfy { Self.passes($0, event: event, events: events, bytes: bytes) }
        }
    }

    /// The ids of the fields for which an event to be stored must be refused; empty when it may be stored.
    package func violations(event: Int, in events: EncodedEvents) -> [String] {
        events.bytes.withUnsafeBytes { bytes in
            var violated: [String] = []
            for check in checks where !Self.passes(check, event: event, events: events, bytes: bytes) {
                violated.append(check.id)
            }
            return violated
        }
    }

    @inline(__always)
    private static func passes(
        _ check: Check,
        event: Int,
        events: EncodedEvents,
        bytes: UnsafeRawBufferPointer
    ) -> Bool {
        guard let range = events.value(ofField: check.field, inEvent: event) else { return !check.isRequired }
        return check.test.passes(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }

    /// Whether a stored event may be shown to whoever is restricted so: every restricted field is there and passes.
    ///
    /// An event without the field is not shown, since it belongs to nobody in particular.
    package func reveals(event: JSONValue) -> Bool {
        var writer = JSONWriter()
        return checks.allSatisfy { check in
            guard let value = event.member(check.name), !value.isNull else { return false }
            writer.removeAll()
            writer.append(canonical: value)
            return writer.bytes.withUnsafeBytes { check.test.passes($0) }
        }
    }

    /// Whether one value may be asked for: true also for a field without a rule.
    package func allows(_ value: JSONValue, inField id: String) -> Bool {
        guard let check = checks.first(where: { $0.id == id }) else { return true }
        var writer = JSONWriter()
        writer.append(canonical: value)
        return writer.bytes.withUnsafeBytes { check.test.passes($0) }
    }
}
