/// Asks one segment which of its events may match a plan, or must.
struct SegmentSearch {
    /// Answers a question with a value's class: whether the events of some places, which all have the same value, match;
    /// nil when none of them can be read any more.
    typealias Judge = (SearchLookup, UInt64, [Int]) throws(StoreError) -> Bool?

    private let segment: any SearchSegment
    private let judge: Judge
    private var buffer: [UInt8] = []
    /// What was read of the fields' values; nil in it for a field whose values the segment does not know.
    private var fields: [Int: Classes?] = [:]
    /// Whether the segment could not be read, so that its answers are of no use.
    private(set) var isDamaged = false

    /// How many events of a class are tried until one is still there.
    private static let maximumSamples = 8

    init(_ segment: any SearchSegment, judge: @escaping Judge) {
        self.segment = segment
        self.judge = judge
    }

    private var none: EventBitmap { EventBitmap(count: segment.header.eventCount) }
    private var all: EventBitmap { EventBitmap(count: segment.header.eventCount, isFull: true) }

    /// At least the events that match.
    mutating func possible(_ plan: SearchPlan) throws(StoreError) -> EventBitmap {
        switch plan {
        case .everything, .unknown: return all
        case .nothing: return none
        case .lookup(let lookup):
            if lookup.isWeak, let known = try known(lookup) { return known }
            return possible(lookup)
        case .not(let part):
            var events = try certain(part)
            events.complement()
            return events
        case .all(let parts):
            var events = all
            for part in parts where !events.isEmpty { events.formIntersection(try possible(part)) }
            return events
        case .any(let parts):
            var events = none
            for part in parts { events.formUnion(try possible(part)) }
            return events
        }
    }

    /// At most the events that match.
    mutating func certain(_ plan: SearchPlan) throws(StoreError) -> EventBitmap {
        switch plan {
        case .everything: return all
        case .nothing, .unknown: return none
        case .lookup(let lookup): return try known(lookup) ?? none
        case .not(let part):
            var events = try possible(part)
            events.complement()
            return events
        case .all(let parts):
            var events = all
            for part in parts where !events.isEmpty { events.formIntersection(try certain(part)) }
            return events
        case .any(let parts):
            var events = none
            for part in parts { events.formUnion(try certain(part)) }
            return events
        }
    }

    // MARK: - Slots

    private mutating func possible(_ lookup: SearchLookup) -> EventBitmap {
        var events: EventBitmap
        switch lookup.terms {
        case .slots(let slots):
            events = slots.first.map { list(ofSlot: $0) } ?? all
            for slot in slots.dropFirst() {
                if events.isEmpty { break }
                events.formIntersection(list(ofSlot: slot))
            }
        case .bucket(let bucket):
            events = none
            read(bucket: bucket) { _, list in PostingList.insert(list, into: &events) }
        }
        if let saturated = lookup.saturated,
            segment.header.saturatedFields & SegmentHeader.saturationBit(of: lookup.field) != 0
        {
            events.formUnion(list(ofSlot: saturated))
        }
        return events
    }

    private mutating func list(ofSlot slot: UInt32) -> EventBitmap {
        var events = none
        let inside = Int(slot) % FieldTerms.slotsPerBucket
        read(bucket: Int(slot) / FieldTerms.slotsPerBucket) { found, list in
            found == inside ? PostingList.insert(list, into: &events) : true
        }
        return events
    }

    private mutating func read(bucket: Int, _ body: (Int, UnsafeRawBufferPointer) -> Bool) {
        guard segment.read(bucket: bucket, into: &buffer), buffer.withUnsafeBytes({ BucketEntry.forEach($0, body) })
        else {
            isDamaged = true
            return
        }
    }

    // MARK: - Values

    /// The values of a field in this segment, with the content that their lists stand in.
    private struct Classes {
        struct Class {
            let hash: UInt64
            /// The first of its events.
            let samples: [Int]
            let list: Range<Int>
        }

        let content: [UInt8]
        let classes: [Class]
    }

    /// Exactly the events that match; nil when the segment does not know the field's values.
    private mutating func known(_ lookup: SearchLookup) throws(StoreError) -> EventBitmap? {
        guard let classes = classes(ofField: lookup.field) else { return nil }
        var events = none
        for item in classes.classes {
            guard let isMatch = try judge(lookup, item.hash, item.samples) else { return nil }
            guard isMatch else { continue }
            let isList = classes.content.withUnsafeBytes {
                PostingList.insert(UnsafeRawBufferPointer(rebasing: $0[item.list]), into: &events)
            }
            if !isList { isDamaged = true }
        }
        return events
    }

    private mutating func classes(ofField field: Int) -> Classes? {
        if let read = fields[field] { return read }
        let classes = readClasses(ofField: field)
        fields[field] = .some(classes)
        return classes
    }

    private mutating func readClasses(ofField field: Int) -> Classes? {
        guard segment.read(bucket: FieldTerms.bucketCount + field, into: &buffer) else {
            isDamaged = true
            return nil
        }
        guard buffer.withUnsafeBytes({ ValueClasses.areKnown($0) }) else { return nil }
        let count = segment.header.eventCount
        var classes: [Classes.Class] = []
        let isWhole = buffer.withUnsafeBytes { content in
            ValueClasses.forEach(content) { hash, list in
                guard let samples = PostingList.first(SegmentSearch.maximumSamples, of: list, below: count),
                    let start = list.baseAddress, let base = content.baseAddress
                else { return false }
                classes.append(.init(hash: hash, samples: samples, list: start - base..<start - base + list.count))
                return true
            }
        }
        guard isWhole else {
            isDamaged = true
            return nil
        }
        return Classes(content: buffer, classes: classes)
    }
}
