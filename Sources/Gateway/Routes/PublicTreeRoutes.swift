internal import AuditLog
internal import Hummingbird
internal import JSON
internal import Merkle
internal import NIOCore
internal import NIOPosix
internal import Restriction
internal import Schema

/// A log's public tree for anybody who verifies it (C2SP tlog-tiles): `/logs/{log}/checkpoint`, `/logs/{log}/tile/…` and
/// `/logs/{log}/tile/entries/…`; and `/logs/{log}/receipts/{event}`, which tells of an event and so wants a token that reads.
///
/// The tree is open to everybody where the log's setting `public` says so, and to tokens that may read the log otherwise.
struct PublicTreeRoutes: Sendable {
    let logs: [ServedLog]
    let tokens: TokenDirectory
    let store: any LogStore
    let key: CheckpointKey
    let threads: NIOThreadPool

    func add(to router: Router<GatewayContext>) {
        router.get("/logs/{log}/checkpoint") { request, context in
            try await serve(request, context) { log in
                guard let note = try store.checkpoint(of: log.id) else { return nil }
                return Found(Array(note.encoded.utf8), "text/plain; charset=utf-8", isForever: false)
            }
        }
        router.get("/logs/{log}/key") { request, context in
            try await serve(request, context) { log in
                guard let note = try store.checkpoint(of: log.id), let checkpoint = Checkpoint(note.text) else {
                    return nil
                }
                let text = key.verifier(name: checkpoint.origin).text + "\n"
                return Found(Array(text.utf8), "text/plain; charset=utf-8", isForever: false)
            }
        }
        router.get("/logs/{log}/tile/**") { request, context in
            guard let wanted = TilePath(context.parameters.getCatchAll()) else {
                return PublicTreeRoutes.refusal(.notFound)
            }
            return try await serve(request, context) { log in try tile(wanted, of: log) }
        }
        router.get("/logs/{log}/receipts/{event}") { request, context in
            let event = context.parameters.get("event") ?? ""
            return try await serve(request, context, isAlwaysGuarded: true) { log in
                guard let sequence = try sequence(event, in: log),
                    let receipt = try store.receipt(of: log.id, sequence: sequence)
                else { return nil }
                var writer = JSONWriter()
                receipt.appendJSON(to: &writer)
                return Found(writer.bytes, "application/json", isForever: false)
            }
        }
    }

    // MARK: - What there is

    private struct Found: Sendable {
        let body: [UInt8]
        let type: String
        /// Never changes any more.
        let isForever: Bool

        init(_ body: [UInt8], _ type: String, isForever: Bool) {
            self.body = body
            self.type = type
            self.isForever = isForever
        }
    }

    private func tile(_ wanted: TilePath, of log: ServedLog) throws(StoreError) -> Found? {
        switch wanted.content {
        case .hashes(let level):
            let address = TileAddress(level: level, number: wanted.number)
            guard let hashes = try store.publicTile(of: log.id, at: address, width: wanted.width) else { return nil }
            return Found(TreeHash.bytes(hashes), "application/octet-stream", isForever: true)
        case .entries:
            let found = try store.publicEntries(of: log.id, bundle: wanted.number, width: wanted.width)
            guard let found else { return nil }
            var body: [UInt8] = []
            for entry in found {
                entry.withBytes { bytes in
                    body.append(UInt8(truncatingIfNeeded: bytes.count >> 8))
                    body.append(UInt8(truncatingIfNeeded: bytes.count))
                    body.append(contentsOf: bytes)
                }
            }
            return Found(body, "application/octet-stream", isForever: true)
        }
    }

    /// The sequence that names an event: itself, or the one that was received at a time.
    private func sequence(_ event: String, in log: ServedLog) throws(StoreError) -> UInt64? {
        if let sequence = UInt64(event) { return sequence }
        guard let instant = Timestamp.parse(event) else { return nil }
        let time = instant.seconds * 1_000_000 + Int64(instant.nanoseconds / 1000)
        var found: UInt64?
        try store.scanEvents(of: log.id, receivedAt: time...time, isDescending: false) {
            found = $0.sequence
            return false
        }
        return found
    }

    // MARK: - Who may have it

    private func serve(
        _ request: Request,
        _ context: GatewayContext,
        isAlwaysGuarded: Bool = false,
        _ find: @escaping @Sendable (ServedLog) throws -> Found?
    ) async throws -> Response {
        let name = context.parameters.get("log") ?? ""
        let log = logs.first { $0.name == name }
        if isAlwaysGuarded || log?.isPublic != true {
            // A log that there is not must look like one that is not public.
            guard let token = tokens.authenticate(request.headers[.authorization]), token.allows(.read),
                token.logs.contains(where: { $0.name == name }),
                !isAlwaysGuarded || log.map({ token.readingRestriction(for: $0.id).isEmpty }) == true
            else { return APICall(now: WallClock.now()).response(.unauthorized) }
        }
        guard let log else { return PublicTreeRoutes.refusal(.notFound) }
        do {
            let found = try await threads.runIfActive { try find(log) }
            guard let found else { return PublicTreeRoutes.refusal(.notFound) }
            let scope = log.isPublic && !isAlwaysGuarded ? "public" : "private"
            return Response(
                status: .ok,
                headers: [
                    .contentType: found.type,
                    .cacheControl: found.isForever ? "\(scope), max-age=31536000, immutable" : "no-cache",
                ],
                body: .init(byteBuffer: ByteBuffer(bytes: found.body))
            )
        } catch let error as StoreError {
            return APICall(now: WallClock.now()).response(.unavailable(error))
        }
    }

    private static func refusal(_ status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: "there is nothing of this name\n"))
        )
    }
}

/// What a path behind `/tile/` names: `0/x001/067`, `0/x001/067.p/12`, `entries/x001/067`.
struct TilePath: Equatable {
    enum Content: Equatable {
        case hashes(level: Int)
        case entries
    }

    let content: Content
    let number: UInt64
    let width: Int

    init?(_ parts: [Substring]) {
        guard let first = parts.first else { return nil }
        if first == "entries" {
            content = .entries
        } else {
            guard let level = Int(first), (0...63).contains(level), String(level) == first else { return nil }
            content = .hashes(level: level)
        }
        var groups = parts.dropFirst()
        var width = TileAddress.width
        // The last group of a partial tile ends with `.p`, and its width follows.
        if groups.count >= 2, let group = groups.dropLast().last, group.hasSuffix(".p"), let last = groups.last {
            guard let partial = Int(last), (1..<TileAddress.width).contains(partial), String(partial) == last else {
                return nil
            }
            width = partial
            groups = groups.dropLast(2) + [group.dropLast(2)]
        }
        guard let number = TileAddress.number(ofPath: Array(groups)) else { return nil }
        self.number = number
        self.width = width
    }
}
