/// The `status` of an answer's envelope (audit API contract, section 1.1).
enum EnvelopeStatus: Equatable {
    /// The first byte that is no white space begins no object.
    case notAnObject
    /// An object without a status, or one that ended before it.
    case missing
    case status(String)

    init(of answer: [UInt8]) {
        var reader = EnvelopeReader()
        answer.withUnsafeBytes { reader.read($0) }
        self = reader.status
    }
}
