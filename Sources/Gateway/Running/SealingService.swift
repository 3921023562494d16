internal import AuditLog
internal import Logging
internal import Merkle
internal import ServiceLifecycle

/// Publishes each log's root and signs its checkpoints when their time has come.
struct SealingService: Service {
    /// What one log wants.
    struct Plan: Sendable {
        let log: ServedLog
        let publishInterval: Duration
        let signer: CheckpointSigner
    }

    let plans: [Plan]
    let checkpointInterval: Duration
    let store: any LogStore
    let writer: GroupCommit
    let logger: Logger

    /// Until a log that could not be sealed is tried again.
    private static let retryInterval = Duration.seconds(5)

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for plan in plans { group.addTask { await run(plan) } }
        }
    }

    private func run(_ plan: Plan) async {
        let clock = ContinuousClock()
        var nextPublication = clock.now + untilPublication(plan)
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            let closes = clock.now >= nextPublication
            let isDone = await seal(plan, closesBuffer: closes)
            if closes { nextPublication = clock.now + (isDone ? plan.publishInterval : SealingService.retryInterval) }
            let interval = isDone ? checkpointInterval : max(checkpointInterval, SealingService.retryInterval)
            let pause = min(interval, clock.now.duration(to: nextPublication))
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: max(pause, .milliseconds(10))) }
        }
    }

    /// A restart does not put off what was due: the time counts from the last root.
    private func untilPublication(_ plan: Plan) -> Duration {
        guard let root = try? store.publishedRoot(of: plan.log.id, size: nil) else { return plan.publishInterval }
        let elapsed = Duration.microseconds(max(0, WallClock.now() - root.publishedAt))
        return max(.zero, plan.publishInterval - elapsed)
    }

    private func seal(_ plan: Plan, closesBuffer: Bool) async -> Bool {
        let request = SealRequest(log: plan.log.id, closesBuffer: closesBuffer, signer: plan.signer)
        do {
            let outcome = try await writer.seal(request)
            if let root = outcome.root {
                logger.info(
                    "A root was published",
                    metadata: ["log": "\(plan.log.name)", "tree_size": "\(root.size)", "root": "\(root.hash.hex)"]
                )
            }
            return true
        } catch {
            // While it stops, or while nothing can be stored at all, which is told elsewhere.
            if (error as? StoreError)?.code == .unusable {
                logger.error("A log could not be sealed", metadata: ["log": "\(plan.log.name)", "error": "\(error)"])
            }
            return false
        }
    }
}

extension GroupCommit {
    /// Publishes or signs a log's tree, and returns when that is on disk.
    func seal(_ request: SealRequest) async throws -> SealOutcome {
        try await withCheckedThrowingContinuation { continuation in
            seal(request) { continuation.resume(with: $0) }
        }
    }
}
