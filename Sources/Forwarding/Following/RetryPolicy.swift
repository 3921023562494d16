/// How long to wait before the next try: exponential, with an upper limit, spread by chance.
struct RetryPolicy: Sendable {
    /// Longest wait after the first failure.
    let base: Duration
    let cap: Duration
    /// The part of the wait that chance does not touch, 0 to 1; 0 is "full jitter".
    let floor: Double

    init(base: Duration, cap: Duration, floor: Double = 0) {
        self.base = base
        self.cap = cap
        self.floor = floor
    }

    /// The wait after some failures in a row.
    ///
    /// - Parameters:
    ///   - failures: how often it failed in a row, from 1.
    ///   - chance: 0 to 1.
    /// - Returns: at most ``cap``.
    func delay(after failures: Int, chance: Double) -> Duration {
        // Beyond 2^20 any base is above any cap.
        let doublings = min(max(failures, 1) - 1, 20)
        let ceiling = min(base * (1 << doublings), cap)
        return ceiling * (floor + (1 - floor) * chance)
    }
}
