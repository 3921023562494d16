package import Schema

/// Runs searches over a log: by its index where there is one, and by looking at every event where there is none (yet).
///
/// Blocks its thread until the search is over, so it must not be called on Swift's cooperative threads or an event loop.
package struct SearchRunner: Sendable {
    private let store: any LogStore
    private let index: (any SearchIndexReading)?

    package init(store: any LogStore, index: (any SearchIndexReading)? = nil) {
        self.store = store
        self.index = index
    }

    /// Finds the events that match.
    ///
    /// - Parameters:
    ///   - call: what is searched for.
    ///   - log: where.
    ///   - schema: of the log.
    ///   - isVisible: whether the reader may see an event, nil when they may see all; asked only about events that match.
    /// - Returns: their sequences in the order asked for, at most `call.maximumResults` of them.
    /// - Throws: what the store throws.
    package func run(
        _ call: SearchCall,
        on log: LogID,
        schema: EventSchema,
        isVisible: ((SearchRow) -> Bool)? = nil
    ) throws(StoreError) -> [UInt64] {
        guard let range = call.receivedAt else { return [] }
        let matcher = SearchMatcher(call.query, restriction: call.restriction, schema: schema)
        switch call.order {
        case .receivedAt:
            var sequences: [UInt64] = []
            let search = IndexedSearch(log: log, schema: schema, matcher: matcher, isVisible: isVisible)
            try each(search, in: range, isDescending: call.isDescending) { event in
                sequences.append(event.sequence)
                return sequences.count < call.maximumResults
            }
            return sequences
        case .field(let field):
            var first = FirstSorted(count: call.maximumResults, isDescending: call.isDescending)
            // Every event has to be read for its key, so that none can be taken unread.
            let search = IndexedSearch(
                log: log,
                schema: schema,
                matcher: matcher,
                isVisible: isVisible ?? { _ in true }
            )
            try each(search, in: range, isDescending: false) { event in
                first.insert(matcher.sortKey(of: event, field: field), sequence: event.sequence)
                return true
            }
            return first.sequences()
        }
    }

    /// Calls `body` with the events that match and may be seen, until it returns false.
    private func each(
        _ search: IndexedSearch,
        in range: ClosedRange<Int64>,
        isDescending: Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) {
        if let index { return try search.run(over: index, receivedAt: range, isDescending: isDescending, body) }
        try store.scanEvents(of: search.log, receivedAt: range, isDescending: isDescending) { event in
            event.withSearchRow { row in search.finds(row) ? body(row) : true }
        }
    }
}

/// Keeps the first so many of a long run of events in sorted order, in memory for twice as many.
///
/// Events with equal keys stay in ascending sequence, which is the order of their times, in both directions.
private struct FirstSorted {
    private struct Entry {
        let key: SearchSortKey
        let sequence: UInt64
    }

    private let count: Int
    private let isDescending: Bool
    private var entries: [Entry] = []
    // Once `count` entries are known, the last of them: what comes after it is not among the first.
    private var last: Entry?

    init(count: Int, isDescending: Bool) {
        self.count = count
        self.isDescending = isDescending
    }

    mutating func insert(_ key: SearchSortKey, sequence: UInt64) {
        let entry = Entry(key: key, sequence: sequence)
        if let last, !FirstSorted.precedes(entry, last, isDescending: isDescending) { return }
        entries.append(entry)
        if entries.count >= 2 * count { cut() }
    }

    mutating func sequences() -> [UInt64] {
        cut()
        return entries.map(\.sequence)
    }

    private mutating func cut() {
        let isDescending = isDescending
        entries.sort { FirstSorted.precedes($0, $1, isDescending: isDescending) }
        guard entries.count >= count else { return }
        entries.removeSubrange(count...)
        last = entries.last
    }

    private static func precedes(_ a: Entry, _ b: Entry, isDescending: Bool) -> Bool {
        if a.key == b.key { return a.sequence < b.sequence }
        return isDescending ? b.key < a.key : a.key < b.key
    }
}
