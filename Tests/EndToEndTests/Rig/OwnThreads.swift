import Foundation
import Testing

/// Runs tests that block on threads of their own, two at a time, instead of on Swift's.
///
/// The tests here wait for sockets and processes. On the shared threads they would hold up every other test of the run.
final class OwnThreads: TaskExecutor {
    static let shared = OwnThreads(count: 2)

    // Every access holds the condition's lock.
    private final class Queue: @unchecked Sendable {
        let condition = NSCondition()
        var jobs: [UnownedJob] = []
    }

    private let queue = Queue()

    private init(count: Int) {
        for _ in 0..<count {
            let thread = Thread { [self] in
                while true { next().runSynchronously(on: asUnownedTaskExecutor()) }
            }
            // Debug builds of a parser that goes deep need more than the default.
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.condition.withLock {
            queue.jobs.append(job)
            queue.condition.signal()
        }
    }

    private func next() -> UnownedJob {
        queue.condition.withLock {
            while queue.jobs.isEmpty { queue.condition.wait() }
            return queue.jobs.removeFirst()
        }
    }
}

/// Puts each test of a suite onto ``OwnThreads``.
struct OnOwnThreads: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func scopeProvider(for test: Test, testCase: Test.Case?) -> OnOwnThreads? { testCase == nil ? nil : self }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(OwnThreads.shared) { try await function() }
    }
}

extension Trait where Self == OnOwnThreads {
    static var onOwnThreads: OnOwnThreads { OnOwnThreads() }
}
