internal import JSON
internal import Mapping

/// Bodies that are no JSON by themselves.
extension DeliveryReader {
    /// Reads a form: its fields as one record, or the JSON that stands in one of them.
    func readForm(_ whole: Chunk, field: String?, _ source: Source) throws(BodyProblem) {
        let fields = PercentCoding.pairs(whole.text)
        guard let field else { return try map(.object(fields), whole, source) }
        // A form never begins so: several vendors let the operator choose between a form and JSON.
        let first = whole.text.first
        if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return try readField(whole, field, source) }
        guard let value = JSONValue.object(fields).member(Array(field.utf8)), let text = value.stringBytes else {
            throw .unreadable("the form has no field '\(field)'")
        }
        let result: Result<Void, BodyProblem> = text.withUnsafeBytes { bytes in
            do throws(BodyProblem) {
                return .success(try readField(Chunk(whole, decoded: bytes), field, source))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func readField(_ chunk: Chunk, _ field: String, _ source: Source) throws(BodyProblem) {
        do throws(JSONError) {
            try document.parse(chunk.text)
        } catch {
            throw .unreadable("the form field '\(field)' is no JSON: \(error.message)")
        }
        try map(document.root, chunk, source)
    }

    /// Reads plain lines, each a record of its own.
    func readText(_ body: UnsafeRawBufferPointer, _ range: Range<Int>, _ source: Source) throws(BodyProblem) {
        let scanner = BorderScanner(bytes: body)
        var rest = range
        while let line = nextLine(&rest, body) {
            if scanner.trimmed(line).isEmpty { continue }
            let end = body[line.upperBound - 1] == UInt8(ascii: "\r") ? line.upperBound - 1 : line.upperBound
            let chunk = Chunk(body, line.lowerBound..<end)
            let text = [UInt8](chunk.text)
            if String(validating: text, as: UTF8.self) == nil {
                try setAside(chunk.range, Patch(range: chunk.range, reason: "the line is no UTF-8"), source)
            } else {
                try map(.object([JSONMember("line", .string(text))]), chunk, source)
            }
        }
        guard progress.hasReadable else { throw .unreadable("nothing in the body is UTF-8") }
    }
}
