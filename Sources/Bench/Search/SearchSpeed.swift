internal import AuditLog
internal import Glibc
internal import JSON
internal import SQLiteStore
internal import Schema

/// How long a search takes in a large log, and what its index costs.
///
/// Measured without HTTP, on one thread, from the request's body to the answer's first page: the query is read, the
/// search's events are found up to 10,000 of them, the first 20 are written out, and the search is frozen on disk.
struct SearchSpeed: Sendable {
    struct Kind: Sendable {
        let title: String
        /// Events found, on average.
        let found: Double
        /// Of the whole, in nanoseconds.
        let latency: Percentiles
    }

    let eventCount: Int
    /// Of an event's canonical JSON, on average.
    let eventBytes: Double
    let kinds: [Kind]
    /// Processor time of making the index, merging included.
    let indexingMicrosecondsPerEvent: Double
    let indexBytesPerEvent: Double
    /// How much resident memory grew while the index was made, and while it was searched.
    let indexingBytes: Int
    let searchingBytes: Int

    /// The slowest kind's 95th percentile, in milliseconds.
    var slowest: Double { kinds.map { Double($0.latency.value(at: 0.95)) / 1e6 }.max() ?? 0 }

    static func measure(
        _ options: Options,
        folder: WorkingFolder,
        progress: (String) -> Void
    ) throws(BenchError) -> SearchSpeed {
        let place = try folder.folder("search")
        defer { WorkingFolder.remove(place) }
        do throws(StoreError) {
            return try SearchTrial(folder: place, eventCount: options.searchEvents).measure(progress)
        } catch {
            try Interruption.check()
            throw BenchError(code: .store, message: error.message)
        }
    }
}

/// One store that is searched.
private struct SearchTrial {
    private static let eventsPerCommit = 1000
    private static let searchesPerKind = 40

    private let store: SQLiteStore
    private let log: LogIdentity
    private let eventCount: Int
    private let body = APIRequestBody()
    private let start: Int64 = 1_795_000_000_000_000

    init(folder: String, eventCount: Int) throws(StoreError) {
        store = try SQLiteStore(path: "\(folder)/audit.db")
        log = try store.openLog(named: "default")
        self.eventCount = eventCount
    }

    func measure(_ progress: (String) -> Void) throws(StoreError) -> SearchSpeed {
        progress("search: storing \(Figure.text(eventCount)) events")
        let byteCount = try fill()
        progress("search: making the index")
        let index = try SearchIndex(store, logs: [IndexedLog(log, schema: SearchEvents.schema)])
        let before = ResidentPeak()
        let began = Nanoseconds.ofThread()
        try SearchIndexer(index).catchUp()
        let indexing = Nanoseconds.ofThread() - began
        let indexingBytes = before.growth
        let range = SearchedRange(first: start, last: start + Int64(eventCount) * 1000)
        let searching = ResidentPeak()
        var kinds: [SearchSpeed.Kind] = []
        for kind in SearchKind.all {
            progress("search: \(kind.title)")
            kinds.append(try measure(kind, over: index, range))
        }
        return SearchSpeed(
            eventCount: eventCount,
            eventBytes: Double(byteCount) / Double(eventCount),
            kinds: kinds,
            indexingMicrosecondsPerEvent: Double(indexing) / 1000 / Double(eventCount),
            indexBytesPerEvent: Double(index.byteCount) / Double(eventCount),
            indexingBytes: indexingBytes,
            searchingBytes: searching.growth
        )
    }

    /// Stores the events, a thousand a second; how many bytes they have.
    private func fill() throws(StoreError) -> Int {
        var events = SearchEvents()
        var byteCount = 0
        for first in stride(from: 0, to: eventCount, by: SearchTrial.eventsPerCommit) {
            try checkInterruption()
            let numbers = first..<min(first + SearchTrial.eventsPerCommit, eventCount)
            for number in numbers { events.append(number) }
            let request = AppendRequest(log: log.id, events: events.take())
            byteCount += request.events.bytes.count
            var batch = WriteBatch()
            batch.appends = [request]
            _ = try store.commit(batch, now: start + Int64(first) * 1000)
            if first % 20_000 == 0 { try store.checkpoint() }
        }
        try store.checkpoint()
        return byteCount
    }

    private func measure(
        _ kind: SearchKind,
        over index: SearchIndex,
        _ range: SearchedRange
    ) throws(StoreError) -> SearchSpeed.Kind {
        var times: [Int64] = []
        var found = 0
        for number in 0..<SearchTrial.searchesPerKind {
            try checkInterruption()
            var members = ["start": SearchedRange.text(start), "end": SearchedRange.text(range.last + 1_000_000)]
            for (name, value) in kind.body(number, range) { members[name] = value }
            var request = JSONWriter()
            request.append(canonical: .object(members.map { JSONMember($0.key, .string($0.value)) }))
            let began = Nanoseconds.now()
            found += try answer(request.bytes, over: index, number: number)
            times.append(Nanoseconds.now() - began)
        }
        return SearchSpeed.Kind(
            title: kind.title,
            found: Double(found) / Double(times.count),
            latency: Percentiles(times)
        )
    }

    /// Answers a request as the gateway does; how many events were found.
    private func answer(_ request: [UInt8], over index: SearchIndex, number: Int) throws(StoreError) -> Int {
        let now = start + Int64(eventCount) * 2000
        let call: SearchCall
        do {
            try request.withUnsafeBytes { try body.parse($0) }
            call = try SearchCall(body, schema: SearchEvents.schema, now: now)
        } catch {
            throw StoreError(code: .unusable, message: "a search of the benchmark is refused: \(error)")
        }
        let sequences = try SearchRunner(store: store, index: index).run(call, on: log.id, schema: SearchEvents.schema)
        let search = FrozenSearch(
            id: "pas_\(now)\(number)\(Nanoseconds.now())",
            token: "bench",
            log: log.id,
            sequences: sequences,
            isVerbose: true,
            restriction: call.restriction.canonical,
            expiresAt: now
        )
        // With proofs, as clients ask by default.
        let page = try store.provenEvents(of: log.id, sequences: Array(sequences.prefix(call.limit)), at: nil)
        let names = TreeNames(treeName: log.treeName) { "https://audit.example.com/ledger/\($0)/" }
        var writer = JSONWriter()
        AuditLog.APIAnswer.appendSearch(search, page: page, APIAnswer.PageStyle(names: names), to: &writer)
        var batch = WriteBatch()
        batch.searches = [search]
        _ = try store.commit(batch, now: now)
        return sequences.count
    }

    private func checkInterruption() throws(StoreError) {
        do throws(BenchError) {
            try Interruption.check()
        } catch {
            throw StoreError(code: .busy, message: error.message)
        }
    }
}

/// The most resident memory of this process from a moment on, beyond what it had then.
private struct ResidentPeak {
    private let start: Int

    init() {
        // proc(5): "5" sets the peak back to what is resident now.
        let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
        if descriptor >= 0 {
            _ = write(descriptor, "5", 1)
            close(descriptor)
        }
        start = ProcessUsage(of: getpid())?.residentBytes ?? 0
    }

    var growth: Int { max(0, (ProcessUsage(of: getpid())?.peakResidentBytes ?? 0) - start) }
}
