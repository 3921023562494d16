import AuditLog
import Cryptography
import Foundation
import JSON
import SQLiteStore
import Schema
import Testing

@Suite struct `An append` {
    @Test func `numbers events densely and hashes their envelopes`() throws {
        let fixture = try StoreFixture()
        let outcomes = try fixture.commit(fixture.request(["a", "b"]), fixture.request(["c"]))
        #expect(outcomes.flatMap { $0.events.map(\.sequence) } == [1, 2, 3])
        let stored = try fixture.store.readEvents(of: fixture.log.id, from: 1, maximumCount: 10, maximumBytes: .max)
        for event in stored {
            var writer = JSONWriter()
            event.appendEnvelope(to: &writer)
            #expect(SHA256Hasher.hash(writer.bytes) == event.hash)
        }
        #expect(
            stored.map { String(decoding: $0.event, as: UTF8.self) } == [
                #"{"message":"a"}"#, #"{"message":"b"}"#, #"{"message":"c"}"#,
            ]
        )
    }

    @Test func `keeps receipt times strictly increasing when the clock steps back`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a", "b"]))
        try fixture.commit(fixture.request(["c"]), now: StoreFixture.start - 10_000_000)
        let times = try fixture.store.readEvents(of: fixture.log.id, from: 1, maximumCount: 10, maximumBytes: .max)
            .map(\.receivedAt)
        #expect(times == [StoreFixture.start, StoreFixture.start + 1, StoreFixture.start + 2])
    }

    @Test func `stores an id once, in one batch and in later ones`() throws {
        let fixture = try StoreFixture()
        let first = try fixture.commit(
            fixture.request(["a", "a"], ids: ["1", "1"]),
            fixture.request(["a"], ids: ["1"])
        )
        #expect(first.flatMap { $0.events.map(\.disposition) } == [.stored, .duplicate, .duplicate])
        let second = try fixture.commit(fixture.request(["a", "b"], ids: ["1", "2"]))
        #expect(second[0].events.map(\.sequence) == [1, 2])
        #expect(second[0].events.map(\.disposition) == [.duplicate, .stored])
        #expect(second[0].events[0].hash == first[0].events[0].hash)
        #expect(try fixture.messages().count == 2)
    }

    @Test func `sets other content under the same id aside, once`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"], ids: ["1"], delivery: true))
        for _ in 0..<2 {
            let outcome = try fixture.commit(fixture.request(["changed"], ids: ["1"], delivery: true))
            #expect(outcome[0].events.map(\.disposition) == [.conflict])
        }
        let entries = try fixture.store.quarantine(before: nil, source: nil, limit: 10)
        #expect(entries.map(\.entry.cause) == [.conflict])
        #expect(entries.first?.count == 2)
        #expect(entries.first.map { String(decoding: $0.entry.body, as: UTF8.self) } == "changed")
        #expect(try fixture.messages() == [#"{"message":"a"}"#])
    }

    @Test func `finds a conflict inside one delivery`() throws {
        let fixture = try StoreFixture()
        let outcome = try fixture.commit(fixture.request(["a", "b"], ids: ["1", "1"], delivery: true))
        #expect(outcome[0].events.map(\.disposition) == [.stored, .conflict])
        #expect(try fixture.store.quarantine(before: nil, source: nil, limit: 10).count == 1)
    }

    @Test func `does not call a change of volatile fields a conflict`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"], ids: ["1"], delivery: true))
        var repeated = fixture.request(["later"], ids: ["1"], delivery: true)
        repeated.volatileFields = ["message"]
        #expect(try fixture.commit(repeated)[0].events.map(\.disposition) == [.duplicate])
    }

    @Test func `keeps the raw records of what it stored`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(
            fixture.request(["a", "b"], ids: ["1", "2"], delivery: true),
            fixture.request(["b", "c"], ids: ["2", "3"], delivery: true)
        )
        let records = try fixture.store.rawRecords(of: fixture.log.id, sequences: 1...3)
        #expect(records.map(\.sequence) == [1, 2, 3])
        #expect(records.map { String(decoding: $0.bytes, as: UTF8.self) } == ["a", "b", "c"])
    }

    @Test func `answers a repeated idempotency key with the first hashes and refuses another body`() throws {
        let fixture = try StoreFixture()
        let key = [UInt8](repeating: 1, count: 32)
        var request = fixture.request(["a"])
        request.idempotency = RequestIdempotency(key: key, bodyHash: [UInt8](repeating: 2, count: 32))
        let first = try fixture.commit(request)
        let second = try fixture.commit(request)
        #expect(second[0].isRepeat)
        #expect(second[0].events.map(\.hash) == first[0].events.map(\.hash))
        request.idempotency = RequestIdempotency(key: key, bodyHash: [UInt8](repeating: 3, count: 32))
        #expect(try fixture.commit(request)[0].isIdempotencyMismatch)
        #expect(try fixture.messages().count == 1)
    }

    @Test func `keeps logs apart`() throws {
        let fixture = try StoreFixture()
        let other = try fixture.store.openLog(named: "other")
        try fixture.commit(fixture.request(["a"]))
        var encoder = EventEncoder(schema: .standard)
        encoder.begin()
        encoder.append(field: EventSchema.standard.index(of: "message") ?? 0) { $0.append(string: "x") }
        encoder.finish()
        let outcome = try fixture.commit(AppendRequest(log: other.id, events: encoder.take()))
        #expect(outcome[0].events.map(\.sequence) == [1])
        #expect(try fixture.messages().count == 1)
        #expect(try fixture.messages(in: other).count == 1)
        #expect(try fixture.store.openLog(named: "other") == other)
    }
}

@Suite struct `A store` {
    @Test func `goes on where it was after it is opened again`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"], ids: ["1"]))
        let path = fixture.folder.appending(path: "copy/audit.db").path
        do {
            let store = try SQLiteStore(path: path)
            let log = try store.openLog(named: "default")
            var batch = WriteBatch()
            var request = fixture.request(["a"], ids: ["1"])
            request = AppendRequest(log: log.id, events: request.events)
            batch.appends = [request]
            _ = try store.commit(batch, now: 5)
        }
        let store = try SQLiteStore(path: path)
        let log = try store.openLog(named: "default")
        #expect(try store.head(of: log.id) == 1)
    }

    @Test func `refuses a second process on the same folder`() throws {
        let fixture = try StoreFixture()
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: fixture.path) }
        #expect(error?.code == .locked)
        #expect(error?.message.contains("in use by another audit-gateway") == true)
    }

    @Test func `lets a tool read beside the gateway`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"]))
        let reader = try SQLiteStore(path: fixture.path, isReadOnly: true)
        #expect(try reader.head(of: fixture.log.id) == 1)
    }

    @Test func `finds events by time in both directions`() throws {
        let fixture = try StoreFixture()
        for index in 0..<50 {
            try fixture.commit(fixture.request(["m\(index)"]), now: StoreFixture.start + Int64(index) * 1_000)
        }
        func scan(_ range: ClosedRange<Int64>, descending: Bool) throws -> [UInt64] {
            var found: [UInt64] = []
            try fixture.store.scanEvents(of: fixture.log.id, receivedAt: range, isDescending: descending) {
                found.append($0.sequence)
                return true
            }
            return found
        }
        let start = StoreFixture.start
        #expect(try scan(start + 10_000...start + 12_000, descending: false) == [11, 12, 13])
        #expect(try scan(start + 10_000...start + 12_000, descending: true) == [13, 12, 11])
        #expect(try scan(start + 10_001...start + 11_999, descending: false) == [12])
        #expect(try scan(0...start - 1, descending: false) == [])
        #expect(try scan(start + 49_001...Int64.max, descending: false) == [])
        #expect(try scan(0...Int64.max, descending: true).count == 50)
    }

    @Test func `counts a key's age from receipt, whatever the event's own time`() throws {
        let fixture = try StoreFixture()
        let times: [Int64?] = [1_577_836_800, 4_102_444_800, nil]
        for (index, time) in times.enumerated() {
            try fixture.commit(fixture.request(["m\(index)"], ids: ["\(index)"], time: time))
        }
        let day: Int64 = 86_400_000_000
        let retention = RetentionPeriods(deduplication: 30 * day, raw: day, quarantine: day)
        while try fixture.store.sweep(retention, now: StoreFixture.start + 29 * day) {}
        for (index, time) in times.enumerated() {
            let outcome = try fixture.commit(fixture.request(["m\(index)"], ids: ["\(index)"], time: time))
            #expect(outcome[0].events.map(\.disposition) == [.duplicate])
        }
        while try fixture.store.sweep(retention, now: StoreFixture.start + 31 * day) {}
        for (index, time) in times.enumerated() {
            let outcome = try fixture.commit(fixture.request(["m\(index)"], ids: ["\(index)"], time: time))
            #expect(outcome[0].events.map(\.disposition) == [.stored])
        }
    }

    @Test func `drops the oldest of the quarantine when it has too many bytes`() throws {
        let fixture = try StoreFixture()
        for index in 0..<5 {
            var request = fixture.request([])
            request.quarantine = [
                QuarantineEntry(
                    source: "s",
                    cause: .unmapped,
                    reason: "r",
                    body: Array("body-\(index)".utf8),
                    context: Array("{}".utf8)
                )
            ]
            try fixture.commit(request)
        }
        let retention = RetentionPeriods(deduplication: 1 << 50, raw: 1 << 50, quarantine: 1 << 50, quarantineBytes: 13)
        while try fixture.store.sweep(retention, now: StoreFixture.start) {}
        let kept = try fixture.store.quarantine(before: nil, source: nil, limit: 10)
        #expect(kept.map { String(decoding: $0.entry.body, as: UTF8.self) } == ["body-4", "body-3"])
    }

    @Test func `removes raw records past their time and keeps newer ones`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["old"], ids: ["1"], delivery: true))
        try fixture.commit(fixture.request(["new"], ids: ["2"], delivery: true), now: StoreFixture.start + 100)
        let retention = RetentionPeriods(deduplication: 1 << 50, raw: 50, quarantine: 50)
        while try fixture.store.sweep(retention, now: StoreFixture.start + 110) {}
        #expect(try fixture.store.rawRecords(of: fixture.log.id, sequences: 1...2).map(\.sequence) == [2])
    }
}
