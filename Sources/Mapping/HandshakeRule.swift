package import Cryptography
package import JMESPath
package import JSON

/// A request that wants an answer of its own instead of being stored, such as a vendor's check of the URL.
package struct HandshakeRule: Sendable {
    /// True for the requests that are meant.
    package let condition: PlacedExpression
    /// Whether the request must be authenticated like a delivery before it is answered.
    package let isAuthenticated: Bool
    /// The keyed hash that the answer reads as `$hmac`.
    package let code: Code?
    /// The secret that is kept of the request.
    package let keeping: Keeping?
    /// The URL that has to be fetched.
    package let confirmation: Confirmation?
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

    /// The keyed hash of a challenge.
    package struct Code: Sendable {
        package enum Encoding: String, Sendable, CaseIterable { case hex, base64 }

        /// Gives the text that is hashed.
        package let message: PlacedExpression
        package let algorithm: Digest.Algorithm
        package let encoding: Encoding
        /// The secret's name in the source's configuration.
        package let key: String

        /// What the answer reads as `$hmac`.
        ///
        /// - Parameters:
        ///   - key: out of the source's secret.
        ///   - value: the decoded body.
        ///   - evaluation: holds the variables.
        /// - Returns: the code as text.
        /// - Throws: an error of evaluation, or `invalidValue` when there is no text to hash.
        package func text(
            of key: HMACKey,
            for value: JSONValue,
            in evaluation: Evaluation
        ) throws(JMESPathError) -> JSONValue {
            let message = try message.evaluate(value, in: evaluation)
            guard let bytes = message.stringBytes, !bytes.isEmpty else {
                throw JMESPathError(.invalidValue, "'message' of 'hmac' gives no text")
            }
            let code = key.code(for: bytes)
            switch encoding {
            case .base64: return .string(Base64.encode(code))
            case .hex:
                var text: [UInt8] = []
                Hex.append(code, to: &text)
                return .string(text)
            }
        }
    }

    /// A header whose value becomes a secret of the source, if its operator has armed the source for that.
    package struct Keeping: Sendable {
        /// In lower case.
        package let header: String
        /// The secret's name.
        package let key: String
    }

    /// A URL that the vendor wants fetched.
    package struct Confirmation: Sendable {
        let url: PlacedExpression
        /// What the URL's host has to match.
        package let host: HostPattern

        /// The URL that a request names: HTTPS, without a user, of a host that the mapping allows.
        ///
        /// - Parameters:
        ///   - value: the decoded body.
        ///   - evaluation: holds the variables.
        /// - Returns: the URL.
        /// - Throws: an error of evaluation, or `invalidValue` for any other URL.
        package func url(for value: JSONValue, in evaluation: Evaluation) throws(JMESPathError) -> String {
            guard let text = try url.evaluate(value, in: evaluation).stringValue else {
                throw JMESPathError(.invalidValue, "'url' of 'confirm' gives no text")
            }
            guard host.allows(text) else {
                throw JMESPathError(.invalidValue, "the URL to confirm is not HTTPS or of no host that 'host' allows")
            }
            return text
        }
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
        code: Code?,
        keeping: Keeping?,
        confirmation: Confirmation?,
        status: Int,
        headers: [(name: String, value: PlacedExpression)],
        body: Body
    ) {
        self.condition = condition
        self.isAuthenticated = isAuthenticated
        self.code = code
        self.keeping = keeping
        self.confirmation = confirmation
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
        expressions += [code?.message, confirmation?.url].compactMap { $0 }
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
