internal import Glibc
internal import JSON
package import Schema

/// Makes the smallest segments of a search index: of events that follow each other, as many as memory is set aside for.
///
/// Every place where a value is entered is a number in one buffer, the slot in its upper bits and the event in its lower
/// ones; sorted by slot, that is the segment. So a segment ends at 1,024 events or half a million places. Belongs to one
/// thread at a time and keeps 4 MiB.
package final class SegmentBuilder {
    package static let maximumEvents = 1 << placeBits
    private static let placeBits: UInt32 = 32 - UInt32(FieldTerms.slotBits)
    private static let maximumEntries = 1 << 19
    /// Of all texts of one event; longer ones are entered as a whole only.
    private static let maximumEntriesPerEvent = 1 << 14

    private let eventLimit: UInt64
    private let kinds: [Field.Kind]
    private let terms: [FieldTerms]
    private let document = JSONDocument()
    private let members: APIMemberTable
    private var writer = JSONWriter()
    private var entries: PageBuffer
    private var sorted: PageBuffer
    private var entryCount = 0
    private var classes: [ValueClasses]
    private var first: UInt64 = 1
    /// A bit for each field, see ``SegmentHeader/saturatedFields``.
    package private(set) var saturatedFields: UInt64 = 0

    /// - Parameters:
    ///   - schema: of the events.
    ///   - key: of the index.
    ///   - eventLimit: most events of a segment, at most ``maximumEvents``.
    package init(schema: EventSchema, key: SearchIndexKey, eventLimit: Int = SegmentBuilder.maximumEvents) {
        self.eventLimit = UInt64(min(eventLimit, SegmentBuilder.maximumEvents))
        kinds = schema.fields.map(\.kind)
        terms = schema.fields.map { FieldTerms($0, key: key) }
        members = APIMemberTable(schema.fields.map(\.id))
        classes = schema.fields.map { _ in ValueClasses() }
        entries = PageBuffer(count: SegmentBuilder.maximumEntries)
        sorted = PageBuffer(count: SegmentBuilder.maximumEntries)
    }

    package var fieldCount: Int { kinds.count }

    /// Starts a segment with an event.
    package func begin(at sequence: UInt64) {
        first = sequence
        entryCount = 0
        saturatedFields = 0
        for field in classes.indices { classes[field].removeAll() }
    }

    /// Adds an event, whose sequence is higher than that of the one before; false when it no longer fits.
    package func add(_ sequence: UInt64, _ event: UnsafeRawBufferPointer) -> Bool {
        let reserve = SegmentBuilder.maximumEntriesPerEvent + 3 * kinds.count
        guard sequence - first < eventLimit,
            entryCount == 0 || entryCount + reserve <= SegmentBuilder.maximumEntries
        else { return false }
        // What cannot be read matches nothing that an index is asked for, see SearchMatcher.
        guard (try? document.parse(event)) != nil, case .node(let object) = document.root else { return true }
        var problems = APIProblemList()
        members.read(object, at: .body, problems: &problems)
        let place = UInt16(sequence - first)
        var room = SegmentBuilder.maximumEntriesPerEvent
        for field in kinds.indices where kinds[field] != .stringUnindexed {
            guard let value = members[field] else { continue }
            enter(terms[field].present, place)
            enter(value, ofField: field, place, room: &room)
        }
        return true
    }

    private func enter(_ value: JSONValue, ofField field: Int, _ place: UInt16, room: inout Int) {
        let terms = terms[field]
        switch value {
        case .text(let text):
            let hash = terms.hash(text.rawBuffer)
            enter(FieldTerms.slot(ofValue: hash), place)
            classes[field].insert(hash, place)
            let count = FieldTerms.count(ofTextOf: text.count)
            switch kinds[field] {
            case .string, .text, .stringUnindexed, .datetime:
                guard count <= room else { return saturate(field, place) }
                room -= count
                let start = entries.numbers + entryCount
                var end = start
                terms.forEachSlot(of: text.rawBuffer) { slot in
                    end.pointee = slot << SegmentBuilder.placeBits | UInt32(place)
                    end += 1
                }
                entryCount += end - start
            case .integer, .boolean: saturate(field, place)
            }
        case .integer(let number):
            writer.removeAll()
            writer.append(integer: number)
            enterWhole(ofField: field, place, salt: 1)
        case .bool(let bool):
            writer.removeAll()
            writer.append(raw: bool ? "true" : "false")
            enterWhole(ofField: field, place, salt: 2)
        case .null, .unsigned, .double, .string, .node, .array, .object:
            saturate(field, place)
            classes[field].giveUp()
        }
    }

    /// Enters the number or truth value in `writer`; the salt keeps it apart from the same characters as text.
    private func enterWhole(ofField field: Int, _ place: UInt16, salt: UInt64) {
        let hash = writer.bytes.withUnsafeBytes { terms[field].hash($0) }
        enter(FieldTerms.slot(ofValue: hash), place)
        classes[field].insert(hash ^ salt, place)
        if kinds[field] != .integer && kinds[field] != .boolean { saturate(field, place) }
    }

    private func saturate(_ field: Int, _ place: UInt16) {
        saturatedFields |= SegmentHeader.saturationBit(of: field)
        enter(terms[field].saturated, place)
    }

    @inline(__always)
    private func enter(_ slot: UInt32, _ place: UInt16) {
        entries.numbers[entryCount] = slot << SegmentBuilder.placeBits | UInt32(place)
        entryCount += 1
    }

    /// Writes the buckets.
    package func finish(_ output: SegmentOutput) throws(StoreError) {
        sort()
        let entries = UnsafeBufferPointer(start: entries.numbers, count: entryCount)
        let bytes = output.bytes
        // A slot's places, without those that a text entered twice.
        let places = UnsafeMutableBufferPointer<UInt16>.allocate(capacity: SegmentBuilder.maximumEvents)
        defer { places.deallocate() }
        var index = 0
        for bucket in 0..<UInt32(FieldTerms.bucketCount) {
            while index < entries.count, entries[index] >> (SegmentBuilder.placeBits + 8) == bucket {
                let slot = entries[index] >> SegmentBuilder.placeBits
                var count = 0
                while index < entries.count, entries[index] >> SegmentBuilder.placeBits == slot {
                    let place = UInt16(entries[index] & (1 << SegmentBuilder.placeBits - 1))
                    if count == 0 || places[count - 1] != place {
                        places[count] = place
                        count += 1
                    }
                    index += 1
                }
                bytes.reserve(1)
                bytes.append(UInt8(slot & 255))
                PostingList.append(UnsafeBufferPointer(rebasing: places[..<count]), to: bytes)
            }
            try output.endBucket()
        }
        for field in classes.indices {
            classes[field].append(to: bytes)
            try output.endBucket()
        }
    }

    /// Sorts by slot, some bits of it at a time from the lowest; entries of one slot keep their order.
    ///
    /// Few enough bits that the caches hold the place where each digit's next entry goes.
    private func sort() {
        var shift = SegmentBuilder.placeBits
        for bits: UInt32 in [8, 7, 7] {
            defer { shift += bits }
            let shift = shift
            let mask: UInt32 = 1 << bits - 1
            let from = entries.numbers
            let to = sorted.numbers
            withUnsafeTemporaryAllocation(of: Int.self, capacity: 1 << Int(bits)) { starts in
                starts.initialize(repeating: 0)
                for index in 0..<entryCount { starts[Int(from[index] >> shift & mask)] += 1 }
                var next = 0
                for digit in starts.indices {
                    let count = starts[digit]
                    starts[digit] = next
                    next += count
                }
                for index in 0..<entryCount {
                    let entry = from[index]
                    let digit = Int(entry >> shift & mask)
                    to[starts[digit]] = entry
                    starts[digit] += 1
                }
            }
            swap(&entries, &sorted)
        }
    }
}

/// Memory straight from the system, which has it back as soon as it is no longer needed.
private final class PageBuffer {
    let numbers: UnsafeMutablePointer<UInt32>
    private let byteCount: Int

    init(count: Int) {
        byteCount = count * MemoryLayout<UInt32>.stride
        let pages = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let pages, pages != MAP_FAILED else { preconditionFailure("no memory for \(byteCount) bytes") }
        numbers = pages.bindMemory(to: UInt32.self, capacity: count)
    }

    deinit { munmap(numbers, byteCount) }
}

/// The lists of a bucket, one after another: the slot's number in it (a byte), the list's length, the list.
enum BucketEntry {
    /// Calls `body` with each list; false when the bytes are no bucket.
    @inline(__always)
    static func forEach(
        _ content: UnsafeRawBufferPointer,
        _ body: (_ slot: Int, _ list: UnsafeRawBufferPointer) -> Bool
    ) -> Bool {
        var position = 0
        while position < content.count {
            let slot = Int(content[position])
            position += 1
            guard let length = PostingList.number(content, &position), length <= content.count - position else {
                return false
            }
            let list = UnsafeRawBufferPointer(rebasing: content[position..<position + length])
            guard body(slot, list) else { return false }
            position += length
        }
        return true
    }
}
