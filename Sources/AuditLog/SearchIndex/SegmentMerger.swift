/// The buckets of a segment, read from its first to its last.
package protocol SegmentStream: AnyObject {
    /// The next bucket's content, which is valid until the next call; nil when it is damaged or cannot be read.
    func nextBucket() -> UnsafeRawBufferPointer?
}

/// Makes one segment of several that follow each other, bucket by bucket, so that memory is needed for one of them.
package struct SegmentMerger<Stream: SegmentStream> {
    private let inputs: [(header: SegmentHeader, stream: Stream)]
    private let first: UInt64
    private let lists = PlaceLists()

    /// - Parameter inputs: ascending, each beginning where the one before ends, of one log and schema.
    package init(_ inputs: [(header: SegmentHeader, stream: Stream)]) {
        self.inputs = inputs
        first = inputs.first?.header.sequences.lowerBound ?? 1
    }

    /// Writes the buckets.
    ///
    /// - Returns: the position of an input that is damaged, and then the buckets are of no use.
    package func run(_ output: SegmentOutput) throws(StoreError) -> Int? {
        for _ in 0..<FieldTerms.bucketCount {
            for index in inputs.indices {
                guard let bucket = inputs[index].stream.nextBucket(), collect(bucket, ofInput: index) else {
                    return index
                }
            }
            lists.write(to: output.bytes)
            try output.endBucket()
        }
        for _ in 0..<(inputs.first?.header.fieldCount ?? 0) {
            var classes = ValueClasses()
            for index in inputs.indices {
                guard let bucket = inputs[index].stream.nextBucket(), collect(bucket, ofInput: index, into: &classes)
                else { return index }
            }
            classes.append(to: output.bytes)
            try output.endBucket()
        }
        return nil
    }

    private func collect(_ bucket: UnsafeRawBufferPointer, ofInput index: Int) -> Bool {
        if bucket.isEmpty { return true }
        let header = inputs[index].header
        let base = Int(header.sequences.lowerBound - first)
        let count = header.eventCount
        return BucketEntry.forEach(bucket) { slot, list in
            PostingList.forEachRange(list, below: count) { range in
                lists.append(base + range.lowerBound..<base + range.upperBound, toSlot: slot)
            }
        }
    }

    private func collect(
        _ bucket: UnsafeRawBufferPointer,
        ofInput index: Int,
        into classes: inout ValueClasses
    ) -> Bool {
        guard ValueClasses.areKnown(bucket) else {
            classes.giveUp()
            return bucket.first == 0
        }
        let header = inputs[index].header
        let base = Int(header.sequences.lowerBound - first)
        let count = header.eventCount
        return ValueClasses.forEach(bucket) { hash, list in
            classes.insert(hash) { places in
                PostingList.forEachRange(list, below: count) { range in
                    for place in range { places.append(UInt16(truncatingIfNeeded: base + place)) }
                }
            }
        }
    }
}

/// The places of each slot of one bucket.
private final class PlaceLists {
    private struct List {
        var places: UnsafeMutablePointer<UInt16>?
        var count = 0
        var capacity = 0
    }

    private let lists: UnsafeMutableBufferPointer<List>

    init() {
        lists = .allocate(capacity: FieldTerms.slotsPerBucket)
        lists.initialize(repeating: List())
    }

    deinit {
        for list in lists { list.places?.deallocate() }
        lists.deallocate()
    }

    @inline(__always)
    func append(_ range: Range<Int>, toSlot slot: Int) {
        if lists[slot].capacity - lists[slot].count < range.count { grow(slot, range.count) }
        guard let places = lists[slot].places else { return }
        var count = lists[slot].count
        for place in range {
            places[count] = UInt16(truncatingIfNeeded: place)
            count += 1
        }
        lists[slot].count = count
    }

    private func grow(_ slot: Int, _ more: Int) {
        let list = lists[slot]
        let capacity = max(16, 2 * list.capacity, list.count + more)
        let grown = UnsafeMutablePointer<UInt16>.allocate(capacity: capacity)
        if let places = list.places {
            grown.update(from: places, count: list.count)
            places.deallocate()
        }
        lists[slot] = List(places: grown, count: list.count, capacity: capacity)
    }

    /// Appends a bucket of all lists, and empties them.
    func write(to content: GrowingBytes) {
        for slot in lists.indices where lists[slot].count > 0 {
            let list = lists[slot]
            content.reserve(1)
            content.append(UInt8(truncatingIfNeeded: slot))
            PostingList.append(UnsafeBufferPointer(start: list.places, count: list.count), to: content)
            lists[slot].count = 0
            // One bucket of places that all events have must not make every later one as large.
            if list.capacity > 4096 {
                list.places?.deallocate()
                lists[slot] = List()
            }
        }
    }
}
