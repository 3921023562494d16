internal import Cryptography
internal import JMESPath
package import JSON
package import Mapping
internal import Schema

/// Reads deliveries: who sent it, a handshake or events, and which.
///
/// One for each thread: its documents, buffers and hashers are used again for every delivery.
package final class DeliveryReader {
    /// Who checks where a request comes from.
    package enum Authentication: Sendable {
        /// The source's mapping.
        case required
        /// Somebody else did, such as the house for a log's token.
        case done
    }

    /// Whether deliveries come with the ids of their events, for people; the keys are enough for the store.
    package var collectsIDs = false
    /// Called with each record before it is mapped: itself, the decoded body, its number, and what all records share.
    ///
    /// The values are valid for the length of the call.
    package var onRecord: ((JSONValue, JSONValue, Int, RecordContext) -> Void)?
    let document = JSONDocument()
    let mapper = RecordMapper()
    /// For what belongs to a whole delivery: its values live until the next delivery begins.
    let deliveryEvaluation = Evaluation()
    var encoder: EventEncoder
    var progress = DeliveryProgress(bodyByteCount: 0)
    var context = RecordContext()
    /// Whether the request under way was made visible to the conditions of handshakes.
    private var isRequestBound = false
    /// The answers that depend on the delivery; nil until they were made.
    var answerBodies: AnswerBodies?
    /// What those may read besides the body.
    var answerVariables: [(name: String, value: JSONValue)] = []
    // Of the mappings met so far, so that another source's delivery in between costs no new buffers.
    private var encoders: [(mapping: BoundMapping, encoder: EventEncoder)] = []

    package init() { encoder = EventEncoder(schema: .standard) }

    /// Reads one delivery.
    package func read(
        _ request: DeliveryRequest,
        for source: Source,
        authentication: Authentication = .required
    ) -> DeliveryOutcome {
        defer { end() }
        do throws(Refusal) {
            return try accept(request, source, authentication)
        } catch {
            return .answer(reply(to: error, request, source))
        }
    }

    /// The length of a body whose memory is kept for the next.
    private static let keptBodyBytes = 1 << 20

    /// Forgets the delivery, and gives back the memory of a large one: one body must not cost it for ever.
    private func end() {
        mapper.end()
        deliveryEvaluation.reset(root: .null)
        context.request = .null
        progress = DeliveryProgress(bodyByteCount: 0)
        answerBodies = nil
        answerVariables = []
        document.releaseMemory(above: DeliveryReader.keptBodyBytes)
    }

    private func accept(
        _ request: DeliveryRequest,
        _ source: Source,
        _ authentication: Authentication
    ) throws(Refusal) -> DeliveryOutcome {
        let mapping = source.mapping.mapping
        isRequestBound = false
        if !mapping.handshakes.isEmpty, let reply = handshake(request, source, isAuthenticated: false) {
            return .answer(reply)
        }
        if authentication == .required {
            switch proof(of: request, source) {
            case .authentic: break
            case .refused(let failure):
                if !isRequestBound { Authenticator.imitateView(request) }
                throw Refusal(.unauthenticated, failure.reason)
            case .needs(let key): return .needsKey(key)
            case .unavailable(let reason): throw Refusal(.unavailable, reason)
            }
        }
        if !mapping.handshakes.isEmpty, let reply = handshake(request, source, isAuthenticated: true) {
            return .answer(reply)
        }
        guard request.method == "POST" || request.method == "PUT" else {
            throw Refusal(.wrongMethod, "deliveries come with POST or PUT, not \(request.method.prefix(20))")
        }
        return .delivery(try readBody(request, source))
    }

    /// Does the work of refusing a request, whatever it brings.
    ///
    /// For what a source answers like a wrong secret without having looked at one: the time must not tell of it.
    package func imitateRefusal(of request: DeliveryRequest, for source: Source) {
        defer { end() }
        if case .refused = proof(of: request, source) { return }
        Authenticator.rejectUnknown(request)
    }

    /// Whether a request is believed.
    private func proof(of request: DeliveryRequest, _ source: Source) -> AuthenticationResult {
        let evidence = RequestEvidence(request, decoding(for: source))
        defer { evidence.end() }
        return source.authenticator.result(of: evidence)
    }

    /// What bodies are decoded with before their records are cut.
    func decoding(for source: Source) -> RequestEvidence.Decoding {
        RequestEvidence.Decoding(
            document: document,
            evaluation: deliveryEvaluation,
            framing: source.mapping.mapping.framing,
            limits: source.limits
        )
    }

    // MARK: - Answers

    private func reply(
        to refusal: Refusal,
        _ request: DeliveryRequest,
        _ source: Source,
        isKept: Bool = true
    ) -> Reply {
        let answer =
            refusal.outcome == .unauthenticated
            ? AnswerTable.unauthenticated : source.mapping.mapping.answers[refusal.outcome]
        let body = refusal.outcome == .unauthenticated ? nil : answers(to: request, source)[refusal.outcome]
        return Reply(
            answer: answer.with(body: body).telling(refusal.reason, of: refusal.outcome),
            outcome: refusal.outcome,
            reason: refusal.reason,
            quarantine: isKept && refusal.outcome == .unreadable
                ? QuarantinedBody(
                    reason: refusal.reason,
                    body: keptBody(of: request, source),
                    context: RequestView(request, source).json
                )
                : nil
        )
    }

    /// The body as it was received; inflated where secrets in it have to be covered.
    private func keptBody(of request: DeliveryRequest, _ source: Source) -> [UInt8] {
        let received = [UInt8](request.body)
        guard let secrets = source.bodySecrets else { return received }
        let coding = request.header("content-encoding")
        do throws(BodyProblem) {
            let limit = source.limits.maximumBodyBytes
            return secrets.covered(try ContentCoding.decode(request.body, coding: coding, limit: limit), self, source)
        } catch {
            // What cannot be inflated has not shown its secret either.
            return received
        }
    }

    // MARK: - Handshakes

    // A challenge is short; what is longer is a delivery and not parsed twice.
    private static let maximumChallengeBytes = 64 << 10
    /// Of a secret that is kept.
    private static let maximumSecretBytes = 1024

    /// The answer to a handshake; nil when the request is none.
    ///
    /// The body is parsed, and the request made visible to expressions, only as far as the conditions need it: before a
    /// request is authenticated the work should be the same whether its source exists or not.
    private func handshake(_ request: DeliveryRequest, _ source: Source, isAuthenticated: Bool) -> Reply? {
        let rules = zip(source.mapping.mapping.handshakes, source.handshakeKeys).filter { rule, _ in
            rule.isAuthenticated == isAuthenticated && (rule.method == nil || rule.method == request.method)
        }
        guard !rules.isEmpty else { return nil }
        var value = JSONValue.object([])
        var isParsed = false
        if rules.contains(where: \.0.readsBody) {
            value = challenge(in: request)
            isParsed = true
        }
        deliveryEvaluation.maximumSteps = source.limits.mappingSteps
        deliveryEvaluation.maximumOutputBytes = source.limits.mappingOutputBytes
        deliveryEvaluation.reset(root: value)
        let readsForm = rules.contains(where: \.0.readsForm) && RequestView.isForm(request)
        bindVariables(request, source, form: readsForm && isChallenge(request) ? request.body : nil)
        for (rule, key) in rules {
            do throws(JMESPathError) {
                guard try rule.means(value, in: deliveryEvaluation) else { continue }
                if !isParsed {
                    value = challenge(in: request)
                    deliveryEvaluation.begin(root: value)
                }
                return try reply(to: request, rule, key, value)
            } catch {
                let reason = "\(rule.condition.place): the handshake failed: \(error.message)"
                // Nobody may write to the quarantine without having said who it is.
                return reply(to: Refusal(.unreadable, reason), request, source, isKept: isAuthenticated)
            }
        }
        return nil
    }

    private func reply(
        to request: DeliveryRequest,
        _ rule: HandshakeRule,
        _ key: HMACKey?,
        _ value: JSONValue
    ) throws(JMESPathError) -> Reply {
        if let code = rule.code, let key {
            deliveryEvaluation.bind("hmac", to: try code.text(of: key, for: value, in: deliveryEvaluation))
        }
        var kept: KeptSecret?
        if let keeping = rule.keeping {
            let secret = Array((request.header(keeping.header) ?? "").utf8)
            guard (1...DeliveryReader.maximumSecretBytes).contains(secret.count) else {
                throw JMESPathError(.invalidValue, "the header '\(keeping.header)' holds no secret")
            }
            kept = KeptSecret(key: keeping.key, value: secret)
        }
        var confirmation: (url: String, host: HostPattern)?
        if let wanted = rule.confirmation {
            confirmation = (try wanted.url(for: value, in: deliveryEvaluation), wanted.host)
        }
        let answer = try rule.answer(to: value, in: deliveryEvaluation)
        return Reply(
            answer: answer,
            outcome: nil,
            reason: "handshake",
            quarantine: nil,
            keptSecret: kept,
            confirmation: confirmation
        )
    }

    /// The body of a request that may be a handshake; without one an empty object, of which `{a: …}` makes one too.
    private func challenge(in request: DeliveryRequest) -> JSONValue {
        let none = JSONValue.object([])
        guard isChallenge(request) else { return none }
        do throws(JSONError) {
            try document.parse(request.body)
            return document.root
        } catch {
            return none
        }
    }

    private func isChallenge(_ request: DeliveryRequest) -> Bool {
        (1...DeliveryReader.maximumChallengeBytes).contains(request.body.count)
    }

    private func bindVariables(_ request: DeliveryRequest, _ source: Source, form: UnsafeRawBufferPointer?) {
        isRequestBound = true
        deliveryEvaluation.bind("request", to: RequestView(request, source, showsKept: true).value(form: form))
        deliveryEvaluation.bind("source", to: source.variable)
        deliveryEvaluation.bind("received_at", to: DeliveryReader.time(request.receivedAt))
    }

    static func time(_ microseconds: Int64) -> JSONValue {
        var text: [UInt8] = []
        Timestamp.append(microseconds: microseconds, to: &text)
        return .string(text)
    }

    // MARK: - Events

    private func readBody(_ request: DeliveryRequest, _ source: Source) throws(Refusal) -> Delivery {
        var body: [UInt8]
        do throws(BodyProblem) {
            try ContentType.check(request.header("content-type"))
            body = try ContentCoding.decode(
                request.body,
                coding: request.header("content-encoding"),
                limit: source.limits.maximumBodyBytes
            )
        } catch {
            throw Refusal(error)
        }
        // Before anything is mapped, so that ids which are hashes stay the same when records are mapped again.
        if let secrets = source.bodySecrets { body = secrets.covered(body, self, source) }
        begin(request, body, source)
        do throws(BodyProblem) {
            try readRecords(of: body, source)
        } catch {
            _ = encoder.take()
            throw Refusal(error)
        }
        return Delivery(
            events: encoder.take(),
            keys: progress.keys,
            ids: progress.ids,
            recordRanges: progress.ranges,
            recordNumbers: progress.numbers,
            body: body,
            context: RequestView(request, source).json,
            ignoredCount: progress.ignoredCount,
            cutCount: progress.cutCount,
            quarantined: progress.quarantined.entries,
            answerBodies: answers(to: request, source)
        )
    }

    private func begin(_ request: DeliveryRequest, _ body: [UInt8], _ source: Source) {
        let mapping = source.mapping
        useEncoder(of: mapping)
        progress = DeliveryProgress(bodyByteCount: body.count)
        let framing = mapping.mapping.framing.records
        context.scope = source.scope
        context.source = source.variable
        let readsRequest = mapping.readsRequest || framing?.reads("request") == true
        context.request = readsRequest ? requestValue(request, body, source) : .null
        context.receivedAt = mapping.readsReceivedAt ? DeliveryReader.time(request.receivedAt) : .null
        progress.allowance = WorkAllowance(source.limits, bodyByteCount: body.count)
        deliveryEvaluation.maximumSteps = source.limits.framingSteps
        deliveryEvaluation.maximumOutputBytes = source.limits.framingOutputBytes(
            bodyByteCount: body.count,
            inflates: mapping.mapping.framing.inflates
        )
        mapper.begin(mapping, context)
        bindAnswers(to: request, source)
    }

    /// `$request` for cutting and mapping records.
    private func requestValue(_ request: DeliveryRequest, _ body: [UInt8], _ source: Source) -> JSONValue {
        let view = RequestView(request, source)
        let framing = source.mapping.mapping.framing
        let readsForm = source.mapping.readsForm || framing.records?.reads("form", of: "request") == true
        guard readsForm, framing.format == .form || RequestView.isForm(request) else { return view.value }
        return body.withUnsafeBytes { view.value(form: $0) }
    }

    private var encoderMapping: BoundMapping?

    private func useEncoder(of mapping: BoundMapping) {
        if encoderMapping === mapping { return }
        if let current = encoderMapping {
            // A reloaded mapping is a new one; the old ones are not kept for ever.
            if encoders.count == 32 { encoders.removeFirst() }
            encoders.append((current, encoder))
        }
        if let index = encoders.firstIndex(where: { $0.mapping === mapping }) {
            encoder = encoders.remove(at: index).encoder
        } else {
            encoder = EventEncoder(schema: mapping.schema)
        }
        encoderMapping = mapping
    }
}

/// Why a delivery is answered without an event.
struct Refusal: Error {
    let outcome: AnswerOutcome
    let reason: String

    init(_ outcome: AnswerOutcome, _ reason: String) {
        self.outcome = outcome
        self.reason = reason
    }

    init(_ problem: BodyProblem) {
        switch problem {
        case .unsupported(let reason): self.init(.unsupported, reason)
        case .tooLarge(let reason): self.init(.tooLarge, reason)
        case .unreadable(let reason): self.init(.unreadable, reason)
        }
    }
}

/// What a delivery has given so far.
struct DeliveryProgress {
    var keys: [DeduplicationKey] = []
    var ids: [[UInt8]] = []
    var ranges: [Range<Int>] = []
    var numbers = RecordNumbers()
    var quarantined: QuarantinedRecords
    var ignoredCount = 0
    var cutCount = 0
    /// Whether anything of the body was JSON.
    var hasReadable = false
    var recordCount = 0
    /// What is left for the records to come.
    var allowance: WorkAllowance

    init(bodyByteCount: Int) {
        quarantined = QuarantinedRecords(bodyByteCount: bodyByteCount)
        allowance = WorkAllowance(DeliveryLimits(), bodyByteCount: bodyByteCount)
    }
}
