internal import NIOPosix

/// The threads for what may block, apart by what waits on them: a slow search must not hold up a delivery.
struct WorkThreads: Sendable {
    /// Reading large or compressed bodies.
    let deliveries = NIOThreadPool(numberOfThreads: 2)
    /// Searching the log.
    let searches = NIOThreadPool(numberOfThreads: 2)
    /// Short reads of the store and of files.
    let lookups = NIOThreadPool(numberOfThreads: 2)
    /// Waiting for other servers' answers to tests.
    let probes = NIOThreadPool(numberOfThreads: 1)

    init() {
        for pool in [deliveries, searches, lookups, probes] { pool.start() }
    }

    func stop() async throws {
        for pool in [deliveries, searches, lookups, probes] { try await pool.shutdownGracefully() }
    }
}
