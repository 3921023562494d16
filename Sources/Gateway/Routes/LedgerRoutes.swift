internal import AuditLog
internal import Cryptography
internal import Hummingbird
internal import JSON
internal import NIOCore
internal import NIOPosix

/// The routes of the public ledger that verifying clients look for published roots in (audit API contract, section 6.6):
/// `/ledger/graphql`, `/ledger/{id}/` and `/ledger/tx/{id}/data`.
///
/// Open to everybody: what they tell is a tree's random name, its size and hashes. By setting they are served without the
/// prefix too, for clients whose ledger address has no path.
struct LedgerRoutes: Sendable {
    static let prefix = "/ledger"
    private static let maximumBodyBytes = 1 << 20

    let logs: [ServedLog]
    let store: any LogStore
    let threads: NIOThreadPool
    let address: PublicAddress

    func add(to router: Router<GatewayContext>, isAtRoot: Bool) {
        for prefix in isAtRoot ? [LedgerRoutes.prefix, ""] : [LedgerRoutes.prefix] {
            router.post("\(prefix)/graphql") { request, _ in try await search(request) }
            router.get("\(prefix)/{id}") { _, context in try await root(context) { $0 } }
            router.get("\(prefix)/tx/{id}/data") { _, context in
                try await root(context) { Array(Base64.encode($0, urlSafe: true, padded: false).utf8) }
            }
        }
    }

    /// `{"data":{"transactions":{"edges":[{"node":{"id":…,"tags":[{"name":"tree_size","value":"5"},…]}}]}}}`.
    private func search(_ request: Request) async throws -> Response {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: LedgerRoutes.maximumBodyBytes)
        } catch {
            return LedgerRoutes.refusal(.contentTooLarge, "the query is too long")
        }
        guard let query = body.withUnsafeReadableBytes(LedgerQuery.init(body:)) else {
            return LedgerRoutes.refusal(.badRequest, "the query asks for no transactions by tree_name and tree_size")
        }
        let edges = try await threads.runIfActive { () throws -> [JSONValue] in
            var edges: [JSONValue] = []
            for log in logs where query.treeNames.contains(log.identity.treeName) {
                let published = try store.treeSizes(of: log.id).published
                for size in query.sizes where (1...max(published, 1)).contains(size) && published > 0 {
                    edges.append(edge(log, size))
                }
            }
            return edges
        }
        var writer = JSONWriter()
        writer.append(
            canonical: .object([
                JSONMember("data", .object([JSONMember("transactions", .object([JSONMember("edges", .array(edges))]))]))
            ])
        )
        return LedgerRoutes.response(writer.bytes, "application/json")
    }

    private func edge(_ log: ServedLog, _ size: UInt64) -> JSONValue {
        func tag(_ name: String, _ value: String) -> JSONValue {
            .object([JSONMember("name", .string(name)), JSONMember("value", .string(value))])
        }
        let treeName = log.identity.treeName
        let node = JSONValue.object([
            JSONMember("id", .string(LedgerID(log: log.id, size: size).text(treeName: treeName))),
            JSONMember("tags", .array([tag("tree_size", String(size)), tag("tree_name", treeName)])),
        ])
        return .object([JSONMember("node", node)])
    }

    /// A published root as JSON, written as `encode` does.
    private func root(
        _ context: GatewayContext,
        _ encode: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) async throws -> Response {
        let id = context.parameters.get("id") ?? ""
        let body = try await threads.runIfActive { () throws -> [UInt8]? in
            guard let ledgerID = LedgerID(id), let log = logs.first(where: { $0.id == ledgerID.log }),
                ledgerID.text(treeName: log.identity.treeName) == id,
                let root = try store.publishedRoot(of: log.id, size: ledgerID.size)
            else { return nil }
            var writer = JSONWriter()
            APIAnswer.append(root, log.treeNames(publicURL: address.url), to: &writer)
            return writer.bytes
        }
        guard let body else { return LedgerRoutes.refusal(.notFound, "there is no such transaction") }
        return LedgerRoutes.response(encode(body), "application/json")
    }

    private static func response(_ body: [UInt8], _ type: String) -> Response {
        Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }

    private static func refusal(_ status: HTTPResponse.Status, _ message: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: message + "\n"))
        )
    }
}
