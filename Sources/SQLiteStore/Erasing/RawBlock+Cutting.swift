extension RawBlock.Delivery {
    /// The delivery without some ranges of its body.
    ///
    /// Records that overlap them are gone with them; of those that remain the places move. Without any record left, nobody
    /// asks for the rest of the delivery either.
    ///
    /// - Parameter ranges: of the body, in any order.
    /// - Returns: nil when no record is left.
    func cutting(_ ranges: [Range<Int>]) -> RawBlock.Delivery? {
        let cuts = RawBlock.Delivery.merged(ranges)
        guard !cuts.isEmpty else { return self }
        let kept = records.filter { record in !cuts.contains { $0.overlaps(record.range) } }
        guard !kept.isEmpty else { return nil }
        var copy = self
        copy.body = []
        copy.body.reserveCapacity(body.count)
        var start = 0
        for cut in cuts {
            copy.body += body[start..<cut.lowerBound]
            start = cut.upperBound
        }
        copy.body += body[start...]
        copy.records = kept.map { record in
            let moved = cuts.prefix { $0.upperBound <= record.range.lowerBound }.reduce(0) { $0 + $1.count }
            return RawBlock.Record(
                sequence: record.sequence,
                range: record.range.lowerBound - moved..<record.range.upperBound - moved
            )
        }
        return copy
    }

    /// The ranges in order, those that touch as one, without empty ones.
    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}

extension RawBlock {
    /// Cuts out the records of some events.
    ///
    /// - Returns: whether there were any.
    mutating func remove(_ sequences: Set<UInt64>) -> Bool {
        var hasChanged = false
        deliveries = deliveries.compactMap { delivery in
            let ranges = delivery.records.filter { sequences.contains($0.sequence) }.map(\.range)
            guard !ranges.isEmpty else { return delivery }
            hasChanged = true
            // An empty record leaves no text, but its place names the event.
            let cut = delivery.cutting(ranges)
            guard var cut else { return nil }
            cut.records.removeAll { sequences.contains($0.sequence) }
            return cut.records.isEmpty ? nil : cut
        }
        return hasChanged
    }
}
