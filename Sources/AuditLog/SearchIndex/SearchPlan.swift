internal import Schema

/// What a search asks a segment of the index.
///
/// A plan says which events may match and which must; what is asked for lies between.
indirect enum SearchPlan {
    /// Every event.
    case everything
    /// None.
    case nothing
    /// The index cannot tell.
    case unknown
    case lookup(SearchLookup)
    case not(SearchPlan)
    case all([SearchPlan])
    case any([SearchPlan])
}

/// One field's part in a plan.
struct SearchLookup {
    enum Terms {
        /// Events that match are in all of these slots.
        case slots([UInt32])
        /// Events that match are in some slot of this bucket.
        case bucket(Int)
    }

    /// Tells the lookups of a plan apart.
    let number: Int
    /// Position in the schema's fields.
    let field: Int
    let terms: Terms
    /// Whether the terms say no more than that there is a value.
    let isWeak: Bool
    /// Events with values that are entered only as a whole may match too; nil where they would be in `terms`.
    let saturated: UInt32?
    /// What an event's field must be like.
    let question: SearchQuestion
}

/// What is asked of the value of one field.
enum SearchQuestion {
    case condition(SearchCondition)
    /// As a bare word asks of each field.
    case holds(SearchText, field: Int)
}

/// Makes the plan of a query.
struct SearchPlanner {
    private let schema: EventSchema
    private let terms: [FieldTerms]
    private var count = 0

    init(schema: EventSchema, key: SearchIndexKey) {
        self.schema = schema
        terms = schema.fields.map { FieldTerms($0, key: key) }
    }

    mutating func plan(_ expression: SearchExpression<SearchCondition>) -> SearchPlan {
        switch expression {
        case .leaf(let condition): return plan(condition)
        case .not(let part): return .not(plan(part))
        case .and(let parts): return parts.isEmpty ? .everything : .all(parts.map { plan($0) })
        case .or(let parts): return parts.isEmpty ? .nothing : .any(parts.map { plan($0) })
        }
    }

    private mutating func plan(_ condition: SearchCondition) -> SearchPlan {
        switch condition {
        case .receivedAt, .receivedAtContains: return .unknown
        case .anyField(let text):
            if text.isEmpty { return .everything }
            let fields = schema.fields.indices.filter { schema.fields[$0].kind != .stringUnindexed }
            return .any(fields.map { holds(text, field: $0) })
        case .isPresent(let field), .time(let field, _, _): return present(field, condition)
        case .contains(let field, let text): return part(text.bytes, field: field, .condition(condition))
        case .text(let field, let text): return whole(text.bytes, field: field, .condition(condition))
        case .integer(let field, .isEqual, let number):
            return whole(Array("\(number)".utf8), field: field, .condition(condition))
        case .integer(let field, .isLess, _), .integer(let field, .isGreater, _): return present(field, condition)
        case .boolean(let field, let bool):
            return whole(Array((bool ? "true" : "false").utf8), field: field, .condition(condition))
        }
    }

    private mutating func holds(_ text: SearchText, field: Int) -> SearchPlan {
        switch schema.fields[field].kind {
        case .string, .text, .datetime: part(text.bytes, field: field, .holds(text, field: field))
        // Of the field's type, a value is found as a whole; any other is entered as such.
        case .integer, .boolean:
            whole(text.bytes, field: field, .holds(text, field: field), saturated: terms[field].saturated)
        case .stringUnindexed: .nothing
        }
    }

    private mutating func part(_ text: [UInt8], field: Int, _ question: SearchQuestion) -> SearchPlan {
        let terms = terms[field]
        switch text.count {
        case 0, 1: return lookup(field, .slots([terms.present]), isWeak: true, question)
        case 2:
            let bucket = terms.bucket(ofPair: text[0], text[1])
            return lookup(field, .bucket(bucket), saturated: terms.saturated, question)
        default: return lookup(field, .slots(terms.slots(ofPart: text)), saturated: terms.saturated, question)
        }
    }

    private mutating func whole(
        _ text: [UInt8],
        field: Int,
        _ question: SearchQuestion,
        saturated: UInt32? = nil
    ) -> SearchPlan {
        let hash = text.withUnsafeBytes { terms[field].hash($0) }
        return lookup(field, .slots([FieldTerms.slot(ofValue: hash)]), saturated: saturated, question)
    }

    private mutating func present(_ field: Int, _ condition: SearchCondition) -> SearchPlan {
        lookup(field, .slots([terms[field].present]), isWeak: true, .condition(condition))
    }

    private mutating func lookup(
        _ field: Int,
        _ terms: SearchLookup.Terms,
        isWeak: Bool = false,
        saturated: UInt32? = nil,
        _ question: SearchQuestion
    ) -> SearchPlan {
        guard schema.fields[field].kind != .stringUnindexed else { return .unknown }
        count += 1
        return .lookup(
            SearchLookup(
                number: count,
                field: field,
                terms: terms,
                isWeak: isWeak,
                saturated: saturated,
                question: question
            )
        )
    }
}
