internal import JSON

/// What a 202 says about where the outcome will be (audit API contract, section 1.4).
struct AcceptedRequest: Equatable {
    /// Letters, digits, `_` and `-` only.
    let id: String
    /// How long the outcome stays available.
    let lifetime: Duration

    /// Reads the envelope; nil when it does not name a request.
    init?(_ answer: Answer) {
        let document = JSONDocument()
        guard (try? document.parse(answer.body)) != nil else { return nil }
        let envelope = document.root
        let result = envelope["result"]
        let located = result?["location"]?.stringValue?.split(separator: "/").last.map(String.init)
        let named = envelope["request_id"]?.stringValue
        guard let id = [named, located].compactMap({ $0 }).first(where: AcceptedRequest.isUsable) else { return nil }
        self.id = id
        let minutes = result?["ttl_mins"]?.integerValue ?? 15
        lifetime = .seconds(60 * min(max(minutes, 1), 24 * 60))
    }

    // The location's host is not used: our token goes to the sink that the operator named, and nowhere else.
    private static func isUsable(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default:
                    false
                }
            }
    }
}
