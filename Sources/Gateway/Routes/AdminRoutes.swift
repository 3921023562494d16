internal import AuditLog
internal import Hummingbird
internal import JSON
internal import Merkle
internal import NIOCore
internal import NIOPosix
internal import Schema

/// `/admin/logs…`: what an administrator's tools ask of the logs.
struct AdminRoutes: Sendable {
    private static let maximumBodyBytes = 1 << 16

    let store: any LogStore
    let tokens: TokenDirectory
    let threads: NIOThreadPool
    let writer: GroupCommit
    /// Who signs each log's checkpoints.
    let signers: [LogID: CheckpointSigner]
    let address: PublicAddress

    func add(to router: Router<GatewayContext>) {
        router.get("/admin/logs") { request, _ in
            try await administer(request) { token, _ in
                try await threads.runIfActive { try list(token.logs) }
            }
        }
        router.post("/admin/logs/publish") { request, _ in
            try await administer(request) { token, call in
                let body = try await request.body.collect(upTo: AdminRoutes.maximumBodyBytes)
                return try await publish(try body.withUnsafeReadableBytes { try wanted($0, of: token) })
            }
        }
    }

    private func administer(
        _ request: Request,
        _ answer: (TokenGrant, APICall) async throws -> [UInt8]
    ) async throws -> Response {
        let call = APICall(now: WallClock.now())
        guard let token = tokens.authenticate(request.headers[.authorization]), token.allows(.admin) else {
            return call.response(.unauthorized)
        }
        do {
            return Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: try await answer(token, call)))
            )
        } catch let error as StoreError {
            return call.response(.unavailable(error))
        } catch let refusal as APIRefusal {
            return call.response(.problems(refusal.problems))
        } catch is NIOTooManyBytesError {
            return call.response(
                .problems(
                    [APIProblem(.aboveMaxLength, at: "", "the body has too many bytes")],
                    httpStatus: .contentTooLarge
                )
            )
        }
    }

    /// The logs that `{}` or `{"log": name}` names.
    private func wanted(_ bytes: UnsafeRawBufferPointer, of token: TokenGrant) throws(APIRefusal) -> [ServedLog] {
        let body = APIRequestBody()
        try body.parse(bytes)
        let call = try PublishCall(body)
        guard let name = call.log else { return token.logs }
        guard let log = token.logs.first(where: { $0.name == name }) else {
            throw APIRefusal(APIProblem(.doesNotExist, at: "/log", "there is no log of this name"))
        }
        return [log]
    }

    /// Closes the open buffers of logs and signs their trees; answers like ``list(_:)``.
    private func publish(_ logs: [ServedLog]) async throws -> [UInt8] {
        for log in logs {
            _ = try await writer.seal(SealRequest(log: log.id, closesBuffer: true, signer: signers[log.id]))
        }
        return try await threads.runIfActive { try list(logs) }
    }

    /// `{"logs":[{"name":…,"config_id":…,"tree_name":…,"schema":…,"size":…,"root":{…},"unpublished_root":{…},"checkpoint":{…}}]}` in
    /// the order of the configuration; members without a value are left out.
    private func list(_ logs: [ServedLog]) throws(StoreError) -> [UInt8] {
        var writer = JSONWriter()
        writer.append(raw: "{\"logs\":[")
        for (index, log) in logs.enumerated() {
            if index > 0 { writer.append(raw: ",") }
            let summary = try store.treeSummary(of: log.id)
            writer.append(raw: "{\"name\":")
            writer.append(string: log.name)
            writer.append(raw: ",\"config_id\":")
            writer.append(string: log.identity.configurationID)
            writer.append(raw: ",\"tree_name\":")
            writer.append(string: log.identity.treeName)
            writer.append(raw: ",\"schema\":")
            writer.append(string: log.schemaName ?? log.schema.vendorID ?? "custom")
            writer.append(raw: ",\"size\":")
            writer.append(integer: Int64(clamping: summary.sizes.head))
            let names = log.treeNames(publicURL: address.url)
            if let root = summary.root {
                writer.append(raw: ",\"root\":")
                APIAnswer.append(root, names, to: &writer)
            }
            if let root = summary.openRoot {
                writer.append(raw: ",\"unpublished_root\":")
                APIAnswer.append(root, names, to: &writer)
            }
            if let checkpoint = summary.checkpoint.flatMap({ Checkpoint($0.text) }) {
                writer.append(raw: ",\"checkpoint\":{\"origin\":")
                writer.append(string: checkpoint.origin)
                writer.append(raw: ",\"root_hash\":")
                writer.append(string: checkpoint.root.hex)
                writer.append(raw: ",\"size\":")
                writer.append(integer: Int64(clamping: checkpoint.size))
                writer.append(raw: "}")
            }
            writer.append(raw: "}")
        }
        writer.append(raw: "]}")
        return writer.bytes
    }
}
