import AuditLog
import Cryptography
import Foundation
import JSON
import Merkle
import Schema
import Testing

@testable import SQLiteStore

@Suite struct `Erasing events` {
    /// The text that the erased events have, and that no file may have afterwards.
    private static let secret = "maria-of-the-old-mill"

    private func erasure(_ fixture: StoreFixture, _ sequences: [UInt64]) -> Erasure {
        let log = fixture.log.id
        return Erasure(log: log, sequences: sequences, reason: "request 4711") { erased in
            ErasureRecord.request(
                erased: erased,
                of: log,
                schema: .standard,
                reason: "request 4711",
                actor: "ops",
                now: StoreFixture.start
            )
        }
    }

    /// The files that hold the text.
    private func filesWithSecret(_ fixture: StoreFixture) throws -> [String] {
        let needle = Data(Self.secret.utf8)
        return try FileManager.default.subpathsOfDirectory(atPath: fixture.folder.path).filter { name in
            FileManager.default.contents(atPath: fixture.folder.appending(path: name).path)?.firstRange(of: needle)
                != nil
        }
    }

    private func proofs(_ fixture: StoreFixture, _ sizes: TreeSizes) throws -> [[TreeHash]] {
        let log = fixture.log.id
        let summary = try fixture.store.treeSummary(of: log)
        var hashes = [[summary.root?.hash, summary.openRoot?.hash].compactMap { $0 }]
        hashes.append(try fixture.store.publicTile(of: log, at: TileAddress(level: 0, number: 0), width: 8) ?? [])
        for sequence in 1...8 as ClosedRange<UInt64> {
            let receipt = try fixture.store.receipt(of: log, sequence: sequence)
            hashes.append((receipt?.receipt.proof ?? []) + [receipt?.entry.commitment].compactMap { $0 })
        }
        return hashes
    }

    private func signer() throws -> CheckpointSigner {
        let key = try Ed25519.PrivateKey.random()
        return CheckpointSigner(origin: "audit.example.com/default") { NoteSigner(name: $0, key: key) }
    }

    @Test func `leaves every proof as it was, and no trace of what they said`() throws {
        let fixture = try StoreFixture()
        let secret = Self.secret
        // Several commits, several deliveries, some records of others in the same delivery.
        try fixture.commit(
            fixture.request(["a", "by \(secret)", "c"], ids: ["a", "b", "c"], delivery: true),
            fixture.request(["d \(secret)"], ids: ["d"], delivery: true)
        )
        try fixture.commit(fixture.request(["e", "f", "\(secret) \(String(repeating: "long ", count: 3000))", "h"]))
        _ = try fixture.store.seal(
            SealRequest(log: fixture.log.id, closesBuffer: true, signer: try signer()),
            now: StoreFixture.start
        )
        // The vendor repeats one of them beside a new one, and once with other content.
        try fixture.commit(fixture.request(["by \(secret)", "i"], ids: ["b", "i"], delivery: true))
        try fixture.commit(fixture.request(["other \(secret)"], ids: ["d"], delivery: true))
        var letters = WriteBatch()
        letters.deadLetters = [
            DeadLetter(
                sink: "s",
                log: fixture.log.id,
                sequence: 2,
                cause: "refused",
                answer: "no \(secret)",
                attempts: 1
            )
        ]
        _ = try fixture.store.commit(letters, now: StoreFixture.start)
        let sizes = try fixture.store.treeSizes(of: fixture.log.id)
        #expect(sizes.head == 9)
        let before = try proofs(fixture, sizes)
        #expect(before[1].count == 8)
        let hashes = try fixture.store.events(of: fixture.log.id, sequences: Array(1...9)).map(\.hash)

        let outcome = try fixture.store.erase(erasure(fixture, [4, 2, 7, 2, 99]), now: StoreFixture.start)
        #expect(outcome.erased == [2, 4, 7] && outcome.record == 10)
        try fixture.store.checkpoint()
        #expect(try filesWithSecret(fixture) == [])

        let after = try proofs(fixture, sizes)
        #expect(after.dropFirst() == before.dropFirst())
        #expect(after[0][0] == before[0][0])
        let left = try fixture.store.events(of: fixture.log.id, sequences: Array(1...9))
        #expect(left.map(\.sequence) == [1, 3, 5, 6, 8, 9])
        #expect(left.map(\.hash) == [1, 3, 5, 6, 8, 9].map { hashes[$0 - 1] })
        let raw = try fixture.store.rawRecords(of: fixture.log.id, sequences: 1...9)
        #expect(raw.map { "\($0.sequence) \(String(decoding: $0.bytes, as: UTF8.self))" } == ["1 a", "3 c", "9 i"])
        #expect(try fixture.store.quarantine(before: nil, source: nil, limit: 9).isEmpty)
        #expect(try fixture.store.deadLetters(sink: nil, limit: 9).isEmpty)
        let erased = try fixture.store.erasedEvents(of: fixture.log.id, sequences: 1...99, limit: 99)
        #expect(erased.map(\.sequence) == [2, 4, 7] && erased.allSatisfy { $0.reason == "request 4711" })

        // The log tells of it.
        let record = try #require(try fixture.store.events(of: fixture.log.id, sequences: [10]).first)
        let text = String(decoding: record.event, as: UTF8.self)
        #expect(
            text.contains(
                #""action":"erase","actor":"ops","message":"3 events were erased: request 4711","target":"2,4,7""#
            )
        )

        // A repeat is still a duplicate, also after a restart; erasing again does nothing.
        try fixture.reopen()
        #expect(
            try fixture.commit(fixture.request(["by \(secret)"], ids: ["b"]))[0].events[0].disposition == .duplicate
        )
        let again = try fixture.store.erase(erasure(fixture, [2, 4, 7]), now: StoreFixture.start)
        #expect(again.erased == [] && again.record == nil)
        #expect(try proofs(fixture, sizes).dropFirst() == before.dropFirst())
    }

    @Test func `clears what SQLite leaves behind when rows move between pages`() throws {
        let fixture = try StoreFixture()
        let other = try fixture.store.openLog(named: "other")
        // Two logs that grow by turns have pages split in their middle.
        for round in 0..<60 {
            try fixture.commit(
                fixture.request(
                    (0..<5).map { "\(Self.secret) \(round) \($0) " + String(repeating: "p", count: $0 * 90) }
                )
            )
            var request = AppendRequest(log: other.id, events: fixture.request(["other \(round)"]).events)
            request.origin = "test"
            var batch = WriteBatch()
            batch.appends = [request]
            _ = try fixture.store.commit(batch, now: StoreFixture.start)
        }
        let all = Array(1...300 as ClosedRange<UInt64>)
        // Here and there, one by one, so that nothing is written anew only because its neighbour is erased.
        for step in 0..<3 {
            let some = all.filter { $0 % 3 == UInt64(step) }.shuffled()
            for sequence in some { _ = try fixture.store.erase(erasure(fixture, [sequence]), now: StoreFixture.start) }
        }
        try fixture.store.checkpoint()
        #expect(try filesWithSecret(fixture) == [])
        #expect(try fixture.store.events(of: other.id, sequences: all).count == 60)
    }

    @Test func `has exports made anew without the events, finished ones and those under way`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a", Self.secret, "c"]))
        let rig = try ExportRig(fixture)
        let finished = try rig.job(fixture)
        let waiting = try rig.job(fixture, by: "message")
        let untouched = rig.job(
            fixture,
            .json,
            .list([1, 1], search: "pas_a"),
            try fixture.store.treeSizes(of: fixture.log.id)
        )
        for job in [finished, untouched] { #expect(try rig.exporter.accept(job)) }
        rig.exporter.start()
        defer { rig.exporter.stop() }
        #expect(try rig.settle(finished.id) == .done)
        #expect(try rig.settle(untouched.id) == .done)
        #expect(try rig.messages(finished) == ["a", Self.secret, "c"])
        rig.freeBytes = 0
        #expect(try rig.exporter.accept(waiting))
        let link = try rig.exporter.makeLink(to: finished, name: "a.gz")
        guard case .found(let old) = try rig.exporter.link(link.secret, name: "a.gz"),
            case .found(let same) = try rig.exporter.link(
                try rig.exporter.makeLink(to: untouched, name: "b.gz").secret,
                name: "b.gz"
            )
        else {
            Issue.record("a link leads nowhere")
            return
        }

        _ = try fixture.store.erase(erasure(fixture, [2]), now: StoreFixture.start)
        try rig.exporter.noteErasures()
        #expect(!FileManager.default.fileExists(atPath: old.path))
        #expect(FileManager.default.fileExists(atPath: same.path))
        rig.freeBytes = .max
        for job in [finished, waiting] {
            #expect(try rig.settle(job.id) == .done)
            #expect(try rig.messages(job) == ["a", "c"])
        }
        // The link is the same.
        guard case .found(let new) = try rig.exporter.link(link.secret, name: "a.gz") else {
            Issue.record("the link is gone")
            return
        }
        #expect(new.path != old.path && FileManager.default.fileExists(atPath: new.path))
    }

    @Test func `is noticed by exports also when the process ended in between`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a", Self.secret]))
        let job: ExportJob
        do {
            let rig = try ExportRig(fixture)
            job = try rig.job(fixture)
            #expect(try rig.exporter.accept(job))
            rig.exporter.start()
            #expect(try rig.settle(job.id) == .done)
            rig.exporter.stop()
        }
        _ = try fixture.store.erase(erasure(fixture, [2]), now: StoreFixture.start)
        let rig = try ExportRig(fixture)
        #expect(try rig.exporter.job(job.id)?.state == .running)
        rig.exporter.start()
        defer { rig.exporter.stop() }
        #expect(try rig.settle(job.id) == .done)
        #expect(try rig.messages(job) == ["a"])
    }
}

@Suite struct `Cutting records out of a delivery` {
    private func delivery(_ body: String, _ ranges: [Range<Int>]) -> RawBlock.Delivery {
        RawBlock.Delivery(
            source: "s",
            mappingVersion: "1",
            context: [],
            body: Array(body.utf8),
            records: ranges.enumerated().map { RawBlock.Record(sequence: UInt64($0 + 1), range: $1) }
        )
    }

    private func texts(_ delivery: RawBlock.Delivery?) -> [String] {
        (delivery?.records ?? []).map {
            "\($0.sequence) " + String(decoding: delivery?.body[$0.range] ?? [], as: UTF8.self)
        }
    }

    @Test func `moves those behind, and takes along those that overlap`() {
        let whole = delivery("[aa,bbb,c,dd]", [1..<3, 4..<7, 8..<9, 10..<12])
        #expect(texts(whole.cutting([4..<7])) == ["1 aa", "3 c", "4 dd"])
        #expect(texts(whole.cutting([10..<12, 1..<3])) == ["2 bbb", "3 c"])
        #expect(texts(whole.cutting([6..<9])) == ["1 aa", "4 dd"])
        #expect(whole.cutting([0..<13]) == nil)
        #expect(texts(whole.cutting([])) == ["1 aa", "2 bbb", "3 c", "4 dd"])
        #expect(whole.cutting([4..<7]).map { String(decoding: $0.body, as: UTF8.self) } == "[aa,,c,dd]")
    }

    @Test func `loses what two events share`() {
        var block = RawBlock()
        block.deliveries = [delivery("xyz", [0..<3, 0..<3]), delivery("k", [0..<1])]
        block.deliveries[1].records = [RawBlock.Record(sequence: 9, range: 0..<1)]
        let isChanged = block.remove([2])
        #expect(isChanged)
        #expect(block.deliveries.count == 1 && texts(block.deliveries[0]) == ["9 k"])
        let isChangedAgain = block.remove([2])
        #expect(!isChangedAgain)
    }
}
