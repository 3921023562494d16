internal import JMESPath
internal import JSON

extension MappingReader {
    /// The answers of a mapping, the standard ones where it names none.
    func answerTable(_ json: LocatedJSON?) -> AnswerTable {
        var table = AnswerTable.standard
        for entry in entries(json, "'answers'") {
            let names = AnswerOutcome.allCases.map(\.rawValue).filter { $0 != AnswerOutcome.unauthenticated.rawValue }
            if entry.name == AnswerOutcome.unauthenticated.rawValue {
                problem(at: entry.namePosition, "the answer to a wrong secret is always the same 401; leave this out")
            } else if let outcome = AnswerOutcome(rawValue: entry.name) {
                table[outcome] = answer(entry.value, instead: table[outcome])
                if let value = expression(entry.value["value"], "'value'", more: AnswerValue.variables) {
                    table.setValue(value, of: outcome)
                }
                checkPromise(of: table[outcome], to: outcome, at: entry.value)
            } else {
                let cure = nearest(entry.name, among: names).map { "did you mean '\($0)'?" } ?? "known: \(list(names))"
                problem(at: entry.namePosition, "there is no outcome '\(entry.name)'; \(cure)")
            }
        }
        return table
    }

    /// A 2xx says that everything is on disk: none for what was not kept at all.
    private func checkPromise(of answer: VendorAnswer, to outcome: AnswerOutcome, at json: LocatedJSON) {
        let isTryAgain = answer.status == 429 || answer.status >= 500
        switch outcome {
        case .unavailable, .busy:
            guard !isTryAgain else { return }
            problem(json, "nothing was stored then: the answer must be 429 or 5xx, so that the vendor sends it again")
        case .tooLarge, .unsupported, .wrongMethod:
            guard answer.status < 300 else { return }
            problem(json, "nothing of the delivery is kept then: the answer must not be a success")
        case .stored, .duplicate, .conflict, .ignored, .forbidden, .quarantined, .unauthenticated, .unreadable: break
        }
    }

    private func answer(_ json: LocatedJSON, instead standard: VendorAnswer) -> VendorAnswer {
        guard let members = object(json, "an answer", keys: ["status", "headers", "json", "text", "value"]) else {
            return standard
        }
        let status = integer(members["status"], "'status'", in: 200...599) ?? standard.status
        let bodies = ["json", "text", "value"].filter { members[$0] != nil }
        if bodies.count > 1 { problem(json, "an answer has one of 'json', 'text' and 'value'") }
        // Another kind of status makes the standard's own words wrong.
        var answer = status / 100 == standard.status / 100 ? standard : VendorAnswer(status: status)
        answer.status = status
        if status == 204 || status == 304 { answer = VendorAnswer(status: status) }
        if !bodies.isEmpty, status == 204 || status == 304 { problem(json, "an answer \(status) has no body") }
        if let body = members["json"] {
            if body.elements == nil && body.members == nil {
                problem(body, "'json' of an answer is an object or an array as it is sent, not \(body.typeName)")
            }
            var writer = JSONWriter()
            writer.append(canonical: body.json)
            answer.setBody(writer.bytes, contentType: "application/json")
        }
        if let body = members["text"] {
            // An empty text is an answer without a body.
            if let text = body.stringValue {
                answer.setBody(Array(text.utf8), contentType: "text/plain; charset=utf-8")
            } else {
                problem(body, "'text' is a text, not \(body.typeName)")
            }
        }
        for header in entries(members["headers"], "'headers'") {
            let name = LocatedJSON(kind: .string(header.name), position: header.namePosition)
            if let name = headerName(name), let value = text(header.value, "the header '\(name)'") {
                answer.headers.removeAll { $0.name == name }
                answer.headers.append((name, value))
            }
        }
        return answer
    }
}
