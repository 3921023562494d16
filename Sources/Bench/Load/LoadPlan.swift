/// What is sent to a gateway, and how fast.
struct LoadPlan {
    var port: UInt16
    var path = "/in/auth0"
    /// The value of the `Authorization` header.
    var authorization: String
    var connections: Int
    var eventsPerRequest: Int
    /// Requests a second that become due whatever the answers do; nil when each connection waits for its answer and
    /// sends the next request at once.
    var requestsPerSecond: Double?
    /// For how long requests are begun.
    var duration: Double
    /// How many requests repeat an acknowledged one byte by byte, of 1.
    var replayShare = 0.2

    /// A request's head up to the length of its body.
    var head: [UInt8] {
        Array(
            """
            POST \(path) HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            User-Agent: audit-gateway-bench\r
            Content-Type: application/json\r
            Authorization: \(authorization)\r
            Content-Length:\u{20}
            """.utf8
        )
    }
}

/// How a load went.
struct LoadFigures: Sendable {
    /// From the first request to the last answer, in seconds.
    var seconds = 0.0
    /// Answered with 2xx, repeats included.
    var requests = 0
    /// Events in them.
    var events = 0
    /// Answered with another status, by status.
    var refused: [Int: Int] = [:]
    /// Not answered: the connection broke, or the time was over.
    var unanswered = 0
    /// Of requests answered with 2xx, in nanoseconds.
    var latency = Percentiles([])
    /// What the generator used of the processor, in seconds.
    var processorSeconds = 0.0

    var requestsPerSecond: Double { seconds > 0 ? Double(requests) / seconds : 0 }
    var eventsPerSecond: Double { seconds > 0 ? Double(events) / seconds : 0 }
    var failures: Int { unanswered + refused.values.reduce(0, +) }
}
