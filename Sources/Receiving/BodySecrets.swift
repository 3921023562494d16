internal import JMESPath
internal import JSON
internal import Mapping

/// The secrets and tokens that stand in a source's bodies, which are covered before anything of a body is mapped or kept.
///
/// Each byte becomes a `*`, so that every record stays where it is:
///
///     {"value":[{"clientState":"s3cret-text","id":1}]}
///     {"value":[{"clientState":"***********","id":1}]}
///
/// They are looked for by their text, wherever it stands and however JSON or a form escapes it. A text shorter than 8
/// bytes is covered only where it is a whole value, since it may well be part of something else.
struct BodySecrets: Sendable {
    private static let shortestPart = 8

    private let secrets: [[UInt8]]
    private let tokens: [PlacedExpression]
    private let isForm: Bool
    private let field: String?

    /// Nil when none stands in a body.
    ///
    /// - Parameters:
    ///   - mapping: says where secrets stand.
    ///   - secrets: by name, all that are valid now.
    init?(_ mapping: MappingFile, _ secrets: [String: [[UInt8]]]) {
        let names = mapping.authentication.secretItemKeys
        self.secrets = names.sorted().flatMap { secrets[$0] ?? [] }.filter { !$0.isEmpty }
        tokens = mapping.authentication.tokenItems
        isForm = mapping.framing.format == .form
        field = mapping.framing.field
        if self.secrets.isEmpty && tokens.isEmpty { return nil }
    }

    /// An inflated body without them.
    func covered(_ body: [UInt8], _ reader: DeliveryReader, _ source: Source) -> [UInt8] {
        let texts = secrets + (tokens.isEmpty ? [] : sentTokens(in: body, reader, source))
        var body = body
        // A form whose field holds JSON may come as that JSON alone.
        let isEncoded = isForm && !(body.first == UInt8(ascii: "{") || body.first == UInt8(ascii: "["))
        for text in Set(texts) { BodySecrets.cover(text, in: &body, isForm: isEncoded) }
        return body
    }

    /// The texts at the tokens' places, whether they are tokens or not.
    private func sentTokens(in body: [UInt8], _ reader: DeliveryReader, _ source: Source) -> [[UInt8]] {
        body.withUnsafeBytes { bytes in
            let request = DeliveryRequest(method: "POST", path: "", headers: [], body: bytes, receivedAt: 0)
            let evidence = RequestEvidence(request, reader.decoding(for: source))
            defer { evidence.end() }
            // A short text is no token, and may stand elsewhere with another meaning.
            return tokens.flatMap { evidence.texts(of: $0) }.filter { $0.count >= BodySecrets.shortestPart }
        }
    }

    // MARK: - Looking

    private static func cover(_ text: [UInt8], in body: inout [UInt8], isForm: Bool) {
        // A number has to stay one.
        let isNumber = text.allSatisfy { (0x30...0x39).contains($0) }
        let cover = isNumber ? UInt8(ascii: "1") : UInt8(ascii: "*")
        let escape = isForm ? UInt8(ascii: "%") : UInt8(ascii: "\\")
        let start = isForm && text[0] == 0x20 ? UInt8(ascii: "+") : text[0]
        body.withUnsafeMutableBytes { bytes in
            var index = 0
            while index < bytes.count {
                guard bytes[index] == start || bytes[index] == escape,
                    let end = end(of: text, at: index, in: UnsafeRawBufferPointer(bytes), isForm: isForm),
                    text.count >= shortestPart
                        || isWhole(index..<end, in: UnsafeRawBufferPointer(bytes), isForm: isForm)
                else {
                    index += 1
                    continue
                }
                for place in index..<end { bytes[place] = cover }
                index = end
            }
        }
    }

    private static func isWhole(_ range: Range<Int>, in bytes: UnsafeRawBufferPointer, isForm: Bool) -> Bool {
        let before = range.lowerBound > 0 ? bytes[range.lowerBound - 1] : nil
        let behind = range.upperBound < bytes.count ? bytes[range.upperBound] : nil
        if isForm { return before == UInt8(ascii: "=") && (behind == nil || behind == UInt8(ascii: "&")) }
        return before == UInt8(ascii: "\"") && behind == UInt8(ascii: "\"")
    }

    /// Where a text ends that begins at a place; nil when another one stands there.
    private static func end(
        of text: [UInt8],
        at start: Int,
        in bytes: UnsafeRawBufferPointer,
        isForm: Bool
    ) -> Int? {
        var index = start
        var matched = 0
        while matched < text.count {
            guard index < bytes.count else { return nil }
            if isForm {
                guard let (byte, length) = formByte(at: index, in: bytes), byte == text[matched] else { return nil }
                index += length
                matched += 1
            } else if bytes[index] == UInt8(ascii: "\\") {
                guard let (scalar, length) = escapedScalar(at: index, in: bytes) else { return nil }
                for byte in String(scalar).utf8 {
                    guard matched < text.count, byte == text[matched] else { return nil }
                    matched += 1
                }
                index += length
            } else {
                guard bytes[index] == text[matched] else { return nil }
                index += 1
                matched += 1
            }
        }
        return index
    }

    /// What a byte of a form stands for, and how long it is written.
    private static func formByte(at index: Int, in bytes: UnsafeRawBufferPointer) -> (byte: UInt8, length: Int)? {
        switch bytes[index] {
        case UInt8(ascii: "+"): return (0x20, 1)
        case UInt8(ascii: "%"):
            guard let value = number(at: index + 1, digits: 2, in: bytes) else { return (UInt8(ascii: "%"), 1) }
            return (UInt8(value), 3)
        case let byte: return (byte, 1)
        }
    }

    /// What an escape of a JSON string stands for (RFC 8259, section 7), and how long it is written.
    private static func escapedScalar(
        at index: Int,
        in bytes: UnsafeRawBufferPointer
    ) -> (scalar: Unicode.Scalar, length: Int)? {
        guard index + 1 < bytes.count else { return nil }
        switch bytes[index + 1] {
        case UInt8(ascii: "b"): return ("\u{8}", 2)
        case UInt8(ascii: "f"): return ("\u{C}", 2)
        case UInt8(ascii: "n"): return ("\n", 2)
        case UInt8(ascii: "r"): return ("\r", 2)
        case UInt8(ascii: "t"): return ("\t", 2)
        case UInt8(ascii: "u"):
            guard let unit = number(at: index + 2, digits: 4, in: bytes) else { return nil }
            if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
            guard (0xD800..<0xDC00).contains(unit), index + 7 < bytes.count, bytes[index + 6] == UInt8(ascii: "\\"),
                bytes[index + 7] == UInt8(ascii: "u"), let low = number(at: index + 8, digits: 4, in: bytes),
                (0xDC00..<0xE000).contains(low)
            else { return nil }
            return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)).map { ($0, 12) }
        case let byte: return (Unicode.Scalar(byte), 2)
        }
    }

    private static func number(at index: Int, digits: Int, in bytes: UnsafeRawBufferPointer) -> UInt32? {
        guard index + digits <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[index..<(index + digits)] {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt32((byte | 0x20) - 0x57)
            default: return nil
            }
        }
        return value
    }
}
