internal import Cryptography

/// Why nothing can be read of a body.
enum BodyProblem: Error, Equatable {
    /// A coding that the gateway does not know.
    case unsupported(String)
    case tooLarge(String)
    case unreadable(String)
}

/// Takes the content coding from a body.
enum ContentCoding {
    /// The body as text, copied.
    ///
    /// Gzip is told by its first two bytes, which no JSON has: some vendors compress without saying so, and some proxies
    /// inflate without saying so.
    ///
    /// - Parameters:
    ///   - body: as it was received.
    ///   - coding: the value of `content-encoding`.
    ///   - limit: most bytes that the text may have.
    /// - Returns: the text.
    /// - Throws: what is wrong with the coding or the length.
    static func decode(
        _ body: UnsafeRawBufferPointer,
        coding: String?,
        limit: Int
    ) throws(BodyProblem) -> [UInt8] {
        if let coding, !coding.isEmpty {
            switch coding.lowercased() {
            case "gzip", "x-gzip", "identity": break
            default: throw .unsupported("the content coding '\(coding.prefix(40))' is not supported; send gzip or none")
            }
        }
        guard Gzip.isGzip(body) else {
            guard body.count <= limit else { throw .tooLarge("the body has \(body.count) bytes; \(limit) are allowed") }
            return [UInt8](body)
        }
        do throws(CompressionError) {
            return try Gzip.inflate(body, limit: limit)
        } catch {
            throw error.code == .limitExceeded ? .tooLarge(error.message) : .unreadable(error.message)
        }
    }
}
