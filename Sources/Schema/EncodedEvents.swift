package import JSON

/// The events of one request in canonical JSON, back to back in one buffer.
///
/// Each is an object of a log's schema with its members sorted, such as `{"action":"login","message":"hi"}`. Beside the
/// bytes stands where each field's value is, so that later steps compare and copy without parsing again.
package struct EncodedEvents: Sendable {
    package fileprivate(set) var bytes: [UInt8] = []
    /// For event `i` and schema field `f`, element `i * fieldCount + f`; an absent field has an empty range.
    fileprivate var values: [Range<UInt32>] = []
    fileprivate var ranges: [Range<UInt32>] = []
    package let fieldCount: Int

    package init(fieldCount: Int) {
        self.fieldCount = fieldCount
    }

    package var count: Int { ranges.count }
    package var isEmpty: Bool { ranges.isEmpty }

    /// Where event number `index` stands in ``bytes``.
    package func range(of index: Int) -> Range<Int> {
        Int(ranges[index].lowerBound)..<Int(ranges[index].upperBound)
    }

    /// Where the value of a schema field stands in ``bytes``, as canonical JSON (text with its quotes); nil when absent.
    package func value(ofField field: Int, inEvent index: Int) -> Range<Int>? {
        let range = values[index * fieldCount + field]
        return range.isEmpty ? nil : Int(range.lowerBound)..<Int(range.upperBound)
    }

    package var indices: Range<Int> { 0..<ranges.count }

    /// Some of the events, in the order given.
    package func selecting(_ events: [Int]) -> EncodedEvents {
        var selected = EncodedEvents(fieldCount: fieldCount)
        selected.bytes = bytes
        selected.ranges = events.map { ranges[$0] }
        selected.values = events.flatMap { values[($0 * fieldCount)..<(($0 + 1) * fieldCount)] }
        return selected
    }

    /// Calls `body` with the canonical bytes of one event.
    package func withEvent<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range(of: index)])) }
    }
}

/// Writes events field by field into ``EncodedEvents``.
///
///     var encoder = EventEncoder(schema: .standard)
///     encoder.begin()
///     encoder.append(field: 1) { $0.append(string: "maria") }
///     encoder.finish()
package struct EventEncoder: Sendable {
    package private(set) var events: EncodedEvents
    private var writer = JSONWriter()
    /// Of all fields back to back, each as `,"id":`, and where each one stands.
    private let names: [UInt8]
    private let nameRanges: [Range<Int>]
    private var current: [Range<UInt32>]
    private var start = 0
    private var lastField = -1

    package init(schema: EventSchema) {
        events = EncodedEvents(fieldCount: schema.fields.count)
        var names: [UInt8] = []
        nameRanges = schema.fields.map { field in
            let start = names.count
            names += Array(",\"\(field.id)\":".utf8)
            return start..<names.count
        }
        self.names = names
        current = Array(repeating: 0..<0, count: schema.fields.count)
    }

    /// Starts an event; what was written of one that was not finished is forgotten.
    package mutating func begin() {
        writer.bytes.removeSubrange(start...)
        for index in current.indices { current[index] = 0..<0 }
        lastField = -1
        writer.append(byte: UInt8(ascii: "{"))
    }

    /// Writes one field's value; fields come in ascending order of their position in the schema.
    package mutating func append(field: Int, _ write: (inout JSONWriter) -> Void) {
        precondition(field > lastField, "field \(field) of a schema came after field \(lastField)")
        let range = nameRanges[field]
        // The first one has no comma.
        let nameStart = lastField < 0 ? range.lowerBound + 1 : range.lowerBound
        lastField = field
        names.withUnsafeBytes { writer.append(raw: UnsafeRawBufferPointer(rebasing: $0[nameStart..<range.upperBound])) }
        let from = UInt32(clamping: writer.bytes.count)
        write(&writer)
        current[field] = from..<UInt32(clamping: writer.bytes.count)
    }

    /// Bytes of all events so far, the one under way included.
    ///
    /// Places in them have 32 bits: whoever writes events of unlimited length looks before ``finish()``.
    package var byteCount: Int { writer.bytes.count }

    /// Whether the event under way has this field.
    package func has(field: Int) -> Bool { !current[field].isEmpty }

    /// Ends the event.
    ///
    /// - Parameter errors: what of it does not fit the schema, as a JSON array; see ``MalformedEvent``.
    /// - Returns: its number.
    @discardableResult
    package mutating func finish(errors: [UInt8]? = nil) -> Int {
        writer.append(byte: UInt8(ascii: "}"))
        if let errors {
            writer.append(byte: MalformedEvent.separator)
            writer.append(raw: errors)
        }
        events.ranges.append(UInt32(start)..<UInt32(writer.bytes.count))
        events.values.append(contentsOf: current)
        start = writer.bytes.count
        return events.ranges.count - 1
    }

    /// Hands over everything finished and starts anew.
    package mutating func take() -> EncodedEvents {
        writer.bytes.removeSubrange(start...)
        var taken = EncodedEvents(fieldCount: events.fieldCount)
        swap(&taken, &events)
        taken.bytes = writer.bytes
        writer.bytes = []
        writer.bytes.reserveCapacity(min(taken.bytes.count, 1 << 16))
        start = 0
        return taken
    }
}
