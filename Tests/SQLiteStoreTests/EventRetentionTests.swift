import AuditLog
import Foundation
import JSON
import Schema
import Testing

@testable import SQLiteStore

@Suite struct `Retention of events` {
    private let day: Int64 = 86_400_000_000
    private let start = StoreFixture.start

    private func retention(
        _ fixture: StoreFixture,
        events: Int64?,
        raw: Int64? = nil,
        tenants: [String: Int64] = [:],
        followers: [String] = []
    ) -> RetentionPeriods {
        let log = fixture.log.id
        return RetentionPeriods(
            deduplication: 300 * day,
            raw: 300 * day,
            quarantine: 300 * day,
            logs: [
                LogRetention(log: log, events: events, raw: raw, tenants: tenants, followers: followers) { round in
                    ErasureRecord.request(round, of: log, schema: .standard, now: 0)
                }
            ]
        )
    }

    private func sweep(_ fixture: StoreFixture, _ retention: RetentionPeriods, now: Int64) throws {
        while try fixture.store.sweep(retention, now: now) {}
    }

    /// Commits one event of a tenant, received some days after the start.
    private func add(_ fixture: StoreFixture, _ tenant: String?, day number: Int64) throws {
        var encoder = EventEncoder(schema: .standard)
        encoder.begin()
        for (index, field) in EventSchema.standard.fields.enumerated() {
            if field.id == "message" { encoder.append(field: index) { $0.append(string: "m") } }
            if field.id == "tenant_id", let tenant { encoder.append(field: index) { $0.append(string: tenant) } }
        }
        encoder.finish()
        var batch = WriteBatch()
        batch.appends = [AppendRequest(log: fixture.log.id, events: encoder.take())]
        _ = try fixture.store.commit(batch, now: start + number * day)
    }

    private func left(_ fixture: StoreFixture) throws -> [UInt64] {
        try fixture.store.readEvents(of: fixture.log.id, from: 1, maximumCount: 10_000, maximumBytes: .max).map(
            \.sequence
        )
    }

    @Test func `erases what is older than its log or its tenant wants, and tells of it once a round`() throws {
        let fixture = try StoreFixture()
        for (number, tenant) in [nil, "acme", "long", "acme", "else"].enumerated() {
            try add(fixture, tenant, day: Int64(number))
        }
        let retention = retention(fixture, events: 90 * day, tenants: ["acme": 10 * day, "long": 1000 * day])
        try sweep(fixture, retention, now: start + 12 * day)
        #expect(try left(fixture) == [1, 3, 4, 5, 6])
        // The next round is an hour later.
        try sweep(fixture, retention, now: start + 12 * day + 1)
        #expect(try left(fixture) == [1, 3, 4, 5, 6])
        try sweep(fixture, retention, now: start + 500 * day)
        // The record of the first round is an event like others.
        #expect(try left(fixture) == [3, 7])
        let record = try #require(try fixture.store.events(of: fixture.log.id, sequences: [7]).first)
        let text = String(decoding: record.event, as: UTF8.self)
        #expect(
            text.contains("4 events were erased") && text.contains("among 1-6") && text.contains(#""action":"erase""#)
        )
        let reasons = try fixture.store.erasedEvents(of: fixture.log.id, sequences: 1...9, limit: 9).map(\.reason)
        #expect(reasons == Array(repeating: "retention", count: 5))
    }

    @Test func `looks at everything again for a tenant that gets a period later`() throws {
        let fixture = try StoreFixture()
        for tenant in ["a", "b", "a", "b"] { try add(fixture, tenant, day: 0) }
        try sweep(fixture, retention(fixture, events: nil, tenants: ["a": day]), now: start + 2 * day)
        #expect(try left(fixture) == [2, 4, 5])
        try sweep(fixture, retention(fixture, events: nil, tenants: ["a": day, "b": day]), now: start + 3 * day)
        #expect(try left(fixture) == [5, 6])
    }

    @Test func `never erases what a sink has not had yet`() throws {
        let fixture = try StoreFixture()
        for _ in 1...5 { try add(fixture, nil, day: 0) }
        let retention = retention(fixture, events: day, followers: ["sink:a", "sink:b"])
        try sweep(fixture, retention, now: start + 10 * day)
        #expect(try left(fixture) == [1, 2, 3, 4, 5])
        var batch = WriteBatch()
        batch.cursors = [
            CursorMove(follower: "sink:a", log: fixture.log.id, sequence: 5),
            CursorMove(follower: "sink:b", log: fixture.log.id, sequence: 2),
        ]
        _ = try fixture.store.commit(batch, now: start + 10 * day)
        try sweep(fixture, retention, now: start + 11 * day)
        #expect(try left(fixture) == [3, 4, 5, 6])
    }

    @Test func `goes in steps, and goes on after an end of the process`() throws {
        let fixture = try StoreFixture()
        for _ in 0..<12 { try fixture.commit(fixture.request((0..<100).map { "m\($0)" })) }
        let retention = retention(fixture, events: day)
        #expect(try fixture.store.sweep(retention, now: start + 2 * day))
        let first = try left(fixture)
        #expect((1...1100).contains(first.count))
        try fixture.reopen()
        try sweep(fixture, retention, now: start + 2 * day)
        #expect(try left(fixture) == [1201])
        let record = try #require(try fixture.store.events(of: fixture.log.id, sequences: [1201]).first)
        #expect(String(decoding: record.event, as: UTF8.self).contains("1200 events were erased"))
    }

    @Test func `of raw deliveries may be a log's own`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"], ids: ["a"], delivery: true))
        try sweep(fixture, retention(fixture, events: nil, raw: 5 * day), now: start + 4 * day)
        #expect(try fixture.store.rawRecords(of: fixture.log.id, sequences: 1...1).count == 1)
        try sweep(fixture, retention(fixture, events: nil, raw: 5 * day), now: start + 6 * day)
        #expect(try fixture.store.rawRecords(of: fixture.log.id, sequences: 1...1).isEmpty)
    }
}
