internal import Synchronization

/// When a token was used last.
///
/// Noted at most once a second, so that threads that serve one token do not take a line of memory from each other.
final class TokenUse: Sendable {
    private static let step: Int64 = 1_000_000

    private let time: Atomic<Int64>

    /// - Parameter time: microseconds since 1970, 0 for never.
    init(_ time: Int64 = 0) { self.time = Atomic(time) }

    /// Microseconds since 1970; nil for never.
    var last: Int64? {
        let time = time.load(ordering: .relaxed)
        return time == 0 ? nil : time
    }

    @inline(__always)
    func note(_ now: Int64) {
        guard now - time.load(ordering: .relaxed) >= TokenUse.step else { return }
        time.store(now, ordering: .relaxed)
    }
}
