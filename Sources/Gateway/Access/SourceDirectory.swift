internal import AuditLog
internal import Cryptography
internal import JSON
internal import Logging
internal import Mapping
internal import Receiving
internal import Restriction
internal import Schema
internal import Settings
internal import Synchronization
internal import Telemetry

/// A source that is served: how to read its deliveries, where they go, what they may say.
final class ServedSource: Sendable {
    let source: Source
    let log: ServedLog
    let restriction: FieldRestriction
    let isDryRun: Bool
    let counters: SourceCounters
    /// Whether its signature covers the public URL.
    let isURLSigned: Bool
    /// Whether it matters which address a delivery comes from.
    let readsOrigin: Bool
    // As long as `AnswerOutcome.allCases`, in its order: an answer is the same every time.
    private let responses: [ExpressResponse]

    init(source: Source, log: ServedLog, restriction: FieldRestriction, isDryRun: Bool, counters: SourceCounters) {
        let mapping = source.mapping.mapping
        isURLSigned = mapping.authentication.signatures.contains { $0.message.coversURL }
        readsOrigin = mapping.authentication.readsOrigin
        responses = AnswerOutcome.allCases.map { ExpressResponse(mapping.answers[$0]) }
        self.source = source
        self.log = log
        self.restriction = restriction
        self.isDryRun = isDryRun
        self.counters = counters
    }

    var name: String { source.name }
    var answers: AnswerTable { source.mapping.mapping.answers }

    /// Where the events stand in a body of `/v1/log_stream`.
    var eventPath: EventPath? { log.schema.path ?? source.mapping.mapping.vendorSchema?.schema.path }

    /// The answer to a delivery.
    ///
    /// - Parameters:
    ///   - outcome: what became of it.
    ///   - body: made for the delivery; nil where the answer is always the same.
    /// - Returns: the whole answer.
    func response(to outcome: AnswerOutcome, body: [UInt8]?) -> ExpressResponse {
        if let body { return ExpressResponse(answers[outcome].with(body: body)) }
        // All outcomes are in the list.
        return AnswerOutcome.allCases.firstIndex(of: outcome).map { responses[$0] } ?? ExpressResponse(answers[outcome])
    }
}

/// A source's metrics, resolved once.
struct SourceCounters: Sendable {
    private let deliveries: [Counter]
    private let records: [Counter]
    private let quarantined: [Counter]
    let cutTexts: Counter
    let coverage: SourceCoverage

    /// What can become of a record.
    enum Record: Int, CaseIterable {
        case stored, duplicate, conflict, ignored, quarantined, forbidden
    }

    init(_ registry: MetricsRegistry, source: String) {
        deliveries = AnswerOutcome.allCases.map {
            registry.counter(.deliveries, labels: [("source", source), ("outcome", $0.rawValue)])
        }
        records = Record.allCases.map {
            registry.counter(.records, labels: [("source", source), ("outcome", "\($0)")])
        }
        coverage = SourceCoverage(registry, source: source)
        cutTexts = registry.counter(.cutTexts, labels: [("source", source)])
        quarantined = QuarantineCause.allCases.map {
            registry.counter(.quarantineEntries, labels: [("source", source), ("cause", $0.rawValue)])
        }
    }

    func count(_ outcome: AnswerOutcome) {
        if let index = AnswerOutcome.allCases.firstIndex(of: outcome) { deliveries[index].increment() }
    }

    func count(_ record: Record, _ number: Int) {
        if number > 0 { records[record.rawValue].increment(by: number) }
    }

    func count(_ cause: QuarantineCause, _ number: Int = 1) {
        guard number > 0, let index = QuarantineCause.allCases.firstIndex(of: cause) else { return }
        quarantined[index].increment(by: number)
    }
}

/// The configured sources by name, and by the token that `/v1/log_stream` tells them by.
///
/// The sources are swapped as a whole when a mapping file changes; a delivery under way keeps the one it began with.
final class SourceDirectory: Sendable {
    private struct Snapshot: Sendable {
        var sources: [String: ServedSource] = [:]
        /// Of the logs with a vendor's schema, for tokens of the API.
        var streams: [LogID: ServedSource] = [:]
        var problems: [String] = []
    }

    private struct Plan: Sendable {
        let settings: GatewaySettings.Source
        let log: ServedLog
        let counters: SourceCounters
    }

    private let plans: [Plan]
    /// The logs with a vendor's schema.
    private let streamPlans: [(log: ServedLog, counters: SourceCounters)]
    private let limits: DeliveryLimits
    private let keys: KeyStore
    private let snapshot = Mutex(Snapshot())
    private let keptSecrets: KeptSecrets
    // Whoever makes new sources holds it from reading the secrets to swapping: the later one must not lose a secret.
    private let changes = Mutex(())
    // Tokens of /v1/log_stream; a source's name stands for the grant's.
    private let tokens: StreamTokens

    /// - Throws: ``SourceDirectoryError`` with every source that cannot be served.
    init(
        settings: GatewaySettings,
        logs: [ServedLog],
        mappings: MappingLibrary,
        keptSecrets: KeptSecrets,
        metrics: MetricsRegistry,
        keys: KeyStore
    ) throws(SourceDirectoryError) {
        self.keptSecrets = keptSecrets
        var limits = DeliveryLimits()
        limits.maximumBodyBytes = settings.limits.inflatedBytes
        limits.maximumRecords = settings.limits.records
        limits.mappingSteps = settings.limits.mappingSteps
        limits.mappingOutputBytes = settings.limits.mappingOutputBytes
        self.limits = limits
        self.keys = keys
        plans = settings.sources.compactMap { source in
            logs.first { $0.name == source.log }.map {
                Plan(settings: source, log: $0, counters: SourceCounters(metrics, source: source.name))
            }
        }
        streamPlans = logs.filter { $0.schema.vendorID != nil }.map {
            ($0, SourceCounters(metrics, source: "log_stream:\($0.name)"))
        }
        tokens = StreamTokens(settings.sources)
        let problems = use(mappings)
        guard problems.isEmpty else { throw SourceDirectoryError(problems: problems) }
    }

    func source(named name: Substring) -> ServedSource? { snapshot.withLock { $0.sources[String(name)] } }

    /// How the bodies of `/v1/log_stream` are read for a log; nil for one without a vendor's schema.
    func stream(of log: LogID) -> ServedSource? { snapshot.withLock { $0.streams[log] } }

    var maximumInflatedBytes: Int { limits.maximumBodyBytes }

    /// The source whose secret `token` a request presents; nil for none.
    func source(authorization: String?) -> ServedSource? {
        guard let name = tokens.source(of: TokenDirectory.bearer(authorization)) else { return nil }
        return source(named: Substring(name))
    }

    /// What keeps sources from using the newest mappings.
    var problems: [String] { snapshot.withLock { $0.problems } }

    /// Takes over newly read mappings; a source whose mapping cannot be used keeps the one it has.
    ///
    /// - Returns: what is wrong, one sentence a source.
    @discardableResult
    func use(_ mappings: MappingLibrary) -> [String] { changes.withLock { _ in exchange(mappings) } }

    private func exchange(_ mappings: MappingLibrary) -> [String] {
        // Deliveries go on with the old sources while the new ones are made.
        var sources = snapshot.withLock { $0.sources }
        var problems: [String] = []
        for plan in plans {
            let name = plan.settings.name
            // A file with an error is missing from the library: what was read from it before stays in force.
            if mappings.mappings[plan.settings.mapping] == nil, sources[name] != nil {
                problems.append("source '\(name)': its mapping cannot be used any more; the old one stays")
                continue
            }
            do throws(SourceError) {
                guard let file = mappings.mappings[plan.settings.mapping] else {
                    throw SourceError(message: SourceCheck.unknownMapping(plan.settings.mapping, in: mappings))
                }
                sources[name] = try served(plan, file)
            } catch {
                problems.append("source '\(name)': \(error.message)")
            }
        }
        let all = problems + mappings.problems.map(\.summary)
        let streams = streams(mappings, before: snapshot.withLock { $0.streams })
        snapshot.withLock { $0 = Snapshot(sources: sources, streams: streams, problems: all) }
        return problems
    }

    /// One for each log whose vendor has a mapping with a schema; a mapping that is broken now leaves the old one.
    private func streams(_ mappings: MappingLibrary, before: [LogID: ServedSource]) -> [LogID: ServedSource] {
        var streams = before
        for (log, counters) in streamPlans {
            let files = mappings.mappings.values.sorted { $0.name < $1.name }
            guard let vendor = log.schema.vendorID,
                let file = files.first(where: { $0.vendorSchema?.schema.vendorID == vendor })
            else { continue }
            let source = Source(
                believing: file.bind(to: log.schema),
                name: log.name,
                scope: Array("\(log.identity.configurationID)\u{0}\u{0}\(vendor)".utf8),
                limits: limits
            )
            streams[log.id] = ServedSource(
                source: source,
                log: log,
                restriction: .none,
                isDryRun: false,
                counters: counters
            )
        }
        return streams
    }

    /// What a reload of mappings changes that somebody should know: the ids of events, by which repeats are told.
    func warnings(before mappings: MappingLibrary) -> [String] {
        let sources = snapshot.withLock { $0.sources }
        return plans.compactMap { plan in
            guard let old = sources[plan.settings.name]?.source.mapping.mapping.event,
                let new = mappings.mappings[plan.settings.mapping]?.event,
                old.ids.map(\.text) != new.ids.map(\.text) || old.time?.text != new.time?.text
            else { return nil }
            return "source '\(plan.settings.name)': event.id or event.time is another expression; "
                + "what was stored before is not known as a repeat any more"
        }
    }

    // MARK: - Secrets that vendors make

    /// Whether a source may keep a secret now.
    func isArmed(_ source: ServedSource, now: Int64) -> Bool { keptSecrets.isArmed(source.name, now: now) }

    /// Keeps a secret that a vendor sent, on disk, and lets the source use it; once for each arming.
    ///
    /// Blocks until it is on disk.
    func keep(_ secret: KeptSecret, for source: ServedSource, now: Int64) throws(KeptSecretError) {
        let result: Result<Void, KeptSecretError> = changes.withLock { _ in
            do throws(KeptSecretError) { return .success(try exchange(secret, of: source, now)) } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func exchange(_ secret: KeptSecret, of source: ServedSource, _ now: Int64) throws(KeptSecretError) {
        guard keptSecrets.isArmed(source.name, now: now) else {
            throw KeptSecretError(code: .notArmed, message: "the source is not armed")
        }
        guard let plan = plans.first(where: { $0.settings.name == source.name }) else { return }
        let file = source.source.mapping.mapping
        let made: ServedSource
        do throws(SourceError) { made = try served(plan, file, with: secret) } catch {
            throw KeptSecretError(code: .unusable, message: error.message)
        }
        try keptSecrets.keep(secret, for: source.name)
        snapshot.withLock { $0.sources[source.name] = made }
    }

    private func served(
        _ plan: Plan,
        _ file: MappingFile,
        with secret: KeptSecret? = nil
    ) throws(SourceError) -> ServedSource {
        let settings = plan.settings
        let bound = file.bind(to: plan.log.schema)
        if case .none = file.authentication, !settings.isUnauthenticated {
            throw SourceError(message: SourceCheck.unauthenticated)
        }
        let source = try Source(
            name: settings.name,
            mapping: bound,
            secrets: secrets(of: settings, with: secret),
            constants: .object(settings.constants.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value) }),
            scope: Array("\(plan.log.identity.configurationID)\u{0}\(settings.name)".utf8),
            limits: limits,
            keys: keys
        )
        return ServedSource(
            source: source,
            log: plan.log,
            restriction: settings.restriction,
            isDryRun: settings.restrictionMode == .dryRun,
            counters: plan.counters
        )
    }
}

extension SourceDirectory {
    /// The secrets of the configuration and behind them those that the vendor sent.
    private func secrets(of settings: GatewaySettings.Source, with secret: KeptSecret?) -> [String: [[UInt8]]] {
        var kept = keptSecrets.values(of: settings.name)
        if let secret { kept[secret.key] = secret.value }
        return settings.secrets.mapValues { $0.map(\.bytes) }.merging(kept.mapValues { [$0] }) { $0 + $1 }
    }
}

/// Sources that cannot be served.
struct SourceDirectoryError: Error, CustomStringConvertible {
    let problems: [String]

    var description: String { problems.joined(separator: "\n") }
}

/// The secrets named `token` of all sources, as keyed digests (see ``TokenDirectory``).
private struct StreamTokens: Sendable {
    private let key = HMACKey(algorithm: .sha256, key: SecureRandom.bytes(32))
    private var entries: [(digest: [UInt8], source: String)] = []

    init(_ sources: [GatewaySettings.Source]) {
        for source in sources {
            for secret in source.secrets["token"] ?? [] { entries.append((digest(secret.bytes), source.name)) }
        }
    }

    private func digest(_ bytes: [UInt8]) -> [UInt8] { bytes.withUnsafeBytes { key.code(for: [$0]) } }

    func source(of token: [UInt8]?) -> String? {
        let presented = digest(token ?? [])
        var found: String?
        for entry in entries where isEqualInConstantTime(entry.digest, presented) { found = entry.source }
        return token == nil ? nil : found
    }
}
