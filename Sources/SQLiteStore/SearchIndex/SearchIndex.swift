package import AuditLog
internal import Cryptography
internal import Foundation
package import Schema
internal import Synchronization

/// A log as its search index knows it.
package struct IndexedLog: Sendable {
    package let identity: LogIdentity
    package let schema: EventSchema

    package init(_ identity: LogIdentity, schema: EventSchema) {
        self.identity = identity
        self.schema = schema
    }
}

/// The search index of a store's logs: a folder of segments beside it, which can be thrown away at any time.
///
/// Segments that are damaged, of another version of the format, of another schema or of another history are as good as
/// none: their events are looked at one by one until ``SearchIndexer`` has made them anew.
package final class SearchIndex: SearchIndexReading {
    package let key: SearchIndexKey
    package let logs: [IndexedLog]
    let store: SQLiteStore
    private let folder: String
    private let isReadOnly: Bool
    private let catalogue = Mutex(Catalogue())
    private let problem = Mutex<String?>(nil)

    private struct Catalogue {
        /// Ascending, none beyond another's first event.
        var segments: [LogID: [SegmentHeader]] = [:]
        /// The newest sequence of each log when the indexer last looked.
        var heads: [LogID: UInt64] = [:]
        /// Counts what was thrown away because events of it were erased.
        var generation = 0
    }

    /// - Parameters:
    ///   - store: whose logs these are; the folder `search` beside it is the index.
    ///   - logs: what is served.
    ///   - isReadOnly: for tools beside a running gateway: takes what segments there are and changes nothing.
    /// - Throws: ``StoreError`` when the folder cannot be used.
    package init(_ store: SQLiteStore, logs: [IndexedLog], isReadOnly: Bool = false) throws(StoreError) {
        self.store = store
        self.logs = logs
        self.isReadOnly = isReadOnly
        folder = (store.path as NSString).deletingLastPathComponent + "/search"
        key = try SearchIndex.key(in: folder, isReadOnly: isReadOnly)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var found: [LogID: [SegmentHeader]] = [:]
        for log in logs {
            found[log.identity.id] = SearchIndex.disjoint(try segments(of: log, among: names))
        }
        catalogue.withLock { [found] in $0.segments = found }
        if !isReadOnly { removeStrangers(among: names) }
    }

    // MARK: - Reading

    package func segments(of log: LogID, schema: EventSchema) -> [SegmentHeader] {
        guard logs.contains(where: { $0.identity.id == log && $0.schema == schema }) else { return [] }
        return segments(of: log)
    }

    package func open(_ segment: SegmentHeader, of log: LogID) -> (any SearchSegment)? { file(segment, of: log) }

    package func discard(_ segment: SegmentHeader, of log: LogID) {
        catalogue.withLock { $0.segments[log]?.removeAll { $0 == segment } }
        if !isReadOnly { unlink(path(segment, of: log)) }
    }

    package func sequences(
        of log: LogID,
        receivedAt: ClosedRange<Int64>
    ) throws(StoreError) -> ClosedRange<UInt64>? {
        try store.sequences(of: log, receivedAt: receivedAt)
    }

    package func visit(
        _ range: ClosedRange<UInt64>,
        of log: LogID,
        isDescending: Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        try store.visit(range, of: log, isDescending: isDescending, body)
    }

    package func visit(
        _ sequences: [UInt64],
        of log: LogID,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        try store.visit(sequences, of: log, body)
    }

    // MARK: - What there is

    /// Events of a log that no segment holds yet.
    package func lag(of log: LogID) throws(StoreError) -> UInt64 {
        let head = try store.head(of: log)
        let held = segments(of: log).reduce(0) { $0 + UInt64($1.eventCount) }
        return head - min(head, held)
    }

    /// The same as the indexer last saw it, some moments ago; asks no disk.
    package func lagSeen(of log: LogID) -> UInt64 {
        catalogue.withLock { catalogue in
            let head = catalogue.heads[log] ?? 0
            let held = (catalogue.segments[log] ?? []).reduce(0) { $0 + UInt64($1.eventCount) }
            return head - min(head, held)
        }
    }

    /// Bytes of all segments.
    package var byteCount: UInt64 {
        catalogue.withLock { $0.segments.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.length } } }
    }

    /// Why the index cannot be written; nil when it can.
    package var writeProblem: String? { problem.withLock { $0 } }

    /// Throws away what the index knows of an event, which has been erased.
    ///
    /// A segment holds no text, but with its key one can try which texts an event may have held. So the segment is made
    /// anew, without it.
    package func forget(_ sequence: UInt64, of log: LogID) {
        catalogue.withLock { $0.generation += 1 }
        for segment in segments(of: log) where segment.sequences.contains(sequence) { discard(segment, of: log) }
    }

    // MARK: - Changing

    func segments(of log: LogID) -> [SegmentHeader] { catalogue.withLock { $0.segments[log] ?? [] } }

    func file(_ segment: SegmentHeader, of log: LogID) -> SegmentFile? {
        let file = SegmentFile(path: path(segment, of: log))
        if let file, file.header == segment { return file }
        // Another process may have merged it away; what it holds is then looked at one by one.
        if !isReadOnly { discard(segment, of: log) }
        return nil
    }

    /// See ``Catalogue/generation``.
    var generation: Int { catalogue.withLock { $0.generation } }

    /// Puts a segment in the place of others; does nothing and returns false when one of those is gone, or events have
    /// been erased since a generation.
    func replace(_ old: [SegmentHeader], with new: SegmentHeader, of log: LogID, since generation: Int) -> Bool {
        catalogue.withLock { catalogue in
            let segments = catalogue.segments[log] ?? []
            var kept = segments.filter { !old.contains($0) }
            guard catalogue.generation == generation, kept.count == segments.count - old.count else { return false }
            let place = kept.firstIndex { $0.sequences.lowerBound > new.sequences.lowerBound } ?? kept.count
            kept.insert(new, at: place)
            catalogue.segments[log] = kept
            return true
        }
    }

    func note(head: UInt64, of log: LogID) { catalogue.withLock { $0.heads[log] = head } }

    func note(_ error: StoreError?) { problem.withLock { $0 = error?.message } }

    func path(_ segment: SegmentHeader, of log: LogID) -> String {
        let range = "\(segment.sequences.lowerBound)-\(segment.sequences.upperBound)"
        return "\(folder)/\(log.rawValue)-\(range)\(SearchIndex.suffix)"
    }

    /// The name of a file that is being written.
    var unfinishedPath: String { "\(folder)/unfinished" }

    // MARK: - Opening

    private static let suffix = ".segment"
    private static let keyName = "key"

    private static func key(in folder: String, isReadOnly: Bool) throws(StoreError) -> SearchIndexKey {
        let path = "\(folder)/\(keyName)"
        if let bytes = FileManager.default.contents(atPath: path), let key = SearchIndexKey([UInt8](bytes)) {
            return key
        }
        let bytes = SecureRandom.bytes(SearchIndexKey.byteCount)
        guard let key = SearchIndexKey(bytes) else { preconditionFailure("a key has \(bytes.count) bytes") }
        guard !isReadOnly else { return key }
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw StoreError(
                code: .inputOutput,
                message: "cannot make the folder '\(folder)' of the search index: \(error.localizedDescription)"
            )
        }
        // A key that is written in part is none, and then another one is made.
        let file = try WrittenFile(path: path)
        try file.write(bytes, at: 0)
        return key
    }

    /// The segments among the folder's files that are of this log as it is now.
    private func segments(of log: IndexedLog, among names: [String]) throws(StoreError) -> [SegmentHeader] {
        let fingerprint = key.fingerprint(of: log.schema, treeName: log.identity.treeName)
        var segments: [SegmentHeader] = []
        for name in names where name.hasPrefix("\(log.identity.id.rawValue)-") && name.hasSuffix(SearchIndex.suffix) {
            let path = "\(folder)/\(name)"
            guard let header = SegmentFile(path: path)?.header, header.fingerprint == fingerprint,
                self.path(header, of: log.identity.id) == path,
                try store.hash(of: log.identity.id, sequence: header.sequences.upperBound) == header.lastHash
            else { continue }
            segments.append(header)
        }
        return segments
    }

    /// Ascending, without those that a larger one covers: a merge may have been cut off.
    private static func disjoint(_ segments: [SegmentHeader]) -> [SegmentHeader] {
        var kept: [SegmentHeader] = []
        for segment in segments.sorted(by: { $0.eventCount > $1.eventCount })
        where !kept.contains(where: { $0.sequences.overlaps(segment.sequences) }) {
            kept.append(segment)
        }
        return kept.sorted { $0.sequences.lowerBound < $1.sequences.lowerBound }
    }

    /// Removes all files that are no segment in use.
    private func removeStrangers(among names: [String]) {
        let paths = logs.flatMap { log in segments(of: log.identity.id).map { path($0, of: log.identity.id) } }
        let known = Set(paths + ["\(folder)/\(SearchIndex.keyName)"])
        for name in names where !known.contains("\(folder)/\(name)") { unlink("\(folder)/\(name)") }
    }
}
