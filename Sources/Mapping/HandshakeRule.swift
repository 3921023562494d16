package import JMESPath
package import JSON

/// A request that wants an answer of its own instead of being stored, such as a vendor's check of the URL.
package struct HandshakeRule: Sendable {
    /// True for the requests that are meant.
    package let condition: PlacedExpression
    /// Whether the request must be authenticated like a delivery before it is answered.
    package let isAuthenticated: Bool
    package let status: Int
    /// Names in lower case with the expressions of their values.
    package let headers: [(name: String, value: PlacedExpression)]
    package let body: Body

    package enum Body: Sendable {
        case none
        /// The canonical JSON of the result.
        case json(PlacedExpression)
        /// The text of the result, as `text/plain`.
        case text(PlacedExpression)
    }

    /// Longest body of an answer in bytes, so that nobody makes the gateway speak for them.
    package static let maximumAnswerBytes = 1024

    /// Whether the condition reads the body, and not only what stands around it.
    package let readsBody: Bool
    /// Whether the condition or the answer reads `$request.form`.
    package let readsForm: Bool
    /// The only method that the condition can mean; nil for any.
    package let method: String?

    init(
        condition: PlacedExpression,
        isAuthenticated: Bool,
        status: Int,
        headers: [(name: String, value: PlacedExpression)],
        body: Body
    ) {
        self.condition = condition
        self.isAuthenticated = isAuthenticated
        self.status = status
        self.headers = headers
        self.body = body
        let expression = condition.expression
        readsBody = expression.usesCurrent || expression.usesRoot
        var expressions = [condition] + headers.map(\.value)
        switch body {
        case .none: break
        case .json(let expression), .text(let expression): expressions.append(expression)
        }
        readsForm = expressions.contains { $0.reads("form", of: "request") }
        method = expression.requiredTexts.first { $0.path == ["$request", "method"] }?.text
    }

    /// Whether the rule means a request.
    ///
    /// - Parameters:
    ///   - value: the decoded body, an empty object when there is none; anything when ``readsBody`` is false.
    ///   - evaluation: holds the variables.
    /// - Returns: whether the condition is true.
    /// - Throws: an error of evaluation.
    package func means(_ value: JSONValue, in evaluation: Evaluation) throws(JMESPathError) -> Bool {
        try condition.evaluate(value, in: evaluation).isTrue
    }

    /// The answer to a request that is meant.
    ///
    /// - Parameters:
    ///   - value: the decoded body, an empty object when there is none.
    ///   - evaluation: holds the variables.
    /// - Returns: the answer, whose body is short.
    /// - Throws: an error of evaluation, or `invalidValue` for an answer that is too long or no text.
    package func answer(to value: JSONValue, in evaluation: Evaluation) throws(JMESPathError) -> VendorAnswer {
        var answer = VendorAnswer(status: status)
        for header in headers {
            let text = try header.value.evaluate(value, in: evaluation).plainText
            // A line break would let the sender write headers of its own.
            let clean = text.filter { $0 >= 0x20 && $0 != 0x7F }
            if !clean.isEmpty { answer.headers.append((header.name, String(decoding: clean, as: UTF8.self))) }
        }
        switch body {
        case .none: return answer
        case .json(let expression):
            var writer = JSONWriter()
            writer.append(canonical: try expression.evaluate(value, in: evaluation))
            answer.setBody(writer.bytes, contentType: "application/json")
        case .text(let expression):
            answer.setBody(
                try expression.evaluate(value, in: evaluation).plainText,
                contentType: "text/plain; charset=utf-8"
            )
        }
        guard answer.body.count <= HandshakeRule.maximumAnswerBytes else {
            throw JMESPathError(
                .invalidValue,
                "the answer to a handshake has \(answer.body.count) bytes; \(HandshakeRule.maximumAnswerBytes) are allowed"
            )
        }
        answer.headers.append(("x-content-type-options", "nosniff"))
        return answer
    }
}
