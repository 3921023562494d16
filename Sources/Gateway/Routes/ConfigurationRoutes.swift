internal import AuditLog
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import NIOPosix

/// What depends on a configuration alone: `/v1/schema`, `/v1/openapi.json` and the test of its forwarders.
struct ConfigurationRoutes: Sendable {
    let tokens: TokenDirectory
    let probe: ForwarderProbe
    /// For probes, which wait for others.
    let threads: NIOThreadPool

    func add(to router: Router<GatewayContext>) {
        router.post("/v1/schema") { request, _ in
            await answer(request, .schema) { log, call in call.response(schema(of: log)) }
        }
        router.post("/v1/openapi.json") { request, _ in
            await answer(request, .openAPI) { log, call in document(of: log, call) }
        }
        router.post("/v1/forwarder/test") { request, _ in
            await answer(request, .forwarderTest) { log, call in
                call.response(try await threads.runIfActive { probe.answer(for: log.id) })
            }
        }
    }

    private func answer(
        _ request: Request,
        _ endpoint: APIEndpoint,
        _ body: (ServedLog, APICall) async throws -> Response
    ) async -> Response {
        await RoutedCall(tokens: tokens).answer(request, if: { $0.allows(endpoint) }) { bytes, token, call in
            let log = try bytes.withUnsafeReadableBytes { bytes in
                let request = APIRequestBody()
                try request.parse(bytes)
                _ = try ConfigurationCall(request)
                return try token.log(configurationID: request.configurationID)
            }
            return try await body(log, call)
        }
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
