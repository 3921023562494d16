internal import Cryptography
internal import JSON
internal import Mapping

/// The bytes that a signature covers, in parts; those that are not the body's are held here.
struct SignedBytes {
    private enum Part {
        case bytes(UnsafeRawBufferPointer)
        case secret
    }

    private final class HeldBytes {
        let buffer: UnsafeRawBufferPointer

        init(_ bytes: some Collection<UInt8>) {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
            memory.copyBytes(from: bytes)
            buffer = UnsafeRawBufferPointer(rebasing: memory[..<bytes.count])
        }

        deinit { buffer.deallocate() }
    }

    private var parts: [Part] = []
    private var held: [HeldBytes] = []
    /// Whether the request has everything that is signed; what is missing is left out.
    private(set) var isComplete = true

    init(_ signature: RequestSignature, _ sent: SentSignatures, _ evidence: RequestEvidence) {
        for part in signature.message.parts { append(part, signature.place.grammar, sent, evidence) }
    }

    /// Calls `body` with the parts, the secret among them.
    func withBuffers<Result>(secret: [UInt8] = [], _ body: ([UnsafeRawBufferPointer]) -> Result) -> Result {
        withExtendedLifetime(held) {
            secret.withUnsafeBytes { secret in
                body(
                    parts.map {
                        switch $0 {
                        case .bytes(let buffer): buffer
                        case .secret: secret
                        }
                    }
                )
            }
        }
    }

    /// Calls `body` with all parts as one text, copied unless there is only one.
    func withText<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withBuffers { buffers in
            if buffers.count == 1 { return body(buffers[0]) }
            var text: [UInt8] = []
            text.reserveCapacity(buffers.reduce(0) { $0 + $1.count })
            for buffer in buffers { text.append(contentsOf: buffer) }
            return text.withUnsafeBytes { body($0) }
        }
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        let copy = HeldBytes(bytes)
        held.append(copy)
        parts.append(.bytes(copy.buffer))
    }

    private mutating func append(ifThere bytes: [UInt8]?) {
        if let bytes { append(bytes) } else { isComplete = false }
    }

    private mutating func append(
        _ part: SignedMessage.Part,
        _ grammar: SignaturePlace.Grammar,
        _ sent: SentSignatures,
        _ evidence: RequestEvidence
    ) {
        let request = evidence.request
        switch part {
        case .literal(let bytes): append(bytes)
        case .body: parts.append(.bytes(request.body))
        case .bodyDigest: append(Hex.encode(SHA256Hasher.hash(request.body)).utf8)
        case .method: append(request.method.utf8)
        case .url: append(request.publicURL.utf8)
        case .decodedURL: append(SignedBytes.decoded(request.publicURL))
        case .secret: parts.append(.secret)
        case .header(let name): append((request.header(name) ?? "").utf8)
        case .query(let name): append(request.queryValue(name) ?? [])
        case .item(let name): append(ifThere: sent.item(name, grammar))
        case .field(let expression): append(ifThere: evidence.text(of: expression))
        case .members(let names): append(ifThere: SignedBytes.lines(names, evidence))
        case .sortedForm: append(ifThere: SignedBytes.sortedForm(evidence))
        }
    }

    /// Each member that is there as name, line feed, value, line feed; nil when the body is no object or a member holds
    /// other values.
    private static func lines(_ names: [[UInt8]], _ evidence: RequestEvidence) -> [UInt8]? {
        guard let root = evidence.root, root.isObject else { return nil }
        var text: [UInt8] = []
        for name in names {
            guard let value = root.member(name), !value.isNull else { continue }
            guard let line = RequestEvidence.text(value) else { return nil }
            text += name + [0x0A] + line + [0x0A]
        }
        return text
    }

    /// The fields of a form, sorted by name and then value, each as name and value; a field that stands twice counts
    /// once.
    private static func sortedForm(_ evidence: RequestEvidence) -> [UInt8]? {
        guard let form = evidence.form else { return nil }
        let fields = form.map { (name: $0.name, value: $0.value.stringBytes ?? []) }.sorted {
            $0.name == $1.name
                ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        var text: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if index > 0, fields[index - 1].name == field.name, fields[index - 1].value == field.value { continue }
            text += field.name
            text += field.value
        }
        return text
    }

    /// The punctuation whose escapes are decoded: all others stay as they are in the URL.
    private static let decodedPunctuation = Array(":/?@!$'()*,;".utf8)

    private static func decoded(_ url: String) -> [UInt8] {
        let url = Array(url.utf8)
        var text: [UInt8] = []
        text.reserveCapacity(url.count)
        var index = 0
        while index < url.count {
            if url[index] == UInt8(ascii: "%"), index + 2 < url.count,
                let byte = Hex.decode(String(decoding: url[(index + 1)...(index + 2)], as: UTF8.self))?.first,
                decodedPunctuation.contains(byte)
            {
                text.append(byte)
                index += 3
            } else {
                text.append(url[index])
                index += 1
            }
        }
        return text
    }
}
