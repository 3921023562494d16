/// What came back for a request.
struct Answer {
    /// Most bytes of a body that are kept; the rest is read and dropped.
    static let keptBytes = 64 << 10

    /// Why there is no answer, in libcurl's words; nil when there is one.
    var failure: String?
    /// The HTTP status, 0 without an answer.
    var status = 0
    /// The start of the body.
    var body: [UInt8] = []
    /// From `Retry-After`, given in seconds or as a date.
    var retryAfter: Duration?

    /// The start of the body for a person: one kibibyte, control characters as spaces.
    var excerpt: String {
        let text = String(decoding: body.prefix(1024), as: UTF8.self)
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}
