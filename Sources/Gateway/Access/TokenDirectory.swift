internal import AuditLog
internal import Cryptography
internal import JSON
internal import Restriction
internal import Settings

/// What a bearer token may do.
struct TokenGrant: Sendable {
    enum Scope: Sendable {
        case write, read, admin

        init(_ scope: GatewaySettings.Scope) {
            switch scope {
            case .write: self = .write
            case .read: self = .read
            case .admin: self = .admin
            }
        }
    }

    let name: String
    let scopes: Set<Scope>
    /// What it may call beside its scopes.
    var endpoints: Set<APIEndpoint> = []
    /// The logs that it may name, in configuration order.
    let logs: [ServedLog]
    let restrictions: [LogID: FieldRestriction]
    /// Violations are counted and logged, not refused.
    let isDryRun: Bool
    var use = TokenUse()

    func allows(_ endpoint: APIEndpoint) -> Bool {
        scopes.contains(.admin) || endpoints.contains(endpoint) || !scopes.isDisjoint(with: endpoint.scopes)
    }

    /// Whether it may call a reading route, told by its path.
    func mayRead(at path: String) -> Bool { APIEndpoint(path: path).map { allows($0) } ?? allows(.read) }

    func allows(_ scope: Scope) -> Bool { scopes.contains(scope) || scopes.contains(.admin) }

    func restriction(for log: LogID) -> FieldRestriction { restrictions[log] ?? .none }

    /// What it may read: in dry-run mode everything, since then nothing it writes is refused either.
    func readingRestriction(for log: LogID) -> FieldRestriction { isDryRun ? .none : restriction(for: log) }

    /// The log that a call is for (audit API contract, section 1.5).
    func log(configurationID: String?) throws(LogChoiceError) -> ServedLog {
        if let configurationID {
            guard let log = logs.first(where: { $0.identity.configurationID == configurationID }) else {
                throw .unknown
            }
            return log
        }
        guard let log = logs.first, logs.count == 1 else { throw .ambiguous }
        return log
    }
}

/// Why no log could be chosen for a call.
enum LogChoiceError: Error {
    /// The token has several logs, and the call names none.
    case ambiguous
    /// The call names a log that is none of the token's.
    case unknown

    var answer: CallAnswer {
        switch self {
        case .ambiguous:
            CallAnswer(
                status: .missingConfigID,
                summary: "Token has several configs; config_id is required"
            )
        case .unknown:
            .problems([APIProblem(.configNotExist, at: "/config_id", "the token has no configuration of this id")])
        }
    }
}

/// The tokens of the configuration, kept as keyed digests, and behind them those that were issued.
///
/// A token that is presented is digested with a key made at start, and that digest is compared with every one there is,
/// each in constant time: neither the time taken nor the memory of the process shows anything of a token.
struct TokenDirectory: Sendable {
    private struct Entry: Sendable {
        let digest: [UInt8]
        let grant: Int
    }

    private let key = HMACKey(algorithm: .sha256, key: SecureRandom.bytes(32))
    private var entries: [Entry] = []
    private var grants: [TokenGrant] = []
    /// Those that commands made; shared by all copies.
    let issued = IssuedTokenDirectory()

    /// When each token was used last, in microseconds since 1970.
    var uses: [String: Int64] {
        Dictionary(grants.compactMap { grant in grant.use.last.map { (grant.name, $0) } }) { max($0, $1) }
            .merging(issued.uses) { ours, _ in ours }
    }

    var names: Set<String> { Set(grants.map(\.name)) }

    mutating func add(_ grant: TokenGrant, secrets: [[UInt8]]) {
        grants.append(grant)
        for secret in secrets { entries.append(Entry(digest: digest(of: secret), grant: grants.count - 1)) }
    }

    private func digest(of secret: [UInt8]) -> [UInt8] { secret.withUnsafeBytes { key.code(for: [$0]) } }

    /// The grant of a request's `Authorization` header; nil without a known bearer token.
    func authenticate(_ authorization: String?) -> TokenGrant? {
        guard let token = TokenDirectory.bearer(authorization) else { return nil }
        let now = WallClock.now()
        let found = token.withUnsafeBytes { bytes in
            let presented = key.code(for: [bytes])
            var found: Int?
            for entry in entries where isEqualInConstantTime(entry.digest, presented) { found = entry.grant }
            return found.map { grants[$0] }
        }
        let grant = found ?? issued.grant(presenting: token, now: now)
        grant?.use.note(now)
        return grant
    }

    /// The token of `Bearer <token>`; the scheme in any case (RFC 9110, section 11.1).
    static func bearer(_ authorization: String?) -> [UInt8]? {
        guard let authorization else { return nil }
        let parts = authorization.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1)
        guard parts.count == 2, parts[0].count == 6,
            parts[0].elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 })
        else { return nil }
        let token = parts[1].drop { $0 == UInt8(ascii: " ") }
        return token.isEmpty ? nil : Array(token)
    }
}
