internal import AuditLog
internal import Cryptography
internal import Forwarding
internal import Hummingbird
internal import HummingbirdCore
package import Logging
internal import NIOCore
internal import NIOPosix
internal import Receiving
internal import Restriction
internal import SQLiteStore
internal import Schema
internal import ServiceLifecycle
internal import Settings
internal import Telemetry
internal import UnixSignals

/// The house: opens the store, wires the rooms together, and serves until it is told to stop.
///
/// The order of the services is the order of dependence: store and writer, followers, then intake. Stopping goes the other
/// way, so that what was accepted is still stored.
package struct Gateway: Sendable {
    /// This version, as `/metrics` and `--version` show it.
    package static let version = "0.1.0"

    private let configuration: LoadedConfiguration
    private let logger: Logger

    private var settings: GatewaySettings { configuration.settings }

    /// - Parameters:
    ///   - configuration: checked, so that what can be wrong with it keeps nothing from opening.
    ///   - logger: for everything that the gateway has to say.
    package init(_ configuration: LoadedConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Parameter onListening: called once with the public URL when the first request can be answered.
    /// - Throws: ``StoreError``, or ``ListenError`` when the listener's address cannot be had.
    package func run(onListening: @escaping @Sendable (String) -> Void) async throws {
        let threads = WorkThreads()
        let metrics = MetricsRegistry()
        metrics.gauge(.buildInfo, labels: [("version", Gateway.version)]).set(1)
        let store = try SQLiteStore(path: settings.store.path)
        let logs = try openLogs(store, metrics)
        let tokens = self.tokens(logs)
        let tokenWatch = try self.tokenWatch(tokens, logs, threads.lookups)
        try tellOfOtherLogs(in: store)
        let index = try SearchIndex(store, logs: logs.map { IndexedLog($0.identity, schema: $0.schema) })
        let client = try OutboundClient(policy: OutboundPolicy(settings.outbound))
        let keys = KeyStore(client, logger: logger)
        let checkpointKey = try CheckpointKey(directory: settings.store.dataDirectory)
        let keptSecrets = try KeptSecrets(directory: settings.store.dataDirectory)
        let sources = try SourceDirectory(
            settings: settings,
            logs: logs,
            mappings: configuration.mappings,
            keptSecrets: keptSecrets,
            metrics: metrics,
            keys: keys
        )

        let sinks = self.sinks(logs)
        try settleStarts(of: sinks, in: store)
        let signals = CommitSignals(metrics)
        let writer = GroupCommit(
            store: store,
            limits: commitLimits,
            retention: retention(sinks, logs),
            clock: WallClock.now
        ) { signals.report($0) }
        let forwarder = try Forwarder(
            sinks: sinks,
            log: FollowedLog(store: store, writer: writer),
            metrics: metrics,
            logger: logger
        )
        let health = Health(
            store: store,
            writer: writer,
            logs: logs,
            forwarder: forwarder,
            index: index,
            metrics: metrics,
            mappingProblems: { sources.problems }
        )
        signals.connect(health: health, forwarder: forwarder, logger: logger)

        let plans = sealingPlans(logs, key: checkpointKey)
        let contexts = ExportContexts(logs: logs, logger: logger)
        let exporter = try Exporter(
            store: store,
            clock: WallClock.now,
            context: contexts.context,
            report: contexts.report
        )
        let address = PublicAddress("\(settings.listen.publicURL(port: settings.listen.port))")
        let intake = Intake(
            tokens: tokens,
            sources: sources,
            keys: keys,
            client: client,
            proxies: TrustedProxies(networks: settings.listen.trustedProxies),
            writer: writer,
            limits: intakeLimits,
            address: address,
            pathPrefix: settings.listen.publicURL?.path ?? "",
            heavyLoad: threads.deliveries,
            metrics: IntakeMetrics(metrics),
            logger: logger,
            clock: WallClock.now
        )
        let router = self.router(
            ReadRoutes(
                tokens: intake.tokens,
                store: store,
                index: index,
                writer: writer,
                exporter: exporter,
                threads: threads,
                address: address
            ),
            ConfigurationRoutes(
                tokens: tokens,
                probe: ForwarderProbe(sinks: sinks),
                threads: threads.probes
            ),
            ExportRoutes(
                tokens: intake.tokens,
                logs: logs,
                store: store,
                exporter: exporter,
                threads: threads.lookups,
                address: address
            ),
            DownloadRoutes(exporter: exporter, threads: threads.lookups),
            EraseRoutes(
                tokens: intake.tokens,
                store: store,
                writer: writer,
                exporter: exporter,
                threads: threads,
                logger: logger
            ),
            HealthRoutes(health: health, metrics: metrics, tokens: intake.tokens, threads: threads.lookups),
            AdminRoutes(
                store: store,
                tokens: intake.tokens,
                threads: threads.lookups,
                writer: writer,
                signers: Dictionary(uniqueKeysWithValues: plans.map { ($0.log.id, $0.signer) }),
                address: address
            ),
            LedgerRoutes(logs: logs, store: store, threads: threads.lookups, address: address),
            PublicTreeRoutes(
                logs: logs,
                tokens: intake.tokens,
                store: store,
                key: checkpointKey,
                threads: threads.lookups
            ),
            ArmingRoutes(sources: sources, keptSecrets: keptSecrets, tokens: intake.tokens, logger: logger)
        )
        let application = self.application(router, intake: intake) { url in
            address.set(url)
            onListening(url)
        }
        let watch = MappingWatch(
            folder: settings.mappingsFolder,
            sources: sources,
            threads: threads.lookups,
            logger: logger,
            known: configuration.mappingFiles
        )
        let sealing = SealingService(
            plans: plans,
            checkpointInterval: settings.verification.checkpointInterval,
            store: store,
            writer: writer,
            logger: logger
        )
        try await serve(
            application,
            background: [sealing, watch, tokenWatch],
            writer: writer,
            indexer: SearchIndexer(index),
            exporter: exporter,
            forwarder: forwarder,
            client: client
        ) {
            health.stop()
            store.stopScans()
        }
        try await threads.stop()
    }

    private func serve(
        _ application: some ApplicationProtocol,
        background: [any Service],
        writer: GroupCommit,
        indexer: SearchIndexer,
        exporter: Exporter,
        forwarder: Forwarder,
        client: OutboundClient,
        onStopping: @escaping @Sendable () -> Void
    ) async throws {
        let seconds = settings.limits.shutdownTimeout
        let stop = StopClock(limit: seconds)
        let followers: [any Service] = [
            ThreadedService(start: { writer.start() }, stop: { await writer.stopped() }),
            ThreadedService(start: { indexer.start() }, stop: { await indexer.stopped() }),
            ThreadedService(start: { exporter.start() }, stop: { await exporter.stopped() }),
            ThreadedService(start: { forwarder.start() }, stop: { await forwarder.stop(within: stop.remaining) }),
            ThreadedService(start: { client.start() }, stop: { await client.stop() }),
        ]
        let services: [any Service] =
            followers + background + [
                application,
                // The last one is the first to hear that it is over.
                ThreadedService(
                    start: {},
                    stop: {
                        stop.begin()
                        onStopping()
                    }
                ),
            ]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = seconds + .seconds(5)
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            throw ListenError(error, host: settings.listen.host, port: settings.listen.port) ?? error
        }
        logger.info("Stopped")
    }
}

// MARK: - From settings to rooms

extension Gateway {
    private func openLogs(_ store: SQLiteStore, _ metrics: MetricsRegistry) throws -> [ServedLog] {
        let isSigning = settings.logs.contains { $0.signing == .service }
        let signer =
            isSigning ? try SigningKeys.open(directory: settings.store.dataDirectory, now: WallClock.now()).signer : nil
        return try settings.logs.map { log in
            let identity = try store.openLog(named: log.name, maximumBufferEvents: log.publish.events)
            logger.info(
                "A log is served",
                metadata: ["log": "\(log.name)", "config_id": "\(identity.configurationID)"]
            )
            return ServedLog(
                identity: identity,
                schema: log.schema,
                counters: LogCounters(metrics, log: log.name),
                isPublic: log.isPublic,
                schemaName: log.schemaName,
                signer: log.signing == .service ? signer : nil
            )
        }
    }

    private func sealingPlans(_ logs: [ServedLog], key: CheckpointKey) -> [SealingService.Plan] {
        zip(settings.logs, logs).map { setting, log in
            let base =
                settings.verification.origin
                ?? settings.listen.publicURL.map { url in "\(url)".replacing(/^https?:\/\//, with: "") }
            let origin = base.map { "\($0)/\(log.name)" } ?? "audit-gateway/\(log.identity.treeName.prefix(16))"
            return SealingService.Plan(
                log: log,
                publishInterval: setting.publish.interval,
                signer: key.signer(origin: origin)
            )
        }
    }

    /// A log that is renamed or taken out of the configuration stays where it is, and nobody would miss it.
    private func tellOfOtherLogs(in store: SQLiteStore) throws(StoreError) {
        for log in try store.logSizes() where !settings.logs.contains(where: { $0.name == log.name }) {
            logger.warning(
                "The store holds a log that the configuration does not name",
                metadata: ["log": "\(log.name)", "events": "\(log.events)"]
            )
        }
    }

    private func tokens(_ logs: [ServedLog]) -> TokenDirectory {
        var directory = TokenDirectory()
        for token in settings.tokens {
            let allowed = logs.filter { token.logs.contains($0.name) }
            directory.add(
                TokenGrant(
                    name: token.name,
                    scopes: Set(token.scopes.map(TokenGrant.Scope.init)),
                    logs: allowed,
                    restrictions: Dictionary(
                        uniqueKeysWithValues: allowed.map { ($0.id, token.restriction(forLog: $0.name)) }
                    ),
                    isDryRun: token.restrictionMode == .dryRun
                ),
                secrets: token.secrets.map(\.bytes)
            )
        }
        return directory
    }

    /// Brings the issued tokens into force and watches for changes.
    private func tokenWatch(
        _ tokens: TokenDirectory,
        _ logs: [ServedLog],
        _ threads: NIOThreadPool
    ) throws -> TokenWatch {
        let file = TokenFile(directory: settings.store.dataDirectory)
        let mark = file.file.mark()
        let uses = file.lastUses()
        for problem in tokens.issued.use(try file.read(), logs: logs, taken: tokens.names, lastUses: uses) {
            logger.warning("An issued token is not in force", metadata: ["problem": "\(problem)"])
        }
        return TokenWatch(file: file, tokens: tokens, logs: logs, threads: threads, logger: logger, known: mark)
    }

    private func sinks(_ logs: [ServedLog]) -> [SinkOptions] {
        settings.sinks.filter(\.isEnabled).compactMap { sink -> SinkOptions? in
            guard let log = logs.first(where: { $0.name == sink.log }) else { return nil }
            var options = SinkOptions(
                name: sink.name,
                log: log.id,
                configurationID: log.identity.configurationID,
                url: "\(sink.url)",
                tokens: [BearerToken(String(decoding: sink.token.bytes, as: UTF8.self))]
            )
            options.endpoint =
                switch sink.endpoint {
                case .log: .log
                case .bulk: .bulk
                case .asynchronous: .asynchronous
                case .stream: .stream
                }
            options.receiverConfigurationID = sink.configID
            options.start =
                switch sink.start {
                case .beginning: .beginning
                case .now: .now
                }
            options.connections = sink.connections
            options.batchEvents = sink.batch.events
            options.batchBytes = sink.batch.bytes
            options.linger = sink.batch.linger
            options.requestTimeout = sink.timeout
            options.authoritiesFile = sink.caFile
            options.usesHTTP2 = sink.httpVersion == .http2
            return options
        }
    }

    private var commitLimits: GroupCommit.Limits {
        var limits = GroupCommit.Limits()
        limits.queueBytes = settings.limits.queueBytes
        return limits
    }

    /// Fixes where new sinks begin, before anything is accepted: what comes from now on belongs to them, whenever they
    /// can take it.
    private func settleStarts(of sinks: [SinkOptions], in store: SQLiteStore) throws(StoreError) {
        var batch = WriteBatch()
        for sink in sinks where try store.cursor(of: sink.follower, log: sink.log) == nil {
            let sequence = sink.start.cursor(head: try store.head(of: sink.log))
            batch.cursors.append(CursorMove(follower: sink.follower, log: sink.log, sequence: sequence))
        }
        guard !batch.isEmpty else { return }
        _ = try store.commit(batch, now: WallClock.now())
    }

    private func retention(_ sinks: [SinkOptions], _ logs: [ServedLog]) -> RetentionPeriods {
        func microseconds(_ duration: Duration) -> Int64 {
            duration.components.seconds * 1_000_000 + duration.components.attoseconds / 1_000_000_000_000
        }
        return RetentionPeriods(
            deduplication: microseconds(settings.retention.deduplication),
            raw: microseconds(settings.retention.raw),
            quarantine: microseconds(settings.quarantine.retention),
            quarantineBytes: Int64(settings.quarantine.bytes),
            rawFollowers: Dictionary(grouping: sinks.filter { $0.endpoint == .stream }, by: \.log)
                .mapValues { $0.map(\.follower) },
            logs: logs.compactMap { log in
                guard let own = settings.log(named: log.name)?.retention else { return nil }
                return LogRetention(
                    log: log.id,
                    events: own.events.map(microseconds),
                    raw: own.raw.map(microseconds),
                    tenants: own.tenants.mapValues(microseconds),
                    followers: sinks.filter { $0.log == log.id }.map(\.follower)
                ) { ErasureRecord.request($0, of: log.id, schema: log.schema, now: WallClock.now()) }
            }
        )
    }

    private var intakeLimits: Intake.Limits {
        var limits = Intake.Limits()
        limits.maximumBodyBytes = settings.limits.bodyBytes
        limits.requestTimeout = TimeAmount(settings.limits.requestTimeout)
        return limits
    }
}

// MARK: - HTTP

extension Gateway {
    private func router(
        _ reading: ReadRoutes,
        _ configurations: ConfigurationRoutes,
        _ exports: ExportRoutes,
        _ downloads: DownloadRoutes,
        _ erasing: EraseRoutes,
        _ health: HealthRoutes,
        _ administration: AdminRoutes,
        _ ledger: LedgerRoutes,
        _ trees: PublicTreeRoutes,
        _ arming: ArmingRoutes
    ) -> Router<GatewayContext> {
        let router = Router(context: GatewayContext.self)
        router.add(middleware: ErrorAnswers())
        reading.add(to: router)
        configurations.add(to: router)
        exports.add(to: router)
        downloads.add(to: router)
        erasing.add(to: router)
        health.add(to: router)
        administration.add(to: router)
        ledger.add(to: router, isAtRoot: settings.verification.isLedgerAtRoot)
        trees.add(to: router)
        arming.add(to: router)
        return router
    }

    private func application(
        _ router: Router<GatewayContext>,
        intake: Intake,
        onListening: @escaping @Sendable (String) -> Void
    ) -> some ApplicationProtocol {
        var quiet = logger
        // Hummingbird tells of every start and stop of its own.
        quiet.logLevel = max(logger.logLevel, .warning)
        let settings = settings
        let loops = settings.listen.eventLoops ?? max(1, System.coreCount / 2)
        return Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ExpressInstaller(service: intake)],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: settings.limits.headerBytes,
                        maxHeaderListSize: settings.limits.headerBytes,
                        maxHeaderFieldCount: 200
                    )
                )
            ),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.listen.host, port: settings.listen.port),
                backlog: 4096
            ),
            onServerRunning: { [logger] channel in
                let port = channel.localAddress?.port ?? settings.listen.port
                logger.info("Accepting connections", metadata: ["address": "\(settings.listen.host):\(port)"])
                onListening("\(settings.listen.publicURL(port: port))")
            },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup(numberOfThreads: loops)),
            logger: quiet
        )
    }
}
