package import Schema

/// A query that was read and checked against the schema of the log it is for.
package struct SearchQuery: Equatable, Sendable {
    package let expression: SearchExpression<SearchCondition>

    /// The query that every event satisfies.
    package static let everything = SearchQuery(expression: .everything)

    private init(expression: SearchExpression<SearchCondition>) { self.expression = expression }

    /// Reads a query of the search language (audit API contract, section 7).
    ///
    /// - Throws: one problem for a syntax error, or one for each term that does not fit the schema.
    package init(_ text: String, schema: EventSchema) throws(APIRefusal) {
        let parsed: SearchExpression<SearchTerm>
        do throws(APIProblem) {
            parsed = try SearchExpression(parsing: text)
        } catch {
            throw APIRefusal(error)
        }
        var problems: [APIProblem] = []
        expression = parsed.map { term in
            do throws(APIProblem) {
                return try SearchCondition(term, schema: schema)
            } catch {
                problems.append(error)
                return .anyField(SearchText([]))
            }
        }
        if let refusal = APIRefusal(problems) { throw refusal }
    }
}
