internal import AuditLog
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import NIOPosix
internal import Telemetry

/// `/healthz`, `/readyz` and `/metrics`.
struct HealthRoutes: Sendable {
    let health: Health
    let metrics: MetricsRegistry
    let tokens: TokenDirectory
    let threads: NIOThreadPool

    func add(to router: Router<GatewayContext>) {
        router.get("/healthz") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(string: #"{"status":"alive"}"#))
            )
        }
        router.get("/readyz") { _, _ in
            let report = health.report()
            return Response(
                status: report.isReady ? .ok : .serviceUnavailable,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: report.json))
            )
        }
        router.get("/metrics") { request, context in
            guard mayRead(request, context) else {
                return APICall(now: WallClock.now()).response(.unauthorized)
            }
            // Some figures are read from the store when they are asked for.
            let text = try await threads.runIfActive {
                health.refreshMetrics()
                var text: [UInt8] = []
                metrics.write(into: &text)
                return text
            }
            return Response(
                status: .ok,
                headers: [.contentType: MetricsRegistry.contentType],
                body: .init(byteBuffer: ByteBuffer(bytes: text))
            )
        }
    }

    /// From this machine without a proxy in between, or with an administrator's token.
    private func mayRead(_ request: Request, _ context: GatewayContext) -> Bool {
        let isForwarded = request.headers.contains { field in
            let name = field.name.canonicalName
            return name == "forwarded" || name.hasPrefix("x-forwarded-") || name == "x-real-ip"
        }
        if context.isLoopback && !isForwarded { return true }
        return tokens.authenticate(request.headers[.authorization])?.allows(.admin) == true
    }
}

extension APICall {
    /// The answer of a routed request.
    func response(_ answer: CallAnswer) -> Response {
        Response(
            status: answer.httpStatus ?? answer.status.httpStatus,
            headers: fields(answer),
            body: .init(byteBuffer: ByteBuffer(bytes: envelope(answer, now: WallClock.now())))
        )
    }
}
