package func devGenerator(_ batch: Int, seconds: Double) throws {
    let server = try LoopServer(ReadingHandler())
    let plan = LoadPlan(port: server.port, authorization: "Bearer x", connections: 32, eventsPerRequest: batch, duration: seconds)
    let g = try LoadGenerator(plan, payload: Payload(), ledger: Ledger())
    let f = try g.run()
    let cpu = server.stop()
    print(batch, f.requestsPerSecond, f.latency.value(at: 0.5) / 1000, f.latency.value(at: 0.99) / 1000, "gen us/req", f.processorSeconds / Double(f.requests) * 1e6, "srv us/req", cpu / Double(f.requests) * 1e6, f.failures)
}
package func devServer() throws -> UInt16 { let s = try LoopServer(ReadingHandler()); keep = s; return s.port }
nonisolated(unsafe) private var keep: LoopServer?
