internal import AuditLog
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import NIOPosix

/// What depends on a configuration alone: `/v1/schema`, `/v1/openapi.json` and the test of its forwarders.
struct ConfigurationRoutes: Sendable {
    /// A `config_id` at most.
    private static let maximumBodyBytes = 64 << 10

    let tokens: TokenDirectory
    let probe: ForwarderProbe
    /// For probes, which wait for others.
    let threads: NIOThreadPool

    func add(to router: Router<GatewayContext>) {
        router.post("/v1/schema") { request, _ in
            try await answer(request, .schema) { log, call in call.response(schema(of: log)) }
        }
        router.post("/v1/openapi.json") { request, _ in
            try await answer(request, .openAPI) { log, call in document(of: log, call) }
        }
        router.post("/v1/forwarder/test") { request, _ in
            try await answer(request, .forwarderTest) { log, call in
                call.response(try await threads.runIfActive { probe.answer(for: log.id) })
            }
        }
    }

    private func answer(
        _ request: Request,
        _ endpoint: APIEndpoint,
        _ body: (ServedLog, APICall) async throws -> Response
    ) async throws -> Response {
        let call = APICall(now: WallClock.now())
        guard let token = tokens.authenticate(request.headers[.authorization]), token.allows(endpoint) else {
            return call.response(.unauthorized)
        }
        let bytes: ByteBuffer
        do {
            bytes = try await request.body.collect(upTo: ConfigurationRoutes.maximumBodyBytes)
        } catch is NIOTooManyBytesError {
            let limit = ConfigurationRoutes.maximumBodyBytes
            let problem = APIProblem(.aboveMaxLength, at: "", "the body has more than \(limit) bytes")
            return call.response(.problems([problem], httpStatus: .contentTooLarge))
        } catch {
            return call.response(.problems([APIProblem(.badFormat, at: "", "the body is not whole")]))
        }
        let log: ServedLog
        do {
            log = try bytes.withUnsafeReadableBytes { bytes in
                let request = APIRequestBody()
                try request.parse(bytes)
                _ = try ConfigurationCall(request)
                return try token.log(configurationID: request.configurationID)
            }
        } catch let refusal as APIRefusal {
            return call.response(.problems(refusal.problems))
        } catch let choice as LogChoiceError {
            return call.response(choice.answer)
        }
        return try await body(log, call)
    }

    private func schema(of log: ServedLog) -> CallAnswer {
        var writer = JSONWriter()
        SchemaAnswer.append(log.schema, to: &writer)
        return CallAnswer(status: .success, summary: "Schema found", result: writer.bytes)
    }

    /// The document alone, without an envelope: that is how clients read it.
    private func document(of log: ServedLog, _ call: APICall) -> Response {
        var writer = JSONWriter()
        SchemaAnswer.appendOpenAPI(log.schema, log: log.name, to: &writer)
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .xRequestID: call.requestID],
            body: .init(byteBuffer: ByteBuffer(bytes: writer.bytes))
        )
    }
}
