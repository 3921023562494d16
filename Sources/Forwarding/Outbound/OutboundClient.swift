internal import Foundation
package import Mapping
internal import Synchronization

/// Fetches small things on behalf of deliveries: keys, certificates, confirmations.
///
/// A delivery may choose the URL, so everything about it is suspected: no redirect is followed, the host has to match the
/// mapping's pattern, the address is checked when it is connected to (``OutboundPolicy``), and time, size and number are
/// limited. All runs on one thread of its own.
package final class OutboundClient: Sendable {
    /// Called once, on any thread.
    package typealias Completion = @Sendable (Result<OutboundReply, OutboundError>) -> Void

    private enum Phase { case ready, running, stopping, ended }

    private struct State {
        var phase = Phase.ready
        var waiting: [OutboundJob] = []
        var stopped: [CheckedContinuation<Void, Never>] = []
    }

    private let policy: OutboundPolicy
    private let multi: CurlMulti
    private let state = Mutex(State())

    package init(policy: OutboundPolicy) throws(ForwardingError) {
        self.policy = policy
        multi = try CurlMulti()
    }

    /// Asks for a URL.
    ///
    /// - Parameters:
    ///   - url: of a web server.
    ///   - host: what its host must match as a whole; nil where the URL is the operator's own.
    ///   - completion: gets the answer whatever its status.
    package func get(_ url: String, host: HostPattern?, completion: @escaping Completion) {
        let job: OutboundJob
        do throws(OutboundError) {
            job = OutboundJob(url: try checked(url, host), latest: .now + policy.maximumWait, completion: completion)
        } catch {
            return completion(.failure(error))
        }
        let refusal = state.withLock { state -> OutboundError? in
            switch state.phase {
            case .ready, .running: break
            case .stopping, .ended: return .stopped
            }
            guard state.waiting.count < policy.maximumWaiting else { return .busy }
            state.waiting.append(job)
            return nil
        }
        if let refusal { return completion(.failure(refusal)) }
        multi.wake()
    }

    private func checked(_ url: String, _ pattern: HostPattern?) throws(OutboundError) -> OutboundURL {
        let url = try OutboundURL(url)
        if let pattern, !pattern.matches(url.host) {
            throw OutboundError(
                code: .forbiddenHost,
                message: "the host '\(url.host)' is none of those that the mapping allows"
            )
        }
        guard url.isEncrypted || policy.mayBePlain(host: url.host) else {
            throw OutboundError(
                code: .forbiddenAddress,
                message: "'\(url.host)' would be asked without encryption; use https or name it in outbound.allow"
            )
        }
        return url
    }

    // MARK: - Running

    /// Starts the thread; what was asked before waits for it.
    package func start() {
        let isFirst = state.withLock { state in
            guard state.phase == .ready else { return false }
            state.phase = .running
            return true
        }
        guard isFirst else { return }
        Thread { [self] in
            Thread.current.name = "outbound"
            run()
        }.start()
    }

    /// Gives up whatever is under way and ends the thread.
    package func stop() async {
        await withCheckedContinuation { continuation in
            let jobs = state.withLock { state -> [OutboundJob]? in
                switch state.phase {
                case .running, .stopping:
                    state.phase = .stopping
                    state.stopped.append(continuation)
                    return nil
                case .ready, .ended:
                    state.phase = .ended
                    defer { state.waiting = [] }
                    return state.waiting
                }
            }
            guard let jobs else { return multi.wake() }
            for job in jobs { job.completion(.failure(.stopped)) }
            continuation.resume()
        }
    }

    private func run() {
        var transfers: [UnsafeMutableRawPointer: OutboundTransfer] = [:]
        while true {
            let (jobs, late, isStopping) = takeJobs(beside: transfers.count)
            for job in late { job.completion(.failure(.busy)) }
            if isStopping { break }
            for job in jobs {
                do throws(OutboundError) {
                    let transfer = try OutboundTransfer(job, policy)
                    transfers[transfer.handle] = transfer
                    multi.add(transfer.handle)
                } catch {
                    job.completion(.failure(error))
                }
            }
            multi.perform()
            var hasFinished = false
            while let (handle, code) = multi.nextFinished() {
                multi.remove(handle)
                transfers.removeValue(forKey: handle)?.finish(code)
                hasFinished = true
            }
            // Another may have waited for its place.
            if !hasFinished { multi.poll(milliseconds: 60_000) }
        }
        for transfer in transfers.values {
            multi.remove(transfer.handle)
            transfer.giveUp()
        }
        end()
    }

    /// What is to be asked now, and what has waited for too long: all places are given back within the time of one
    /// request, so that nobody waits for longer than both limits together.
    private func takeJobs(beside busy: Int) -> (jobs: [OutboundJob], late: [OutboundJob], isStopping: Bool) {
        state.withLock { state in
            guard state.phase == .running else { return ([], [], true) }
            let now = ContinuousClock.now
            let late = Array(state.waiting.prefix { $0.latest < now })
            state.waiting.removeFirst(late.count)
            let count = min(state.waiting.count, policy.connections - busy)
            let jobs = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return (jobs, late, false)
        }
    }

    private func end() {
        let (jobs, waiters) = state.withLock { state in
            state.phase = .ended
            defer { (state.waiting, state.stopped) = ([], []) }
            return (state.waiting, state.stopped)
        }
        for job in jobs { job.completion(.failure(.stopped)) }
        for waiter in waiters { waiter.resume() }
    }
}

/// A request that was accepted: it gets one answer.
struct OutboundJob: Sendable {
    let url: OutboundURL
    /// When it has to be under way.
    let latest: ContinuousClock.Instant
    let completion: OutboundClient.Completion
}

extension OutboundError {
    static let busy = OutboundError(code: .busy, message: "too many requests of the gateway's own wait")
    static let stopped = OutboundError(code: .stopped, message: "the gateway stops")
}
