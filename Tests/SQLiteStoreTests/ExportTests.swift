import AuditLog
import Cryptography
import Foundation
import JSON
import Merkle
import Schema
import Testing

@testable import SQLiteStore

@Suite struct `An export` {
    private func files(_ fixture: StoreFixture) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: fixture.folder.appending(path: "exports").path)
            .filter { !$0.hasPrefix("exports.db") }.sorted()
    }

    @Test func `holds what there was when it was accepted, with proofs for the roots of then`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a", "b", "c"]))
        _ = try fixture.store.seal(SealRequest(log: fixture.log.id, closesBuffer: true, signer: nil), now: 1)
        try fixture.commit(fixture.request(["d", "e"]))
        let rig = try ExportRig(fixture)
        let job = try rig.job(fixture)
        let summary = try fixture.store.treeSummary(of: fixture.log.id)
        #expect(try rig.exporter.accept(job))
        // Both trees are others by the time the file is made.
        try fixture.commit(fixture.request(["f"]))
        _ = try fixture.store.seal(SealRequest(log: fixture.log.id, closesBuffer: true, signer: nil), now: 2)
        try fixture.commit(fixture.request(["g"]))
        rig.exporter.start()
        defer { rig.exporter.stop() }
        #expect(try rig.settle(job.id) == .done)

        let published = try #require(summary.root?.hash)
        let open = try #require(summary.openRoot?.hash)
        let hasher = TreeHasher(.plain)
        var messages: [String] = []
        for line in try rig.text(job).split(separator: "\n") {
            let document = JSONDocument()
            try document.parse(Array(line.utf8))
            let root = document.root
            messages.append(root["envelope"]?["event"]?["message"]?.stringValue ?? "?")
            let leaf = try #require(TreeHash(hex: root["hash"]?.stringValue ?? ""))
            let proof = try #require(root["membership_proof"]?.stringValue)
            let isPublished = root["published"]?.boolValue == true
            #expect(isPublished == (root["leaf_index"]?.integerValue == 0))
            #expect(MembershipProof.verify(proof, leaf: leaf, root: isPublished ? published : open, hasher))
        }
        #expect(messages == ["a", "b", "c", "d", "e"])
    }

    @Test func `is in the order asked for, also by a field`() throws {
        let fixture = try StoreFixture()
        let names = (0..<300).map { "m\($0 * 7919 % 300)" }
        try fixture.commit(fixture.request(names))
        let rig = try ExportRig(fixture)
        rig.exporter.start()
        defer { rig.exporter.stop() }
        let cases: [(field: String?, descending: Bool, expected: [String])] = [
            (nil, false, names), (nil, true, names.reversed()), ("message", false, names.sorted()),
            ("message", true, names.sorted().reversed()),
            // Nobody has it: the order of receipt, in both directions.
            ("actor", false, names), ("actor", true, names),
        ]
        for (field, descending, expected) in cases {
            let job = try rig.job(fixture, by: field, descending: descending)
            #expect(try rig.exporter.accept(job))
            #expect(try rig.settle(job.id) == .done)
            #expect(try rig.messages(job) == expected, "\(field ?? "received_at") \(descending)")
        }
        #expect(try files(fixture).allSatisfy { !$0.contains(".sort") })
    }

    @Test func `of nothing is a file all the same`() throws {
        let fixture = try StoreFixture()
        let rig = try ExportRig(fixture)
        rig.exporter.start()
        defer { rig.exporter.stop() }
        let job = try rig.job(fixture, .csv)
        #expect(try rig.exporter.accept(job))
        #expect(try rig.settle(job.id) == .done)
        #expect(try rig.text(job).hasPrefix("received_at,message,"))
        let other = try rig.job(fixture, .json)
        #expect(try rig.exporter.accept(other))
        #expect(try rig.settle(other.id) == .done)
        #expect(try rig.text(other).isEmpty)
    }

    @Test func `of a search holds its events in its order, those that the token may see`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a", "secret", "c", "d"]))
        let rig = try ExportRig(fixture) { !String(decoding: $0.event, as: UTF8.self).contains("secret") }
        rig.exporter.start()
        defer { rig.exporter.stop() }
        let sizes = try fixture.store.treeSizes(of: fixture.log.id)
        let job = rig.job(fixture, .json, .list([4, 2, 1], search: "pas_a"), sizes)
        #expect(try rig.exporter.accept(job))
        #expect(try rig.settle(job.id) == .done)
        #expect(try rig.messages(job) == ["d", "a"])
        #expect(try rig.exporter.job(ofSearch: "pas_a", .json, token: "t")?.id == job.id)
        #expect(try rig.exporter.job(ofSearch: "pas_a", .csv, token: "t") == nil)
        #expect(try rig.exporter.job(ofSearch: "pas_a", .json, token: "u") == nil)
    }

    @Test func `goes on after any end of the process, from what is on disk`() throws {
        let fixture = try StoreFixture()
        let filler = String(repeating: "x", count: 2000)
        for round in 0..<20 {
            try fixture.commit(fixture.request((0..<100).map { "\(round * 100 + $0) \(filler)" }))
        }
        let job: ExportJob
        do {
            let rig = try ExportRig(fixture)
            job = try rig.job(fixture, verbose: false)
            #expect(try rig.exporter.accept(job))
            // Room for one member: the next one waits.
            rig.exporter.start()
            while try rig.exporter.job(job.id)?.events == 0 { Thread.sleep(forTimeInterval: 0.001) }
            rig.exporter.stop()
            #expect(try rig.exporter.job(job.id)?.events ?? 0 > 0)
        }
        let name = try #require(try files(fixture).first)
        let path = fixture.folder.appending(path: "exports/\(name)")
        // What a crash leaves behind the last member that was noted.
        let handle = try FileHandle(forWritingTo: path)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("half a member".utf8))
        try handle.close()
        let attributes = try FileManager.default.attributesOfItem(atPath: path.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)

        let rig = try ExportRig(fixture)
        rig.exporter.start()
        defer { rig.exporter.stop() }
        #expect(try rig.settle(job.id) == .done)
        #expect(try rig.messages(job).map { $0.prefix { $0 != " " } } == (0..<2000).map { "\($0)" })
    }

    @Test func `begins anew when its file is not what was noted`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request((0..<2000).map { "\($0) " + String(repeating: "y", count: 1000) }))
        let job: ExportJob
        do {
            let rig = try ExportRig(fixture)
            job = try rig.job(fixture, verbose: false)
            #expect(try rig.exporter.accept(job))
            rig.exporter.start()
            while try rig.exporter.job(job.id)?.events == 0 { Thread.sleep(forTimeInterval: 0.001) }
            rig.exporter.stop()
        }
        let name = try #require(try files(fixture).first)
        try FileManager.default.removeItem(at: fixture.folder.appending(path: "exports/\(name)"))
        if try ExportRig(fixture).exporter.job(job.id)?.state == .running {
            let rig = try ExportRig(fixture)
            rig.exporter.start()
            defer { rig.exporter.stop() }
            #expect(try rig.settle(job.id) == .done)
            #expect(try rig.messages(job).count == 2000)
        }
    }

    @Test func `waits while the disk is nearly full and goes on by itself`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"]))
        let rig = try ExportRig(fixture)
        rig.freeBytes = 1 << 20
        rig.exporter.start()
        defer { rig.exporter.stop() }
        let job = try rig.job(fixture)
        #expect(try rig.exporter.accept(job))
        let deadline = ContinuousClock.now + .seconds(10)
        while rig.waits < 2 && ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.005) }
        #expect(rig.waits >= 2)
        #expect(try rig.exporter.job(job.id)?.state == .running)
        // Events are stored all the while.
        try fixture.commit(fixture.request(["b"]))
        rig.freeBytes = .max
        #expect(try rig.settle(job.id) == .done)
        #expect(try rig.messages(job) == ["a"])
    }

    @Test func `is over after its time, with its file and its links`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"]))
        let rig = try ExportRig(fixture)
        rig.exporter.start()
        defer { rig.exporter.stop() }
        let job = try rig.job(fixture)
        #expect(try rig.exporter.accept(job))
        #expect(try rig.settle(job.id) == .done)
        let link = try rig.exporter.makeLink(to: job, name: "a.gz")
        // A link keeps its file for as long as it lives itself.
        rig.now += 2_000_000
        rig.exporter.sweep()
        #expect(try files(fixture).count == 1)
        guard case .found = try rig.exporter.link(link.secret, name: "a.gz") else {
            Issue.record("the link is over before its time")
            return
        }
        for (secret, name) in [(link.secret, "b.gz"), ("a" + link.secret.dropFirst(), "a.gz"), ("", "")] {
            guard case .unknown = try rig.exporter.link(secret, name: name) else {
                Issue.record("a wrong link leads to the file")
                return
            }
        }
        rig.now = link.expiresAt
        guard case .expired = try rig.exporter.link(link.secret, name: "a.gz") else {
            Issue.record("the link lives on")
            return
        }
        rig.exporter.sweep()
        #expect(try files(fixture).isEmpty)
        #expect(try rig.exporter.job(job.id) == nil)
    }

    @Test func `keeps only a hash of a link's secret`() throws {
        let fixture = try StoreFixture()
        let rig = try ExportRig(fixture)
        let job = try rig.job(fixture)
        #expect(try rig.exporter.accept(job))
        let secret = try rig.exporter.makeLink(to: job, name: "a.gz").secret
        for name in try FileManager.default.subpathsOfDirectory(atPath: fixture.folder.path) {
            guard let data = FileManager.default.contents(atPath: fixture.folder.appending(path: name).path) else {
                continue
            }
            #expect(data.firstRange(of: Data(secret.utf8)) == nil, "\(name)")
        }
    }

    @Test func `may be lost with a damaged list of exports, but the gateway starts`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["a"]))
        let job: ExportJob
        do {
            let rig = try ExportRig(fixture)
            job = try rig.job(fixture)
            #expect(try rig.exporter.accept(job))
        }
        let list = fixture.folder.appending(path: "exports/exports.db")
        try Data(repeating: 0x5A, count: 9000).write(to: list)
        let rig = try ExportRig(fixture)
        rig.exporter.start()
        defer { rig.exporter.stop() }
        #expect(try rig.exporter.job(job.id) == nil)
        let next = try rig.job(fixture)
        #expect(try rig.exporter.accept(next))
        #expect(try rig.settle(next.id) == .done)
        #expect(FileManager.default.fileExists(atPath: list.path + ".damaged"))
    }

    @Test func `is refused when too many wait`() throws {
        let fixture = try StoreFixture()
        let rig = try ExportRig(fixture)
        for _ in 0..<100 { #expect(try rig.exporter.accept(try rig.job(fixture))) }
        #expect(try !rig.exporter.accept(try rig.job(fixture)))
    }
}
