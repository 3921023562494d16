internal import AuditLog
internal import CCurl
internal import Logging

// What to do about an answer.
extension Follower {
    /// How often an outcome may be unknown to the sink before the request is sent again: some receivers say 404 while
    /// they are still working.
    private static let toleratedNotFound = 5
    static let forgottenOutcome = "the sink does not know the outcome of a request that it accepted"

    /// A transfer has ended.
    func finished(_ transfer: Transfer, _ code: CURLcode, at now: Moment) {
        let answer = transfer.answer(code)
        guard let flight = take(back: transfer) else { preconditionFailure("a transfer ended that carried nothing") }
        let verdict = Verdict(answer)
        metrics.answered(verdict)
        flight.batch.pending?.isOnItsWay = false
        switch flight.kind {
        case .post:
            flight.batch.attempts += 1
            settle(flight, verdict, answer, at: now)
        case .poll:
            settlePoll(flight, verdict, answer, at: now)
        }
    }

    private func settle(_ flight: Flight, _ verdict: Verdict, _ answer: Answer, at now: Moment) {
        let batch = flight.batch
        switch verdict {
        case .stored:
            answered(at: now)
            release(batch)
            finish(batch.range, events: batch.events)
        case .accepted:
            guard let request = AcceptedRequest(answer) else {
                return delay(flight, "HTTP 202 that names no request", answer, at: now)
            }
            accepted(flight, at: now)
            release(batch)
            batch.pending = Batch.Pending(
                url: "\(options.base)/request/\(request.id)",
                expiresAt: now + request.lifetime,
                nextPoll: now + options.pollPolicy.delay(after: 1, chance: 0)
            )
            polling.append(batch)
        case .later(let reason):
            delay(flight, reason, answer, at: now)
        case .refused(let reason):
            refuse(flight, reason, answer, at: now)
            enqueue(batch)
        case .bad(let reason):
            answered(at: now)
            judge(batch, reason, answer)
        case .unclear(let reason):
            guard split(batch) else {
                refuse(flight, reason, answer, at: now)
                enqueue(batch)
                return
            }
            // No better news while a single event meets the same, and none otherwise.
            guard circuit.trouble == .refusing else { return circuit.endTrial(wasTrial: flight.isTrial) }
            fail(.refusing, flight, reason, answer, at: now)
        }
    }

    private func settlePoll(_ flight: Flight, _ verdict: Verdict, _ answer: Answer, at now: Moment) {
        let batch = flight.batch
        let polls = batch.pending?.polls ?? 0
        let isUnknown = answer.status == 404 || answer.status == 410
        batch.pending?.nextPoll = now + options.pollPolicy.delay(after: polls + 1, chance: 0)
        if isUnknown && polls < Follower.toleratedNotFound {
            circuit.endTrial(wasTrial: flight.isTrial)
            return
        }
        let isLost = isUnknown || (batch.pending?.expiresAt ?? now) <= now
        switch verdict {
        case .stored:
            answered(at: now)
            polling.removeAll { $0 === batch }
            finish(batch.range, events: batch.events)
            return
        case .bad(let reason):
            answered(at: now)
            polling.removeAll { $0 === batch }
            batch.pending = nil
            judge(batch, reason, answer)
            return
        case .refused where isUnknown, .accepted:
            guard isLost else { return accepted(flight, at: now) }
            batch.timesForgotten += 1
            if batch.isForgotten {
                fail(.failing, flight, Follower.forgottenOutcome, answer, at: now)
            } else {
                answered(at: now)
                status.lastError = Follower.forgottenOutcome
            }
        case .later(let reason):
            fail(.failing, flight, reason, answer, at: now)
        case .refused(let reason), .unclear(let reason):
            refuse(flight, reason, answer, at: now)
        }
        guard isLost else { return }
        // Sent again; a receiver that knows our idempotency keys stores nothing twice.
        polling.removeAll { $0 === batch }
        batch.pending = nil
        batch.notBefore = now + retry.delay(after: batch.attempts, chance: chance())
        enqueue(batch)
    }

    // MARK: - One outcome each

    /// The sink is there and has judged what it got.
    private func answered(at now: Moment) {
        refusedTokens = 0
        status.lastError = nil
        circuit.answered()
        // Not all is well yet while the sink wants to be left alone.
        guard loggedTrouble != nil, circuit.hold(at: now) == nil else { return }
        loggedTrouble = nil
        logger.info("the sink takes requests again")
    }

    /// The sink works on it, which is no good news when it forgets the outcome each time.
    private func accepted(_ flight: Flight, at now: Moment) {
        guard flight.batch.isForgotten, circuit.trouble != .refusing else { return answered(at: now) }
        refusedTokens = 0
        circuit.endTrial(wasTrial: flight.isTrial)
    }

    /// Sequences are done.
    func finish(_ range: ClosedRange<UInt64>, events: Int) {
        state?.finish(range)
        metrics.finished(events: events)
    }

    private func delay(_ flight: Flight, _ reason: String, _ answer: Answer, at now: Moment) {
        fail(.failing, flight, reason, answer, at: now)
        flight.batch.notBefore = now + retry.delay(after: flight.batch.attempts, chance: chance())
        enqueue(flight.batch)
    }

    private func fail(_ trouble: Circuit.Trouble, _ flight: Flight, _ reason: String, _ answer: Answer, at now: Moment)
    {
        status.lastError = reason
        if answer.retryAfter != nil { holdReason = reason }
        circuit.failed(
            trouble,
            at: now,
            retryAfter: answer.retryAfter,
            wasTrial: flight.isTrial,
            chance: chance()
        )
        // Said once; what a gate has kept back is said with one of the next failures.
        guard circuit.trouble == trouble, loggedTrouble != trouble else { return }
        switch trouble {
        case .failing:
            guard failureGate.opens(at: now) else { return }
            logger.warning("the sink does not take events; trying again", metadata: ["cause": "\(reason)"])
        case .refusing:
            guard refusalGate.opens(at: now) else { return }
            logger.error(
                "the sink refuses our token or settings; paused, trying again by itself",
                metadata: ["cause": "\(reason)", "answer": "\(answer.excerpt)"]
            )
        }
        loggedTrouble = trouble
    }

    /// Our token or settings are refused: the next token, or a pause when there is no other.
    private func refuse(_ flight: Flight, _ reason: String, _ answer: Answer, at now: Moment) {
        let isAboutToken = answer.status == 401 || answer.status == 403
        guard isAboutToken && options.tokens.count > 1 else {
            return fail(.refusing, flight, reason, answer, at: now)
        }
        guard flight.token == token else {
            // Another request has changed the token meanwhile.
            return circuit.endTrial(wasTrial: flight.isTrial)
        }
        token = (token + 1) % options.tokens.count
        refusedTokens += 1
        if refusedTokens < options.tokens.count {
            circuit.endTrial(wasTrial: flight.isTrial)
        } else {
            fail(.refusing, flight, reason, answer, at: now)
        }
    }

    /// Something in the batch is bad: halves until it stands alone, then a dead letter.
    private func judge(_ batch: Batch, _ reason: String, _ answer: Answer) {
        guard !split(batch) else { return }
        release(batch)
        let letter = DeadLetter(
            sink: options.name,
            log: options.log,
            sequence: batch.first,
            cause: "the sink refused the event: \(reason)",
            answer: answer.excerpt,
            attempts: batch.attempts
        )
        bury([letter], finishing: batch.range)
    }

    /// Puts a batch's halves in its place; false when there is nothing to halve.
    private func split(_ batch: Batch) -> Bool {
        guard let (lower, upper) = batch.halves() else { return false }
        release(batch)
        enqueue(lower)
        enqueue(upper)
        return true
    }

    private func release(_ batch: Batch) {
        guard let body = batch.contents?.body else { return }
        batch.contents = nil
        giveBack(body)
    }
}
