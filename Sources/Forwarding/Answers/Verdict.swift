/// What an answer means for the events of its request.
enum Verdict: Equatable {
    /// They are stored.
    case stored
    /// They are accepted; the outcome is to be asked for.
    case accepted
    /// Nothing is known or nothing was stored; the same request may succeed later.
    case later(String)
    /// Our token or our settings are refused, whatever the events are.
    case refused(String)
    /// Something in these events is refused, and will be each time.
    case bad(String)

    init(_ answer: Answer) {
        if let failure = answer.failure {
            self = .later(failure)
            return
        }
        let envelope = answer.body.withUnsafeBytes { EnvelopeStatus(startOf: $0) }
        let name: String? = if case .status(let text) = envelope { text } else { nil }
        let reason = name.map { "HTTP \(answer.status) \($0.prefix(64))" } ?? "HTTP \(answer.status)"
        switch answer.status {
        case 202:
            self = .accepted
        case 200..<300:
            self = Verdict(success: answer, envelope: envelope, reason: reason)
        case 408, 409, 421, 423, 425, 429, 500...:
            self = .later(reason)
        case 403 where name == "ForbiddenFieldValue":
            self = .bad(reason)
        case 400, 422:
            self = Verdict.speaksOfSettings(name, answer) ? .refused(reason) : .bad(reason)
        case 413:
            self = .bad(reason)
        default:
            // Redirects too: events go where the operator said, or nowhere.
            self = .refused(reason)
        }
    }

    /// Clients branch on the envelope's status, not on the HTTP code (audit API contract, section 1.2).
    private init(success answer: Answer, envelope: EnvelopeStatus, reason: String) {
        switch envelope {
        case .notAnObject:
            // A proxy's login page answers 200 as well, and the events would be gone.
            self = answer.body.isEmpty ? .stored : .later("\(reason) with a body that is no answer of the audit API")
        case .missing, .status("Success"):
            self = .stored
        case .status("Accepted"):
            self = .accepted
        case .status("ForbiddenFieldValue"):
            self = .bad(reason)
        case .status("ValidationError"):
            self = Verdict.speaksOfSettings("ValidationError", answer) ? .refused(reason) : .bad(reason)
        case .status(let name):
            self = Verdict.refusals.contains(name) ? .refused(reason) : .later(reason)
        }
    }

    /// Statuses that no other event would change.
    private static let refusals: Set<String> = [
        "Unauthorized", "MissingConfigID", "MissingConfigIDScope", "InvalidSchema", "NoForwarderConfigured",
        "ServiceNotEnabled", "NoCredit", "NotFound",
    ]

    private static func speaksOfSettings(_ name: String?, _ answer: Answer) -> Bool {
        if let name, refusals.contains(name) { return true }
        // The one validation error that is about config_id.
        return name == "ValidationError" && answer.body.prefix(4096).contains("ConfigNotExist".utf8)
    }
}
