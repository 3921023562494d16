internal import Cryptography
internal import JMESPath
internal import JSON

extension VendorFunctions {
    static let textFunctions: [Function] = [json, parseJSON, hash]

    /// `json(value)`: the value as canonical JSON text.
    private static let json = Function(name: "json", parameters: [.any], result: .string) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        let length = try evaluation.checkTextLength(of: arguments[0])
        var writer = JSONWriter()
        // Some more for escapes and long numbers, so that it rarely grows.
        writer.bytes.reserveCapacity(length + length >> 3)
        writer.append(canonical: arguments[0])
        try evaluation.charge(outputBytes: writer.bytes.count)
        return .string(writer.bytes)
    }

    /// `parse_json(text)`: the value that the text is, null when it is no JSON text.
    private static let parseJSON = Function(name: "parse_json", parameters: [.any]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        var result: JSONValue?
        var failure: JMESPathError?
        arguments[0].withStringBytes { text in
            do throws(JMESPathError) { result = try evaluation.parse(text) } catch { failure = error }
        }
        if let failure { throw failure }
        return result ?? .null
    }

    /// `hash(value)`: SHA-256, in hex, of a text's bytes or of any other value's canonical JSON.
    private static let hash = Function(name: "hash", parameters: [.any], result: .string) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        // The text that is hashed is built but not kept: its length is limited, and reading it takes steps.
        try evaluation.checkTextLength(of: arguments[0])
        var length = 0
        let digest =
            arguments[0].isNull
            ? SHA256Hasher.hash(Array("null".utf8))
            : arguments[0].withPlainText { text in
                length = text.count
                return SHA256Hasher.hash(text)
            }
        try evaluation.charge(steps: length >> 5)
        var text: [UInt8] = []
        Hex.append(digest, to: &text)
        try evaluation.charge(outputBytes: text.count)
        return .string(text)
    }
}
