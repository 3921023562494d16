internal import AuditLog
internal import Hummingbird
internal import JSON
internal import Logging
internal import Mapping
internal import Receiving
internal import Schema

/// `/admin/sources/{name}/arm`: lets a source keep the secret that its vendor sends.
struct ArmingRoutes: Sendable {
    let sources: SourceDirectory
    let keptSecrets: KeptSecrets
    let tokens: TokenDirectory
    let logger: Logger

    func add(to router: Router<GatewayContext>) {
        router.post("/admin/sources/:name/arm") { request, context in
            let call = APICall(now: WallClock.now())
            guard let token = tokens.authenticate(request.headers[.authorization]), token.allows(.admin) else {
                return call.response(.unauthorized)
            }
            return call.response(arm(context.parameters.get("name") ?? "", token))
        }
    }

    private func arm(_ name: String, _ token: TokenGrant) -> CallAnswer {
        // A source of a log that the token may not name is none.
        guard let source = sources.source(named: Substring(name)),
            token.logs.contains(where: { $0.id == source.log.id })
        else { return CallAnswer(status: .notFound, summary: "There is no such source") }
        guard !source.source.mapping.mapping.keptSecretNames.isEmpty else {
            return CallAnswer(
                status: .validationError,
                summary: "The source's mapping has no handshake with 'keep_secret'; there is nothing to arm"
            )
        }
        let end = keptSecrets.arm(name, now: WallClock.now())
        logger.notice("A source was armed", metadata: ["source": "\(name)", "token": "\(token.name)"])
        var writer = JSONWriter()
        var time: [UInt8] = []
        Timestamp.append(microseconds: end, to: &time)
        writer.append(
            canonical: .object([JSONMember("armed_until", .string(time)), JSONMember("source", .string(name))])
        )
        return CallAnswer(status: .success, summary: "The source keeps the next secret", result: writer.bytes)
    }
}
