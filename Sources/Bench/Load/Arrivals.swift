/// How often each event was seen somewhere: at the sink or in the log.
struct Arrivals: Sendable {
    /// Ids beyond it were never given out; they are counted without a place of their own.
    private static let maximumID = 1 << 28

    /// By id; 255 stands for that many and more.
    private var counts: [UInt8] = []
    /// All that was seen.
    private(set) var eventCount = 0
    /// Different ids.
    private(set) var distinctCount = 0
    /// Events that carry no id, or none that was ever given out.
    private(set) var withoutID = 0

    mutating func note(_ id: Int?) {
        eventCount += 1
        guard let id, (1...Self.maximumID).contains(id) else { withoutID += 1; return }
        if id >= counts.count {
            counts.append(contentsOf: repeatElement(0, count: max(id + 1 - counts.count, counts.count)))
        }
        if counts[id] == 0 { distinctCount += 1 }
        if counts[id] < .max { counts[id] += 1 }
    }

    func count(of id: Int) -> Int { counts.indices.contains(id) ? Int(counts[id]) : 0 }

    /// All ids that can have been seen.
    var ids: Range<Int> { 0..<counts.count }
}
