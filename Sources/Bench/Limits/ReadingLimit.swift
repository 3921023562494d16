/// How fast the same load is answered by a server that reads each body and does nothing with it.
struct ReadingLimit: Sendable {
    let eventsPerRequest: Int
    let requestsPerSecond: Double
    /// What the server used, in seconds for a million events.
    let processorSecondsPerMillion: Double

    var eventsPerSecond: Double { requestsPerSecond * Double(eventsPerRequest) }

    static func measure(
        eventsPerRequest: Int,
        connections: Int,
        seconds: Double,
        payload: Payload
    ) throws(BenchError) -> ReadingLimit {
        let server = try LoopServer(ReadingHandler())
        defer { server.stop() }
        let plan = LoadPlan(
            port: server.port,
            authorization: GatewayConfiguration.authorization,
            connections: connections,
            eventsPerRequest: eventsPerRequest,
            duration: seconds
        )
        let figures = try LoadGenerator(plan, payload: payload, ledger: Ledger()).run()
        try Interruption.check()
        let used = server.stop()
        return ReadingLimit(
            eventsPerRequest: eventsPerRequest,
            requestsPerSecond: figures.requestsPerSecond,
            processorSecondsPerMillion: figures.events > 0 ? used / Double(figures.events) * 1e6 : 0
        )
    }
}
