package import Schema

/// One event of a log as a search looks at it, in place; valid during the call that gives it.
package struct SearchRow {
    package let sequence: UInt64
    /// Microseconds since 1970.
    package let receivedAt: Int64
    /// The event in canonical JSON.
    package let event: UnsafeRawBufferPointer

    package init(sequence: UInt64, receivedAt: Int64, event: UnsafeRawBufferPointer) {
        self.sequence = sequence
        self.receivedAt = receivedAt
        self.event = event
    }
}

/// A part of a log's search index, open for reading.
package protocol SearchSegment {
    var header: SegmentHeader { get }

    /// Replaces the buffer with a bucket's content; false when it is damaged or cannot be read.
    func read(bucket: Int, into buffer: inout [UInt8]) -> Bool
}

/// A log that has a search index, which may lag behind it.
///
/// Every call blocks its thread.
package protocol SearchIndexReading: Sendable {
    var key: SearchIndexKey { get }

    /// The segments there are: ascending, none beyond another's first event, made for this schema.
    func segments(of log: LogID, schema: EventSchema) -> [SegmentHeader]

    /// Opens a segment; nil when it is gone or damaged.
    func open(_ segment: SegmentHeader, of log: LogID) -> (any SearchSegment)?

    /// Has a damaged segment made anew.
    func discard(_ segment: SegmentHeader, of log: LogID)

    /// The sequences that were given in a time, both ends included; nil when there are none.
    func sequences(
        of log: LogID,
        receivedAt: ClosedRange<Int64>
    ) throws(StoreError) -> ClosedRange<UInt64>?

    /// Calls `body` with the events of a range in the order asked for until it returns false; erased ones are left out.
    ///
    /// - Returns: false when `body` ended it.
    func visit(
        _ range: ClosedRange<UInt64>,
        of log: LogID,
        isDescending: Bool,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool

    /// Calls `body` with the events of some sequences in the order given, ascending or descending, until it returns
    /// false; missing and erased ones are left out.
    ///
    /// - Returns: false when `body` ended it.
    func visit(
        _ sequences: [UInt64],
        of log: LogID,
        _ body: (SearchRow) -> Bool
    ) throws(StoreError) -> Bool
}
