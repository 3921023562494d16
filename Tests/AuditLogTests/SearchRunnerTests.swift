import AuditLog
import Merkle
import Schema
import Testing

@Suite struct `A search` {
    private static let log = LogID(rawValue: 1)

    /// Events at 1 s, 2 s, … after 2023-11-14T22:13:20Z.
    private func run(
        _ body: String,
        over events: [String],
        schema: EventSchema = .standard,
        isVisible: ((SearchRow) -> Bool)? = nil
    ) throws -> [UInt64] {
        let store = ScannedLog(events: events.enumerated().map { StoredEvent(UInt64($0 + 1), $1) })
        let request = APIRequestBody()
        try Array(body.utf8).withUnsafeBytes { try request.parse($0) }
        let call = try SearchCall(request, schema: schema, now: 1_700_000_060_000_000)
        return try SearchRunner(store: store).run(call, on: Self.log, schema: schema, isVisible: isVisible)
    }

    private let actors = ["b", "", "a", "b", "c", "a"].map { actor in
        actor.isEmpty ? #"{"message":"m"}"# : #"{"actor":"\#(actor)","message":"m"}"#
    }

    @Test func `gives the newest first unless it is told otherwise`() throws {
        #expect(try run("{}", over: actors) == [6, 5, 4, 3, 2, 1])
        #expect(try run(#"{"order":"asc"}"#, over: actors) == [1, 2, 3, 4, 5, 6])
        #expect(try run(#"{"order":"asc","order_by":"received_at","max_results":2}"#, over: actors) == [1, 2])
        #expect(try run(#"{"max_results":2}"#, over: actors) == [6, 5])
        #expect(try run(#"{"query":"actor:b"}"#, over: actors) == [4, 1])
    }

    @Test func `sorts by a field, with what lacks it first and ties by time`() throws {
        #expect(try run(#"{"order_by":"actor","order":"asc"}"#, over: actors) == [2, 3, 6, 1, 4, 5])
        #expect(try run(#"{"order_by":"actor","order":"desc"}"#, over: actors) == [5, 1, 4, 3, 6, 2])
        #expect(try run(#"{"order_by":"actor","order":"asc","max_results":3}"#, over: actors) == [2, 3, 6])
        #expect(try run(#"{"order_by":"actor","order":"desc","max_results":3}"#, over: actors) == [5, 1, 4])
        #expect(try run(#"{"order_by":"actor","order":"desc","max_results":1}"#, over: actors) == [5])
    }

    @Test func `sorts numbers, times and truth values by what they mean`() throws {
        let events = [
            #"{"message":"a","field_int":10,"field_bool":true,"field_time":"2024-01-01T00:00:00Z"}"#,
            #"{"message":"b","field_int":9,"field_bool":false,"field_time":"2024-01-01T00:30:00+01:00"}"#,
            #"{"message":"c","field_int":-1,"field_time":"2023-6-1T0:0:0.5"}"#,
            #"{"message":"d"}"#,
        ]
        #expect(try run(#"{"order_by":"field_int","order":"asc"}"#, over: events, schema: .custom) == [4, 3, 2, 1])
        #expect(try run(#"{"order_by":"field_time","order":"asc"}"#, over: events, schema: .custom) == [4, 3, 2, 1])
        #expect(try run(#"{"order_by":"field_bool","order":"asc"}"#, over: events, schema: .custom) == [3, 4, 2, 1])
    }

    @Test func `finds the first of many by any order as sorting all of them does`() throws {
        var generator = SeededGenerator(seed: 3)
        let numbers = (0..<500).map { _ in Int.random(in: 0..<60, using: &generator) }
        let events = numbers.map { #"{"message":"m","field_int":\#($0)}"# }
        for isDescending in [false, true] {
            let sorted = numbers.indices.sorted { a, b in
                numbers[a] == numbers[b] ? a < b : (numbers[a] < numbers[b]) != isDescending
            }
            for count in [1, 7, 250, 500, 1000] {
                let found = try run(
                    #"{"order_by":"field_int","order":"\#(isDescending ? "desc" : "asc")","max_results":\#(count)}"#,
                    over: events,
                    schema: .custom
                )
                #expect(found == sorted.prefix(count).map { UInt64($0 + 1) })
            }
        }
    }

    @Test func `is bounded in time, both ends included`() throws {
        #expect(
            try run(#"{"start":"2023-11-14T22:13:22Z","end":"2023-11-14T22:13:24Z","order":"asc"}"#, over: actors) == [
                2, 3, 4,
            ]
        )
        #expect(try run(#"{"start":"57s","order":"asc"}"#, over: actors) == [3, 4, 5, 6])
        #expect(try run(#"{"start":"1s","end":"2s"}"#, over: actors) == [])
    }

    @Test func `shows a reader only what they may see`() throws {
        #expect(try run(#"{"max_results":2}"#, over: actors) { $0.sequence.isMultiple(of: 2) } == [6, 4])
        #expect(try run(#"{"order_by":"actor","max_results":2}"#, over: actors) { $0.sequence < 4 } == [1, 3])
        #expect(
            try run(#"{"search_restriction":{"actor":["a"]},"query":"actor:a OR actor:b"}"#, over: actors) == [6, 3]
        )
    }

    @Test func `stops reading once it has enough`() throws {
        let store = ScannedLog(events: (1...100).map { StoredEvent($0, #"{"message":"m"}"#) })
        let request = APIRequestBody()
        try Array(#"{"max_results":3}"#.utf8).withUnsafeBytes { try request.parse($0) }
        let call = try SearchCall(request, schema: .standard, now: 1_700_000_060_000_000)
        var seen = 0
        let found = try SearchRunner(store: store).run(call, on: Self.log, schema: .standard) { _ in
            seen += 1
            return true
        }
        #expect(found == [100, 99, 98])
        #expect(seen == 3)
    }
}

/// A log in memory that can be scanned and nothing else.
private struct ScannedLog: LogStore {
    let events: [StoredEvent]

    private var unsupported: StoreError { StoreError(code: .unusable, message: "this log can only be scanned") }

    func scanEvents(
        of log: LogID,
        receivedAt: ClosedRange<Int64>,
        isDescending: Bool,
        _ body: (StoredEvent) -> Bool
    ) throws(StoreError) {
        for event in isDescending ? events.reversed() : events where receivedAt.contains(event.receivedAt) {
            guard body(event) else { return }
        }
    }

    func openLog(named name: String, maximumBufferEvents: Int?) throws(StoreError) -> LogIdentity { throw unsupported }
    func commit(_ batch: WriteBatch, now: Int64) throws(StoreError) -> [AppendOutcome] { throw unsupported }
    func head(of log: LogID) throws(StoreError) -> UInt64 { throw unsupported }
    func readEvents(
        of log: LogID,
        from sequence: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) throws(StoreError) -> [StoredEvent] { throw unsupported }
    func events(of log: LogID, sequences: [UInt64]) throws(StoreError) -> [StoredEvent] { throw unsupported }
    func rawRecords(of log: LogID, sequences: ClosedRange<UInt64>) throws(StoreError) -> [RawRecord] {
        throw unsupported
    }
    func cursor(of follower: String, log: LogID) throws(StoreError) -> UInt64? { throw unsupported }
    func storedRequest(_ id: String, now: Int64) throws(StoreError) -> StoredRequest? { throw unsupported }
    func frozenSearch(_ id: String, now: Int64) throws(StoreError) -> FrozenSearch? { throw unsupported }
    func quarantine(before id: Int64?, source: String?, limit: Int) throws(StoreError) -> [StoredQuarantineEntry] {
        throw unsupported
    }
    func quarantineEntry(_ id: Int64) throws(StoreError) -> StoredQuarantineEntry? { throw unsupported }
    func deadLetters(sink: String?, limit: Int) throws(StoreError) -> [DeadLetter] { throw unsupported }
    func sweep(_ retention: RetentionPeriods, now: Int64) throws(StoreError) -> Bool { throw unsupported }
    func checkpoint() throws(StoreError) { throw unsupported }
    func finish() {}
    func probe() throws(StoreError) { throw unsupported }
    func seal(_ request: SealRequest, now: Int64) throws(StoreError) -> SealOutcome { throw unsupported }
    func provenEvents(of log: LogID, sequences: [UInt64], at sizes: TreeSizes?) throws(StoreError) -> ProvenEvents {
        throw unsupported
    }
    func treeSizes(of log: LogID) throws(StoreError) -> TreeSizes { throw unsupported }
    func publishedRoot(of log: LogID, size: UInt64?) throws(StoreError) -> PublishedRoot? { throw unsupported }
    func treeSummary(of log: LogID) throws(StoreError) -> TreeSummary { throw unsupported }
    func checkpoint(of log: LogID) throws(StoreError) -> SignedNote? { throw unsupported }
    func publicTile(of log: LogID, at address: TileAddress, width: Int) throws(StoreError) -> [TreeHash]? {
        throw unsupported
    }
    func publicEntries(of log: LogID, bundle number: UInt64, width: Int) throws(StoreError) -> [LogEntry]? {
        throw unsupported
    }
    func receipt(of log: LogID, sequence: UInt64) throws(StoreError) -> EventReceipt? { throw unsupported }
}
