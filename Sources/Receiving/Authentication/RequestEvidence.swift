internal import Cryptography
internal import JMESPath
internal import JSON
internal import Mapping

/// A request while it is authenticated, with what the rules ask of its body.
///
/// The body is inflated and parsed when a rule first asks for a part of it, and only once. Whatever is wrong with it, or
/// with an expression over it, is no value, and a rule without its value does not believe the request.
final class RequestEvidence {
    /// What the body is decoded with.
    struct Decoding {
        /// Memory that is used again; nobody else may use it until the request is authenticated.
        let document: JSONDocument
        let evaluation: Evaluation
        let framing: FramingRule
        let limits: DeliveryLimits
    }

    /// Most fields of a form that is signed field by field; a form with more is not believed.
    static let maximumFieldCount = 10_000

    let request: DeliveryRequest
    private let decoding: Decoding?
    // Nil until it was asked for.
    private var parsed: JSONValue??
    private var formMembers: [JSONMember]??

    /// - Parameters:
    ///   - request: must outlive this object.
    ///   - decoding: nil when no rule asks for a part of the body.
    init(_ request: DeliveryRequest, _ decoding: Decoding? = nil) {
        self.request = request
        self.decoding = decoding
    }

    /// Forgets what was parsed, whose memory is about to be used for something else.
    func end() {
        if case .some(.some) = parsed { decoding?.evaluation.reset(root: .null) }
        parsed = .some(nil)
    }

    // MARK: - The decoded body

    /// The decoded body; nil when it cannot be read.
    var root: JSONValue? {
        if let parsed { return parsed }
        let value = parse()
        parsed = .some(value)
        if let decoding, let value {
            decoding.evaluation.maximumSteps = decoding.limits.mappingSteps
            decoding.evaluation.maximumOutputBytes = decoding.limits.mappingOutputBytes
            decoding.evaluation.reset(root: value)
        }
        return value
    }

    /// What an expression gives; nil when there is no body, the evaluation fails or its budget is used up.
    func value(of expression: PlacedExpression) -> JSONValue? {
        guard let decoding, let root else { return nil }
        do throws(JMESPathError) {
            return try expression.evaluate(root, in: decoding.evaluation)
        } catch {
            return nil
        }
    }

    /// The plain text of what an expression gives; nil also for null and for what holds other values.
    func text(of expression: PlacedExpression) -> [UInt8]? { value(of: expression).flatMap(RequestEvidence.text) }

    /// The plain texts of the value or of each element of the array that an expression gives; empty when there is none
    /// or one of them is no text, and when there are more than a delivery may have records.
    func texts(of expression: PlacedExpression) -> [[UInt8]] {
        guard let decoding, let value = value(of: expression) else { return [] }
        if value.isArray, (value.count ?? 0) > decoding.limits.maximumRecords { return [] }
        let values = value.elements ?? [value]
        let texts = values.compactMap(RequestEvidence.text)
        return texts.count == values.count ? texts : []
    }

    /// The plain text of a value that holds no others; nil for null.
    static func text(_ value: JSONValue) -> [UInt8]? {
        guard !value.isNull, !value.isArray, !value.isObject else { return nil }
        return value.plainText
    }

    private func parse() -> JSONValue? {
        guard let decoding else { return nil }
        if decoding.framing.format == .form {
            guard let field = decoding.framing.field else { return form.map { .object($0) } }
            return withText { text in
                // The JSON of the field alone, as the framing takes it too, is a form of that field.
                guard text.first == UInt8(ascii: "{") || text.first == UInt8(ascii: "[") else {
                    return form.map { .object($0) }
                }
                return .object([JSONMember(field, .string(Array(text)))])
            }
        }
        return withText { text in
            // A byte order mark is passed over (RFC 8259, section 8.1).
            let start = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            do throws(JSONError) {
                try decoding.document.parse(UnsafeRawBufferPointer(rebasing: text[start...]))
                return decoding.document.root
            } catch {
                return nil
            }
        }
    }

    // MARK: - The form

    /// The body's fields as those of a form, in order; nil when there are too many.
    var form: [JSONMember]? {
        if let formMembers { return formMembers }
        let members: [JSONMember]? = withText { text in
            // Counted first: a member costs many times the one or two bytes that it may have in the body.
            let count = text.reduce(1) { $1 == UInt8(ascii: "&") ? $0 + 1 : $0 }
            return count > RequestEvidence.maximumFieldCount ? nil : PercentCoding.pairs(text)
        }
        formMembers = .some(members)
        return members
    }

    /// Calls `body` with the inflated body; nil when it cannot be inflated within the source's limit.
    private func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result?) -> Result? {
        guard let decoding else { return nil }
        let limit = decoding.limits.maximumBodyBytes
        guard Gzip.isGzip(request.body) else { return request.body.count <= limit ? body(request.body) : nil }
        do throws(CompressionError) {
            return try Gzip.inflate(request.body, limit: limit).withUnsafeBytes { body($0) }
        } catch {
            return nil
        }
    }
}
