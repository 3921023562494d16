@testable import AuditLog
import Schema
import Testing

@Suite struct `The key of a search index` {
    @Test func `hashes as SipHash-2-4 does`() throws {
        // The vectors of the reference implementation: key 00 to 0f, message 00, 01, 02, …
        let key = try #require(SearchIndexKey((0..<16).map { UInt8($0) }))
        let vectors: [Int: UInt64] = [
            8: 0x93f5_f579_9a93_2462, 9: 0x9e00_82df_0ba9_e4b0, 15: 0xa129_ca61_49be_45e5, 16: 0x3f2a_cc7f_57c2_9bdb,
        ]
        for (length, hash) in vectors {
            let message = (8..<length).map { UInt8($0) }
            #expect(message.withUnsafeBytes { key.hash(0x0706_0504_0302_0100, $0) } == hash)
        }
    }

    @Test func `has sixteen bytes`() {
        #expect(SearchIndexKey([1, 2, 3]) == nil)
    }

    @Test func `gives another fingerprint for every schema and log`() throws {
        let key = try #require(SearchIndexKey([UInt8](repeating: 7, count: 16)))
        let fingerprints = [
            key.fingerprint(of: .standard, treeName: "a"), key.fingerprint(of: .standard, treeName: "b"),
            key.fingerprint(of: .gateway, treeName: "a"),
            key.fingerprint(
                of: EventSchema(
                    fields: EventSchema.standard.fields.map {
                        Field(id: $0.id, kind: $0.id == "actor" ? .integer : $0.kind)
                    }
                ),
                treeName: "a"
            ),
        ]
        #expect(Set(fingerprints).count == 4)
    }
}

@Suite struct `A list of places` {
    @Test func `is read as it was written, dense or sparse or in runs`() {
        var generator = SeededGenerator(seed: 11)
        for round in 0..<144 {
            let count = [1, 9, 64, 100, 2048, 65_536][round % 6]
            let share = [0.0001, 0.01, 0.1, 0.5, 0.99, 1][round / 6 % 6]
            var places: [UInt16] = []
            var isRun = false
            for place in 0..<count {
                // Half of the rounds have runs.
                let changes = round.isMultiple(of: 2) || Double.random(in: 0..<1, using: &generator) < 0.02
                if changes { isRun = Double.random(in: 0..<1, using: &generator) < share }
                if isRun { places.append(UInt16(place)) }
            }
            guard !places.isEmpty else { continue }
            let written = GrowingBytes(capacity: 1)
            places.withUnsafeBufferPointer { PostingList.append($0, to: written) }
            var start = 0
            let length = PostingList.number(written.bytes, &start)
            let bytes = Array(written.bytes[start...])
            #expect(length == bytes.count)
            #expect(bytes.count <= (count + 7) / 8 + 1)
            var read: [UInt16] = []
            var events = EventBitmap(count: count)
            bytes.withUnsafeBytes { bytes in
                #expect(PostingList.first(8, of: bytes, below: count) == places.prefix(8).map { Int($0) })
                #expect(PostingList.forEachRange(bytes, below: count) { read += $0.map { UInt16($0) } })
                #expect(PostingList.insert(bytes, into: &events))
            }
            #expect(read == places)
            #expect(events.population == places.count)
            #expect(events.places(in: 0...count - 1, isDescending: false) == places.map { Int($0) })
        }
    }

    @Test func `of random bytes is refused or stays within its segment`() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { index in
                index == 0 ? UInt8.random(in: 0...3, using: &generator) : UInt8.random(in: 0...255, using: &generator)
            }
            var last = -1
            bytes.withUnsafeBytes { bytes in
                _ = PostingList.forEachRange(bytes, below: 50) { range in
                    #expect(range.lowerBound > last && range.upperBound <= 50 && !range.isEmpty || range.isEmpty)
                    last = max(last, range.upperBound - 1)
                }
                if let first = PostingList.first(4, of: bytes, below: 50) { #expect(first.allSatisfy { $0 < 50 }) }
                var events = EventBitmap(count: 50)
                _ = PostingList.insert(bytes, into: &events)
            }
        }
    }
}

@Suite struct `A field's terms` {
    @Test func `are those of every text that it contains`() throws {
        let key = try #require(SearchIndexKey([UInt8](repeating: 3, count: 16)))
        let terms = FieldTerms(EventSchema.standard.fields[0], key: key)
        var generator = SeededGenerator(seed: 8)
        for _ in 0..<500 {
            let text = (0..<Int.random(in: 2...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            var slots: Set<UInt32> = []
            text.withUnsafeBytes { terms.forEachSlot(of: $0) { slots.insert($0) } }
            #expect(slots.allSatisfy { $0 < 1 << 22 } && slots.count <= FieldTerms.count(ofTextOf: text.count))
            let start = Int.random(in: 0...text.count - 2, using: &generator)
            let part = Array(text[start..<Int.random(in: start + 2...text.count, using: &generator)])
            if part.count == 2 {
                let bucket = terms.bucket(ofPair: part[0], part[1])
                #expect(slots.contains { Int($0) / FieldTerms.slotsPerBucket == bucket })
            } else {
                #expect(slots.isSuperset(of: terms.slots(ofPart: part)))
            }
        }
    }
}

@Suite struct `A segment's header` {
    @Test func `is refused when a bit of it is wrong`() throws {
        let header = SegmentHeader(
            sequences: 5...2000,
            isMerged: true,
            fingerprint: 9,
            lastHash: [UInt8](repeating: 4, count: 32),
            saturatedFields: 6,
            fieldCount: 17,
            length: 300_000
        )
        let bytes = header.bytes
        #expect(SegmentHeader(bytes) == header)
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(SegmentHeader(damaged) == nil)
        }
        #expect(SegmentHeader([]) == nil)
    }
}
