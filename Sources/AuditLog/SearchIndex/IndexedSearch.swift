internal import Schema

/// One search over an indexed log.
///
/// Walks through the range from its beginning or end. Where there is a segment, only the events that it says may match are
/// looked at; where there is none, all are: behind the newest segment, in a gap, or in the place of one that turns out to
/// be damaged. What an event holds decides, never the index alone, except for events that must match by their values'
/// classes: of these it is only asked whether they are still there.
final class IndexedSearch {
    let log: LogID
    private let schema: EventSchema
    private let matcher: SearchMatcher
    /// Nil when every event may be seen, and may be taken unread.
    private let isVisible: ((SearchRow) -> Bool)?
    /// What is known of values by lookup and hash, so that each is looked at once a search.
    private var verdicts: [Verdict: Bool] = [:]

    private struct Verdict: Hashable {
        let lookup: Int
        let hash: UInt64
    }

    /// From so many possible events of a segment on it is asked which of them match for sure.
    private static let manyEvents = 64
    /// Events that share one reading transaction.
    private static let chunk = 4096

    init(log: LogID, schema: EventSchema, matcher: SearchMatcher, isVisible: ((SearchRow) -> Bool)?) {
        self.log = log
        self.schema = schema
        self.matcher = matcher
        self.isVisible = isVisible
    }

    func finds(_ event: SearchRow) -> Bool { matcher.matches(event) && (isVisible?(event) ?? true) }

    /// Calls `body` with the events that match, in the order asked for, until it returns false.
    func run(
        over index: any SearchIndexReading,
        receivedAt: ClosedRange<Int64>,
        isDescending: Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) {
        let wanted = matcher.receivedAt
        guard receivedAt.overlaps(wanted),
            let range = try index.sequences(of: log, receivedAt: receivedAt.clamped(to: wanted))
        else { return }
        let plan = matcher.plan(schema: schema, key: index.key)
        var spans = IndexedSearch.spans(of: range, index.segments(of: log, schema: schema))
        if isDescending { spans.reverse() }
        for span in spans {
            guard try search(span, plan, over: index, isDescending: isDescending, body) else { return }
        }
    }

    /// A part of the range with its segment, if it has one.
    private struct Span {
        let range: ClosedRange<UInt64>
        let segment: SegmentHeader?
    }

    private static func spans(of range: ClosedRange<UInt64>, _ segments: [SegmentHeader]) -> [Span] {
        var spans: [Span] = []
        var next = range.lowerBound
        for segment in segments where segment.sequences.overlaps(range) {
            let part = segment.sequences.clamped(to: range)
            if part.lowerBound > next { spans.append(Span(range: next...part.lowerBound - 1, segment: nil)) }
            spans.append(Span(range: part, segment: segment))
            next = part.upperBound + 1
        }
        if next <= range.upperBound { spans.append(Span(range: next...range.upperBound, segment: nil)) }
        return spans
    }

    /// False when `body` ended the search.
    private func search(
        _ span: Span,
        _ plan: SearchPlan,
        over index: any SearchIndexReading,
        isDescending: Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        if let header = span.segment, let events = try events(of: header, plan, index) {
            return try search(span.range, events, of: header, over: index, isDescending: isDescending, body)
        }
        return try index.visit(span.range, of: log, isDescending: isDescending) { finds($0) ? body($0) : true }
    }

    /// Which events of a segment may match, and which must; nil when it cannot be read.
    private func events(
        of header: SegmentHeader,
        _ plan: SearchPlan,
        _ index: any SearchIndexReading
    ) throws(StoreError) -> (possible: EventBitmap, certain: EventBitmap?)? {
        guard let segment = index.open(header, of: log) else { return nil }
        var search = SegmentSearch(segment) { lookup, hash, places throws(StoreError) in
            try self.judge(lookup, hash, places.map { header.sequences.lowerBound + UInt64($0) }, index)
        }
        let possible = try search.possible(plan)
        var certain: EventBitmap?
        if isVisible == nil, possible.population >= IndexedSearch.manyEvents { certain = try search.certain(plan) }
        guard !search.isDamaged else {
            index.discard(header, of: log)
            return nil
        }
        return (possible, certain)
    }

    private func judge(
        _ lookup: SearchLookup,
        _ hash: UInt64,
        _ samples: [UInt64],
        _ index: any SearchIndexReading
    ) throws(StoreError) -> Bool? {
        let key = Verdict(lookup: lookup.number, hash: hash)
        if let known = verdicts[key] { return known }
        var verdict: Bool?
        _ = try index.visit(samples, of: log) { event in
            verdict = matcher.answers(lookup.question, by: event)
            return false
        }
        if let verdict { verdicts[key] = verdict }
        return verdict
    }

    private func search(
        _ range: ClosedRange<UInt64>,
        _ events: (possible: EventBitmap, certain: EventBitmap?),
        of header: SegmentHeader,
        over index: any SearchIndexReading,
        isDescending: Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool {
        let first = header.sequences.lowerBound
        let places = events.possible.places(
            in: Int(range.lowerBound - first)...Int(range.upperBound - first),
            isDescending: isDescending
        )
        var start = 0
        while start < places.count {
            let end = min(start + IndexedSearch.chunk, places.count)
            let goesOn = try index.visit(places[start..<end].map { first + UInt64($0) }, of: log) { event in
                let isCertain = events.certain?.contains(Int(event.sequence - first)) ?? false
                return isCertain || finds(event) ? body(event) : true
            }
            guard goesOn else { return false }
            start = end
        }
        return true
    }
}
