internal import AuditLog
internal import Cryptography
internal import Restriction
internal import Schema
internal import Settings
internal import Synchronization

/// The issued tokens that are in force, swapped as a whole when their file changes.
///
/// A secret that is presented is found by the first bytes of its SHA-256, which tell nothing of it, and compared in
/// constant time.
final class IssuedTokenDirectory: Sendable {
    private struct Entry: Sendable {
        let digest: [UInt8]
        let expiresAt: Int64
        let grant: TokenGrant
    }

    private struct Snapshot: Sendable {
        var entries: [UInt64: [Entry]] = [:]
        /// By name and time of making: a token that is made again under an old name has not been used.
        var uses: [Identity: TokenUse] = [:]
    }

    private struct Identity: Hashable, Sendable {
        let name: String
        let createdAt: Int64
    }

    private let snapshot = Mutex(Snapshot())

    /// The grant of a secret; nil for one that is unknown or past its time.
    func grant(presenting secret: [UInt8], now: Int64) -> TokenGrant? {
        let candidates = snapshot.withLock { $0.entries.isEmpty ? nil : $0.entries }
        guard let candidates else { return nil }
        let digest = SHA256Hasher.hash(secret)
        guard let entries = candidates[IssuedTokenDirectory.index(of: digest)] else { return nil }
        for entry in entries where isEqualInConstantTime(entry.digest, digest) && entry.expiresAt > now {
            return entry.grant
        }
        return nil
    }

    private static func index(of digest: [UInt8]) -> UInt64 {
        digest.withUnsafeBytes { $0.count < 8 ? 0 : $0.loadUnaligned(as: UInt64.self) }
    }

    var names: Set<String> { snapshot.withLock { Set($0.uses.keys.map(\.name)) } }

    /// When each was used last.
    var uses: [String: Int64] {
        let uses = snapshot.withLock { $0.uses }
        return Dictionary(uses.compactMap { key, use in use.last.map { (key.name, $0) } }) { max($0, $1) }
    }

    /// Takes over the tokens of the file.
    ///
    /// - Parameters:
    ///   - tokens: all there are.
    ///   - logs: those that are served.
    ///   - taken: names of tokens of the configuration, which come first.
    ///   - lastUses: when each was used before this process.
    /// - Returns: what keeps tokens from being in force, one sentence each.
    func use(
        _ tokens: [IssuedToken],
        logs: [ServedLog],
        taken: Set<String>,
        lastUses: [String: Int64] = [:]
    ) -> [String] {
        let old = snapshot.withLock { $0.uses }
        var new = Snapshot()
        var problems: [String] = []
        for token in tokens {
            guard !taken.contains(token.name) else {
                problems.append("the configuration has a token '\(token.name)' too, which is the one in force")
                continue
            }
            let identity = Identity(name: token.name, createdAt: token.createdAt)
            let before = lastUses[token.name].flatMap { $0 >= token.createdAt ? $0 : nil }
            let use = old[identity] ?? TokenUse(before ?? 0)
            do throws(SettingsError) {
                let grant = try IssuedTokenDirectory.grant(token, logs: logs, use: use)
                guard !grant.logs.isEmpty else {
                    problems.append("no log of the token '\(token.name)' is served any more")
                    continue
                }
                new.uses[identity] = use
                for secret in token.secrets {
                    let end = min(secret.expiresAt ?? .max, token.expiresAt ?? .max)
                    let entry = Entry(digest: secret.digest, expiresAt: end, grant: grant)
                    new.entries[IssuedTokenDirectory.index(of: secret.digest), default: []].append(entry)
                }
            } catch {
                // Without its restriction it could do more than it was made for.
                problems.append("the token '\(token.name)' is not in force: \(error.description)")
            }
        }
        snapshot.withLock { $0 = new }
        return problems
    }

    private static func grant(
        _ token: IssuedToken,
        logs: [ServedLog],
        use: TokenUse
    ) throws(SettingsError) -> TokenGrant {
        let allowed = logs.filter { token.logs?.contains($0.name) ?? true }
        let rules = try token.rules()
        var restrictions: [LogID: FieldRestriction] = [:]
        for log in allowed where !rules.isEmpty {
            do throws(RestrictionError) {
                restrictions[log.id] = try FieldRestriction(rules: rules, schema: log.schema)
            } catch {
                let place = SettingsProblem.Place.file("the log '\(log.name)'", nil)
                throw SettingsError(problems: error.problems.map { SettingsProblem(place: place, message: $0.message) })
            }
        }
        return TokenGrant(
            name: token.name,
            scopes: Set(token.scopes.map(TokenGrant.Scope.init)),
            endpoints: token.endpoints,
            logs: allowed,
            restrictions: restrictions,
            isDryRun: false,
            use: use
        )
    }
}
