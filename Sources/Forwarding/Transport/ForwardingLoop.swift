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
            while let (handle, code) = signal.multi.nextFinished() {
                let transfer = EasyHandle.owner(of: handle, as: Transfer.self)
                transfer.follower.finished(transfer, code, at: now)
            }
            if let deadline {
                for follower in followers { follower.isStopping = true }
                if now >= deadline || followers.allSatisfy({ $0.isDone(at: now) }) { break }
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
