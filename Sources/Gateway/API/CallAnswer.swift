internal import AuditLog
internal import Cryptography
internal import HTTPTypes
internal import JSON
internal import Schema

/// The `status` of the API's envelope and the HTTP code that goes with it (audit API contract, section 1.2).
enum APIStatus: String, Sendable {
    case success = "Success"
    case accepted = "Accepted"
    case treeNotFound = "TreeNotFound"
    case validationError = "ValidationError"
    case badOffset = "BadOffset"
    case forwardingError = "ForwardingError"
    case noForwarderConfigured = "NoForwarderConfigured"
    case invalidSchema = "InvalidSchema"
    case forbiddenFieldValue = "ForbiddenFieldValue"
    case unauthorized = "Unauthorized"
    case notFound = "NotFound"
    case missingConfigID = "MissingConfigID"
    case tooManyRequests = "TooManyRequests"
    case serviceNotAvailable = "ServiceNotAvailable"
    case failed = "Failed"
    case internalError = "InternalError"

    var httpStatus: HTTPResponse.Status {
        switch self {
        case .success, .treeNotFound: .ok
        case .accepted: .accepted
        case .validationError, .badOffset, .invalidSchema, .missingConfigID, .forwardingError, .noForwarderConfigured,
            .failed:
            .badRequest
        case .unauthorized: .unauthorized
        case .forbiddenFieldValue: .forbidden
        case .notFound: .notFound
        case .tooManyRequests: .tooManyRequests
        case .serviceNotAvailable: .serviceUnavailable
        case .internalError: .internalServerError
        }
    }
}

/// One answer of the API, before it is written into its envelope.
struct CallAnswer: Sendable {
    var status: APIStatus
    var summary: String
    /// The `result` member as JSON text; nil is `null`.
    var result: [UInt8]?
    /// Instead of the status's own code.
    var httpStatus: HTTPResponse.Status?
    /// Seconds after which to try again.
    var retryAfter: Int?

    static let unauthorized = CallAnswer(status: .unauthorized, summary: "Not authorized to access this resource")
    static let notFound = CallAnswer(status: .notFound, summary: "Request not found")

    static func problems(_ problems: [APIProblem], httpStatus: HTTPResponse.Status? = nil) -> CallAnswer {
        CallAnswer(
            status: .validationError,
            summary: "There were \(problems.count) field(s) with errors",
            result: errors(problems),
            httpStatus: httpStatus
        )
    }

    /// `{"errors":[…]}` as in section 1.3.
    static func errors(_ problems: [APIProblem]) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(raw: "{\"errors\":[")
        for (index, problem) in problems.enumerated() {
            if index > 0 { writer.append(byte: UInt8(ascii: ",")) }
            writer.append(raw: "{\"code\":")
            writer.append(string: problem.code.rawValue)
            writer.append(raw: ",\"detail\":")
            writer.append(string: problem.detail)
            writer.append(raw: ",\"source\":")
            writer.append(string: problem.source)
            writer.append(raw: "}")
        }
        writer.append(raw: "]}")
        return writer.bytes
    }

    /// What the store's error means for a client.
    static func unavailable(_ error: StoreError) -> CallAnswer {
        switch error.code {
        case .full, .locked, .busy, .inputOutput, .flushFailed, .unusable:
            CallAnswer(
                status: .serviceNotAvailable,
                summary: "The event could not be stored; nothing was accepted. Try again later.",
                retryAfter: 1
            )
        }
    }
}

/// One call of the API: its id and when it came, which every answer repeats.
struct APICall: Sendable {
    let requestID: String
    /// Microseconds since 1970.
    let startedAt: Int64

    init(now: Int64, requestID: String? = nil) {
        self.requestID = requestID ?? SecureRandom.token(prefix: "prq_", characters: 32)
        startedAt = now
    }

    /// The envelope's bytes: exactly six members (section 1.1).
    func envelope(_ answer: CallAnswer, now: Int64) -> [UInt8] {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(256 + (answer.result?.count ?? 0))
        writer.append(raw: "{\"request_id\":\"")
        writer.append(raw: Array(requestID.utf8))
        writer.append(raw: "\",\"request_time\":\"")
        Timestamp.append(microseconds: startedAt, to: &writer.bytes)
        writer.append(raw: "\",\"response_time\":\"")
        Timestamp.append(microseconds: now, to: &writer.bytes)
        writer.append(raw: "\",\"status\":\"")
        writer.append(raw: Array(answer.status.rawValue.utf8))
        writer.append(raw: "\",\"summary\":")
        writer.append(string: answer.summary)
        writer.append(raw: ",\"result\":")
        if let result = answer.result { writer.append(raw: result) } else { writer.append(raw: "null") }
        writer.append(raw: "}")
        return writer.bytes
    }

    func fields(_ answer: CallAnswer) -> HTTPFields {
        var fields = HTTPFields()
        fields[.contentType] = "application/json"
        fields[.xRequestID] = requestID
        if let seconds = answer.retryAfter { fields[.retryAfter] = String(seconds) }
        return fields
    }

    func expressResponse(_ answer: CallAnswer, now: Int64) -> ExpressResponse {
        var headers = [("content-type", "application/json"), ("x-request-id", requestID)]
        if let seconds = answer.retryAfter { headers.append(("retry-after", String(seconds))) }
        return ExpressResponse(
            status: (answer.httpStatus ?? answer.status.httpStatus).code,
            headers: headers,
            body: envelope(answer, now: now)
        )
    }
}

extension HTTPField.Name {
    static let xRequestID = HTTPField.Name(known: "x-request-id")

    /// A name that is known to be well formed.
    private init(known name: String) {
        guard let field = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no header name") }
        self = field
    }
}
