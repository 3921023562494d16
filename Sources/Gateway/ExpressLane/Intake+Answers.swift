internal import AuditLog
internal import Forwarding
internal import HTTPTypes
internal import Logging
internal import Mapping
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Receiving
internal import Schema

/// What vendors are answered.
extension Intake {
    /// Answers what was not stored, once what is to be kept of it is on disk.
    func answer(
        _ reply: Reply,
        from source: ServedSource,
        to request: RequestMark,
        _ worker: IntakeWorker,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        if let secret = reply.keptSecret { return keep(secret, of: reply, from: source, to: request, respond) }
        if let wanted = reply.confirmation { return confirm(wanted, reply, from: source, to: request, respond) }
        if let outcome = reply.outcome { source.counters.count(outcome) }
        guard let kept = reply.quarantine else { return self.respond(reply.answer, to: request, respond) }
        var append = AppendRequest(log: source.log.id, events: EncodedEvents(fieldCount: 0))
        append.quarantine = [
            QuarantineEntry(
                source: source.name,
                cause: .unreadable,
                reason: kept.reason,
                body: kept.body,
                context: kept.context
            )
        ]
        worker.append(append) { [self] result in
            switch result {
            case .success:
                source.counters.count(QuarantineCause.unreadable)
                self.respond(reply.answer, to: request, respond)
            case .failure: self.respond(source.answers[.unavailable], to: request, respond)
            }
        }
    }

    /// Answers a handshake once the secret that it brings is on disk, or as a wrong secret when nobody waits for it.
    private func keep(
        _ secret: KeptSecret,
        of reply: Reply,
        from source: ServedSource,
        to request: RequestMark,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        // Anybody may ask this: it must not keep a thread busy, nor fill the log.
        guard sources.isArmed(source, now: clock()) else {
            source.counters.count(.unauthenticated)
            return self.respond(AnswerTable.unauthenticated, to: request, respond)
        }
        // It blocks until the disk has it.
        heavyLoad.submit { [self] state in
            guard case .active = state else { return self.respond(source.answers[.unavailable], to: request, respond) }
            do throws(KeptSecretError) {
                try sources.keep(secret, for: source, now: clock())
                logger.notice("A source's secret was kept", metadata: ["source": "\(source.name)"])
                self.respond(reply.answer, to: request, respond)
            } catch {
                let metadata: Logger.Metadata = ["source": "\(source.name)", "reason": "\(error.message)"]
                logger.warning("A source's secret was not kept", metadata: metadata)
                switch error.code {
                case .notArmed, .unusable:
                    source.counters.count(.unauthenticated)
                    self.respond(AnswerTable.unauthenticated, to: request, respond)
                case .notWritten: self.respond(source.answers[.unavailable], to: request, respond)
                }
            }
        }
    }

    /// Fetches the URL with which a subscription is confirmed, and answers when that is done.
    private func confirm(
        _ wanted: (url: String, host: HostPattern),
        _ reply: Reply,
        from source: ServedSource,
        to request: RequestMark,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        client.get(wanted.url, host: wanted.host) { [self] result in
            let failure: String? =
                switch result {
                case .success(let answer) where (200..<300).contains(answer.status): nil
                case .success(let answer): "the answer is \(answer.status)"
                case .failure(let error): error.message
                }
            // The URL holds a token, so it is not told.
            guard let failure else {
                logger.info("A subscription was confirmed", metadata: ["source": "\(source.name)"])
                return self.respond(reply.answer, to: request, respond)
            }
            logger.warning(
                "A subscription could not be confirmed",
                metadata: ["source": "\(source.name)", "reason": "\(failure)"]
            )
            self.respond(source.answers[.unavailable], to: request, respond)
        }
    }

    func finish(
        _ outcome: AnswerOutcome,
        bodies: AnswerBodies,
        problems: [APIProblem] = [],
        from source: ServedSource,
        _ request: RequestMark,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        source.counters.count(outcome)
        guard outcome == .forbidden else {
            let response = source.response(to: outcome, body: bodies[outcome])
            return self.respond(isEnveloped(outcome, request) ? nil : response, response.status.code, request, respond)
        }
        let answer = source.answers[outcome].with(body: bodies[outcome])
        // The default for a forbidden value is the API's own error, which names the field.
        guard answer.body.isEmpty, !(200..<300).contains(answer.status) else {
            return self.respond(answer, to: request, respond)
        }
        var refusal = Intake.forbidden(problems)
        refusal.httpStatus = HTTPResponse.Status(code: answer.status)
        metrics.answered(request, answer.status)
        respond(APICall(now: clock()).expressResponse(refusal, now: clock()))
    }

    /// `/v1/log_stream` is the API's: its clients look for the envelope once their records are stored.
    private func isEnveloped(_ outcome: AnswerOutcome, _ request: RequestMark) -> Bool {
        guard request.isStream else { return false }
        switch outcome {
        case .stored, .duplicate, .conflict, .ignored: return true
        case .forbidden, .quarantined, .unauthenticated, .unreadable, .tooLarge, .unavailable, .busy, .wrongMethod,
            .unsupported:
            return false
        }
    }

    func respond(
        _ answer: VendorAnswer,
        to request: RequestMark,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        let response = ExpressResponse(answer)
        self.respond(response, response.status.code, request, respond)
    }

    /// Answers with a response, or with the API's envelope.
    func respond(
        _ response: ExpressResponse?,
        _ status: UInt,
        _ request: RequestMark,
        _ respond: @escaping @Sendable (ExpressResponse) -> Void
    ) {
        let now = clock()
        metrics.answered(request, Int(response == nil ? 200 : status))
        guard let response else {
            let answer = CallAnswer(status: .success, summary: "Logged the records", result: Array("{}".utf8))
            return respond(APICall(now: now).expressResponse(answer, now: now))
        }
        respond(response)
    }
}

extension ExpressResponse {
    init(_ answer: VendorAnswer) {
        // A handshake may echo what somebody sent: nothing of it may begin a header of its own.
        let headers = answer.headers.filter { HTTPField.Name($0.name) != nil && HTTPField.isValidValue($0.value) }
        self.init(status: answer.status, headers: headers.map { ($0.name, $0.value) }, body: answer.body)
    }
}
