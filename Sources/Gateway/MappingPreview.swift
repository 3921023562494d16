internal import JSON
package import Mapping
internal import Receiving
package import Schema

/// Tries a mapping on a body, exactly as a delivery is read, without storing anything.
package struct MappingPreview {
    /// What becomes of one record.
    package struct Record {
        /// In canonical JSON, as it would be stored; nil when it would be set aside.
        package let event: [UInt8]?
        /// Why it would be set aside, with the mapping's place where there is one.
        package let problem: String?
        /// What each expression read and gave; nil for a record that is no JSON.
        package let explanation: Explanation?
    }

    package struct Outcome {
        /// In the order of the body.
        package var records: [Record] = []
        /// Why the delivery would be refused as a whole.
        package var refusal: String?
        /// What the vendor would be answered once everything is on disk; nil when only a key could tell.
        package var answer: VendorAnswer?

        /// Why the delivery, or records of it, would be set aside.
        package var problems: [String] { (refusal.map { [$0] } ?? []) + records.compactMap(\.problem) }
    }

    private let source: Source

    package init(mapping: MappingFile, schema: EventSchema) {
        // Nobody is authenticated here.
        source = Source(trying: mapping.bind(to: schema), name: "preview")
    }

    /// - Parameters:
    ///   - body: as it was received, inflated or not.
    ///   - method: the request's method.
    ///   - path: what senders append to the URL that they are given.
    ///   - query: as it stands behind the question mark.
    ///   - headers: names in lower case.
    /// - Returns: the events and what is wrong with the other records.
    package func read(
        body: [UInt8],
        method: String,
        path: String = "",
        query: String = "",
        headers: [(name: String, value: String)]
    ) -> Outcome {
        let reader = DeliveryReader()
        var explanations: [Int: Explanation] = [:]
        var context = RecordContext()
        reader.onRecord = { [mapping = source.mapping] record, root, number, shared in
            context = shared
            explanations[number] = mapping.explain(record, root: root, context: shared, with: RecordMapper())
        }
        let outcome = body.withUnsafeBytes { bytes in
            reader.read(
                DeliveryRequest(
                    method: method,
                    path: "/in/preview\(path)",
                    query: query,
                    headers: headers,
                    body: bytes,
                    receivedAt: WallClock.now()
                ),
                for: source,
                authentication: .done
            )
        }
        switch outcome {
        case .answer(let reply):
            return Outcome(refusal: reply.outcome == nil ? nil : reply.reason, answer: reply.answer)
        case .delivery(let delivery): return self.outcome(of: delivery, explanations, context)
        case .needsKey(let key): return Outcome(refusal: "the key at '\(key.url)' is needed first")
        }
    }

    private func outcome(
        of delivery: Delivery,
        _ explanations: [Int: Explanation],
        _ context: RecordContext
    ) -> Outcome {
        var found: [(range: Range<Int>, record: Record)] = []
        for (index, range) in delivery.recordRanges.enumerated() {
            let event = delivery.events.withEvent(index) { [UInt8]($0) }
            let explanation = explanations[delivery.recordNumbers[index]]
            found.append((range, Record(event: event, problem: nil, explanation: explanation)))
        }
        let whole = JSONDocument()
        let root = (try? whole.parse(delivery.body)) != nil ? whole.root : nil
        for set in delivery.quarantined {
            let problem = set.place.map { "\($0): \(set.reason)" } ?? set.reason
            let explanation = explain(delivery.bytes(of: set), root: root, context)
            found.append((set.range, Record(event: nil, problem: problem, explanation: explanation)))
        }
        let ordered = found.enumerated().sorted {
            ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
        }
        let told = delivery.outcomeWithoutEvents ?? .stored
        let answer = source.mapping.mapping.answers[told].with(body: delivery.answerBodies[told])
        return Outcome(records: ordered.map(\.element.record), answer: answer)
    }

    private func explain(_ record: [UInt8], root: JSONValue?, _ context: RecordContext) -> Explanation? {
        let document = JSONDocument()
        guard (try? document.parse(record)) != nil else { return nil }
        return source.mapping.explain(
            document.root,
            root: root ?? document.root,
            context: context,
            with: RecordMapper()
        )
    }
}
