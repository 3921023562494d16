internal import AuditLog
internal import Cryptography
internal import HTTPTypes
internal import JSON
internal import Merkle
internal import NIOCore
internal import NIOHTTP1
internal import Restriction
internal import Schema
internal import Telemetry

/// The writing routes of the API: `/v1/log`, `/v2/log` and `/v2/log_async` (audit API contract, sections 3.1 to 3.3).
extension Intake {
    /// Most events of one call.
    static let maximumEvents = 1000

    /// Answers a call at once, or appends and answers when it is on disk.
    func write(
        _ request: ExpressRequest,
        body: UnsafeRawBufferPointer,
        on worker: IntakeWorker,
        respond: @escaping @Sendable (APICall, CallAnswer) -> Void
    ) {
        let call = APICall(now: clock())
        switch prepare(request, body: body, call: call, on: worker) {
        case .failure(let refusal): respond(call, refusal.answer)
        case .success(let prepared):
            let lane = request.lane
            worker.append(prepared.append) { [self] result in
                respond(call, answer(result, to: prepared, lane: lane, call: call))
            }
        }
    }

    private func endpoint(of lane: Lane) -> APIEndpoint {
        switch lane {
        case .log: .log
        case .bulkLog: .bulkLog
        case .asynchronousLog: .asynchronousLog
        case .logStream, .source: .logStream
        }
    }

    /// A call that may be stored.
    struct PreparedCall: Sendable {
        let append: AppendRequest
        let log: ServedLog
        let isVerbose: Bool
    }

    struct Refusal: Error {
        let answer: CallAnswer
    }

    private func prepare(
        _ request: ExpressRequest,
        body: UnsafeRawBufferPointer,
        call: APICall,
        on worker: IntakeWorker
    ) -> Result<PreparedCall, Refusal> {
        guard let token = tokens.authenticate(request.authorization), token.allows(endpoint(of: request.lane)) else {
            return .failure(Refusal(answer: .unauthorized))
        }
        do throws(APIRefusal) {
            try worker.calls.parse(body)
            let log: ServedLog
            do throws(LogChoiceError) {
                log = try token.log(configurationID: worker.calls.configurationID)
            } catch {
                return .failure(Refusal(answer: error.answer))
            }
            let written: WritingCall
            switch request.lane {
            case .log: written = try worker.calls.readSingle(schema: log.schema)
            case .bulkLog, .asynchronousLog, .source, .logStream:
                written = try worker.calls.readBulk(schema: log.schema, maximumEvents: Intake.maximumEvents)
            }
            if let refusal = forbidden(written.events, token: token, log: log, lane: request.lane) {
                return .failure(refusal)
            }
            return prepare(written, log: log, token: token, request: request, body: body, call: call, on: worker)
        } catch {
            return .failure(Refusal(answer: .problems(error.problems)))
        }
    }

    private func prepare(
        _ written: WritingCall,
        log: ServedLog,
        token: TokenGrant,
        request: ExpressRequest,
        body: UnsafeRawBufferPointer,
        call: APICall,
        on worker: IntakeWorker
    ) -> Result<PreparedCall, Refusal> {
        var append = AppendRequest(log: log.id, events: written.events)
        append.signatures = written.signatures
        log.signer?.sign(&append)
        append.origin = "token:\(token.name)"
        append.wantsEnvelopes = written.isVerbose
        if written.isVerbose, isSingle(request.lane), log.schema.isTamperProof {
            // Texts that are no hash are no root that we know.
            append.proof = ProofRequest(
                previousRoot: written.previousRoot.flatMap { TreeHash(hex: String($0.prefix(64))) }
            )
        }
        do {
            switch try IdempotencyReader(hasher: worker.hasher).read(
                request.idempotencyKey,
                eventCount: written.events.count,
                token: token.name,
                log: log.identity,
                route: request.lane.name,
                body: body
            )
            {
            case .none: break
            case .events(let keys): append.keys = keys
            case .request(let idempotency): append.idempotency = idempotency
            }
        } catch {
            let detail =
                switch error {
                case .malformed: "the Idempotency-Key header is not readable"
                case .countDiffers: "the Idempotency-Key header names another number of events than the request has"
                }
            return .failure(Refusal(answer: .problems([APIProblem(.badFormat, at: "", detail)])))
        }
        if case .asynchronousLog = request.lane {
            append.asynchronous = AsynchronousRequest(
                id: call.requestID,
                token: token.name,
                isVerbose: written.isVerbose,
                expiresAt: call.startedAt + RequestAnswers.timeToLive
            )
        }
        return .success(PreparedCall(append: append, log: log, isVerbose: written.isVerbose))
    }

    /// The refusal of a call in which a field holds what the token may not say; nil when all may be stored.
    private func forbidden(
        _ events: EncodedEvents,
        token: TokenGrant,
        log: ServedLog,
        lane: Lane
    ) -> Refusal? {
        let restriction = token.restriction(for: log.id)
        guard !restriction.isEmpty else { return nil }
        var problems: [APIProblem] = []
        var count = 0
        for index in 0..<events.count {
            let fields = restriction.violations(event: index, in: events)
            if fields.isEmpty { continue }
            count += 1
            guard count <= Intake.maximumTold else { continue }
            for field in fields {
                let base = if case .log = lane { "/event" } else { "/events/\(index)/event" }
                problems.append(
                    APIProblem(
                        .notEnumMember,
                        at: "\(base)/\(field)",
                        "Value of '\(field)' is not allowed by the token"
                    )
                )
            }
        }
        guard !problems.isEmpty else { return nil }
        violations(of: "token:\(token.name)", count: count, isDryRun: token.isDryRun)
        guard !token.isDryRun else { return nil }
        return Refusal(answer: Intake.forbidden(problems))
    }

    static func forbidden(_ problems: [APIProblem]) -> CallAnswer {
        CallAnswer(
            status: .forbiddenFieldValue,
            summary: problems.first?.detail ?? "A value is not allowed",
            result: CallAnswer.errors(problems)
        )
    }
}

// MARK: - Answers

extension Intake {
    private func answer(
        _ result: Result<AppendOutcome, StoreError>,
        to prepared: PreparedCall,
        lane: Lane,
        call: APICall
    ) -> CallAnswer {
        switch result {
        case .failure(let error):
            if error.code == .busy { metrics.queueRejections.increment() }
            return .unavailable(error)
        case .success(let outcome):
            guard !outcome.isIdempotencyMismatch else {
                return .problems(
                    [APIProblem(.invalidConst, at: "", "this Idempotency-Key came with another request before")],
                    httpStatus: .unprocessableContent
                )
            }
            prepared.log.counters.count(outcome)
            if case .asynchronousLog = lane {
                return RequestAnswers.accepted(id: call.requestID, retries: 0, publicURL: address.url)
            }
            return Intake.logged(outcome, prepared, isSingle: isSingle(lane))
        }
    }

    private func isSingle(_ lane: Lane) -> Bool { if case .log = lane { true } else { false } }

    private static func logged(_ outcome: AppendOutcome, _ prepared: PreparedCall, isSingle: Bool) -> CallAnswer {
        var writer = JSONWriter()
        writer.bytes.reserveCapacity(outcome.events.count * (prepared.isVerbose ? 1024 : 80) + 16)
        if !isSingle { writer.append(raw: "{\"results\":[") }
        for (index, event) in outcome.events.enumerated() {
            if index > 0 { writer.append(byte: UInt8(ascii: ",")) }
            writer.append(byte: UInt8(ascii: "{"))
            let showsHash = prepared.log.schema.isTamperProof
            if showsHash {
                writer.append(raw: "\"hash\":\"")
                Hex.append(event.hash, to: &writer.bytes)
                writer.append(byte: UInt8(ascii: "\""))
            }
            if prepared.isVerbose {
                if showsHash { writer.append(byte: UInt8(ascii: ",")) }
                writer.append(raw: "\"envelope\":")
                if let envelope = event.storedEnvelope {
                    writer.append(raw: envelope)
                } else {
                    prepared.append.events.withEvent(index) {
                        Envelope.append(
                            event: $0,
                            receivedAt: event.receivedAt,
                            signature: prepared.append.signatures.isEmpty ? nil : prepared.append.signatures[index],
                            to: &writer
                        )
                    }
                }
                // Clients would check proofs in bulk answers, and want none there (section 3.2).
                if isSingle, let proof = event.proof { AuditLog.APIAnswer.appendMembers(of: proof, to: &writer) }
            }
            writer.append(raw: "}")
        }
        if !isSingle { writer.append(raw: "]}") }
        return CallAnswer(
            status: .success,
            summary: "Logged \(outcome.events.count) record(s)",
            result: writer.bytes
        )
    }
}
