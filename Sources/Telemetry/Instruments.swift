import Synchronization

/// A number that only rises; any thread may raise it without a lock.
package final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    init() {}

    /// Adds `amount`, which is not negative.
    @inline(__always)
    package func increment(by amount: Int = 1) {
        count.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    package var value: UInt64 { count.load(ordering: .relaxed) }
}

/// A number that rises and falls; any thread may set it without a lock.
///
/// A double, which counts whole numbers exactly up to 2^53.
package final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    init() {}

    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    package func set(_ value: Int) { set(Double(value)) }

    /// Adds `amount`, which may be negative.
    package func add(_ amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let (isExchanged, found) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if isExchanged { return }
            old = found
        }
    }

    package func add(_ amount: Int) { add(Double(amount)) }

    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// How often observations fell into each bucket, and their sum; any thread may add one without a lock.
///
/// A reader in between may see the bucket of an observation and not yet its share of the sum.
package final class Histogram: Sendable {
    let buckets: Buckets
    /// One counter a bound and, at `bounds.count`, the one for all that lies above; the rest is unused.
    private let counts: InlineArray<16, Atomic<UInt64>>
    private let total = Atomic<UInt64>(0)

    init(_ buckets: Buckets) {
        self.buckets = buckets
        counts = InlineArray { _ in Atomic(0) }
    }

    /// One observation of a time; a negative one, from a clock that stepped back, counts as 0.
    package func observe(_ duration: Duration) {
        // A hundred years and more fit into 64 bits of nanoseconds; nothing the process measures lasts as long.
        let (seconds, attoseconds) = min(max(duration, .zero), .seconds(1 << 32)).components
        add(UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000))
    }

    /// One observation of a time in seconds.
    package func observe(seconds: Double) {
        // Not max(), which keeps NaN.
        let nanoseconds = min(seconds > 0 ? seconds : 0, 0x1p32) * 1e9
        add(UInt64(nanoseconds.rounded()))
    }

    /// One observation of a number of things, which is not negative.
    package func observe(count: Int) { add(UInt64(clamping: count)) }

    private func add(_ value: UInt64) {
        var index = 0
        // A dozen bounds: going through them costs less than a search, and most observations are small.
        while index < buckets.bounds.count, value > buckets.bounds[index] { index += 1 }
        counts[index].wrappingAdd(1, ordering: .relaxed)
        total.wrappingAdd(value, ordering: .relaxed)
    }

    /// What was observed so far.
    struct Reading {
        /// Observations at or below each bound, then all of them.
        let cumulativeCounts: [UInt64]
        /// In the unit of the text.
        let sum: Double
    }

    var reading: Reading {
        var cumulative: UInt64 = 0
        let cumulativeCounts = (0...buckets.bounds.count).map { index in
            cumulative += counts[index].load(ordering: .relaxed)
            return cumulative
        }
        return Reading(
            cumulativeCounts: cumulativeCounts,
            sum: Double(total.load(ordering: .relaxed)) / buckets.unit.scale
        )
    }
}
