package import AuditLog
internal import Foundation
internal import Glibc
internal import Schema

/// Follows the logs and makes the segments of their search index.
///
/// Works on one thread of the lowest priority, a segment at a time, in about eight megabytes that it gives back when there
/// is nothing to do. While a log grows fast it leaves the machine to what stores events: searches look at the newest
/// events one by one until then.
package final class SearchIndexer: @unchecked Sendable {
    // `condition` guards `isStopping` and `isStopped`; everything else belongs to the thread.

    /// Events a second from which on the index waits.
    static let busyRate = 10_000.0
    /// Events for which it waits at most.
    static let longestWait: UInt64 = 500_000
    private static let pause = 0.25
    private static let pauseAfterError = 5.0
    /// How long a segment that others have taken the place of is kept for searches under way, in seconds.
    private static let grace = 30.0

    private let index: SearchIndex
    private let segmentEvents: Int
    private let condition = NSCondition()
    private var isStopping = false
    private var isStopped = true
    private var growth: [LogID: Growth] = [:]
    private var builders: [LogID: SegmentBuilder] = [:]
    private var retired: [(path: String, since: ContinuousClock.Instant)] = []

    private struct Growth {
        var head: UInt64
        var at: ContinuousClock.Instant
        var rate = 0.0
    }

    /// - Parameters:
    ///   - index: what to keep up to date; by one object only.
    ///   - segmentEvents: most events of a small segment.
    package init(_ index: SearchIndex, segmentEvents: Int = SegmentBuilder.maximumEvents) {
        self.index = index
        self.segmentEvents = min(segmentEvents, SegmentBuilder.maximumEvents)
    }

    package func start() {
        condition.withLock { isStopped = false }
        Thread { [self] in
            Thread.current.name = "audit-index"
            // On Linux this is the thread's own.
            setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
            run()
        }.start()
    }

    /// Returns when the thread has ended, which takes no longer than a segment.
    package func stop() {
        condition.withLock {
            isStopping = true
            condition.broadcast()
            while !isStopped { condition.wait() }
        }
    }

    private func run() {
        while true {
            var pause = SearchIndexer.pause
            do throws(StoreError) {
                var hasMore = false
                for log in index.logs where try step(log, mayWait: true) { hasMore = true }
                index.note(nil)
                if hasMore { pause = 0 }
            } catch {
                index.note(error)
                pause = SearchIndexer.pauseAfterError
            }
            if pause > 0 { builders.removeAll() }
            removeRetired()
            let isOver = condition.withLock {
                if !isStopping, pause > 0 { _ = condition.wait(until: Date(timeIntervalSinceNow: pause)) }
                if isStopping {
                    isStopped = true
                    condition.broadcast()
                }
                return isStopping
            }
            if isOver { return }
        }
    }

    /// Makes all segments that there are events for, on the calling thread; for tools and tests.
    package func catchUp() throws(StoreError) {
        for log in index.logs { while try step(log, mayWait: false) {} }
        builders.removeAll()
        for file in retired { unlink(file.path) }
        retired.removeAll()
    }

    private func removeRetired() {
        let now = ContinuousClock.now
        while let first = retired.first, now - first.since > .seconds(SearchIndexer.grace) {
            unlink(first.path)
            retired.removeFirst()
        }
    }

    // MARK: - One segment

    /// Makes one segment; false when there is nothing to do, or it should wait.
    private func step(_ log: IndexedLog, mayWait: Bool) throws(StoreError) -> Bool {
        let id = log.identity.id
        if try merge(log) { return true }
        let head = try store.head(of: id)
        index.note(head: head, of: id)
        let rate = rate(of: id, head: head)
        guard let gap = SearchIndexer.firstGap(in: index.segments(of: id), head: head) else { return false }
        let count = gap.upperBound - gap.lowerBound + 1
        if gap.upperBound == head {
            // Behind the newest segment only whole ones are made: what is missing is quickly looked at one by one.
            guard count >= UInt64(segmentEvents) else { return false }
            if mayWait, rate > SearchIndexer.busyRate, count < SearchIndexer.longestWait { return false }
        }
        try build(gap, of: log)
        return true
    }

    private var store: SQLiteStore { index.store }

    private func rate(of log: LogID, head: UInt64) -> Double {
        let now = ContinuousClock.now
        guard var known = growth[log] else {
            growth[log] = Growth(head: head, at: now)
            return 0
        }
        let seconds = (now - known.at) / .seconds(1)
        if seconds >= SearchIndexer.pause * 0.8 {
            known = Growth(head: head, at: now, rate: Double(head - min(head, known.head)) / seconds)
            growth[log] = known
        }
        return known.rate
    }

    private static func firstGap(in segments: [SegmentHeader], head: UInt64) -> ClosedRange<UInt64>? {
        var next: UInt64 = 1
        for segment in segments {
            if segment.sequences.lowerBound > next { return next...segment.sequences.lowerBound - 1 }
            next = segment.sequences.upperBound + 1
        }
        return next <= head ? next...head : nil
    }

    private func build(_ gap: ClosedRange<UInt64>, of log: IndexedLog) throws(StoreError) {
        let id = log.identity.id
        let generation = index.generation
        let builder = builders[id] ?? SegmentBuilder(schema: log.schema, key: index.key, eventLimit: segmentEvents)
        builders[id] = builder
        builder.begin(at: gap.lowerBound)
        var last = min(gap.upperBound, gap.lowerBound + UInt64(segmentEvents) - 1)
        _ = try store.visit(gap.lowerBound...last, of: id, isDescending: false) { event in
            guard builder.add(event.sequence, event.event) else {
                last = event.sequence - 1
                return false
            }
            return true
        }
        let header = try header(gap.lowerBound...last, of: log, isMerged: false, builder.saturatedFields)
        let file = try SegmentFileWriter(path: index.unfinishedPath, for: header) { output throws(StoreError) in
            try builder.finish(output)
            return true
        }
        guard let written = try file?.finish(renamingTo: index.path(header, of: id)) else { return }
        if !index.replace([], with: written, of: id, since: generation) { unlink(index.path(written, of: id)) }
    }

    private func header(
        _ sequences: ClosedRange<UInt64>,
        of log: IndexedLog,
        isMerged: Bool,
        _ saturatedFields: UInt64
    ) throws(StoreError) -> SegmentHeader {
        guard let hash = try store.hash(of: log.identity.id, sequence: sequences.upperBound) else {
            throw StoreError(
                code: .unusable,
                message: "the log '\(log.identity.name)' has no event \(sequences.upperBound), but later ones"
            )
        }
        return SegmentHeader(
            sequences: sequences,
            isMerged: isMerged,
            fingerprint: index.key.fingerprint(of: log.schema, treeName: log.identity.treeName),
            lastHash: hash,
            saturatedFields: saturatedFields,
            fieldCount: log.schema.fields.count,
            length: 0
        )
    }

    // MARK: - Merging

    /// Makes one segment of as many small ones as make a large one, if there are so many beside each other.
    private func merge(_ log: IndexedLog) throws(StoreError) -> Bool {
        let id = log.identity.id
        let generation = index.generation
        guard let run = SearchIndexer.mergeable(index.segments(of: id)) else { return false }
        var inputs: [(header: SegmentHeader, stream: SegmentFileStream)] = []
        for header in run {
            // A file that is gone has been taken out of the index, so that its gap is filled next.
            guard let file = index.file(header, of: id) else { return true }
            inputs.append((header, file.stream()))
        }
        let header = try header(
            run[0].sequences.lowerBound...run[run.count - 1].sequences.upperBound,
            of: log,
            isMerged: true,
            run.reduce(0) { $0 | $1.saturatedFields }
        )
        let merger = SegmentMerger(inputs)
        let file = try SegmentFileWriter(path: index.unfinishedPath, for: header) { output throws(StoreError) in
            guard let damaged = try merger.run(output) else { return true }
            index.discard(run[damaged], of: id)
            return false
        }
        guard let written = try file?.finish(renamingTo: index.path(header, of: id)) else { return true }
        guard index.replace(run, with: written, of: id, since: generation) else {
            // One of them was thrown away meanwhile, because it was damaged or an event of it erased.
            unlink(index.path(written, of: id))
            return true
        }
        let now = ContinuousClock.now
        retired += run.map { (index.path($0, of: id), now) }
        return true
    }

    private static func mergeable(_ segments: [SegmentHeader]) -> [SegmentHeader]? {
        var run: [SegmentHeader] = []
        for segment in segments {
            if segment.isMerged { run.removeAll(); continue }
            if let last = run.last, last.sequences.upperBound + 1 != segment.sequences.lowerBound { run.removeAll() }
            run.append(segment)
            if run.count == SegmentHeader.fanIn { return run }
        }
        return nil
    }
}
