/// What came back for a request.
struct Answer {
    /// Most bytes of a body that are kept; the rest is read and dropped.
    static let keptBytes = 64 << 10

    /// Why there is no answer, in libcurl's words; nil when there is one.
    let failure: String?
    /// The HTTP status, 0 without an answer.
    let status: Int
    /// The start of the body.
    let body: [UInt8]
    /// What the whole body says, also behind ``body``.
    let envelope: EnvelopeStatus
    /// From `Retry-After`, given in seconds or as a date.
    let retryAfter: Duration?
    /// The sink's tokens: a sink may echo the one that it refuses, and nobody may read it in our log.
    private let tokens: [BearerToken]

    init(failure: String) {
        self.failure = failure
        status = 0
        body = []
        envelope = .notAnObject
        retryAfter = nil
        tokens = []
    }

    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - body: the start of the body.
    ///   - envelope: what was found in all of the body; nil looks for it in `body`.
    ///   - retryAfter: what the sink asked for.
    ///   - tokens: what is not to be shown.
    init(
        status: Int,
        body: [UInt8] = [],
        envelope: EnvelopeStatus? = nil,
        retryAfter: Duration? = nil,
        tokens: [BearerToken] = []
    ) {
        failure = nil
        self.status = status
        self.body = body
        self.envelope = envelope ?? EnvelopeStatus(of: body)
        self.retryAfter = retryAfter
        self.tokens = tokens
    }

    /// The start of the body for a person: one kibibyte, control characters as spaces, tokens as `•••`.
    var excerpt: String { shown(body, atMost: 1024) }

    /// The start of something that the sink said, for a person.
    func shown(_ bytes: [UInt8], atMost limit: Int) -> String {
        var shown: [UInt8] = []
        var index = 0
        while index < min(limit, bytes.count) {
            // A token that begins before the limit is found whole, so that no half of one is left over.
            if let end = tokens.compactMap({ $0.end(in: bytes, from: index) }).max() {
                shown += "•••".utf8
                index = end
            } else {
                shown.append(bytes[index] < 0x20 ? UInt8(ascii: " ") : bytes[index])
                index += 1
            }
        }
        return String(decoding: shown, as: UTF8.self)
    }
}
