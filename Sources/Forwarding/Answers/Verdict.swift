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
    /// The request is refused, maybe by a proxy and maybe for its size: a part of it may pass, and an event that is
    /// alone in it is not to blame.
    case unclear(String)

    init(_ answer: Answer) {
        if let failure = answer.failure {
            self = .later(failure)
            return
        }
        let name: String? = if case .status(let text) = answer.envelope { text } else { nil }
        let reason =
            name.map { "HTTP \(answer.status) \(answer.shown(Array($0.utf8), atMost: 64))" } ?? "HTTP \(answer.status)"
        switch answer.status {
        case 202:
            self = .accepted
        case 200..<300:
            self = Verdict(success: answer, reason: reason)
        case 408, 409, 421, 423, 425, 429, 500...:
            self = .later(reason)
        case 403 where name == "ForbiddenFieldValue":
            self = .bad(reason)
        case 400, 413, 422:
            guard let name else {
                self = .unclear(reason)
                return
            }
            self = Verdict.speaksOfSettings(name, answer) ? .refused(reason) : .bad(reason)
        case 414, 431:
            // Our idempotency key is the only line that grows with the events.
            self = .unclear(reason)
        default:
            // Redirects too: events go where the operator said, or nowhere.
            self = .refused(reason)
        }
    }

    /// Clients branch on the envelope's status, not on the HTTP code (audit API contract, section 1.2).
    private init(success answer: Answer, reason: String) {
        switch answer.envelope {
        case .notAnObject, .missing:
            // A proxy's login page answers 200 as well, a health check `{}`, and the events would be gone. The audit
            // API's own answers always have a status (section 1.1).
            self = .later("\(reason) with a body that is no answer of the audit API")
        case .status("Success"):
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

    private static func speaksOfSettings(_ name: String, _ answer: Answer) -> Bool {
        if refusals.contains(name) { return true }
        // The one validation error that is about config_id.
        return name == "ValidationError" && hasCode("ConfigNotExist", in: answer.body.prefix(4096))
    }

    /// Whether an error has this code: the member, for the word alone may come out of an event's text that is quoted.
    private static func hasCode(_ code: String, in body: ArraySlice<UInt8>) -> Bool {
        let value = Array("\"\(code)\"".utf8)
        var rest = body
        while let name = rest.firstRange(of: Array("\"code\"".utf8)) {
            rest = rest[name.upperBound...]
            let colon = rest.drop(while: isSpace)
            if colon.first == UInt8(ascii: ":"), colon.dropFirst().drop(while: isSpace).starts(with: value) {
                return true
            }
        }
        return false
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
}
