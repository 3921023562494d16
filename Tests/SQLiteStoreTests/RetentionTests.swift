import AuditLog
import Foundation
import Schema
import Testing

@testable import SQLiteStore

@Suite struct `Cleaning up` {
    private let day: Int64 = 86_400_000_000

    private func retention(raw: Int64, followers: [String] = [], log: LogID) -> RetentionPeriods {
        RetentionPeriods(deduplication: 30 * day, raw: raw, quarantine: day, rawFollowers: [log: followers])
    }

    private func sweep(_ fixture: StoreFixture, _ retention: RetentionPeriods, now: Int64) throws {
        while try fixture.store.sweep(retention, now: now) {}
    }

    @Test func `keeps raw records, however old, until every follower that sends them has had them`() throws {
        let fixture = try StoreFixture()
        for index in 1...4 {
            try fixture.commit(fixture.request(["m\(index)"], ids: ["\(index)"], delivery: true))
        }
        let retention = retention(raw: 0, followers: ["sink:a", "sink:b"], log: fixture.log.id)
        let later = StoreFixture.start + 10 * day
        func records() throws -> [UInt64] {
            try fixture.store.rawRecords(of: fixture.log.id, sequences: 1...10).map(\.sequence)
        }
        try sweep(fixture, retention, now: later)
        #expect(try records() == [1, 2, 3, 4])

        var batch = WriteBatch()
        batch.cursors = [
            CursorMove(follower: "sink:a", log: fixture.log.id, sequence: 4),
            CursorMove(follower: "sink:b", log: fixture.log.id, sequence: 2),
        ]
        _ = try fixture.store.commit(batch, now: later)
        try sweep(fixture, retention, now: later)
        #expect(try records() == [3, 4])
        let events = try fixture.store.readEvents(of: fixture.log.id, from: 1, maximumCount: 9, maximumBytes: .max)
        #expect(events.map(\.hasRawRecord) == [true, true, true, true])
    }

    @Test func `finds raw records in the middle of a log without looking at its beginning`() throws {
        let fixture = try StoreFixture()
        for index in 0..<50 {
            let names = ["\(index)a", "\(index)b", "\(index)c"]
            try fixture.commit(fixture.request(names, ids: names, delivery: true))
        }
        for range: ClosedRange<UInt64> in [1...1, 2...5, 3...4, 74...80, 150...150, 149...999] {
            let found = try fixture.store.rawRecords(of: fixture.log.id, sequences: range)
            #expect(found.map(\.sequence) == Array(range.clamped(to: 1...150)))
        }
    }

    @Test func `walks the keys again only after a hundredth of their retention`() throws {
        let fixture = try StoreFixture()
        let retention = RetentionPeriods(deduplication: 100 * day, raw: day, quarantine: day)
        try fixture.commit(fixture.request(["a"], ids: ["a"]))
        func isKnown(now: Int64) throws -> Bool {
            try fixture.commit(fixture.request(["a"], ids: ["a"]), now: now)[0].events[0].disposition == .duplicate
        }
        let start = StoreFixture.start
        try sweep(fixture, retention, now: start + 99 * day + day / 2)
        try sweep(fixture, retention, now: start + 100 * day + 1)
        #expect(try isKnown(now: start + 100 * day + 2))
        try sweep(fixture, retention, now: start + 101 * day)
        #expect(try !isKnown(now: start + 101 * day))
    }

    @Test func `removes more than a step holds of what has its own time`() throws {
        let fixture = try StoreFixture()
        var batch = WriteBatch()
        batch.searches = (0..<4500).map { index in
            FrozenSearch(
                id: "pas_\(index)",
                token: "t",
                log: fixture.log.id,
                sequences: [],
                isVerbose: false,
                restriction: Array("{}".utf8),
                expiresAt: StoreFixture.start + 1
            )
        }
        _ = try fixture.store.commit(batch, now: StoreFixture.start)
        let retention = retention(raw: day, log: fixture.log.id)
        #expect(try fixture.store.sweep(retention, now: StoreFixture.start + 2))
        #expect(try fixture.store.sweep(retention, now: StoreFixture.start + 2))
        #expect(try !fixture.store.sweep(retention, now: StoreFixture.start + 2))
    }
}

@Suite struct `A store file` {
    @Test func `refuses to be opened a second time through a link to its file`() throws {
        let fixture = try StoreFixture()
        let folder = FileManager.default.temporaryDirectory.appending(path: "link-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let link = folder.appending(path: "audit.db").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: fixture.path)
        #expect(throws: StoreError.self) { try SQLiteStore(path: link) }
    }

    @Test func `is readable by its owner alone`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"]))
        for name in ["audit.db", "audit.db-wal", "audit.db-shm"] {
            let path = fixture.folder.appending(path: name).path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o077 } == 0, "\(name)")
        }
    }

    @Test func `scans in pages what one transaction would hold too long`() throws {
        let fixture = try StoreFixture()
        for block in 0..<25 {
            try fixture.commit(fixture.request((0..<1000).map { "\(block * 1000 + $0)" }))
        }
        for isDescending in [false, true] {
            var seen: [UInt64] = []
            try fixture.store.scanEvents(of: fixture.log.id, receivedAt: 0...Int64.max, isDescending: isDescending) {
                seen.append($0.sequence)
                return seen.count < 24_000
            }
            #expect(seen == (isDescending ? Array((1001...25_000).reversed()) : Array(1...24_000)))
        }
        fixture.store.stopScans()
        #expect(throws: StoreError.self) {
            try fixture.store.scanEvents(of: fixture.log.id, receivedAt: 0...Int64.max, isDescending: false) { _ in true
            }
        }
    }

    @Test func `keeps a conflict once, however often a vendor counts its tries`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"], ids: ["1"], delivery: true))
        for attempt in 1...3 {
            var request = fixture.request(["b"], ids: ["1"], delivery: true)
            let body = Array("b attempt \(attempt)".utf8)
            request.delivery = RawDelivery(
                source: "test",
                context: Array("{}".utf8),
                body: body,
                records: [0..<body.count],
                recordHashes: [UInt8](repeating: 7, count: 32),
                mappingVersion: "1"
            )
            #expect(try fixture.commit(request)[0].events[0].disposition == .conflict)
        }
        let entries = try fixture.store.quarantine(before: nil, source: nil, limit: 10)
        #expect(entries.map(\.count) == [3])
    }

    @Test func `knows which version of a mapping made an event after its raw record is gone`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"], ids: ["1"], delivery: true))
        let retention = RetentionPeriods(deduplication: .max / 2, raw: 0, quarantine: .max / 2)
        while try fixture.store.sweep(retention, now: StoreFixture.start + 1_000_000) {}
        let other = fixture.request(["b"], ids: ["1"], delivery: true)
        #expect(try fixture.commit(other)[0].events[0].disposition == .conflict)
    }
}
