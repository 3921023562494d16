internal import Gateway
internal import JSON
internal import Mapping

/// How a mapping's work on one record is shown.
enum ExplanationText {
    /// A table for people, with why the record would be set aside above it.
    static func text(of record: MappingPreview.Record) -> String {
        var lines = record.problem.map { ["set aside: \($0)"] } ?? []
        guard let explanation = record.explanation else {
            return (lines + ["the record is no JSON, so no expression read it"]).joined(separator: "\n")
        }
        lines += explanation.lines.map { line in
            let result =
                switch line.result {
                case .success(let value): value
                case .failure(let failure): "failed: \(failure.reason)"
                }
            let read = line.read.map { "\($0.path)=\($0.value)" }.joined(separator: ", ")
            let omitted = line.isOmitted ? " (left out: the schema has no such field)" : ""
            return Output.printable(
                "\(line.name)\(omitted)\n    = \(line.expression)    \(line.place)\n    read \(read.isEmpty ? "nothing" : read)\n    gave \(result)",
                keepsLines: true
            )
        }
        let unread = explanation.unread.isEmpty ? "nothing is left" : explanation.unread.joined(separator: ", ")
        lines.append("nobody read: \(Output.printable(unread))")
        return lines.joined(separator: "\n")
    }

    /// Adds `explanation`, an object for each expression, and `unread` to a record's line.
    static func add(_ explanation: Explanation, to line: inout JSONLine) {
        var texts: [[UInt8]] = []
        for expression in explanation.lines {
            var object = JSONLine()
            object.add("name", .string(expression.name))
            object.add("expression", .string(expression.expression))
            object.add("place", .string(expression.place))
            var read = JSONLine()
            for (path, value) in expression.read { read.add(path, json: Array(value.utf8)) }
            object.add("read", json: read.bytes)
            switch expression.result {
            case .success(let value): object.add("gave", json: Array(value.utf8))
            case .failure(let failure): object.add("failed", .string(failure.reason))
            }
            if expression.isOmitted { object.add("is_omitted", .bool(true)) }
            texts.append(object.bytes)
        }
        line.add("explanation", json: Array("[".utf8) + texts.joined(separator: Array(",".utf8)) + Array("]".utf8))
        line.add("unread", .array(explanation.unread.map { .string($0) }))
    }
}
