internal import JSON
package import Mapping
package import Receiving
package import Schema

/// Tries a mapping on a body, exactly as a delivery is read, without storing anything.
package struct MappingPreview {
    package struct Outcome {
        /// Each in canonical JSON, as it would be stored.
        package var events: [[UInt8]] = []
        /// Why records would be set aside.
        package var problems: [String] = []
        /// For each record, a table for people.
        package var explanations: [String] = []
    }

    private let source: Source

    package init(mapping: MappingFile, schema: EventSchema) throws(SourceError) {
        // Nobody is authenticated here, yet a source wants its secrets: eight zeros are text, hex and base64 at once.
        let secrets = mapping.authentication.secretNames.map { ($0, [Array("00000000".utf8)]) }
        source = try Source(
            name: "preview",
            mapping: mapping.bind(to: schema),
            secrets: Dictionary(uniqueKeysWithValues: secrets),
            scope: []
        )
    }

    /// - Parameters:
    ///   - body: as it was received, inflated or not.
    ///   - method: the request's method.
    ///   - headers: names in lower case.
    /// - Returns: the events and what is wrong with the other records.
    package func read(body: [UInt8], method: String, headers: [(name: String, value: String)]) -> Outcome {
        let outcome = body.withUnsafeBytes { bytes in
            DeliveryReader().read(
                DeliveryRequest(
                    method: method,
                    path: "/in/preview",
                    headers: headers,
                    body: bytes,
                    receivedAt: WallClock.now()
                ),
                for: source,
                authentication: .done
            )
        }
        switch outcome {
        case .answer(let reply): return Outcome(problems: reply.outcome == nil ? [] : [reply.reason])
        case .delivery(let delivery): return self.outcome(of: delivery)
        }
    }

    private func outcome(of delivery: Delivery) -> Outcome {
        var outcome = Outcome()
        for index in delivery.events.indices {
            outcome.events.append(delivery.events.withEvent(index) { [UInt8]($0) })
        }
        outcome.problems = delivery.quarantined.map { record in
            record.place.map { "\($0): \(record.reason)" } ?? record.reason
        }
        outcome.explanations = delivery.recordRanges.map { explain(Array(delivery.body[$0]), in: delivery.body) }
        return outcome
    }

    private func explain(_ record: [UInt8], in body: [UInt8]) -> String {
        let document = JSONDocument()
        let whole = JSONDocument()
        guard (try? document.parse(record)) != nil else { return "" }
        let root = (try? whole.parse(body)) != nil ? whole.root : document.root
        let explanation = source.mapping.explain(
            document.root,
            root: root,
            context: RecordContext(),
            with: RecordMapper()
        )
        var lines = explanation.lines.map { line in
            let result =
                switch line.result {
                case .success(let value): value
                case .failure(let failure): "failed: \(failure.reason)"
                }
            let read = line.read.map { "\($0.path)=\($0.value)" }.joined(separator: ", ")
            let omitted = line.isOmitted ? " (left out: the schema has no such field)" : ""
            return
                "\(line.name)\(omitted)\n    = \(line.expression)    \(line.place)\n    read \(read.isEmpty ? "nothing" : read)\n    gave \(result)"
        }
        lines.append(
            "nobody read: \(explanation.unread.isEmpty ? "nothing is left" : explanation.unread.joined(separator: ", "))"
        )
        return lines.joined(separator: "\n")
    }
}
