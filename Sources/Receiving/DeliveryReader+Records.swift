internal import JMESPath
internal import JSON
internal import Mapping
internal import Schema

/// A record of a chunk and where it stands on the tape; nil for one that has no place of its own.
private struct PlacedRecord {
    let value: JSONValue
    let node: JSONNode?
}

/// The places of the records that one chunk gave, until they are known as ranges.
private struct RecordPlaces {
    static let nowhere = UInt32.max

    /// For each event and each failure of the chunk, in the order of the records; `nowhere` without a place.
    var nodes: [UInt32] = []
    /// For each failure its number in `nodes`.
    var failures: [(number: Int, failure: RecordFailure)] = []
}

extension DeliveryReader {
    /// Maps the records of one value.
    func map(_ root: JSONValue, _ chunk: Chunk, _ source: Source) throws(BodyProblem) {
        progress.hasReadable = true
        var places = RecordPlaces()
        let records: JSONValue
        do throws(RecordFailure) {
            records = try self.records(of: root, source)
        } catch {
            try count(source)
            places.failures.append((0, error))
            places.nodes.append(RecordPlaces.nowhere)
            return note(places, chunk)
        }
        if !chunk.patches.isEmpty {
            for record in try unspoilt(placed(records), chunk, source) {
                try map(record.value, record.node, root, source, &places)
            }
            return note(places, chunk)
        }
        switch records {
        case .node(let node) where node.isArray:
            places.nodes.reserveCapacity(node.count)
            let isInPlace = document.contains(node)
            for element in node.elements { try map(element.value, isInPlace ? element : nil, root, source, &places) }
        case .array, .node, .object, .null, .bool, .integer, .unsigned, .double, .text, .string:
            for record in placed(records) { try map(record.value, record.node, root, source, &places) }
        }
        note(places, chunk)
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

    private func placed(_ records: JSONValue) -> [PlacedRecord] {
        if case .node(let node) = records, node.isArray {
            let isInPlace = document.contains(node)
            return node.elements.map { PlacedRecord(value: $0.value, node: isInPlace ? $0 : nil) }
        }
        let values: [JSONValue] = if case .array(let elements) = records { elements } else { [records] }
        return values.map { value in
            if case .node(let node) = value, document.contains(node) { return PlacedRecord(value: value, node: node) }
            return PlacedRecord(value: value, node: nil)
        }
    }

    // MARK: - One record

    @inline(__always)
    private func map(
        _ record: JSONValue,
        _ node: JSONNode?,
        _ root: JSONValue,
        _ source: Source,
        _ places: inout RecordPlaces
    ) throws(BodyProblem) {
        try count(source)
        switch mapper.map(record, root: root, with: source.mapping, to: &encoder) {
        case .event:
            progress.keys.append(mapper.key)
            if collectsIDs { progress.ids.append(mapper.id) }
            progress.cutCount += mapper.cutCount
            places.nodes.append(node?.index ?? RecordPlaces.nowhere)
        case .ignored: progress.ignoredCount += 1
        case .failed(let failure):
            places.failures.append((places.nodes.count, failure))
            places.nodes.append(node?.index ?? RecordPlaces.nowhere)
        }
    }

    /// Sets aside the records of a repaired chunk that hold a bad element, and the bad elements in no record.
    ///
    /// - Returns: the other records.
    private func unspoilt(
        _ records: [PlacedRecord],
        _ chunk: Chunk,
        _ source: Source
    ) throws(BodyProblem) -> [PlacedRecord] {
        let ranges = ranges(of: records.map { $0.node?.index ?? RecordPlaces.nowhere }, in: chunk)
        var isSetAside = [Bool](repeating: false, count: chunk.patches.count)
        var kept: [PlacedRecord] = []
        for (record, range) in zip(records, ranges) {
            // An overwritten element that has no place any more.
            if record.node == nil && record.value.isNull { continue }
            let inside = chunk.patches.indices.filter {
                record.node != nil && range.contains(chunk.patches[$0].lowerBound)
            }
            if inside.isEmpty {
                kept.append(record)
            } else {
                var whole = range
                for index in inside {
                    isSetAside[index] = true
                    // What was written over a bad element is shorter.
                    whole = whole.lowerBound..<max(whole.upperBound, chunk.patches[index].upperBound)
                }
                try setAside(whole, "a value in the record is not JSON", source)
            }
        }
        for (patch, isDone) in zip(chunk.patches, isSetAside) where !isDone {
            try setAside(patch, "the array element is not JSON", source)
        }
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
            guard let failure = failures.first, failure.number == number else {
                progress.ranges.append(range)
                continue
            }
            failures.removeFirst()
            progress.quarantined.append(
                QuarantinedRecord(
                    cause: .unmapped,
                    reason: failure.failure.reason,
                    place: failure.failure.place,
                    range: range
                )
            )
        }
    }

    /// Where in the body some places of the tape stand; the whole chunk for those that are nowhere.
    private func ranges(of nodes: [UInt32], in chunk: Chunk) -> [Range<Int>] {
        // Position 1 is the chunk's own value.
        if nodes.count == 1 && nodes[0] == 1 { return [chunk.range] }
        let isAscending = zip(nodes, nodes.dropFirst()).allSatisfy { $0 < $1 } && nodes.last != RecordPlaces.nowhere
        let known = isAscending ? nodes : Array(Set(nodes).subtracting([RecordPlaces.nowhere])).sorted()
        guard !known.isEmpty, let found = document.sourceRanges(of: known, in: chunk.text) else {
            return nodes.map { _ in chunk.range }
        }
        let start = chunk.range.lowerBound
        if isAscending { return found.map { $0.lowerBound + start..<$0.upperBound + start } }
        let places = Dictionary(uniqueKeysWithValues: zip(known, found))
        return nodes.map { node in
            places[node].map { $0.lowerBound + start..<$0.upperBound + start } ?? chunk.range
        }
    }
}
