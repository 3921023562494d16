internal import AuditLog
internal import Cryptography
internal import HTTPTypes
internal import JSON
internal import Mapping
internal import Receiving
internal import Restriction
internal import Schema
internal import Telemetry

/// `/v1/log_stream` with a token of the API (audit API contract, section 3.4): all of a body's events or none.
extension Intake {
    /// What a body is for and what came of reading it.
    private struct ReadStream {
        let delivery: Delivery
        let log: ServedLog
    }

    /// Takes a vendor's body into a log whose schema is that vendor's.
    func streamToLog(
        _ request: ExpressRequest,
        body: UnsafeRawBufferPointer,
        on worker: IntakeWorker,
        respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        let call = APICall(now: clock())
        let mark = request.mark
        let finish = { @Sendable [self] (answer: CallAnswer) in
            metrics.answered(mark, (answer.httpStatus ?? answer.status.httpStatus).code)
            respond(call.expressResponse(answer, now: clock()))
        }
        guard let token = tokens.authenticate(request.authorization), token.allows(.logStream) else {
            return finish(.unauthorized)
        }
        switch readStream(request, body: body, token: token, call, on: worker) {
        case .failure(let refusal): finish(refusal.answer)
        case .success(let read):
            guard !read.delivery.events.isEmpty else { return finish(Intake.streamed(0)) }
            worker.append(appendRequest(read, token: token, worker)) { [self] result in
                switch result {
                case .failure(let error):
                    if error.code == .busy { metrics.queueRejections.increment() }
                    finish(.unavailable(error))
                case .success(let outcome):
                    read.log.counters.count(outcome)
                    finish(Intake.streamed(outcome.events.count))
                }
            }
        }
    }

    private static func streamed(_ count: Int) -> CallAnswer {
        CallAnswer(status: .success, summary: "Logged \(count) record(s)", result: Array("{}".utf8))
    }

    private func appendRequest(_ read: ReadStream, token: TokenGrant, _ worker: IntakeWorker) -> AppendRequest {
        let delivery = read.delivery
        let stream = sources.stream(of: read.log.id)
        var append = AppendRequest(log: read.log.id, events: delivery.events)
        append.origin = "token:\(token.name)"
        append.keys = delivery.keys
        append.volatileFields = stream?.source.mapping.volatileFields ?? []
        append.delivery = RawDelivery(
            source: "token:\(token.name)",
            context: delivery.context,
            body: delivery.body,
            records: delivery.recordRanges,
            recordHashes: hashes(of: delivery.recordRanges, in: delivery.body, worker.hasher),
            mappingVersion: stream?.source.mapping.mapping.version ?? ""
        )
        read.log.signer?.sign(&append)
        return append
    }

    // MARK: - Reading

    private func readStream(
        _ request: ExpressRequest,
        body: UnsafeRawBufferPointer,
        token: TokenGrant,
        _ call: APICall,
        on worker: IntakeWorker
    ) -> Result<ReadStream, Refusal> {
        let document = JSONDocument()
        let isReadable = parse(body, request, into: document)
        let log: ServedLog
        do throws(LogChoiceError) {
            log = try token.log(configurationID: isReadable ? document.root["config_id"]?.stringValue : nil)
        } catch {
            return .failure(Refusal(answer: error.answer))
        }
        guard let stream = sources.stream(of: log.id) else {
            return .failure(
                Refusal(
                    answer: CallAnswer(
                        status: .invalidSchema,
                        summary: "The configured schema is not valid for this endpoint"
                    )
                )
            )
        }
        let path = stream.eventPath
        // Lines are no one value; what is wrong with one of them is told by its record.
        if isReadable, let problems = APIRefusal(Intake.problems(of: path, in: document.root)) {
            return .failure(Refusal(answer: .problems(problems.problems)))
        }
        let delivered = deliveryRequest(request, source: nil, body: body, now: call.startedAt)
        switch worker.deliveries.read(delivered, for: stream.source, authentication: .done) {
        case .needsKey: return .failure(Refusal(answer: .unauthorized))
        case .answer(let reply): return .failure(Refusal(answer: Intake.answer(to: reply)))
        case .delivery(let delivery):
            guard delivery.quarantined.isEmpty else {
                let problems = misfits(
                    of: delivered,
                    delivery,
                    stream,
                    path,
                    in: isReadable ? document.root : .null,
                    worker
                )
                return .failure(Refusal(answer: .problems(problems)))
            }
            if let refusal = forbidden(delivery, token: token, log: log, path, in: isReadable ? document.root : .null) {
                return .failure(refusal)
            }
            return .success(ReadStream(delivery: delivery, log: log))
        }
    }

    /// Parses a body, inflated where it is gzip; false when it is not one JSON value.
    private func parse(_ body: UnsafeRawBufferPointer, _ request: ExpressRequest, into document: JSONDocument) -> Bool {
        guard Gzip.isGzip(body) else { return (try? document.parse(body)) != nil }
        guard let text = try? Gzip.inflate(body, limit: sources.maximumInflatedBytes) else { return false }
        return (try? document.parse(text)) != nil
    }

    private static func problems(of path: EventPath?, in root: JSONValue) -> [APIProblem] {
        let faults = path?.faults(in: root, limit: APIRefusal.maximumCount) ?? []
        return faults.map { fault in
            switch fault.kind {
            case .missing: APIProblem(.fieldRequired, at: fault.pointer, "'\(fault.name)' is required")
            case .notAnArray: APIProblem(.invalidArray, at: fault.pointer, "'\(fault.name)' must be an array")
            case .notAnObject: APIProblem(.invalidObject, at: fault.pointer, "'\(fault.name)' must be an object")
            }
        }
    }

    private static func answer(to reply: Reply) -> CallAnswer {
        // A handshake: there is nothing to store, and nothing of it is acted on.
        guard let outcome = reply.outcome else { return streamed(0) }
        let code: APIProblem.Code = outcome == .tooLarge ? .aboveMaxLength : .badFormat
        let problem = APIProblem(code, at: "", reply.reason)
        switch outcome {
        case .tooLarge: return .problems([problem], httpStatus: .contentTooLarge)
        case .unsupported: return .problems([problem], httpStatus: .unsupportedMediaType)
        case .stored, .duplicate, .conflict, .ignored, .forbidden, .quarantined, .unauthenticated, .unreadable,
            .unavailable, .busy, .wrongMethod:
            return .problems([problem])
        }
    }

    // MARK: - What is wrong with the events

    /// Every field that keeps an event of the body from its schema.
    private func misfits(
        of request: DeliveryRequest,
        _ delivery: Delivery,
        _ stream: ServedSource,
        _ path: EventPath?,
        in root: JSONValue,
        _ worker: IntakeWorker
    ) -> [APIProblem] {
        var problems: [APIProblem] = []
        let mapper = RecordMapper()
        let bound = stream.source.mapping
        worker.deliveries.onRecord = { record, body, number, context in
            guard problems.count < APIRefusal.maximumCount else { return }
            mapper.begin(bound, context)
            for misfit in mapper.misfits(of: record, root: body, with: bound) {
                let event = path?.pointer(toEvent: number, in: root) ?? "/\(number)"
                let code: APIProblem.Code = misfit.isMissing ? .fieldRequired : .wrongKind(of: misfit.field)
                problems.append(APIProblem(code, at: "\(event)/\(misfit.field.id)", misfit.reason))
            }
        }
        defer { worker.deliveries.onRecord = nil }
        _ = worker.deliveries.read(request, for: stream.source, authentication: .done)
        guard problems.isEmpty else { return Array(problems.prefix(APIRefusal.maximumCount)) }
        return delivery.quarantined.prefix(APIRefusal.maximumCount).map { APIProblem(.badFormat, at: "", $0.reason) }
    }

    private func forbidden(
        _ delivery: Delivery,
        token: TokenGrant,
        log: ServedLog,
        _ path: EventPath?,
        in root: JSONValue
    ) -> Refusal? {
        let restriction = token.restriction(for: log.id)
        guard !restriction.isEmpty else { return nil }
        var problems: [APIProblem] = []
        var count = 0
        for index in delivery.events.indices {
            let fields = restriction.violations(event: index, in: delivery.events)
            if fields.isEmpty { continue }
            count += 1
            guard count <= Intake.maximumTold else { continue }
            let number = delivery.recordNumbers[index]
            let event = path?.pointer(toEvent: number, in: root) ?? "/\(number)"
            for field in fields {
                problems.append(
                    APIProblem(
                        .notEnumMember,
                        at: "\(event)/\(field)",
                        "Value of '\(field)' is not allowed by the token"
                    )
                )
            }
        }
        guard count > 0 else { return nil }
        violations(of: "token:\(token.name)", count: count, isDryRun: token.isDryRun)
        return token.isDryRun ? nil : Refusal(answer: Intake.forbidden(problems))
    }
}

extension APIProblem.Code {
    /// What a value is that does not go into a field.
    fileprivate static func wrongKind(of field: Field) -> APIProblem.Code {
        switch field.kind {
        case .string, .text, .stringUnindexed: .aboveMaxLength
        case .integer: .invalidInteger
        case .boolean: .invalidBool
        case .datetime: .badFormatDateTime
        }
    }
}
