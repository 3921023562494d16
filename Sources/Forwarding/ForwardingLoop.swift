internal import Synchronization

/// What other threads tell the forwarding thread.
final class ForwardingSignal: Sendable {
    let multi: CurlMulti
    private let hasNews = Atomic<Bool>(false)
    private let isAsleep = Atomic<Bool>(false)
    /// The moment to stop at, at the latest; nil while it shall run.
    private let stopping = Mutex<ContinuousClock.Instant?>(nil)

    init(multi: CurlMulti) { self.multi = multi }

    /// Some log has new events. Costs two atomic operations unless the thread sleeps for want of events.
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

/// The forwarding thread's work: one poll loop for all sinks.
struct ForwardingLoop {
    let followers: [Follower]
    let signal: ForwardingSignal

    func run() {
        let clock = ContinuousClock()
        while true {
            let deadline = signal.deadline
            if signal.takeNews() { for follower in followers { follower.noteAppended() } }
            signal.multi.perform()
            let now = clock.now
            while let (transfer, code) = signal.multi.nextFinished() {
                transfer.follower.finished(transfer, code, at: now)
            }
            if let deadline {
                for follower in followers { follower.isStopping = true }
                if now >= deadline || followers.allSatisfy(\.isDone) { break }
            }
            var wait = Follower.Wait(until: min(deadline ?? now + .seconds(60), now + .seconds(60)))
            for follower in followers { follower.step(at: now, &wait) }
            if wait.needsEvents && !signal.fallAsleep() { continue }
            // Rounded up: a poll that ends just before its moment would only be followed by another.
            let pause = wait.until - clock.now + .microseconds(999)
            signal.multi.poll(milliseconds: Int32(pause.wholeMilliseconds))
            signal.wakeUp()
        }
        for follower in followers { follower.close() }
    }
}
