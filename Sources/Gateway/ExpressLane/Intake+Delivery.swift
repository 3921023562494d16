internal import AuditLog
internal import Cryptography
internal import HTTPTypes
internal import Mapping
internal import NIOCore
internal import NIOHTTP1
internal import Receiving
internal import Restriction
internal import Schema
internal import Telemetry

/// The vendors' routes: `/in/{source}` and, with a source's token, `/v1/log_stream`.
extension Intake {
    /// Reads a delivery and answers it, at once or when its events are on disk.
    ///
    /// - Parameters:
    ///   - request: the whole request.
    ///   - source: who it is for; nil for a name that is not configured.
    ///   - body: the request's body.
    ///   - worker: of the calling thread.
    ///   - attempt: how often it was read already, and where it is read again.
    ///   - isAuthenticated: whether the source's token was presented already.
    ///   - respond: called once.
    func deliver(
        _ request: ExpressRequest,
        to source: ServedSource?,
        body: UnsafeRawBufferPointer,
        on worker: IntakeWorker,
        _ attempt: Attempt,
        isAuthenticated: Bool = false,
        respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        let now = clock()
        let delivery = deliveryRequest(request, source: source, body: body, now: now)
        guard let source else {
            // The same work and the same answer as for a wrong secret.
            Authenticator.rejectUnknown(delivery)
            return self.respond(AnswerTable.unauthenticated, to: request.mark, respond)
        }
        source.counters.coverage.begin(worker.deliveries, source.source)
        let authentication = isAuthenticated ? DeliveryReader.Authentication.done : .required
        let outcome = worker.deliveries.read(delivery, for: source.source, authentication: authentication)
        source.counters.coverage.end(worker.deliveries)
        switch outcome {
        case .answer(let reply) where reply.keptSecret != nil && !sources.isArmed(source, now: now):
            // Nobody waits for it: the same work and the same answer as for a wrong secret.
            worker.deliveries.imitateRefusal(of: delivery, for: source.source)
            source.counters.count(.unauthenticated)
            self.respond(AnswerTable.unauthenticated, to: request.mark, respond)
        case .answer(let reply): answer(reply, from: source, to: request.mark, worker, respond)
        case .delivery(let delivery): store(delivery, from: source, request.mark, worker, respond)
        case .needsKey(let key): wait(for: key, request, from: source, attempt, respond)
        }
    }

    /// `/v1/log_stream`: with a source's token exactly as `/in/{source}`, else for a log with a vendor's schema.
    func stream(
        _ request: ExpressRequest,
        body: UnsafeRawBufferPointer,
        on worker: IntakeWorker,
        _ attempt: Attempt,
        respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        let authorization = request.authorization
        if let source = sources.source(authorization: authorization) {
            return deliver(
                request,
                to: source,
                body: body,
                on: worker,
                attempt,
                isAuthenticated: true,
                respond: respond
            )
        }
        streamToLog(request, body: body, on: worker, respond: respond)
    }

    func deliveryRequest(
        _ request: ExpressRequest,
        source: ServedSource?,
        body: UnsafeRawBufferPointer,
        now: Int64
    ) -> DeliveryRequest {
        let target = request.head.uri
        let mark = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        let query = mark.map { String(target[target.utf8.index(after: $0)...]) } ?? ""
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(request.head.headers.count)
        for header in request.head.headers { headers.append((header.name.lowercased(), header.value)) }
        let origin = source?.readsOrigin == true ? origin(of: request) : nil
        let path: String
        var pathSecret: Substring?
        switch request.lane {
        case .source(let name, let rest):
            let parts = SourcePath(rest, paths: source?.source.mapping.mapping.paths ?? [])
            pathSecret = parts.secret
            path = "/in/\(name)\(parts.appended)"
        case .logStream, .log, .bulkLog, .asynchronousLog: path = "/v1/log_stream"
        }
        return DeliveryRequest(
            method: request.head.method.rawValue,
            path: path,
            query: query,
            headers: headers,
            body: body,
            pathSecret: pathSecret.map { String($0) },
            publicURL: source?.isURLSigned == true ? address.url + path + (query.isEmpty ? "" : "?\(query)") : "",
            receivedAt: now,
            clientAddress: origin?.client,
            isFromTrustedProxy: origin?.isProxied ?? false
        )
    }
}

// MARK: - Storing

extension Intake {
    private func store(
        _ delivery: Delivery,
        from source: ServedSource,
        _ request: RequestMark,
        _ worker: IntakeWorker,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        let verdict = restrict(delivery, from: source)
        if let refusal = verdict.refusal {
            return refuse(delivery, refusal, from: source, request, worker, respond)
        }
        let append = appendRequest(delivery, verdict, from: source, worker)
        guard !append.events.isEmpty || !append.quarantine.isEmpty else {
            source.counters.count(.ignored, delivery.ignoredCount)
            return finish(.ignored, bodies: delivery.answerBodies, from: source, request, respond)
        }
        // What is needed of the delivery afterwards, and no more: its records go to the writer.
        let tally = DeliveryTally(delivery, forbidden: verdict.forbidden.count)
        worker.append(append) { [self] result in
            switch result {
            case .failure(let error):
                if error.code == .busy { metrics.queueRejections.increment() }
                let outcome: AnswerOutcome = error.code == .busy ? .busy : .unavailable
                finish(outcome, bodies: tally.answerBodies, from: source, request, respond)
            case .success(let outcome):
                count(outcome, tally, from: source)
                let word = answerOutcome(outcome, tally)
                finish(word, bodies: tally.answerBodies, from: source, request, respond)
            }
        }
    }

    private func appendRequest(
        _ delivery: Delivery,
        _ verdict: Verdict,
        from source: ServedSource,
        _ worker: IntakeWorker
    ) -> AppendRequest {
        var append = AppendRequest(log: source.log.id, events: delivery.events)
        var records = delivery.recordRanges
        append.keys = delivery.keys
        if !verdict.forbidden.isEmpty {
            let kept = delivery.events.indices.filter { !verdict.forbidden.contains($0) }
            append = AppendRequest(log: source.log.id, events: delivery.events.selecting(kept))
            append.keys = kept.map { delivery.keys[$0] }
            records = kept.map { delivery.recordRanges[$0] }
        }
        append.volatileFields = source.source.mapping.volatileFields
        append.quarantine = delivery.quarantined.map { entry($0, of: delivery, from: source) }
        append.quarantine += forbiddenEntries(delivery, verdict, from: source)
        guard !append.events.isEmpty else { return append }
        source.log.signer?.sign(&append)
        append.delivery = RawDelivery(
            source: source.name,
            context: delivery.context,
            body: delivery.body,
            records: records,
            recordHashes: hashes(of: records, in: delivery.body, worker.hasher),
            mappingVersion: source.source.mapping.mapping.version
        )
        return append
    }

    /// The records of forbidden events; the whole body once where they have no places of their own, and would hold it many
    /// times.
    private func forbiddenEntries(
        _ delivery: Delivery,
        _ verdict: Verdict,
        from source: ServedSource
    ) -> [QuarantineEntry] {
        let events = verdict.forbidden.sorted()
        func entry(_ reason: String, _ body: [UInt8]) -> QuarantineEntry {
            QuarantineEntry(
                source: source.name,
                cause: .forbidden,
                reason: reason,
                body: body,
                context: delivery.context
            )
        }
        guard events.reduce(0, { $0 + delivery.recordRanges[$1].count }) <= delivery.body.count else {
            let fields = Set(events.map(verdict.reason(of:))).sorted().joined(separator: "; ")
            return [entry("\(events.count) events: \(fields)", delivery.body)]
        }
        return events.map { entry(verdict.reason(of: $0), Array(delivery.body[delivery.recordRanges[$0]])) }
    }

    func hashes(of records: [Range<Int>], in body: [UInt8], _ hasher: SHA256Hasher) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: records.count * 32) { output, count in
            let output = UnsafeMutableRawBufferPointer(output)
            // Records without a place of their own share the range of what they were taken from, which may be the whole
            // body: it is hashed once, also when records that have places stand between them.
            var shared = 0
            body.withUnsafeBytes { body in
                for (index, record) in records.enumerated() {
                    let digest = UnsafeMutableRawBufferPointer(rebasing: output[(index * 32)...])
                    let same = index > 0 && record == records[index - 1] ? index - 1 : shared
                    if index > 0, record == records[same] {
                        digest.copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: output[(same * 32)..<(same * 32 + 32)])
                        )
                        continue
                    }
                    hasher.update(UnsafeRawBufferPointer(rebasing: body[record]))
                    hasher.finish(into: digest)
                    let isBehind = record.lowerBound >= records[shared].upperBound
                    if isBehind || record.count > records[shared].count { shared = index }
                }
            }
            count = records.count * 32
        }
    }

    private func entry(_ record: QuarantinedRecord, of delivery: Delivery, from source: ServedSource) -> QuarantineEntry
    {
        let cause: QuarantineCause =
            switch record.cause {
            case .unmapped: .unmapped
            case .unreadable: .unreadable
            }
        return QuarantineEntry(
            source: source.name,
            cause: cause,
            reason: record.place.map { "\($0): \(record.reason)" } ?? record.reason,
            body: delivery.bytes(of: record),
            context: delivery.context
        )
    }

    /// What became of a delivery's records besides those that go to the log.
    private struct DeliveryTally: Sendable {
        let forbidden: Int
        let ignored: Int
        let cutTexts: Int
        let unmapped: Int
        let unreadable: Int
        let answerBodies: AnswerBodies

        init(_ delivery: Delivery, forbidden: Int) {
            self.forbidden = forbidden
            ignored = delivery.ignoredCount
            cutTexts = delivery.cutCount
            unreadable = delivery.quarantined.count { $0.cause == .unreadable }
            unmapped = delivery.quarantined.count - unreadable
            answerBodies = delivery.answerBodies
        }
    }

    private func count(_ outcome: AppendOutcome, _ tally: DeliveryTally, from source: ServedSource) {
        source.log.counters.count(outcome)
        let counters = source.counters
        let conflicts = outcome.events.count { $0.disposition == .conflict }
        let duplicates = outcome.events.count { $0.disposition == .duplicate }
        counters.count(.stored, outcome.events.count - conflicts - duplicates)
        counters.count(.duplicate, duplicates)
        counters.count(SourceCounters.Record.conflict, conflicts)
        counters.count(.ignored, tally.ignored)
        counters.count(.quarantined, tally.unmapped + tally.unreadable)
        counters.count(SourceCounters.Record.forbidden, tally.forbidden)
        counters.count(QuarantineCause.conflict, conflicts)
        counters.count(QuarantineCause.forbidden, tally.forbidden)
        counters.count(QuarantineCause.unmapped, tally.unmapped)
        counters.count(QuarantineCause.unreadable, tally.unreadable)
        if tally.cutTexts > 0 { counters.cutTexts.increment(by: tally.cutTexts) }
    }

    /// The one word for a delivery of which several things may have become: what is best for the vendor to know.
    private func answerOutcome(_ outcome: AppendOutcome, _ tally: DeliveryTally) -> AnswerOutcome {
        if outcome.events.contains(where: { $0.disposition == .stored }) { return .stored }
        if outcome.events.contains(where: { $0.disposition == .conflict }) { return .conflict }
        if !outcome.events.isEmpty { return .duplicate }
        if tally.forbidden > 0 { return .forbidden }
        return tally.unmapped + tally.unreadable > 0 ? .quarantined : .ignored
    }
}

// MARK: - Restriction

extension Intake {
    /// Which events of a delivery hold a value that its source may not use.
    private struct Verdict {
        /// Fields by event; nothing in dry-run mode.
        var fields: [Int: [String]] = [:]
        /// The whole delivery is refused for these.
        var refusal: [APIProblem]?

        var forbidden: Set<Int> { refusal == nil ? Set(fields.keys) : [] }

        func reason(of event: Int) -> String {
            (fields[event] ?? []).map { "the value of '\($0)' is not allowed for this source" }.joined(separator: "; ")
        }
    }

    private func restrict(_ delivery: Delivery, from source: ServedSource) -> Verdict {
        var verdict = Verdict()
        guard !source.restriction.isEmpty else { return verdict }
        for index in 0..<delivery.events.count {
            let fields = source.restriction.violations(event: index, in: delivery.events)
            if !fields.isEmpty { verdict.fields[index] = fields }
        }
        guard !verdict.fields.isEmpty else { return verdict }
        violations(of: "source:\(source.name)", count: verdict.fields.count, isDryRun: source.isDryRun)
        guard !source.isDryRun else { return Verdict() }
        // A mapping that answers 2xx speaks for a vendor that punishes refusals: then only the records are set aside.
        guard !(200..<300).contains(source.answers[.forbidden].status) else { return verdict }
        verdict.refusal = verdict.fields.sorted { $0.key < $1.key }.prefix(Intake.maximumTold).flatMap {
            index,
            fields in
            fields.map {
                APIProblem(
                    .notEnumMember,
                    at: "/events/\(delivery.recordNumbers[index])/event/\($0)",
                    "Value of '\($0)' is not allowed for this source"
                )
            }
        }
        return verdict
    }

    /// Most events of a refused request that are told of.
    static let maximumTold = 100

    /// Each thing once, however many records have it.
    private static func reason(_ problems: [APIProblem]) -> String {
        Set(problems.map(\.detail)).sorted().joined(separator: "; ")
    }

    private func refuse(
        _ delivery: Delivery,
        _ problems: [APIProblem],
        from source: ServedSource,
        _ request: RequestMark,
        _ worker: IntakeWorker,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        var append = AppendRequest(log: source.log.id, events: EncodedEvents(fieldCount: 0))
        append.quarantine = [
            QuarantineEntry(
                source: source.name,
                cause: .forbidden,
                reason: Intake.reason(problems),
                body: delivery.body,
                context: delivery.context
            )
        ]
        let bodies = delivery.answerBodies
        worker.append(append) { [self] result in
            guard case .success = result else {
                return finish(.unavailable, bodies: bodies, from: source, request, respond)
            }
            source.counters.count(SourceCounters.Record.forbidden, delivery.events.count)
            source.counters.count(QuarantineCause.forbidden)
            finish(.forbidden, bodies: bodies, problems: problems, from: source, request, respond)
        }
    }
}
