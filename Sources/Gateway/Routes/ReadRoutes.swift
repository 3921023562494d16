internal import AuditLog
internal import Cryptography
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import NIOPosix
internal import Restriction
internal import SQLiteStore
internal import Schema

/// The reading routes of the API: `/v1/search`, `/v1/results`, `/v1/root` and `GET /request/{id}`.
///
/// Everything that touches the store runs on the threads of a pool, never on Swift's own.
struct ReadRoutes: Sendable {
    /// How long a search's results are kept, in microseconds: two days.
    private static let resultLifetime: Int64 = 2 * 24 * 3600 * 1_000_000

    let tokens: TokenDirectory
    let store: any LogStore
    let index: any SearchIndexReading
    let writer: GroupCommit
    let exporter: Exporter
    let threads: WorkThreads
    let address: PublicAddress

    func add(to router: Router<GatewayContext>) {
        router.post("/v1/search") { request, _ in await answer(request, search) }
        router.post("/v1/results") { request, _ in await answer(request, results) }
        router.post("/v1/root") { request, _ in await answer(request, root) }
        router.get("/request/{id}") { request, context in
            try await fetch(id: context.parameters.get("id") ?? "", authorization: request.headers[.authorization])
        }
    }

    private typealias Handler =
        @Sendable (UnsafeRawBufferPointer, TokenGrant, APICall) throws -> Result<CallAnswer, FrozenAnswer>

    /// An answer that may leave only when a search is kept.
    private struct FrozenAnswer: Error {
        let search: FrozenSearch
        let answer: CallAnswer
    }

    private func answer(_ request: Request, _ handler: @escaping Handler) async -> Response {
        await RoutedCall(tokens: tokens).answer(request, if: { $0.mayRead(at: request.uri.path) }) {
            body,
            token,
            call in
            let result = try await threads.searches.runIfActive {
                try body.withUnsafeReadableBytes { try handler($0, token, call) }
            }
            switch result {
            case .success(let answer): return call.response(answer)
            case .failure(let frozen):
                try await keep(frozen.search)
                return call.response(frozen.answer)
            }
        }
    }

    private func keep(_ search: FrozenSearch) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            writer.freeze(search) { continuation.resume(with: $0) }
        }
    }
}

// MARK: - Search

extension ReadRoutes {
    @Sendable private func search(
        _ bytes: UnsafeRawBufferPointer,
        _ token: TokenGrant,
        _ call: APICall
    ) throws -> Result<CallAnswer, FrozenAnswer> {
        let body = APIRequestBody()
        try body.parse(bytes)
        let log = try token.log(configurationID: body.configurationID)
        let wanted = try SearchCall(body, schema: log.schema, now: call.startedAt)
        let restriction = token.readingRestriction(for: log.id)
        if let refused = forbidden(wanted.restriction, by: restriction, in: log.schema) { return .success(refused) }
        let isVisible = visibility(restriction)
        let sequences = try SearchRunner(store: store, index: index).run(
            wanted,
            on: log.id,
            schema: log.schema,
            isVisible: isVisible.map { isVisible in { isVisible($0.event) } }
        )
        let search = FrozenSearch(
            id: SecureRandom.token(prefix: "pas_", characters: 32),
            token: token.name,
            log: log.id,
            sequences: sequences,
            isVerbose: wanted.isVerbose,
            restriction: wanted.restriction.canonical,
            expiresAt: call.startedAt + ReadRoutes.resultLifetime
        )
        let page = try page(of: log, sequences.prefix(wanted.limit), isVerbose: wanted.isVerbose)
        var writer = JSONWriter()
        let style = style(of: log, isVerbose: wanted.isVerbose, verifiesSignatures: wanted.verifiesSignatures)
        AuditLog.APIAnswer.appendSearch(search, page: page, style, to: &writer)
        return .failure(FrozenAnswer(search: search, answer: found(sequences.count, writer)))
    }

    @Sendable private func results(
        _ bytes: UnsafeRawBufferPointer,
        _ token: TokenGrant,
        _ call: APICall
    ) throws -> Result<CallAnswer, FrozenAnswer> {
        let body = APIRequestBody()
        try body.parse(bytes)
        let wanted = try ResultsCall(body)
        guard let search = try store.frozenSearch(wanted.id, now: call.startedAt), search.token == token.name,
            let log = token.logs.first(where: { $0.id == search.log })
        else { throw ResultsCall.unknownID }
        if let id = body.configurationID, id != log.identity.configurationID { throw ResultsCall.unknownID }
        try wanted.checkRestriction(search.restriction)
        guard let page = wanted.page(of: search.sequences.count) else {
            return .success(
                CallAnswer(status: .badOffset, summary: "The offset provided is invalid or out of range.")
            )
        }
        var events = try self.page(of: log, search.sequences[page], isVerbose: search.isVerbose)
        if let isVisible = visibility(token.readingRestriction(for: log.id)) {
            events.filter { event in event.event.withUnsafeBytes { isVisible($0) } }
        }
        var writer = JSONWriter()
        let style = style(of: log, isVerbose: search.isVerbose, verifiesSignatures: wanted.verifiesSignatures)
        AuditLog.APIAnswer.appendResults(search, page: events, style, to: &writer)
        return .success(found(search.sequences.count, writer))
    }

    /// Events of a log, with proofs and roots in a verbose answer.
    private func page(
        of log: ServedLog,
        _ sequences: ArraySlice<UInt64>,
        isVerbose: Bool
    ) throws(StoreError) -> ProvenEvents {
        isVerbose
            ? try store.provenEvents(of: log.id, sequences: Array(sequences), at: nil)
            : ProvenEvents(events: try store.events(of: log.id, sequences: Array(sequences)))
    }

    /// Without tamper proofing there is nothing to prove (section 2.2).
    private func style(of log: ServedLog, isVerbose: Bool, verifiesSignatures: Bool) -> AuditLog.APIAnswer.PageStyle {
        let isTamperProof = log.schema.isTamperProof
        return AuditLog.APIAnswer.PageStyle(
            names: isVerbose && isTamperProof ? log.treeNames(publicURL: address.url) : nil,
            checker: verifiesSignatures ? SignatureChecker() : nil,
            showsHash: isTamperProof
        )
    }

    private func found(_ count: Int, _ writer: JSONWriter) -> CallAnswer {
        CallAnswer(status: .success, summary: "Found \(count) event(s)", result: writer.bytes)
    }

    /// Which events a token may see (section 9), by their canonical JSON: those whose restricted fields hold an allowed
    /// value; nil for all.
    private func visibility(_ restriction: FieldRestriction) -> ((UnsafeRawBufferPointer) -> Bool)? {
        guard !restriction.isEmpty else { return nil }
        let document = JSONDocument()
        return { event in
            guard (try? document.parse(event)) != nil else { return false }
            return restriction.reveals(event: document.root)
        }
    }

    private func forbidden(
        _ wanted: SearchRestriction,
        by restriction: FieldRestriction,
        in schema: EventSchema
    ) -> CallAnswer? {
        var problems: [APIProblem] = []
        for (field, values) in wanted.values.sorted(by: { $0.key < $1.key }) {
            for value in values where !restriction.allows(schema.value(value, ofField: field), inField: field) {
                problems.append(
                    APIProblem(
                        .notEnumMember,
                        at: "/search_restriction/\(field)",
                        "Value of '\(field)' is not allowed by the token"
                    )
                )
            }
        }
        return problems.isEmpty ? nil : Intake.forbidden(problems)
    }
}

// MARK: - Roots

extension ReadRoutes {
    /// `/v1/root` (audit API contract, section 4.3).
    @Sendable private func root(
        _ bytes: UnsafeRawBufferPointer,
        _ token: TokenGrant,
        _ call: APICall
    ) throws -> Result<CallAnswer, FrozenAnswer> {
        let body = APIRequestBody()
        try body.parse(bytes)
        let log = try token.log(configurationID: body.configurationID)
        let wanted = try RootCall(body)
        guard let root = try store.publishedRoot(of: log.id, size: wanted.treeSize) else {
            return .success(CallAnswer(status: .treeNotFound, summary: "There is no published tree of this size"))
        }
        var writer = JSONWriter()
        writer.append(raw: "{\"data\":")
        AuditLog.APIAnswer.append(root, log.treeNames(publicURL: address.url), to: &writer)
        writer.append(raw: "}")
        return .success(CallAnswer(status: .success, summary: "Found the root", result: writer.bytes))
    }
}

// MARK: - Asynchronous answers

extension ReadRoutes {
    private func fetch(id: String, authorization: String?) async throws -> Response {
        let call = APICall(now: WallClock.now(), requestID: id)
        guard let token = tokens.authenticate(authorization) else {
            return APICall(now: call.startedAt).response(.unauthorized)
        }
        do {
            let answer = try await threads.lookups.runIfActive { () throws -> CallAnswer? in
                guard let request = try store.storedRequest(id, now: call.startedAt) else {
                    return try exporter.answer(id, token: token, publicURL: address.url)
                }
                guard request.request.token == token.name else { return .unauthorized }
                let events = try store.events(of: request.log, sequences: request.sequences)
                return RequestAnswers.done(request, events: events)
            }
            guard let answer else { return APICall(now: call.startedAt).response(.notFound) }
            return call.response(answer)
        } catch {
            return APICall(now: call.startedAt).response(RoutedCall.refusal(error))
        }
    }
}

extension EventSchema {
    /// A value that a search names as text, as a field of the schema holds it.
    fileprivate func value(_ text: String, ofField id: String) -> JSONValue {
        guard let index = index(of: id) else { return .string(text) }
        switch fields[index].kind {
        case .integer: return Int64(text).map { .integer($0) } ?? .string(text)
        case .boolean: return Bool(text).map { .bool($0) } ?? .string(text)
        case .string, .text, .stringUnindexed, .datetime: return .string(text)
        }
    }
}
