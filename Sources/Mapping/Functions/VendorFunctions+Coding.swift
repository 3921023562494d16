internal import Cryptography
internal import JMESPath
internal import JSON

extension VendorFunctions {
    static let codingFunctions: [Function] = [base64Decode, base64Encode, percentDecode]

    /// `base64_decode(text)`: the text that base 64 of either alphabet stands for; null when it is none or no UTF-8.
    private static let base64Decode = Function(name: "base64_decode", parameters: [.any]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard let bytes = arguments[0].withStringBytes({ Base64.decode($0) }) ?? nil else { return .null }
        return try text(bytes, evaluation)
    }

    /// `base64_encode(text)`: the text's UTF-8 in base 64 with padding.
    private static let base64Encode = Function(name: "base64_encode", parameters: [.string], result: .string) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        try text(Array(Base64.encode(arguments[0].stringBytes ?? []).utf8), evaluation)
    }

    /// `percent_decode(text)`: the text with its `%41` replaced (RFC 3986, section 2.1); `+` stays.
    private static let percentDecode = Function(name: "percent_decode", parameters: [.any]) {
        (evaluation: Evaluation, arguments: Arguments) throws(JMESPathError) -> JSONValue in
        guard let bytes = arguments[0].withStringBytes({ PercentCoding.decode($0, plusIsBlank: false) }) else {
            return .null
        }
        return try text(bytes, evaluation)
    }

    /// A text of ours, or null for bytes that are no UTF-8: nothing else may come into an event.
    private static func text(_ bytes: [UInt8], _ evaluation: Evaluation) throws(JMESPathError) -> JSONValue {
        try evaluation.charge(outputBytes: bytes.count)
        return String(validating: bytes, as: UTF8.self) == nil ? .null : .string(bytes)
    }
}
