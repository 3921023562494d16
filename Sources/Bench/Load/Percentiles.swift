/// Measured values in order, of which shares are asked.
struct Percentiles: Sendable {
    private let sorted: [Int64]

    init(_ values: [Int64]) { sorted = values.sorted() }

    var count: Int { sorted.count }

    /// The smallest value that at least a share of all values does not exceed (nearest rank); 0 without any.
    ///
    /// A share of 0 is the smallest value, 1 the largest.
    func value(at share: Double) -> Int64 {
        guard !sorted.isEmpty else { return 0 }
        let rank = (share * Double(sorted.count)).rounded(.up)
        return sorted[min(max(Int(rank), 1), sorted.count) - 1]
    }
}
