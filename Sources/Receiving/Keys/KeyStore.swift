package import Mapping
internal import Synchronization

/// A thing that has to be fetched before a delivery can be read.
package struct KeyRequest: Sendable {
    package enum Kind: Sendable {
        /// A set of keys (RFC 7517).
        case keySet
        /// An X.509 certificate in PEM, which a delivery names.
        case certificate
    }

    package let kind: Kind
    package let url: String
    /// What the URL's host must match as a whole; nil where the URL is the mapping's own.
    package let host: HostPattern?

    package init(_ kind: Kind, url: String, host: HostPattern? = nil) {
        self.kind = kind
        self.url = url
        self.host = host
    }
}

/// Keys that vendors publish, kept as long as they are used, for all threads.
///
/// A key that is not there is not waited for: ``keys(for:id:at:)`` says what is needed, ``fetch(_:at:completion:)`` gets
/// it, and then the delivery is read again. What was fetched once stays when a later try fails.
package final class KeyStore: Sendable {
    /// Gets a URL's content, and says so once, on any thread.
    package typealias Fetch =
        @Sendable (
            _ request: KeyRequest,
            _ completion: @escaping @Sendable (Result<[UInt8], FetchFailure>) -> Void
        ) -> Void

    package struct FetchFailure: Error, Sendable {
        /// For the operator.
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    enum Finding {
        case found([FetchedKey])
        /// It has to be fetched first.
        case needed(KeyRequest)
        /// There is no such key, as far as was learned lately.
        case unknown
        /// It could not be fetched lately.
        case unavailable(String)
    }

    private struct Name: Hashable {
        let kind: KeyRequest.Kind
        let url: String
        // What one mapping allows is not allowed to another.
        let host: String?

        init(_ request: KeyRequest) {
            kind = request.kind
            url = request.url
            host = request.host?.text
        }
    }

    private struct Entry {
        var keys: [FetchedKey] = []
        var fetchedAt: Int64?
        /// When it was last asked for.
        var triedAt: Int64?
        var isBeingFetched = false
        var failure: String?
        var usedAt: Int64 = 0
        var waiters: [@Sendable () -> Void] = []
    }

    private struct State {
        var entries: [Name: Entry] = [:]
        var waiterCount = 0
    }

    // Microseconds.
    private static let minute: Int64 = 60_000_000
    private static let failurePause: Int64 = 10_000_000
    private static let longestUnchecked: Int64 = 3_600_000_000
    /// Of each kind.
    static let maximumEntries = 64
    /// Deliveries that wait for keys at once.
    static let maximumWaiters = 256

    private let fetch: Fetch?
    private let state = Mutex(State())

    /// - Parameter fetch: nil gets nothing: only what is put in is known.
    package init(fetch: Fetch? = nil) { self.fetch = fetch }

    /// Puts in what stands at a URL.
    package func add(_ request: KeyRequest, content: [UInt8], at now: Int64) throws(FetchFailure) {
        let keys = try FetchedKey.read(content, as: request.kind)
        state.withLock { state in
            state.entries[Name(request)] = Entry(
                keys: keys,
                fetchedAt: now,
                triedAt: now,
                usedAt: now
            )
        }
    }

    /// The keys of a set that may be meant.
    ///
    /// - Parameters:
    ///   - request: the set.
    ///   - id: the key's id in it; nil means all of them.
    ///   - now: in microseconds since 1970.
    /// - Returns: what is known; a set that has not been looked at for an hour is fetched again meanwhile.
    func keys(for request: KeyRequest, id: String?, at now: Int64) -> Finding {
        let (finding, isOld) = state.withLock { state -> (Finding, Bool) in
            let name = Name(request)
            guard var entry = state.entries[name] else { return (missing(nil, request, now), false) }
            entry.usedAt = now
            state.entries[name] = entry
            let keys = entry.keys.filter { (id == nil || $0.id == id) && $0.isValid(at: now) }
            guard keys.isEmpty else {
                let age = KeyStore.age(of: entry.fetchedAt, now)
                let pause = KeyStore.age(of: entry.triedAt, now)
                return (.found(keys), age >= KeyStore.longestUnchecked && pause >= KeyStore.minute)
            }
            return (missing(entry, request, now), false)
        }
        if isOld, fetch != nil { _ = fetch(request, at: now) {} }
        return finding
    }

    /// What to do when none of a set's keys is the one.
    func another(for request: KeyRequest, at now: Int64) -> Finding {
        state.withLock { missing($0.entries[Name(request)], request, now) }
    }

    private func missing(_ entry: Entry?, _ request: KeyRequest, _ now: Int64) -> Finding {
        guard fetch != nil else {
            return entry?.fetchedAt == nil ? .unavailable("keys are not fetched here") : .unknown
        }
        guard let entry, !entry.isBeingFetched else { return .needed(request) }
        // A set that is there is asked for once a minute, so that made-up ids cost its owner nothing.
        let pause = entry.fetchedAt == nil ? KeyStore.failurePause : KeyStore.minute
        guard KeyStore.age(of: entry.triedAt, now) < pause else { return .needed(request) }
        return entry.failure.map { .unavailable($0) } ?? .unknown
    }

    /// A clock that was set back counts as time gone by.
    private static func age(of time: Int64?, _ now: Int64) -> Int64 {
        guard let time else { return .max }
        let age = now.subtractingReportingOverflow(time)
        return age.overflow || age.partialValue < 0 ? .max : age.partialValue
    }

    // MARK: - Fetching

    /// Fetches a thing, or joins those who wait for it.
    ///
    /// - Parameters:
    ///   - request: what ``keys(for:id:at:)`` said is needed.
    ///   - now: in microseconds since 1970.
    ///   - completion: called once, on any thread, whether it was got or not.
    /// - Returns: false when too many wait; then nothing is called.
    package func fetch(_ request: KeyRequest, at now: Int64, completion: @escaping @Sendable () -> Void) -> Bool {
        guard let fetch else { return false }
        let name = Name(request)
        enum Next { case refuse, join, ask }
        let next = state.withLock { state -> Next in
            guard state.waiterCount < KeyStore.maximumWaiters else { return .refuse }
            guard state.entries[name] != nil || KeyStore.makeRoom(for: request.kind, &state) else { return .refuse }
            var entry = state.entries[name] ?? Entry(usedAt: now)
            state.waiterCount += 1
            entry.waiters.append(completion)
            let isFirst = !entry.isBeingFetched
            entry.isBeingFetched = true
            if isFirst { entry.triedAt = now }
            state.entries[name] = entry
            return isFirst ? .ask : .join
        }
        switch next {
        case .refuse: return false
        case .join: return true
        case .ask:
            fetch(request) { [self] result in finish(name, result, at: now) }
            return true
        }
    }

    /// Forgets the one of a kind that was not used for the longest, if there are as many as there may be.
    private static func makeRoom(for kind: KeyRequest.Kind, _ state: inout State) -> Bool {
        let same = state.entries.filter { $0.key.kind == kind }
        guard same.count >= maximumEntries else { return true }
        // Those that never came first: made-up URLs must not drive out what is in use.
        let oldest = same.filter { !$0.value.isBeingFetched }.min {
            ($0.value.fetchedAt == nil ? 0 : 1, $0.value.usedAt) < ($1.value.fetchedAt == nil ? 0 : 1, $1.value.usedAt)
        }
        guard let oldest else { return false }
        state.entries[oldest.key] = nil
        return true
    }

    private func finish(_ name: Name, _ result: Result<[UInt8], FetchFailure>, at now: Int64) {
        let outcome: Result<[FetchedKey], FetchFailure>
        do throws(FetchFailure) {
            outcome = .success(try FetchedKey.read(try result.get(), as: name.kind))
        } catch {
            outcome = .failure(error)
        }
        let waiters = state.withLock { state in
            var entry = state.entries[name] ?? Entry(usedAt: now)
            let waiters = entry.waiters
            entry.waiters = []
            entry.isBeingFetched = false
            switch outcome {
            case .success(let keys):
                entry.keys = keys
                entry.fetchedAt = now
                entry.failure = nil
            case .failure(let failure): entry.failure = failure.reason
            }
            state.entries[name] = entry
            state.waiterCount -= waiters.count
            return waiters
        }
        for waiter in waiters { waiter() }
    }
}
