internal import Schema

/// One thing that an event must satisfy, checked against the log's schema.
///
/// Fields are positions in ``Schema/EventSchema/fields``; texts are decoded UTF-8 and compared byte for byte.
package enum SearchCondition: Equatable, Sendable {
    package enum Comparison: Sendable { case isLess, isEqual, isGreater }

    /// Some searchable field contains the text; integers and booleans equal it as they are written.
    case anyField(SearchText)
    case isPresent(field: Int)
    case contains(field: Int, SearchText)
    case text(field: Int, SearchText)
    case integer(field: Int, Comparison, Int64)
    case boolean(field: Int, Bool)
    case time(field: Int, Comparison, SearchInstant)
    case receivedAt(Comparison, SearchInstant)
    /// The text form of `received_at` contains this.
    case receivedAtContains(SearchText)
}

/// The name that searches use for the time of receipt; never a field of a schema.
let receivedAtName = "received_at"

extension SearchCondition {
    /// What a term means for events of a schema.
    ///
    /// - Throws: `BadFormat` at `/query` for an unknown or unindexed field, an operator that its type lacks, or a value
    ///   that is none of its type.
    init(_ term: SearchTerm, schema: EventSchema) throws(APIProblem) {
        let value = SearchText(term.value)
        guard let name = term.field else {
            self = .anyField(value)
            return
        }
        if name == receivedAtName {
            self = try SearchCondition.receivedAt(term, value)
            return
        }
        guard let index = schema.index(of: name) else {
            throw APIProblem(
                .badFormat,
                at: "/query",
                "unknown field \(APIPointer.quoted(name)) at offset \(term.offset)"
            )
        }
        let field = schema.fields[index]
        if field.kind == .stringUnindexed {
            throw APIProblem(.badFormat, at: "/query", "field '\(name)' at offset \(term.offset) cannot be searched")
        }
        if term.comparison == .contains && value.isEmpty {
            self = .isPresent(field: index)
            return
        }
        switch field.kind {
        case .string, .text, .stringUnindexed: self = try SearchCondition.text(term, value, field: index)
        case .integer: self = try SearchCondition.integer(term, field: index)
        case .boolean: self = try SearchCondition.boolean(term, field: index)
        case .datetime: self = try SearchCondition.time(term, value, field: index)
        }
    }

    /// That a field's value, written as text, equals one of a list; what is no value of its type equals nothing.
    static func equality(field index: Int, of schema: EventSchema, to values: [String]) -> SearchExpression<
        SearchCondition
    > {
        .or(
            values.compactMap { value in
                switch schema.fields[index].kind {
                case .string, .text, .stringUnindexed, .datetime: .leaf(.text(field: index, SearchText(value)))
                case .integer:
                    Int64(value).flatMap { String($0) == value ? .leaf(.integer(field: index, .isEqual, $0)) : nil }
                case .boolean: Bool(value).map { .leaf(.boolean(field: index, $0)) }
                }
            }
        )
    }

    private static func text(_ term: SearchTerm, _ value: SearchText, field: Int) throws(APIProblem) -> SearchCondition
    {
        switch term.comparison {
        case .contains: .contains(field: field, value)
        case .equals: .text(field: field, value)
        case .isLess, .isGreater: throw mismatch(term, "< and > compare integers and date-times only")
        }
    }

    private static func integer(_ term: SearchTerm, field: Int) throws(APIProblem) -> SearchCondition {
        guard let number = Int64(term.value) else { throw mismatch(term, "the value must be an integer of 64 bits") }
        return .integer(field: field, comparison(term), number)
    }

    private static func boolean(_ term: SearchTerm, field: Int) throws(APIProblem) -> SearchCondition {
        switch term.comparison {
        case .isLess, .isGreater: throw mismatch(term, "< and > compare integers and date-times only")
        case .contains, .equals: break
        }
        guard let bool = Bool(term.value) else { throw mismatch(term, "the value must be true or false") }
        return .boolean(field: field, bool)
    }

    private static func time(_ term: SearchTerm, _ value: SearchText, field: Int) throws(APIProblem) -> SearchCondition
    {
        // A part of the text, such as 2024-05, finds the times that were sent with it.
        if term.comparison == .contains { return .contains(field: field, value) }
        return .time(field: field, comparison(term), try instant(term, value))
    }

    private static func receivedAt(_ term: SearchTerm, _ value: SearchText) throws(APIProblem) -> SearchCondition {
        if term.comparison == .contains { return .receivedAtContains(value) }
        return .receivedAt(comparison(term), try instant(term, value))
    }

    private static func instant(_ term: SearchTerm, _ value: SearchText) throws(APIProblem) -> SearchInstant {
        guard let time = SearchInstant(dateOrTime: value.bytes) else {
            throw mismatch(term, "the value must be a date-time such as 2024-05-06T07:08:09Z")
        }
        return time
    }

    private static func comparison(_ term: SearchTerm) -> Comparison {
        switch term.comparison {
        case .contains, .equals: .isEqual
        case .isLess: .isLess
        case .isGreater: .isGreater
        }
    }

    private static func mismatch(_ term: SearchTerm, _ reason: String) -> APIProblem {
        APIProblem(
            .badFormat,
            at: "/query",
            "field \(APIPointer.quoted(term.field ?? "")) at offset \(term.offset): \(reason)"
        )
    }
}
