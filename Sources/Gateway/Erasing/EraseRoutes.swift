internal import AuditLog
internal import Hummingbird
internal import JSON
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Restriction
internal import SQLiteStore
internal import Schema

/// `/admin/logs/erase`: takes the content of events out of everything that the gateway keeps.
struct EraseRoutes: Sendable {
    /// Events that go in one transaction, so that no request waits long behind it; each tells of itself in the log.
    private static let transactionEvents = 100

    let tokens: TokenDirectory
    let store: SQLiteStore
    let writer: GroupCommit
    let exporter: Exporter
    let threads: WorkThreads
    let logger: Logger

    func add(to router: Router<GatewayContext>) {
        router.post("/admin/logs/erase") { request, _ in
            await RoutedCall(tokens: tokens).answer(request, if: { $0.allows(.admin) }) { bytes, token, call in
                call.response(try await answer(bytes, token, call))
            }
        }
    }

    /// What a request names, found but not erased yet.
    private struct Found: Sendable {
        let log: ServedLog
        let sequences: [UInt64]
        let reason: String
        let isDryRun: Bool
    }

    private func answer(_ bytes: ByteBuffer, _ token: TokenGrant, _ call: APICall) async throws -> CallAnswer {
        let found = try await threads.searches.runIfActive { try find(bytes, token) }
        guard !found.isDryRun else { return answer(found, erased: found.sequences, records: []) }
        var erased: [UInt64] = []
        var records: [UInt64] = []
        var rest = found.sequences[...]
        var failure: (any Error)?
        do {
            while !rest.isEmpty {
                let outcome = try await erase(Array(rest.prefix(EraseRoutes.transactionEvents)), found, token)
                rest = rest.dropFirst(EraseRoutes.transactionEvents)
                erased += outcome.erased
                if let record = outcome.record { records.append(record) }
            }
        } catch {
            failure = error
        }
        // Also what was erased before something failed is gone for good.
        if !erased.isEmpty {
            writer.noteNewEvents()
            // The files go before anybody hears that the events are gone.
            try await threads.lookups.runIfActive { try exporter.noteErasures() }
            logger.notice(
                "Events were erased",
                metadata: ["log": "\(found.log.name)", "events": "\(erased.count)", "token": "\(token.name)"]
            )
        }
        if let failure { throw failure }
        return answer(found, erased: erased, records: records)
    }

    private func erase(_ sequences: [UInt64], _ found: Found, _ token: TokenGrant) async throws -> ErasureOutcome {
        let store = store
        let now = WallClock.now()
        let name = token.name
        let erasure = Erasure(log: found.log.id, sequences: sequences, reason: found.reason) { erased in
            ErasureRecord.request(
                erased: erased,
                of: found.log.id,
                schema: found.log.schema,
                reason: found.reason,
                actor: name,
                now: now
            )
        }
        return try await withCheckedThrowingContinuation { continuation in
            writer.perform { () throws(StoreError) in
                try store.erase(erasure, now: now)
            } completion: { result in
                continuation.resume(with: result.mapError { $0 as any Error })
            }
        }
    }

    // MARK: - Finding

    private func find(_ bytes: ByteBuffer, _ token: TokenGrant) throws -> Found {
        let body = APIRequestBody()
        try bytes.withUnsafeReadableBytes { try body.parse($0) }
        guard let name = EraseCall.log(body) else {
            throw APIRefusal(APIProblem(.fieldRequired, at: "/log", "'log' is required: a log's name"))
        }
        guard let log = token.logs.first(where: { $0.name == name }) else {
            throw APIRefusal(APIProblem(.doesNotExist, at: "/log", "the token has no log of this name"))
        }
        let call = try EraseCall(body, schema: log.schema)
        return Found(
            log: log,
            sequences: try sequences(call, log, token.readingRestriction(for: log.id)),
            reason: call.reason,
            isDryRun: call.isDryRun
        )
    }

    /// The events that are there and that the token may see, ascending.
    private func sequences(
        _ call: EraseCall,
        _ log: ServedLog,
        _ restriction: FieldRestriction
    ) throws(StoreError) -> [UInt64] {
        let document = JSONDocument()
        func isVisible(_ event: StoredEvent) -> Bool {
            restriction.isEmpty
                || ((try? document.parse(event.event)) != nil && restriction.reveals(event: document.root))
        }
        switch call.subject {
        case .sequences(let sequences):
            return try store.events(of: log.id, sequences: Set(sequences).sorted()).filter(isVisible).map(\.sequence)
        case .receivedAt(let time):
            return try matching(.everything, in: time...time, log, isVisible)
        case .query(let query):
            return try matching(query, in: .min ... .max, log, isVisible)
        }
    }

    private func matching(
        _ query: SearchQuery,
        in receivedAt: ClosedRange<Int64>,
        _ log: ServedLog,
        _ isVisible: (StoredEvent) -> Bool
    ) throws(StoreError) -> [UInt64] {
        let matcher = SearchMatcher(query, schema: log.schema)
        var sequences: [UInt64] = []
        try store.scanEvents(of: log.id, receivedAt: receivedAt, isDescending: false) { event in
            if matcher.matches(event) && isVisible(event) { sequences.append(event.sequence) }
            return sequences.count < EraseCall.maximumEvents
        }
        return sequences
    }

    /// What was done, or would be.
    ///
    ///     {"dry_run":false,"erased":2,"log":"default","records":[9],"sequences":[5,6]}
    private func answer(_ found: Found, erased: [UInt64], records: [UInt64]) -> CallAnswer {
        func list(_ sequences: [UInt64]) -> JSONValue { .array(sequences.map { .integer(Int64(clamping: $0)) }) }
        var writer = JSONWriter()
        writer.append(
            canonical: .object([
                JSONMember("dry_run", .bool(found.isDryRun)), JSONMember("erased", .integer(Int64(erased.count))),
                JSONMember("log", .string(found.log.name)), JSONMember("records", list(records)),
                JSONMember("sequences", list(erased)),
            ])
        )
        return CallAnswer(
            status: .success,
            summary: found.isDryRun ? "\(erased.count) event(s) would be erased" : "Erased \(erased.count) event(s)",
            result: writer.bytes
        )
    }
}
