package import AuditLog

/// Where one sink is, how it is spoken to, and which log it follows.
package struct SinkOptions: Sendable {
    /// The receiver's route.
    package enum Endpoint: String, Sendable, CaseIterable {
        /// One event a request.
        case log = "/v1/log"
        /// Many events a request.
        case bulk = "/v2/log"
        /// Many events a request; the answer is fetched afterwards.
        case asynchronous = "/v2/log_async"
        /// The vendor's own records instead of the mapped events.
        ///
        /// The body is `{"logs":[…]}` with the records as they came. An event that has no raw record, or one that is no
        /// JSON object, becomes a dead letter.
        case stream = "/v1/log_stream"
    }

    /// Where a sink without a cursor begins.
    package enum Start: Sendable, Equatable {
        case beginning
        /// With what is appended from now on.
        case now
        /// With this sequence, 1 being the first of the log.
        case sequence(UInt64)

        /// The last sequence that counts as done, when the log has so many.
        package func cursor(head: UInt64) -> UInt64 {
            switch self {
            case .beginning: 0
            case .now: head
            case .sequence(let first): max(first, 1) - 1
            }
        }
    }

    /// The operator's name; the cursor is `sink:` and this.
    package var name: String
    package var log: LogID
    /// The log's API name (`pci_…`), which the receiver tells senders apart by.
    package var configurationID: String
    /// `http` or `https`, host, port and maybe a path prefix, such as `https://audit.example.com/gateway`.
    package var url: String
    package var endpoint = Endpoint.bulk
    /// The first is used; when it is refused, the next.
    package var tokens: [BearerToken]
    /// `config_id` in each body, for a token of several configurations at the receiver.
    package var receiverConfigurationID: String?
    package var start = Start.beginning

    /// One request after the other, in the log's order.
    package var isOrdered = false
    /// Requests at once, 1 to 16; 1 when ``isOrdered``.
    package var connections = 4
    /// Most events of a request, 1 to 1000; 1 for ``Endpoint/log``.
    package var batchEvents = 500
    /// Most bytes that the events of a request have together, unless a single one has more; 1 KiB to 16 MiB.
    package var batchBytes = 256 << 10
    /// How long a request waits for more events than there are.
    package var linger = Duration.milliseconds(20)

    package var connectTimeout = Duration.seconds(5)
    /// For a request from its start to the end of its answer.
    package var requestTimeout = Duration.seconds(30)
    /// Longest wait between two tries while the sink fails.
    package var maximumRetryDelay = Duration.seconds(15)
    /// Longest wait between two tries while the sink refuses our token or settings.
    package var maximumPauseDelay = Duration.seconds(60)
    /// How often the outcome of an accepted request is asked for.
    var pollPolicy = RetryPolicy(base: .milliseconds(250), cap: .seconds(5), floor: 1)
    /// PEM file of the authorities that `https` trusts; nil for the system's.
    package var authoritiesFile: String?
    /// HTTP/2 where `https` can negotiate it; for bulk it costs more than HTTP/1.1.
    package var usesHTTP2 = false

    package init(name: String, log: LogID, configurationID: String, url: String, tokens: [BearerToken]) {
        self.name = name
        self.log = log
        self.configurationID = configurationID
        self.url = url
        self.tokens = tokens
    }

    /// The name of its cursor.
    package var follower: String { "sink:\(name)" }

    var requestsAtOnce: Int { isOrdered ? 1 : connections }
    var eventsPerRequest: Int { endpoint == .log ? 1 : batchEvents }

    /// ``url`` without a slash at the end.
    var base: String {
        var text = Substring(url)
        while text.hasSuffix("/") { text = text.dropLast() }
        return String(text)
    }

    func validate() throws(ForwardingError) {
        func check(_ isUsable: Bool, _ message: @autoclosure () -> String) throws(ForwardingError) {
            guard !isUsable else { return }
            throw ForwardingError(code: .unusableOptions, message: "sink '\(name)': \(message())")
        }
        let lower = url.lowercased()
        try check(
            lower.hasPrefix("http://") || lower.hasPrefix("https://"),
            "the url must begin with http:// or https://"
        )
        // Not shown: a url with user and password holds a secret.
        try check(!url.contains("@"), "the url must not hold a user or password; use the token")
        try check(!url.contains { "?# ".contains($0) || $0.isNewline }, "the url must end before its query")
        try check(!tokens.isEmpty && tokens.allSatisfy(\.isUsable), "a token must be visible ASCII without spaces")
        try check((1...16).contains(connections), "connections must be 1 to 16")
        try check((1...1000).contains(batchEvents), "a batch must have 1 to 1000 events")
        try check((1 << 10...16 << 20).contains(batchBytes), "a batch must have 1 KiB to 16 MiB")
        try check(linger >= .zero && linger <= .seconds(60), "linger must be at most 60 s")
        try check(connectTimeout > .zero && requestTimeout > .zero, "timeouts must be above 0")
        try check(!usesHTTP2 || lower.hasPrefix("https://"), "HTTP/2 needs an https:// url")
    }
}
