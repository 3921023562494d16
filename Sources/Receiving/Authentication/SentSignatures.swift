internal import Cryptography
internal import JSON
internal import Mapping

/// The signatures that came with a request, as bytes.
struct SentSignatures {
    /// Those of the version that the rule wants and that can be decoded, in order.
    let values: [[UInt8]]
    /// The texts that they stood in, for other items there.
    private let texts: [[UInt8]]

    /// - Parameters:
    ///   - signature: where they stand.
    ///   - evidence: the request.
    ///   - maximumCount: how many are taken; what comes behind them is not looked at.
    init(_ signature: RequestSignature, _ evidence: RequestEvidence, maximumCount: Int) {
        texts = SentSignatures.texts(signature.place.position, evidence)
        var values: [[UInt8]] = []
        for text in texts {
            signature.place.grammar.forEachSignature(in: text) { text in
                if let value = SentSignatures.decode(text, signature.encoding) { values.append(value) }
                return values.count < maximumCount
            }
        }
        self.values = values
    }

    /// Whether one of the signatures is a code, in a time that does not tell which.
    func contains(_ code: [UInt8]) -> Bool {
        var isKnown = false
        // Nothing is compared too: no signature must take as long as a wrong one.
        for value in values.isEmpty ? [[]] : values where isEqualInConstantTime(value, code) { isKnown = true }
        return isKnown
    }

    /// The first value of an item that stands with the signatures.
    func item(_ name: [UInt8], _ grammar: SignaturePlace.Grammar) -> [UInt8]? {
        guard case .pairs(_, let separator) = grammar else { return nil }
        for text in texts {
            var found: ArraySlice<UInt8>?
            SignaturePlace.Grammar.forEachPair(in: text, separator) { key, value in
                if key.elementsEqual(name) { found = value }
                return found == nil
            }
            if let found { return Array(found) }
        }
        return nil
    }

    /// The texts at a place, at most 128.
    private static func texts(_ position: SignaturePlace.Position, _ evidence: RequestEvidence) -> [[UInt8]] {
        let headers = evidence.request.headers
        switch position {
        case .headers(let names):
            return headers.lazy.filter { names.contains($0.name) }.prefix(128).map { Array($0.value.utf8) }
        case .numbered(let start):
            return headers.lazy.filter { isNumbered($0.name, start) }.prefix(128).map { Array($0.value.utf8) }
        case .query(let name): return [evidence.request.queryValue(name)].compactMap { $0 }
        case .field(let expression): return [evidence.text(of: expression)].compactMap { $0 }
        }
    }

    private static func isNumbered(_ name: String, _ start: String) -> Bool {
        guard name.utf8.starts(with: start.utf8) else { return false }
        let digits = name.utf8.dropFirst(start.utf8.count)
        return (1...4).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func decode(_ text: ArraySlice<UInt8>, _ encoding: RequestSignature.Encoding) -> [UInt8]? {
        guard !text.isEmpty else { return nil }
        return text.withUnsafeBytes {
            switch encoding {
            case .hex: Hex.decode($0)
            case .base64: Base64.decode($0)
            case .either: Hex.decode($0) ?? Base64.decode($0)
            }
        }
    }
}

extension SignaturePlace.Grammar {
    /// Calls `body` with each text that should be a signature until it answers false; other versions are passed over.
    func forEachSignature(in text: [UInt8], _ body: (ArraySlice<UInt8>) -> Bool) {
        switch self {
        case .whole: _ = body(text[...])
        case .prefix(let prefix): if text.starts(with: prefix) { _ = body(text[prefix.count...]) }
        case .pairs(let name, let separator):
            SignaturePlace.Grammar.forEachPair(in: text, separator) { key, value in
                key.elementsEqual(name) ? body(value) : true
            }
        case .list(let version):
            SignaturePlace.Grammar.forEachPiece(of: text, 0x20) { entry in
                guard let comma = entry.firstIndex(of: UInt8(ascii: ",")), entry[..<comma].elementsEqual(version)
                else { return true }
                return body(entry[(comma + 1)...])
            }
        }
    }

    /// Calls `body` with each name and value of `a=1,b=2` until it answers false, without the blanks around them.
    static func forEachPair(
        in text: [UInt8],
        _ separator: UInt8,
        _ body: (ArraySlice<UInt8>, ArraySlice<UInt8>) -> Bool
    ) {
        forEachPiece(of: text, separator) { piece in
            guard let equals = piece.firstIndex(of: UInt8(ascii: "=")) else { return true }
            return body(trimmed(piece[..<equals]), trimmed(piece[(equals + 1)...]))
        }
    }

    /// Calls `body` with what stands between separators, one after the other, until it answers false.
    private static func forEachPiece(of text: [UInt8], _ separator: UInt8, _ body: (ArraySlice<UInt8>) -> Bool) {
        var rest = text[...]
        while !rest.isEmpty {
            let end = rest.firstIndex(of: separator) ?? rest.endIndex
            guard body(rest[..<end]) else { return }
            rest = rest[min(end + 1, rest.endIndex)...]
        }
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop { $0 == 0x20 || $0 == 0x09 }
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }
}
