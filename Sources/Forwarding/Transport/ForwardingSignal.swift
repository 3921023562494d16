internal import Synchronization

/// What other threads tell the forwarding thread.
final class ForwardingSignal: Sendable {
    let multi: CurlMulti
    private let hasNews = Atomic<Bool>(false)
    private let isAsleep = Atomic<Bool>(false)
    /// The moment to stop at, at the latest; nil while it shall run.
    private let stopping = Mutex<ContinuousClock.Instant?>(nil)

    init(multi: CurlMulti) { self.multi = multi }

    /// Some log has new events; costs two atomic operations unless the thread sleeps for want of them.
    func notifyAppended() {
        hasNews.store(true, ordering: .sequentiallyConsistent)
        guard isAsleep.exchange(false, ordering: .sequentiallyConsistent) else { return }
        multi.wake()
    }

    func stop(until deadline: ContinuousClock.Instant) {
        stopping.withLock { $0 = min($0 ?? deadline, deadline) }
        multi.wake()
    }

    var deadline: ContinuousClock.Instant? { stopping.withLock { $0 } }

    func takeNews() -> Bool { hasNews.exchange(false, ordering: .sequentiallyConsistent) }

    /// From now on news wakes; false when there is news already.
    func fallAsleep() -> Bool {
        isAsleep.store(true, ordering: .sequentiallyConsistent)
        guard hasNews.load(ordering: .sequentiallyConsistent) else { return true }
        isAsleep.store(false, ordering: .sequentiallyConsistent)
        return false
    }

    func wakeUp() { isAsleep.store(false, ordering: .sequentiallyConsistent) }
}
