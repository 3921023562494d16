internal import JMESPath
internal import JSON
internal import Mapping

/// Answers that depend on the delivery, such as those that repeat the vendor's number of the request.
extension DeliveryReader {
    /// The bodies of all such answers, of an empty object when no value could be read.
    func answers(to request: DeliveryRequest, _ source: Source) -> AnswerBodies {
        if source.mapping.mapping.answers.values.isEmpty { return AnswerBodies() }
        if answerVariables.isEmpty { bindAnswers(to: request, source) }
        makeAnswers(from: .object([]), source)
        return answerBodies ?? AnswerBodies()
    }

    /// Keeps what the answers read of the request until the first value is there.
    func bindAnswers(to request: DeliveryRequest, _ source: Source) {
        let values = source.mapping.mapping.answers.values
        if values.isEmpty { return }
        let readsRequest = values.contains { $0.expression.reads("request") }
        answerVariables = [
            ("request", readsRequest ? RequestView(request, source).value : .null),
            ("source", source.variable),
            ("received_at", DeliveryReader.time(request.receivedAt)),
            ("received_ms", .integer(request.receivedAt / 1000)),
        ]
    }

    /// Evaluates the answers of the delivery's first value, once.
    ///
    /// That is before the commit, although they are sent after it: then the body is the writer's. Does nothing for
    /// mappings whose answers are always the same.
    func makeAnswers(from value: JSONValue, _ source: Source) {
        let values = source.mapping.mapping.answers.values
        if values.isEmpty || answerBodies != nil { return }
        var bodies = AnswerBodies()
        for answer in values {
            deliveryEvaluation.reset(root: value)
            for (name, value) in answerVariables { deliveryEvaluation.bind(name, to: value) }
            let body = answer.body(for: value, in: deliveryEvaluation)
            for outcome in answer.outcomes { bodies.bodies.append((outcome, body)) }
        }
        answerBodies = bodies
    }
}
