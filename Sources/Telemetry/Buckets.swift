/// The upper bounds of a histogram's buckets, ascending, without the last one that takes everything.
package struct Buckets: Sendable {
    /// What one observation is.
    package enum Unit: Sendable {
        /// Observed in nanoseconds, written in seconds.
        case seconds
        /// A number of things.
        case count

        /// How many units of observation make one unit of the text.
        var scale: Double {
            switch self {
            case .seconds: 1e9
            case .count: 1
            }
        }
    }

    package let unit: Unit
    /// In nanoseconds or in things.
    package let bounds: [UInt64]

    /// The most bounds a histogram may have: its counters lie inline in its object.
    package static let maximumCount = 15

    private init(unit: Unit, bounds: [UInt64]) {
        precondition(bounds.count <= Self.maximumCount, "\(bounds.count) buckets; at most \(Self.maximumCount)")
        self.unit = unit
        self.bounds = bounds
    }

    private static func microseconds(_ bounds: [UInt64]) -> Buckets {
        Buckets(unit: .seconds, bounds: bounds.map { $0 * 1000 })
    }

    /// From 0.5 ms to 10 s: an accepted delivery takes a commit, which is about 1 ms.
    static let requestDurations = microseconds([
        500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        10_000_000,
    ])

    /// From 0.1 ms, less than any disk's fsync, to 2.5 s.
    static let commitDurations = microseconds([
        100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    ])

    /// From one event to a commit's usual bound of 1,000, and beyond for one large request.
    static let commitEvents = Buckets(unit: .count, bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000])
}
