internal import JMESPath
internal import JSON
internal import Mapping
internal import Schema

/// A record of a chunk and where it stands on the tape; nil for one that has no place of its own.
private struct PlacedRecord {
    let value: JSONValue
    let node: JSONNode?
    /// Counted from 0 over all records of the delivery.
    var number = 0
}

/// A record that could not be mapped.
private struct PlacedFailure {
    /// Its number among the places of the chunk.
    let index: Int
    let failure: RecordFailure
    /// Its canonical JSON when it has no place of its own.
    var bytes: [UInt8]?
}

/// The places of the records that one chunk gave, until they are known as ranges.
private struct RecordPlaces {
    static let nowhere = UInt32.max
    /// Where a chunk's own value stands on the tape.
    static let root: UInt32 = 1

    /// For each event and each failure of the chunk, in the order of the records; `nowhere` without a place.
    var nodes: [UInt32] = []
    var failures: [PlacedFailure] = []
}

extension DeliveryReader {
    /// Maps the records of one value.
    func map(_ root: JSONValue, _ chunk: Chunk, _ source: Source) throws(BodyProblem) {
        progress.hasReadable = true
        makeAnswers(from: root, source)
        var places = RecordPlaces()
        guard let records = try records(of: root, source, &places) else { return note(places, chunk) }
        switch records {
        case .node(let node) where node.isArray:
            places.nodes.reserveCapacity(node.count)
            let isInPlace = isInPlace(node, chunk)
            for element in node.elements {
                try map(element.value, isInPlace ? element : nil, root, try count(source), source, &places)
            }
        case .array, .node, .object, .null, .bool, .integer, .unsigned, .double, .text, .string:
            for record in placed(records, chunk) {
                try map(record.value, record.node, root, try count(source), source, &places)
            }
        }
        note(places, chunk)
    }

    /// Maps the records of a chunk in which bad values were overwritten, but for those that had one.
    ///
    /// - Returns: false, and nothing was done, when the bad values belong to the only record, which is the chunk itself.
    func mapRepaired(_ root: JSONValue, _ chunk: Chunk, _ source: Source) throws(BodyProblem) -> Bool {
        makeAnswers(from: root, source)
        var places = RecordPlaces()
        guard let records = try records(of: root, source, &places) else {
            progress.hasReadable = true
            note(places, chunk)
            return true
        }
        let placed = placed(records, chunk)
        if placed.count == 1, placed[0].node?.index == RecordPlaces.root { return false }
        progress.hasReadable = true
        for record in try unspoilt(placed, chunk, source) {
            try map(record.value, record.node, root, record.number, source, &places)
        }
        note(places, chunk)
        return true
    }

    /// An array of the records, or the only record; nil when that failed, which is noted.
    private func records(
        of root: JSONValue,
        _ source: Source,
        _ places: inout RecordPlaces
    ) throws(BodyProblem) -> JSONValue? {
        let records: JSONValue
        do throws(RecordFailure) {
            records = try self.records(of: root, source)
        } catch {
            try count(source)
            places.failures.append(PlacedFailure(index: 0, failure: error))
            places.nodes.append(RecordPlaces.root)
            return nil
        }
        if records.isArray { try checkRoom(forRecords: records.count ?? 0, source) }
        return records
    }

    /// An array of the records, or the only record.
    private func records(of root: JSONValue, _ source: Source) throws(RecordFailure) -> JSONValue {
        guard let expression = source.mapping.mapping.framing.records else { return root }
        deliveryEvaluation.reset(root: root)
        if expression.reads("request") { deliveryEvaluation.bind("request", to: context.request) }
        if expression.reads("source") { deliveryEvaluation.bind("source", to: context.source) }
        do throws(JMESPathError) {
            let value = try expression.evaluate(root, in: deliveryEvaluation)
            return value.isArray || value.isObject ? value : root
        } catch {
            throw RecordFailure(reason: error.message, place: expression.place)
        }
    }

    /// Whether a value stands in the body as it was received.
    private func isInPlace(_ node: JSONNode, _ chunk: Chunk) -> Bool { !chunk.isDecoded && document.contains(node) }

    private func placed(_ records: JSONValue, _ chunk: Chunk) -> [PlacedRecord] {
        if case .node(let node) = records, node.isArray {
            let isInPlace = isInPlace(node, chunk)
            return node.elements.map { PlacedRecord(value: $0.value, node: isInPlace ? $0 : nil) }
        }
        let values: [JSONValue] = if case .array(let elements) = records { elements } else { [records] }
        return values.map { value in
            if case .node(let node) = value, isInPlace(node, chunk) { return PlacedRecord(value: value, node: node) }
            return PlacedRecord(value: value, node: nil)
        }
    }

    // MARK: - One record

    @inline(__always)
    private func map(
        _ record: JSONValue,
        _ node: JSONNode?,
        _ root: JSONValue,
        _ number: Int,
        _ source: Source,
        _ places: inout RecordPlaces
    ) throws(BodyProblem) {
        if let onRecord { onRecord(record, root, number, context) }
        progress.allowance.begin(mapper.evaluation, source.limits)
        let outcome = mapper.map(record, root: root, with: source.mapping, to: &encoder)
        progress.allowance.end(mapper.evaluation)
        switch outcome {
        case .event:
            progress.numbers.append(number, ofEvent: progress.keys.count)
            progress.keys.append(mapper.key)
            if collectsIDs { progress.ids.append(mapper.id) }
            progress.cutCount += mapper.cutCount
            places.nodes.append(node?.index ?? RecordPlaces.nowhere)
        case .ignored: progress.ignoredCount += 1
        case .failed(let failure):
            let bytes = node == nil ? progress.quarantined.bytes(of: record) : nil
            places.failures.append(PlacedFailure(index: places.nodes.count, failure: failure, bytes: bytes))
            places.nodes.append(node?.index ?? RecordPlaces.nowhere)
        }
        if encoder.byteCount > source.limits.maximumEventBytes { throw eventsTooLarge(source) }
    }

    @inline(never)
    private func eventsTooLarge(_ source: Source) -> BodyProblem {
        .tooLarge("the delivery's events have more than \(source.limits.maximumEventBytes) bytes")
    }

    /// Sets aside the records of a repaired chunk that hold a bad value, and the bad values in no record.
    ///
    /// - Returns: the other records, with their numbers.
    private func unspoilt(
        _ records: [PlacedRecord],
        _ chunk: Chunk,
        _ source: Source
    ) throws(BodyProblem) -> [PlacedRecord] {
        let ranges = ranges(of: records.map { $0.node?.index ?? RecordPlaces.nowhere }, in: chunk)
        let first = progress.recordCount
        let patches = chunk.patches
        // How many records hold each bad value, as differences between neighbours: records may hold many of them.
        var changes = [Int](repeating: 0, count: patches.count + 1)
        var kept: [PlacedRecord] = []
        var nullCount = 0
        for (index, (record, range)) in zip(records, ranges).enumerated() {
            // An overwritten element that has no place any more, or a null of the sender's: told apart by their number.
            if record.node == nil && record.value.isNull {
                nullCount += 1
                continue
            }
            let inside = record.node == nil ? 0..<0 : patches.indices(in: range)
            guard !inside.isEmpty else {
                kept.append(PlacedRecord(value: record.value, node: record.node, number: first + index))
                continue
            }
            changes[inside.lowerBound] += 1
            changes[inside.upperBound] -= 1
            // What was written over a bad element is shorter.
            let end = max(range.upperBound, patches[inside.upperBound - 1].range.upperBound)
            try setAside(range.lowerBound..<end, patches[inside.lowerBound], source)
        }
        var holders = 0
        for (patch, change) in zip(patches, changes) {
            holders += change
            guard holders == 0 else { continue }
            if BodyRepair.becomesNull(patch.range) { nullCount -= 1 }
            try setAside(patch.range, patch, source)
        }
        for _ in 0..<max(nullCount, 0) {
            try count(source)
            progress.quarantined.append(
                QuarantinedRecord(
                    cause: .unmapped,
                    reason: "null is no record",
                    place: nil,
                    range: chunk.range,
                    bytes: progress.quarantined.bytes(of: .null)
                )
            )
        }
        try checkRoom(forRecords: kept.count, source)
        progress.recordCount += kept.count
        return kept
    }

    // MARK: - Places

    private func note(_ places: RecordPlaces, _ chunk: Chunk) {
        let ranges = ranges(of: places.nodes, in: chunk)
        guard !places.failures.isEmpty else {
            progress.ranges.append(contentsOf: ranges)
            return
        }
        var failures = places.failures[...]
        for (number, range) in ranges.enumerated() {
            guard let failure = failures.first, failure.index == number else {
                progress.ranges.append(range)
                continue
            }
            failures.removeFirst()
            progress.quarantined.append(
                QuarantinedRecord(
                    cause: .unmapped,
                    reason: failure.failure.reason,
                    place: failure.failure.place,
                    range: range,
                    bytes: failure.bytes
                )
            )
        }
    }

    /// Where in the body some places of the tape stand; the whole chunk for those that are nowhere.
    private func ranges(of nodes: [UInt32], in chunk: Chunk) -> [Range<Int>] {
        if nodes.count == 1 && nodes[0] == RecordPlaces.root { return [chunk.range] }
        let isAscending = nodes.isAscending && nodes.last != RecordPlaces.nowhere
        let known = isAscending ? nodes : Array(Set(nodes).subtracting([RecordPlaces.nowhere])).sorted()
        let start = chunk.range.lowerBound
        guard !known.isEmpty, let found = document.sourceRanges(of: known, in: chunk.text, offset: start) else {
            return nodes.map { _ in chunk.range }
        }
        if isAscending { return found }
        let places = Dictionary(uniqueKeysWithValues: zip(known, found))
        return nodes.map { places[$0] ?? chunk.range }
    }
}

extension [UInt32] {
    fileprivate var isAscending: Bool {
        for index in indices.dropFirst() where self[index - 1] >= self[index] { return false }
        return true
    }
}

extension [Patch] {
    /// Which of the patches, that are ascending, begin in a range.
    ///
    /// Found by halving: a chunk may have as many bad values as records.
    fileprivate func indices(in range: Range<Int>) -> Range<Int> {
        let first = firstIndex(from: range.lowerBound)
        return first..<Swift.max(first, firstIndex(from: range.upperBound))
    }

    /// The first patch that begins at a place or behind it.
    private func firstIndex(from place: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].range.lowerBound < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
