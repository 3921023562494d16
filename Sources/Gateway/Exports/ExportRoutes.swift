internal import AuditLog
internal import Cryptography
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import NIOPosix
internal import Restriction
internal import SQLiteStore
internal import Schema

/// `/v1/export` and `/v1/download_results` (audit API contract, sections 4.5 and 4.6).
struct ExportRoutes: Sendable {
    /// How long a call waits for a search's file before it answers all the same; the link then waits.
    private static let patience = Duration.seconds(10)

    let tokens: TokenDirectory
    let logs: [ServedLog]
    let store: SQLiteStore
    let exporter: Exporter
    let threads: NIOThreadPool
    let address: PublicAddress

    func add(to router: Router<GatewayContext>) {
        router.post("/v1/export") { request, _ in
            await answer(request) { body, token, call in try export(body, token, call) }
        }
        router.post("/v1/download_results") { request, _ in
            await answer(request) { body, token, call in try download(body, token, call) }
        }
    }

    /// What is answered, and which job's end that is better waited for.
    private struct Outcome: Sendable {
        var answer: CallAnswer
        var job: String?
    }

    private typealias Handler = @Sendable (APIRequestBody, TokenGrant, APICall) throws -> Outcome

    private func answer(_ request: Request, _ handler: @escaping Handler) async -> Response {
        await RoutedCall(tokens: tokens).answer(request, if: { $0.mayRead(at: request.uri.path) }) {
            bytes,
            token,
            call in
            let outcome = try await threads.runIfActive {
                let body = APIRequestBody()
                try bytes.withUnsafeReadableBytes { try body.parse($0) }
                return try handler(body, token, call)
            }
            if let job = outcome.job {
                _ = try await exporter.isSettled(job, within: ExportRoutes.patience, threads: threads)
            }
            return call.response(outcome.answer)
        }
    }

    // MARK: - Export

    private func export(_ body: APIRequestBody, _ token: TokenGrant, _ call: APICall) throws -> Outcome {
        let log = try token.log(configurationID: body.configurationID)
        let wanted = try ExportCall(body, schema: log.schema, now: call.startedAt)
        // What is exported is what there is at this moment, whatever comes while the file is being made.
        let nothing = Int64.max...Int64.max
        let fixed = try store.exportRange(of: log.id, receivedAt: wanted.receivedAt ?? nothing)
        let job = ExportJob(
            id: call.requestID,
            token: token.name,
            log: log.id,
            format: wanted.format,
            isVerbose: wanted.isVerbose,
            content: .range(fixed.sequences, orderField: wanted.orderField, isDescending: wanted.isDescending),
            sizes: fixed.sizes,
            restriction: FieldRule.text(of: token.readingRestriction(for: log.id).rules),
            createdAt: call.startedAt,
            expiresAt: call.startedAt + RequestAnswers.timeToLive
        )
        guard try exporter.accept(job) else { return Outcome(answer: ExportRoutes.tooMany) }
        return Outcome(answer: RequestAnswers.accepted(id: job.id, retries: 0, publicURL: address.url))
    }

    private static let tooMany = CallAnswer(
        status: .tooManyRequests,
        summary: "Too many exports are waiting; try again when some are done.",
        retryAfter: 30
    )

    // MARK: - Download

    private func download(_ body: APIRequestBody, _ token: TokenGrant, _ call: APICall) throws -> Outcome {
        let wanted = try DownloadCall(body)
        switch wanted.subject {
        case .export(let id):
            guard let job = try exporter.job(id), isOwn(job, of: token, body), case .range = job.content else {
                throw wanted.unknownID
            }
            try wanted.checkRestriction(SearchRestriction.none.canonical)
            try wanted.checkFormat(job.format)
            try checkReach(of: job, token, wanted)
            switch job.state {
            case .done: return Outcome(answer: try ready(job))
            case .running: throw wanted.unavailable("the export is not finished; ask for its request until it is")
            case .failed(let reason): throw wanted.unavailable("the export failed: \(reason)")
            }
        case .search(let id):
            guard let search = try store.frozenSearch(id, now: call.startedAt), search.token == token.name,
                let log = token.logs.first(where: { $0.id == search.log }), isNamed(log.identity, in: body)
            else { throw wanted.unknownID }
            try wanted.checkRestriction(search.restriction)
            let format = wanted.format ?? .csv
            if let job = try exporter.job(ofSearch: id, format, token: token.name) {
                try checkReach(of: job, token, wanted)
                return Outcome(answer: try ready(job), job: job.id)
            }
            let job = try job(search, format, log, token, call)
            guard try exporter.accept(job) else { return Outcome(answer: ExportRoutes.tooMany) }
            return Outcome(answer: try ready(job), job: job.id)
        }
    }

    private func job(
        _ search: FrozenSearch,
        _ format: ExportFormat,
        _ log: ServedLog,
        _ token: TokenGrant,
        _ call: APICall
    ) throws -> ExportJob {
        ExportJob(
            id: call.requestID,
            token: token.name,
            log: log.id,
            format: format,
            isVerbose: search.isVerbose,
            content: .list(search.sequences, search: search.id),
            sizes: try store.treeSizes(of: log.id),
            restriction: FieldRule.text(of: token.readingRestriction(for: log.id).rules),
            createdAt: call.startedAt,
            expiresAt: call.startedAt + RequestAnswers.timeToLive
        )
    }

    private func isOwn(_ job: ExportJob, of token: TokenGrant, _ body: APIRequestBody) -> Bool {
        guard job.token == token.name, let log = token.logs.first(where: { $0.id == job.log }) else { return false }
        return isNamed(log.identity, in: body)
    }

    private func isNamed(_ log: LogIdentity, in body: APIRequestBody) -> Bool {
        body.configurationID.map { $0 == log.configurationID } ?? true
    }

    /// A file holds what its token might read when it was asked for; a token that is restricted otherwise now gets another.
    private func checkReach(of job: ExportJob, _ token: TokenGrant, _ wanted: DownloadCall) throws(APIRefusal) {
        guard job.restriction != FieldRule.text(of: token.readingRestriction(for: job.log).rules) else { return }
        throw wanted.unavailable("what the token may read has changed since; ask anew")
    }

    /// A new link to a file, which may still be in the making.
    ///
    ///     {"dest_url":"https://audit.example.com/downloads/…/audit-default-20261125T101112Z.csv.gz","expires_at":"…"}
    private func ready(_ job: ExportJob) throws(StoreError) -> CallAnswer {
        let log = logs.first { $0.id == job.log }?.name ?? "log"
        let name = "audit-\(log)-\(ExportRoutes.time(job.createdAt)).\(job.format.rawValue).gz"
        let link = try exporter.makeLink(to: job, name: name)
        var writer = JSONWriter()
        writer.append(raw: "{\"dest_url\":")
        writer.append(string: "\(address.url)/downloads/\(link.secret)/\(name)")
        writer.append(raw: ",\"expires_at\":\"")
        Timestamp.append(microseconds: link.expiresAt, to: &writer.bytes)
        writer.append(raw: "\"}")
        return CallAnswer(status: .success, summary: "Results ready", result: writer.bytes)
    }

    /// A time as it stands in the name of a file: `20261125T101112Z`.
    private static func time(_ microseconds: Int64) -> String {
        var text: [UInt8] = []
        Timestamp.append(microseconds: microseconds, to: &text)
        return String(
            decoding: text.prefix(19).filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: ":") },
            as: UTF8.self
        )
            + "Z"
    }
}

extension Exporter {
    /// Waits until a job is done or has failed, or time is over.
    ///
    /// - Returns: the job; nil when it is gone.
    func isSettled(_ id: String, within limit: Duration, threads: NIOThreadPool) async throws -> ExportJob? {
        let deadline = ContinuousClock.now + limit
        var pause = Duration.milliseconds(5)
        while true {
            let job = try await threads.runIfActive { try self.job(id) }
            guard let job, job.state == .running, ContinuousClock.now < deadline else { return job }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(250))
        }
    }

    /// The answer to `GET /request/{id}` of an export; nil when there is none of that id.
    func answer(_ id: String, token: TokenGrant, publicURL: String) throws(StoreError) -> CallAnswer? {
        // The file of a search is no request of its own.
        guard let job = try job(id), case .range = job.content else { return nil }
        guard job.token == token.name else { return .unauthorized }
        switch job.state {
        case .running: return RequestAnswers.accepted(id: id, retries: countPoll(of: id), publicURL: publicURL)
        case .done: return CallAnswer(status: .success, summary: "Done", result: Array("{}".utf8))
        case .failed(let reason):
            return CallAnswer(status: .failed, summary: "The export failed: \(reason)", result: nil)
        }
    }
}
