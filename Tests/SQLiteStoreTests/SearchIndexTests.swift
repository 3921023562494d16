import AuditLog
import Foundation
@testable import SQLiteStore
import Schema
import Synchronization
import Testing

@Suite struct `A search by index` {
    /// Random events and random queries: words of one letter and of many, with escapes and several bytes a letter, at and
    /// across the borders of fields, in what was erased, in values too long for the index and in values of another type.
    @Test(arguments: [1, 2, 3, 4])
    func `finds what looking at every event finds`(seed: UInt64) throws {
        let rig = try IndexRig()
        var random = RandomSearch(seed: seed)
        try rig.append((0..<2700).map { _ in random.event() })
        try rig.erase([3, 40, 41, 42, 900])
        try rig.indexer.catchUp()
        try rig.erase([7, 64, 1300] + Array(128...160))
        // Behind the index.
        try rig.append((0..<30).map { _ in random.event() })
        #expect(try rig.index.lag(of: rig.log) < 70)
        #expect(rig.index.segments(of: rig.log).contains { $0.isMerged })
        var found = 0
        for round in 0..<400 {
            let call = try rig.call(random.body(now: rig.now), now: rig.now)
            let isVisible: ((SearchRow) -> Bool)? = round % 5 == 0 ? { $0.sequence % 3 != 0 } : nil
            let indexed = try rig.search(call, isVisible: isVisible)
            let naive = try rig.searchNaively(call, isVisible: isVisible)
            #expect(indexed == naive, "\(call.query) \(call.restriction) \(call.order)")
            found += naive.isEmpty ? 0 : 1
        }
        // The queries are of use only when many find something.
        #expect(found > 150)
    }

    @Test func `finds an event as soon as it is committed`() throws {
        let rig = try IndexRig()
        for round in 0..<200 {
            try rig.append([#"{"message":"number \#(round)"}"#])
            try rig.indexer.catchUp()
            #expect(try rig.found(#"message:"number \#(round)""#).first == UInt64(round + 1))
        }
    }

    @Test func `excludes without reading what it excludes`() throws {
        let rig = try IndexRig()
        try rig.append((0..<2000).map { #"{"message":"m\#($0)","status":"\#($0 == 77 ? "odd" : "usual")"}"# })
        try rig.indexer.catchUp()
        let reading = CountingIndex(rig.index)
        let call = try rig.call(#"{"query":"-status:usual","end":"2100-01-01T00:00:00Z"}"#, now: rig.now)
        let found = try SearchRunner(store: rig.store, index: reading).run(call, on: rig.log, schema: rig.schema)
        #expect(found == [78])
        #expect(reading.rows.withLock { $0 } < 150)
    }
}

@Suite struct `A search index` {
    private static let events = (0..<1500).map { #"{"message":"event \#($0)","actor":"actor \#($0 % 7)"}"# }

    @Test func `is found again by the next process`() throws {
        let rig = try IndexRig()
        try rig.append(Self.events)
        try rig.indexer.catchUp()
        let segments = rig.index.segments(of: rig.log)
        try rig.reopen()
        #expect(rig.index.segments(of: rig.log) == segments)
        #expect(segments.count > 1)
    }

    @Test func `is read by a tool beside the gateway, which changes nothing`() throws {
        let rig = try IndexRig()
        try rig.append(Self.events)
        try rig.indexer.catchUp()
        let names = try rig.names()
        let store = try SQLiteStore(path: rig.fixture.path, isReadOnly: true)
        let index = try SearchIndex(store, logs: rig.index.logs, isReadOnly: true)
        #expect(index.segments(of: rig.log) == rig.index.segments(of: rig.log))
        #expect(try rig.names() == names)
    }

    @Test func `is made anew when its folder or its key is gone`() throws {
        let rig = try IndexRig()
        try rig.append(Self.events)
        try rig.indexer.catchUp()
        for damage in [rig.folder, rig.folder.appending(path: "key")] {
            try FileManager.default.removeItem(at: damage)
            try rig.reopen()
            #expect(rig.index.segments(of: rig.log).isEmpty)
            #expect(try rig.found(#"message:"event 700""#) == [701])
            try rig.indexer.catchUp()
            #expect(try rig.index.lag(of: rig.log) < 64)
            #expect(try rig.found(#"message:"event 700""#) == [701])
        }
    }

    @Test func `loses the segments that are damaged, and no event`() throws {
        let rig = try IndexRig()
        try rig.append(Self.events)
        try rig.indexer.catchUp()
        var generator = SystemRandomNumberGenerator()
        for round in 0..<30 {
            let name = try #require(try rig.names().filter { $0.hasSuffix(".segment") }.randomElement())
            let file = rig.folder.appending(path: name)
            var bytes = try Data(contentsOf: file)
            switch round % 3 {
            case 0: for _ in 0..<200 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 0x10 }
            case 1: bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
            default: bytes.resetBytes(in: Int.random(in: 0..<bytes.count, using: &generator)..<bytes.count)
            }
            try bytes.write(to: file)
            if round.isMultiple(of: 2) { try rig.reopen() }
            for number in [3, 640, 1400] { #expect(try rig.found(#""event \#(number)""#).contains(UInt64(number + 1))) }
            #expect(try rig.found("-actor:4").count == 1500 - 214)
            try rig.indexer.catchUp()
            #expect(try rig.index.lag(of: rig.log) < 64)
        }
    }

    @Test func `takes no segment of another schema or another history`() throws {
        let rig = try IndexRig()
        try rig.append(Self.events)
        try rig.indexer.catchUp()
        try rig.reopen(
            schema: EventSchema(fields: [Field(id: "message", kind: .string), Field(id: "actor", kind: .text)])
        )
        #expect(rig.index.segments(of: rig.log).isEmpty)
        try rig.indexer.catchUp()
        // As if a backup had been restored, and other events had come since.
        try rig.fixture.execute("UPDATE event SET hash = randomblob(32) WHERE id & 1099511627775 > 1300")
        try rig.reopen(schema: rig.schema)
        let last = rig.index.segments(of: rig.log).map(\.sequences.upperBound).max()
        #expect(last.map { $0 <= 1300 } == true)
    }

    @Test func `forgets what is erased`() throws {
        let rig = try IndexRig()
        try rig.append(Self.events)
        try rig.indexer.catchUp()
        let names = try rig.names()
        try rig.erase([700])
        rig.index.forget(700, of: rig.log)
        #expect(try rig.names().count == names.count - 1)
        #expect(try rig.found(#""event 699""#) == [])
        #expect(try rig.found(#""event 698""#) == [699])
        try rig.indexer.catchUp()
        #expect(try rig.found(#""event 699""#) == [])
        #expect(try rig.index.lag(of: rig.log) < 64)
    }

    @Test func `holds no text`() throws {
        let rig = try IndexRig()
        try rig.append((0..<200).map { _ in #"{"message":"a most remarkable sentence","actor":"maria"}"# })
        try rig.indexer.catchUp()
        for name in try rig.names() {
            let bytes = try Data(contentsOf: rig.folder.appending(path: name))
            for text in ["remarkable", "maria", "message"] { #expect(bytes.range(of: Data(text.utf8)) == nil) }
        }
    }

    @Test func `is readable by its owner alone`() throws {
        let rig = try IndexRig()
        try rig.append(Self.events)
        try rig.indexer.catchUp()
        for name in try rig.names() {
            let path = rig.folder.appending(path: name).path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o077 } == 0, "\(name)")
        }
    }

    @Test func `follows the log on a thread of its own until it is stopped`() throws {
        let rig = try IndexRig()
        rig.indexer.start()
        try rig.append(Self.events)
        let deadline = Date(timeIntervalSinceNow: 20)
        while try rig.index.lag(of: rig.log) >= 64, Date() < deadline { usleep(10_000) }
        #expect(try rig.index.lag(of: rig.log) < 64)
        rig.indexer.stop()
        #expect(rig.index.writeProblem == nil)
        #expect(rig.index.lagSeen(of: rig.log) < 64)
    }

    @Test func `says why it cannot be written, and goes on when it can`() throws {
        let rig = try IndexRig()
        let unfinished = rig.folder.appending(path: "unfinished")
        // A folder in the place of the file that is written.
        try FileManager.default.createDirectory(at: unfinished, withIntermediateDirectories: false)
        rig.indexer.start()
        try rig.append(Self.events)
        let deadline = Date(timeIntervalSinceNow: 20)
        while rig.index.writeProblem == nil, Date() < deadline { usleep(10_000) }
        #expect(rig.index.writeProblem?.contains(unfinished.path) == true)
        #expect(rig.index.lagSeen(of: rig.log) > 0)
        #expect(try rig.found(#"message:"event 700""#) == [701])
        rig.indexer.stop()
        try FileManager.default.removeItem(at: unfinished)
        try rig.indexer.catchUp()
        #expect(try rig.index.lag(of: rig.log) < 64)
    }
}
