package import JMESPath
package import JSON

/// An HTTP answer to a vendor.
package struct VendorAnswer: Sendable {
    package var status: Int
    /// Names in lower case; `content-length` is not among them.
    package var headers: [(name: String, value: String)] = []
    package private(set) var body: [UInt8] = []

    package init(status: Int) { self.status = status }

    package init(status: Int, json: String) {
        self.status = status
        setBody(Array(json.utf8), contentType: "application/json")
    }

    package mutating func setBody(_ bytes: [UInt8], contentType: String) {
        body = bytes
        headers.removeAll { $0.name == "content-type" }
        headers.append(("content-type", contentType))
    }
}

extension VendorAnswer {
    /// The answer with a body of JSON that was made for a delivery; as it is when there is none.
    package func with(body: [UInt8]?) -> VendorAnswer {
        guard let body else { return self }
        var answer = self
        answer.setBody(body, contentType: "application/json")
        return answer
    }

    /// The answer that says why a body cannot be read at all, where the mapping has no words of its own.
    ///
    /// Such a sender is set up wrongly, and the person who does it sees the answer.
    package func telling(_ reason: String, of outcome: AnswerOutcome) -> VendorAnswer {
        guard outcome == .unsupported, body == AnswerTable.standard[outcome].body else { return self }
        var writer = JSONWriter()
        writer.append(
            canonical: .object([JSONMember("reason", .string(reason)), JSONMember("status", .string("unsupported"))])
        )
        var answer = self
        answer.setBody(writer.bytes, contentType: "application/json")
        return answer
    }
}

/// What became of a delivery, as far as its vendor's answer depends on it.
package enum AnswerOutcome: String, Sendable, CaseIterable {
    case stored
    case duplicate
    /// Seen before with other content; the first stays.
    case conflict
    /// Only probes, nothing to store.
    case ignored
    /// A value that its source may not use.
    case forbidden
    /// Nothing could be stored, everything is kept in quarantine.
    case quarantined
    case unauthenticated
    case unreadable
    case tooLarge = "too_large"
    /// The store, or a secret, cannot be reached.
    case unavailable
    case busy
    case wrongMethod = "wrong_method"
    /// A content coding or framing that the gateway does not read.
    case unsupported
}

/// An answer's body that depends on the delivery, such as one that repeats the vendor's number of the request.
package struct AnswerValue: Sendable {
    /// Longest body in bytes: what is longer is left out.
    package static let maximumBytes = 4096
    /// The variables that an answer may read and a record may not.
    package static let variables: Set<String> = ["received_ms"]

    package let expression: PlacedExpression
    package fileprivate(set) var outcomes: [AnswerOutcome]

    /// The body, as canonical JSON; empty for null, for what is too long, and when the evaluation fails.
    package func body(for value: JSONValue, in evaluation: Evaluation) -> [UInt8] {
        do throws(JMESPathError) {
            let result = try expression.evaluate(value, in: evaluation)
            try evaluation.checkTextLength(of: result)
            guard !result.isNull else { return [] }
            var writer = JSONWriter()
            writer.append(canonical: result)
            return writer.bytes.count <= AnswerValue.maximumBytes ? writer.bytes : []
        } catch {
            return []
        }
    }
}

/// A vendor's answers, one for each outcome.
package struct AnswerTable: Sendable {
    // As long as `AnswerOutcome.allCases`, in its order.
    private var answers: [VendorAnswer]
    /// The expressions whose results are the bodies of answers, each with the outcomes that it is for.
    package private(set) var values: [AnswerValue] = []

    /// The answers of a mapping that names none.
    package static let standard = AnswerTable(AnswerOutcome.allCases.map(standardAnswer))

    private init(_ answers: [VendorAnswer]) { self.answers = answers }

    /// The same 401 for a wrong secret, an unknown source and whatever else, so that nobody learns which it was.
    package static let unauthenticated = standardAnswer(to: .unauthenticated)

    package subscript(outcome: AnswerOutcome) -> VendorAnswer {
        get { answers[AnswerTable.index(of: outcome)] }
        set { answers[AnswerTable.index(of: outcome)] = newValue }
    }

    /// Lets an expression give an outcome's body; one that stands for several outcomes is evaluated once for all.
    mutating func setValue(_ expression: PlacedExpression, of outcome: AnswerOutcome) {
        answers[AnswerTable.index(of: outcome)].setBody([], contentType: "application/json")
        if let same = values.firstIndex(where: { $0.expression.text == expression.text }) {
            values[same].outcomes.append(outcome)
        } else {
            values.append(AnswerValue(expression: expression, outcomes: [outcome]))
        }
    }

    private static func index(of outcome: AnswerOutcome) -> Int {
        switch outcome {
        case .stored: 0
        case .duplicate: 1
        case .conflict: 2
        case .ignored: 3
        case .forbidden: 4
        case .quarantined: 5
        case .unauthenticated: 6
        case .unreadable: 7
        case .tooLarge: 8
        case .unavailable: 9
        case .busy: 10
        case .wrongMethod: 11
        case .unsupported: 12
        }
    }

    private static func standardAnswer(to outcome: AnswerOutcome) -> VendorAnswer {
        switch outcome {
        case .stored, .duplicate, .conflict, .ignored, .quarantined:
            return VendorAnswer(status: 200, json: "{\"status\":\"ok\"}")
        // Without a body: the house puts the API's error there, which names the field.
        case .forbidden: return VendorAnswer(status: 403)
        case .unauthenticated: return VendorAnswer(status: 401, json: "{\"status\":\"unauthenticated\"}")
        case .unreadable: return VendorAnswer(status: 400, json: "{\"status\":\"unreadable\"}")
        case .tooLarge: return VendorAnswer(status: 413, json: "{\"status\":\"too large\"}")
        case .unsupported: return VendorAnswer(status: 415, json: "{\"status\":\"unsupported\"}")
        case .unavailable, .busy:
            var answer = VendorAnswer(status: 503, json: "{\"status\":\"try again later\"}")
            answer.headers.append(("retry-after", "5"))
            return answer
        case .wrongMethod:
            var answer = VendorAnswer(status: 405, json: "{\"status\":\"wrong method\"}")
            answer.headers.append(("allow", "POST, PUT"))
            return answer
        }
    }
}
