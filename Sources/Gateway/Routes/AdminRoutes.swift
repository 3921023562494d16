internal import AuditLog
internal import Hummingbird
internal import JSON
internal import NIOPosix
internal import Schema

/// `/admin/…`: what an administrator's tools ask for.
struct AdminRoutes: Sendable {
    let store: any LogStore
    let tokens: TokenDirectory
    let threads: NIOThreadPool

    func add(to router: Router<GatewayContext>) {
        router.get("/admin/logs") { request, _ in
            let call = APICall(now: WallClock.now())
            guard let token = tokens.authenticate(request.headers[.authorization]), token.allows(.admin) else {
                return call.response(.unauthorized)
            }
            do {
                let body = try await threads.runIfActive { try list(token) }
                return Response(
                    status: .ok,
                    headers: [.contentType: "application/json"],
                    body: .init(byteBuffer: ByteBuffer(bytes: body))
                )
            } catch let error as StoreError {
                return call.response(.unavailable(error))
            }
        }
    }

    /// `{"logs":[{"name":…,"config_id":…,"tree_name":…,"schema":…,"events":…,"size":…}]}`, the token's logs in the order of the configuration.
    private func list(_ token: TokenGrant) throws(StoreError) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(raw: "{\"logs\":[")
        for (index, log) in token.logs.enumerated() {
            if index > 0 { writer.append(raw: ",") }
            writer.append(raw: "{\"name\":")
            writer.append(string: log.name)
            writer.append(raw: ",\"config_id\":")
            writer.append(string: log.identity.configurationID)
            writer.append(raw: ",\"tree_name\":")
            writer.append(string: log.identity.treeName)
            writer.append(raw: ",\"schema\":")
            writer.append(string: log.schemaName ?? log.schema.vendorID ?? "custom")
            let head = Int64(clamping: try store.head(of: log.id))
            writer.append(raw: ",\"events\":")
            writer.append(integer: head)
            writer.append(raw: ",\"size\":")
            writer.append(integer: head)
            writer.append(raw: "}")
        }
        writer.append(raw: "]}")
        return writer.bytes
    }
}
