internal import Cryptography
internal import JMESPath
package import JSON
package import Schema

/// How one field of a log's schema gets its value from a record.
// A class for the same reason as PlacedExpression.
package final class FieldProgram: Sendable {
    /// What a field gets when its expression gives nothing.
    package enum Fallback: Sendable {
        case none
        /// `other`: a status is never absent, and `success`, `failure` or `other` whatever the expression gives.
        case other
        /// The value of the action, which a message falls back to.
        case action
    }

    /// The field's position in the schema.
    package let index: Int
    package let field: Field
    /// Nil for a field that only has its fallback, or that is required and that the mapping lacks.
    package let expression: PlacedExpression?
    package let fallback: Fallback
    /// Whether it reads what differs when the same event is sent again.
    package let isVolatile: Bool
    private let tooLong: EventRule.TooLong
    /// Whether it is the kind of event, which must stay distinct when it is cut.
    private let isAction: Bool

    init(
        index: Int,
        field: Field,
        expression: PlacedExpression?,
        fallback: Fallback,
        tooLong: EventRule.TooLong,
        isAction: Bool,
        isVolatile: Bool
    ) {
        self.tooLong = tooLong
        self.isAction = isAction
        self.index = index
        self.field = field
        self.expression = expression
        self.fallback = fallback
        self.isVolatile = isVolatile
    }
}

/// Why a value does not go into its field, in one clause.
package struct ConversionError: Error, Sendable {
    package let message: String
}

/// What became of a field.
package enum FieldOutcome: Sendable {
    case absent
    case written
    /// Written up to the longest text that the schema allows.
    case cut
}

extension FieldProgram {
    /// Writes a value into the event under way.
    @inline(__always)
    package func write(
        _ value: JSONValue,
        to encoder: inout EventEncoder
    ) throws(ConversionError) -> FieldOutcome {
        if value.isAbsent { return .absent }
        switch field.kind {
        case .string, .text, .stringUnindexed: return try writeText(value, to: &encoder)
        case .datetime: return try writeTime(value, to: &encoder)
        case .integer:
            let number = try integer(value)
            encoder.append(field: index) { $0.append(integer: number) }
            return .written
        case .boolean:
            let isTrue = try boolean(value)
            encoder.append(field: index) { isTrue ? $0.append(raw: "true") : $0.append(raw: "false") }
            return .written
        }
    }

    // MARK: - Text

    @inline(__always)
    private func writeText(
        _ value: JSONValue,
        to encoder: inout EventEncoder
    ) throws(ConversionError) -> FieldOutcome {
        let outcome: FieldOutcome? = value.withPlainText { text in
            // No text has more characters than bytes, so most need not be counted.
            if let size = field.size, text.count > size, let cut = cut(text, to: size) {
                if tooLong == .quarantine { return nil }
                encoder.append(field: index) { $0.append(string: cut) }
                return .cut
            }
            encoder.append(field: index) { $0.append(string: text) }
            return .written
        }
        guard let outcome else { throw tooLongError }
        return outcome
    }

    private var tooLongError: ConversionError {
        ConversionError(message: "the text is longer than the \(field.size ?? 0) characters of the field")
    }

    /// The first characters (Unicode scalars) of a text and a mark, `size` together; nil when it is no longer than that.
    ///
    /// The mark is `…`, and for an action `~` and four digits of the text's SHA-256, so that kinds of events that begin
    /// alike stay distinct.
    private func cut(_ text: UnsafeRawBufferPointer, to size: Int) -> [UInt8]? {
        var mark = Array("…".utf8)
        var markLength = 1
        if isAction, size > FieldProgram.digitCount + 1 {
            markLength = FieldProgram.digitCount + 1
            mark = []
        }
        var count = 0
        var end = 0
        for (index, byte) in text.enumerated() where byte & 0xC0 != 0x80 {
            count += 1
            if count == size - markLength + 1 { end = index }
            guard count > size else { continue }
            if mark.isEmpty {
                mark = Array("~".utf8) + Hex.encode(SHA256Hasher.hash(text)).utf8.prefix(FieldProgram.digitCount)
            }
            return [UInt8](text[..<end]) + mark
        }
        return nil
    }

    private static let digitCount = 4

    // MARK: - Other kinds

    private func writeTime(_ value: JSONValue, to encoder: inout EventEncoder) throws(ConversionError) -> FieldOutcome {
        let isTime = value.withStringBytes { text in
            guard Timestamp.isDateTime(text) else { return false }
            encoder.append(field: index) { $0.append(string: text) }
            return true
        }
        guard isTime == true else {
            throw ConversionError(
                message: isTime == nil
                    ? "the date-time field takes text such as time() gives, not \(FieldProgram.kindName(value))"
                    : "the text is no time of RFC 3339; time() reads other forms"
            )
        }
        return .written
    }

    private func integer(_ value: JSONValue) throws(ConversionError) -> Int64 {
        if case .integer(let number) = value { return number }
        if let text = value.stringValue, let number = Int64(text) { return number }
        throw ConversionError(
            message: "the integer field takes a whole number of 64 bits, not \(FieldProgram.kindName(value))"
        )
    }

    private func boolean(_ value: JSONValue) throws(ConversionError) -> Bool {
        if case .bool(let isTrue) = value { return isTrue }
        if let text = value.stringValue, let isTrue = Bool(text) { return isTrue }
        throw ConversionError(message: "the boolean field takes true or false, not \(FieldProgram.kindName(value))")
    }

    private static func kindName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .unsigned, .double: "a number"
        case .text, .string: "other text"
        case .array: "an array"
        case .object: "an object"
        case .node(let node): node.isArray ? "an array" : "an object"
        }
    }
}
