import AuditLog
import Foundation
import JSON
@testable import SQLiteStore
import Schema
import Synchronization

/// A store with an index of small segments.
final class IndexRig {
    let fixture: StoreFixture
    private(set) var schema: EventSchema
    private(set) var index: SearchIndex
    private(set) var indexer: SearchIndexer
    private let encoding = JSONDocument()
    static let segmentEvents = 40

    static let schema = EventSchema(fields: [
        Field(id: "message", kind: .string, isRequired: true), Field(id: "actor", kind: .string),
        Field(id: "status", kind: .text), Field(id: "number", kind: .integer), Field(id: "flag", kind: .boolean),
        Field(id: "time", kind: .datetime), Field(id: "hidden", kind: .stringUnindexed),
    ])

    init() throws {
        fixture = try StoreFixture()
        schema = IndexRig.schema
        index = try SearchIndex(fixture.store, logs: [IndexedLog(fixture.log, schema: schema)])
        indexer = SearchIndexer(index, segmentEvents: IndexRig.segmentEvents)
    }

    var store: SQLiteStore { fixture.store }
    var log: LogID { fixture.log.id }
    var folder: URL { fixture.folder.appending(path: "search") }
    var now: Int64 { StoreFixture.start + 10_000_000_000 }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }

    /// Opens the index as a new process would; one process may have the store, so that stays open.
    func reopen(schema: EventSchema? = nil) throws {
        self.schema = schema ?? self.schema
        index = try SearchIndex(fixture.store, logs: [IndexedLog(fixture.log, schema: self.schema)])
        indexer = SearchIndexer(index, segmentEvents: IndexRig.segmentEvents)
    }

    /// Stores events, a second apart; a value may be of another type than its field's.
    func append(_ events: [String]) throws {
        var now = StoreFixture.start + Int64(try store.head(of: log)) * 1_000_000
        for event in events {
            var encoder = EventEncoder(schema: schema)
            try encoding.parse(Array(event.utf8))
            encoder.begin()
            for (index, field) in schema.fields.enumerated() {
                guard case .node(let object) = encoding.root,
                    let value = object.members.first(where: { $0.0.string == field.id })?.1.value
                else { continue }
                encoder.append(field: index) { $0.append(canonical: value) }
            }
            encoder.finish()
            var batch = WriteBatch()
            batch.appends = [AppendRequest(log: log, events: encoder.take())]
            _ = try store.commit(batch, now: now)
            now += 1_000_000
        }
    }

    func erase(_ sequences: [Int]) throws {
        let list = sequences.map { "\($0)" }.joined(separator: ",")
        try fixture.execute("UPDATE event SET event = NULL WHERE id & 1099511627775 IN (\(list))")
    }

    func call(_ body: String, now: Int64) throws -> SearchCall {
        let request = APIRequestBody()
        try Array(body.utf8).withUnsafeBytes { try request.parse($0) }
        return try SearchCall(request, schema: schema, now: now)
    }

    func found(_ query: String) throws -> [UInt64] {
        var writer = JSONWriter()
        writer.append(canonical: .object([JSONMember("query", .string(query))]))
        return try search(call(String(decoding: writer.bytes, as: UTF8.self), now: now))
    }

    func search(_ call: SearchCall, isVisible: ((SearchRow) -> Bool)? = nil) throws -> [UInt64] {
        try SearchRunner(store: store, index: index).run(call, on: log, schema: schema, isVisible: isVisible)
    }

    func searchNaively(_ call: SearchCall, isVisible: ((SearchRow) -> Bool)? = nil) throws -> [UInt64] {
        try SearchRunner(store: store).run(call, on: log, schema: schema, isVisible: isVisible)
    }
}

/// Makes events and searches that find some of them.
struct RandomSearch {
    private var generator: Generator
    private var values: [String] = []
    private static let letters = [
        "a", "b", "c", " ", "\"", "\\", "é", "日", "😀", "\n", "/", "0", "1", ":", "-", "(", "A",
    ]
    private static let statuses = ["ok", "failed", "a", "", "日本", "ok "]
    private static let fields = ["message", "actor", "status", "number", "flag", "time"]

    init(seed: UInt64) { generator = Generator(state: seed) }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            // splitmix64
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
    private mutating func one(of texts: [String]) -> String { texts.randomElement(using: &generator) ?? "" }

    private mutating func text(_ length: ClosedRange<Int>) -> String {
        (0..<Int.random(in: length, using: &generator)).map { _ in one(of: RandomSearch.letters) }.joined()
    }

    mutating func event() -> String {
        var message = text(0...30)
        if chance(1) { message += String(repeating: "long \(text(3...9)) ", count: 3000) }
        var members = [JSONMember("message", .string(message)), JSONMember("hidden", .string(text(3...5)))]
        if chance(70) {
            members.append(JSONMember("actor", .string("u\(Int.random(in: 0..<90, using: &generator))@\(text(1...3))")))
        }
        if chance(80) { members.append(JSONMember("status", .string(one(of: RandomSearch.statuses)))) }
        if chance(60) { members.append(JSONMember("number", .integer(Int64.random(in: -20...20, using: &generator)))) }
        if chance(60) { members.append(JSONMember("flag", .bool(chance(30)))) }
        if chance(60) {
            let day = Int.random(in: 1...28, using: &generator)
            members.append(
                JSONMember("time", .string("2024-\(day % 12 + 1)-\(day)T0:0:\(day)\(one(of: ["", "Z", "+01:00"]))"))
            )
        }
        // As an earlier schema may have had it.
        if chance(3) {
            members.removeAll { $0.name == Array("number".utf8) || $0.name == Array("actor".utf8) }
            members.append(JSONMember("number", .string(text(1...4))))
            members.append(JSONMember("actor", .integer(Int64.random(in: 0...999, using: &generator))))
        }
        for case .string(let bytes) in members.map(\.value) where values.count < 4000 {
            values.append(String(decoding: bytes, as: UTF8.self))
        }
        var writer = JSONWriter()
        writer.append(canonical: .object(members))
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// A part of what some event holds, or anything.
    private mutating func word() -> String {
        if chance(20) { return text(1...4) }
        let value = Array(one(of: values).unicodeScalars)
        guard !value.isEmpty else { return one(of: RandomSearch.statuses) }
        let start = Int.random(in: 0..<value.count, using: &generator)
        let length = [1, 2, 2, 3, 4, 5, 8, 20, 400].randomElement(using: &generator) ?? 1
        var word = String.UnicodeScalarView()
        word.append(contentsOf: value[start..<min(value.count, start + length)])
        return String(word)
    }

    private func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }

    private mutating func term() -> String {
        let number = Int.random(in: -22...22, using: &generator)
        switch Int.random(in: 0..<14, using: &generator) {
        case 0, 1, 2: return quoted(word())
        case 3, 4: return "message:\(quoted(word()))"
        case 5: return "actor:\(quoted(word()))"
        case 6: return "status:\(quoted(one(of: RandomSearch.statuses)))"
        case 7: return "\(one(of: ["message", "actor", "status"]))=\(quoted(one(of: values + RandomSearch.statuses)))"
        case 8: return "number\(one(of: [":", "=", "<", ">"]))\(number)"
        case 9: return "flag:\(one(of: ["true", "false"]))"
        case 10: return "\(one(of: RandomSearch.fields)):\"\""
        case 11: return "time\(one(of: ["<", ">", "="]))2024-0\(Int.random(in: 1...9, using: &generator))-05T00:00:05Z"
        case 12: return one(of: ["\(number)", "true", "false", "time:2024-"])
        default:
            let second = Int.random(in: 0..<1800, using: &generator)
            return "received_at\(one(of: ["<", ">"]))2023-11-14T22:\(13 + second / 60):\(second % 60)Z"
        }
    }

    private mutating func query(_ depth: Int) -> String {
        switch depth == 0 ? 0 : Int.random(in: 0..<6, using: &generator) {
        case 1: "-(\(query(depth - 1)))"
        case 2, 3: "(\(query(depth - 1)) \(query(depth - 1)))"
        case 4: "(\(query(depth - 1)) OR \(query(depth - 1)))"
        default: term()
        }
    }

    mutating func body(now: Int64) -> String {
        var members = [JSONMember("query", .string(chance(5) ? "" : query(Int.random(in: 0...3, using: &generator))))]
        members.append(JSONMember("order", .string(chance(50) ? "desc" : "asc")))
        if chance(20) { members.append(JSONMember("order_by", .string(one(of: RandomSearch.fields)))) }
        if chance(40) {
            members.append(
                JSONMember("max_results", .integer(Int64([1, 3, 20, 500].randomElement(using: &generator) ?? 1)))
            )
        }
        if chance(40) {
            let first = 10_000 - Int.random(in: 0..<1800, using: &generator)
            members.append(JSONMember("start", .string("\(first)s")))
            members.append(JSONMember("end", .string("\(max(0, first - Int.random(in: 0..<900, using: &generator)))s")))
        }
        if chance(20) {
            let statuses = (0..<2).map { _ in JSONValue.string(one(of: RandomSearch.statuses)) }
            members.append(
                JSONMember("search_restriction", .object([JSONMember("status", .array(statuses))]))
            )
        }
        var writer = JSONWriter()
        writer.append(canonical: .object(members))
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// Counts the events that are read for a search.
final class CountingIndex: SearchIndexReading {
    private let index: SearchIndex
    let rows = Mutex(0)

    init(_ index: SearchIndex) { self.index = index }

    var key: SearchIndexKey { index.key }

    func segments(of log: LogID, schema: EventSchema) -> [SegmentHeader] { index.segments(of: log, schema: schema) }
    func open(_ segment: SegmentHeader, of log: LogID) -> (any SearchSegment)? { index.open(segment, of: log) }
    func discard(_ segment: SegmentHeader, of log: LogID) { index.discard(segment, of: log) }

    func sequences(of log: LogID, receivedAt: ClosedRange<Int64>) throws(StoreError) -> ClosedRange<UInt64>? {
        try index.sequences(of: log, receivedAt: receivedAt)
    }

    func visit(
        _ range: ClosedRange<UInt64>,
        of log: LogID,
        isDescending: Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        try index.visit(range, of: log, isDescending: isDescending) { row in
            rows.withLock { $0 += 1 }
            return body(row)
        }
    }

    func visit(_ sequences: [UInt64], of log: LogID, _ body: (SearchRow) -> Bool) throws(StoreError) -> Bool {
        try index.visit(sequences, of: log) { row in
            rows.withLock { $0 += 1 }
            return body(row)
        }
    }
}
