internal import Glibc

/// One fresh gateway with a sink behind it, from its start to what it left in its store.
final class GatewayTrial {
    private let sink = AuditSink()
    private let server: LoopServer
    private let gateway: GatewayProcess
    private let options: Options
    private let payload: Payload
    private var ledger = Ledger()

    init(_ options: Options, executable: String, folder: String, payload: Payload) throws(BenchError) {
        self.options = options
        self.payload = payload
        server = try LoopServer(sink)
        gateway = try GatewayProcess(
            executable: executable,
            folder: folder,
            configuration: GatewayConfiguration(
                port: try Loopback.freePort(),
                sinkPort: server.port,
                mappings: options.mappings
            )
        )
    }

    /// Ends gateway and sink, whatever they are doing.
    func end() {
        gateway.kill()
        server.stop()
    }

    /// Runs one load and looks at everything it left behind.
    func measure(
        _ part: Part,
        title: String,
        eventsPerRequest: Int,
        rate: Double?
    ) throws(BenchError) -> ScenarioFigures {
        try gateway.start()
        try gateway.waitUntilReady()
        pause(milliseconds: 200)
        let idle = ProcessUsage(of: gateway.id) ?? ProcessUsage()
        // What happens once in a process's life is not counted.
        _ = try load(eventsPerRequest, rate: rate, seconds: 0.3)
        _ = try drain()

        let before = ProcessUsage(of: gateway.id) ?? ProcessUsage()
        let distinctBefore = sink.distinctCount
        let start = Nanoseconds.now()
        let figures = try load(eventsPerRequest, rate: rate, seconds: options.seconds)
        let isDrained = try drain()
        let after = ProcessUsage(of: gateway.id) ?? ProcessUsage()
        // Room for a second arrival of something.
        pause(milliseconds: 300)
        let peak = ProcessUsage(of: gateway.id) ?? after
        gateway.stop()
        let received = sink.received

        var result = ScenarioFigures(
            part: part,
            title: title,
            eventsPerRequest: eventsPerRequest,
            requestedRate: rate,
            sink: Verification(ledger, received.arrivals),
            log: Verification(ledger, try Arrivals(storeAt: gateway.storePath))
        )
        result.load = figures
        result.isDrained = isDrained
        let seconds = Double(received.lastArrival - start) / Double(Nanoseconds.second)
        let forwarded = received.arrivals.distinctCount - distinctBefore
        result.forwardedPerSecond = seconds > 0 ? Double(forwarded) / seconds : 0
        result.processorSeconds = after.processorSeconds - before.processorSeconds
        result.writtenBytes = after.writtenBytes - before.writtenBytes
        result.idleBytes = idle.residentBytes
        result.peakBytes = peak.peakResidentBytes
        return result
    }

    /// Kills the gateway under load, starts it again at once, and looks at what was kept.
    ///
    /// - Parameter round: 0 and up; each strikes at another moment.
    /// - Returns: what was acknowledged against what the log and the sink have.
    /// - Throws: ``BenchError``.
    func kill(round: Int) throws(BenchError) -> KillFigures {
        try gateway.start()
        try gateway.waitUntilReady()
        let seconds = max(options.seconds, 2)
        // From 0.3 of the load to 0.6, always another place.
        let share = 0.3 + 0.3 * (Double(round) * 0.618).truncatingRemainder(dividingBy: 1)
        let gateway = gateway
        let figures = try load(10, rate: nil, seconds: seconds) { generator in
            generator.disturbance = (
                Int64(share * seconds * Double(Nanoseconds.second)),
                { () throws(BenchError) in
                    gateway.kill()
                    try gateway.start()
                }
            )
        }
        try gateway.waitUntilReady()
        let isDrained = try drain()
        pause(milliseconds: 500)
        gateway.stop()
        var result = KillFigures(
            round: round + 1,
            sink: Verification(ledger, sink.received.arrivals),
            log: Verification(ledger, try Arrivals(storeAt: gateway.storePath))
        )
        result.load = figures
        result.isDrained = isDrained
        return result
    }

    private func load(
        _ eventsPerRequest: Int,
        rate: Double?,
        seconds: Double,
        prepare: (LoadGenerator) -> Void = { _ in }
    ) throws(BenchError) -> LoadFigures {
        let plan = LoadPlan(
            port: gateway.port,
            authorization: GatewayConfiguration.authorization,
            connections: options.connections,
            eventsPerRequest: eventsPerRequest,
            requestsPerSecond: rate,
            duration: seconds
        )
        let generator = try LoadGenerator(plan, payload: payload, ledger: ledger)
        prepare(generator)
        let figures = try generator.run()
        ledger = generator.ledger
        try Interruption.check()
        try gateway.requireRunning()
        return figures
    }

    /// Waits until the sink has as many different events as were acknowledged: false when nothing new came for ten
    /// seconds, or it took more than two minutes.
    private func drain() throws(BenchError) -> Bool {
        let start = Nanoseconds.now()
        var last = (count: -1, at: start)
        while true {
            let count = sink.distinctCount
            if count >= ledger.acknowledgedCount { return true }
            let now = Nanoseconds.now()
            if count != last.count { last = (count, now) }
            if now - last.at > 10 * Nanoseconds.second || now - start > 120 * Nanoseconds.second { return false }
            try Interruption.check()
            try gateway.requireRunning()
            pause(milliseconds: 5)
        }
    }
}
