internal import AuditLog
internal import Foundation

/// Does numbered pieces of work on several threads, and hands their results on one by one, in order.
///
/// A thread that is done with the piece whose turn it is hands it on itself, and those behind it that are ready. Nobody runs
/// far ahead, so that few results wait.
final class OrderedWork<Result: Sendable>: @unchecked Sendable {
    // All that changes is guarded by `condition`.

    private let count: Int
    private let window: Int
    private let condition = NSCondition()
    private var next = 0
    private var handedOn = 0
    private var isHandingOn = false
    private var ready: [Int: Result] = [:]
    private var failure: StoreError?

    private init(count: Int, window: Int) {
        self.count = count
        self.window = window
    }

    /// Runs all pieces; ends early when one fails.
    ///
    /// - Parameters:
    ///   - count: how many pieces, from 0 on.
    ///   - workers: each with what its thread needs.
    ///   - work: does one piece, on any thread.
    ///   - handOn: gets each result; one at a time, in order.
    /// - Throws: the first failure.
    static func run<Worker: Sendable>(
        count: Int,
        workers: [Worker],
        work: @escaping @Sendable (Worker, Int) throws(StoreError) -> Result,
        handOn: @escaping @Sendable (Result) throws(StoreError) -> Void
    ) throws(StoreError) {
        let pieces = OrderedWork(count: count, window: 8 * workers.count)
        if workers.count == 1 || count == 1 {
            pieces.serve(workers[0], work, handOn)
        } else {
            DispatchQueue.concurrentPerform(iterations: workers.count) { pieces.serve(workers[$0], work, handOn) }
        }
        if let failure = pieces.failure { throw failure }
    }

    private func serve<Worker>(
        _ worker: Worker,
        _ work: (Worker, Int) throws(StoreError) -> Result,
        _ handOn: (Result) throws(StoreError) -> Void
    ) {
        while let piece = take() {
            do throws(StoreError) {
                let result = try work(worker, piece)
                put(result, of: piece)
                while let result = nextInOrder() {
                    try handOn(result)
                    advance()
                }
            } catch {
                fail(error)
            }
        }
    }

    private func take() -> Int? {
        condition.withLock {
            while failure == nil, next < count, next - handedOn >= window { condition.wait() }
            guard failure == nil, next < count else { return nil }
            next += 1
            return next - 1
        }
    }

    private func put(_ result: Result, of piece: Int) { condition.withLock { ready[piece] = result } }

    private func nextInOrder() -> Result? {
        condition.withLock {
            guard failure == nil, !isHandingOn, let result = ready.removeValue(forKey: handedOn) else { return nil }
            isHandingOn = true
            return result
        }
    }

    private func advance() {
        condition.withLock {
            isHandingOn = false
            handedOn += 1
            condition.broadcast()
        }
    }

    private func fail(_ error: StoreError) {
        condition.withLock {
            failure = failure ?? error
            condition.broadcast()
        }
    }
}
