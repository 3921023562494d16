internal import Glibc
internal import Synchronization

private let wasInterrupted = Atomic<Bool>(false)

/// SIGINT and SIGTERM, turned into a flag that every loop looks at, so that what was started is stopped again.
enum Interruption {
    static var isRequested: Bool { wasInterrupted.load(ordering: .relaxed) }

    static func check() throws(BenchError) {
        if isRequested { throw .interrupted }
    }

    /// Runs a piece of work with both signals caught, and puts back what caught them before.
    static func catching<Result>(_ work: () throws(BenchError) -> Result) throws(BenchError) -> Result {
        wasInterrupted.store(false, ordering: .relaxed)
        let handler: @convention(c) (Int32) -> Void = { _ in wasInterrupted.store(true, ordering: .relaxed) }
        let previousInterrupt = signal(SIGINT, handler)
        let previousTermination = signal(SIGTERM, handler)
        defer {
            signal(SIGINT, previousInterrupt)
            signal(SIGTERM, previousTermination)
        }
        return try work()
    }
}
