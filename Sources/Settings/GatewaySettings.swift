internal import JSON
package import Schema

/// Everything the gateway is told, checked: one configuration file with the environment's overrides.
///
/// Secrets have been read from where the file says; relative paths are relative to the file's folder.
package struct GatewaySettings: Sendable {
    /// The configuration file, as it was named.
    package let file: String
    package let listen: Listen
    package let store: Store
    /// The folder with the mapping files.
    package let mappingsFolder: String
    /// Where the file names that folder; nil when it does not.
    package let mappingsPlace: SettingsProblem.Place?
    /// In the order of the file; one named `default` with the standard schema when the file has none.
    package let logs: [Log]
    package let tokens: [Token]
    package let sources: [Source]
    package let sinks: [Sink]
    package let outbound: Outbound
    package let limits: Limits
    package let logging: Logging
    package let quarantine: Quarantine
    package let retention: Retention
    package let verification: Verification
    /// What works and should be looked at all the same.
    package let warnings: [SettingsProblem]

    /// Reads a configuration file and tells everything that is wrong with it beside what can be read all the same.
    ///
    /// Nothing is opened or created but the file and those of its secrets.
    ///
    /// - Parameters:
    ///   - file: its path.
    ///   - environment: variables that override it and that secrets come from.
    ///   - schemas: gives the schemas that the mappings of a folder bring along; called once with the folder that the file
    ///     names, and not at all when the file is no JSON.
    /// - Returns: the settings with their problems and warnings.
    package static func read(
        file: String,
        environment: [String: String],
        schemas: (_ mappingsFolder: String) -> KnownSchemas
    ) -> SettingsReading {
        let validation = Validation(file: file, directory: FileText.directory(of: file), environment: environment)
        do throws(FileError) {
            return read(try FileText.read(file, limit: 16 << 20), validation, schemas: schemas)
        } catch {
            let message = "cannot read the configuration: \(error.message); 'audit-gateway init' writes a new one"
            validation.problem(message, at: .file(file, nil))
            return SettingsReading(settings: nil, validation)
        }
    }

    /// Reads the text of a configuration file.
    static func read(
        _ bytes: [UInt8],
        _ validation: Validation,
        schemas: (_ mappingsFolder: String) -> KnownSchemas
    ) -> SettingsReading {
        let (json, problems) = LocatedJSON.read(bytes)
        for problem in problems { validation.problem(problem.message, at: validation.place(problem.position)) }
        guard let json else { return SettingsReading(settings: nil, validation) }
        let settings = GatewaySettings(Section(json, path: "", in: validation), schemas: schemas)
        return SettingsReading(settings: settings, validation)
    }

    private init(_ root: Section<RootKey>, schemas: (_ mappingsFolder: String) -> KnownSchemas) {
        let validation = root.validation
        file = validation.file
        listen = Listen(root.section(.listen, ListenKey.self))
        store = Store(root.section(.store, StoreKey.self))
        let mappings = root.text(.mappings)
        mappingsPlace = mappings?.place
        mappingsFolder = validation.path(mappings?.value ?? "Mappings")
        let written = WrittenLogs(root, schemas: schemas(mappingsFolder))
        logs = written.logs
        var owners = SecretOwners()
        tokens = Token.all(root.sections(.tokens, TokenKey.self), logs: written, owners: &owners)
        sources = Source.all(root.sections(.sources, SourceKey.self), logs: written, owners: &owners)
        sinks = Sink.all(root.sections(.sinks, SinkKey.self), logs: written)
        outbound = Outbound(root.section(.outbound, OutboundKey.self))
        limits = Limits(root.section(.limits, LimitsKey.self))
        logging = Logging(root.section(.logging, LoggingKey.self))
        quarantine = Quarantine(root.section(.quarantine, QuarantineKey.self))
        retention = Retention(
            deduplication: root.section(.deduplication, RetentionKey.self),
            raw: root.section(.raw, RetentionKey.self)
        )
        verification = Verification(root.section(.verification, VerificationKey.self))
        validation.warnOfUnknownVariables()
        warnings = validation.warnings.inFileOrder
    }

    /// The log of that name.
    package func log(named name: String) -> Log? { logs.first { $0.name == name } }
}

/// The schemas that a log may name beside `standard` and `gateway`.
package struct KnownSchemas: Sendable {
    let schemas: [String: EventSchema]
    /// Names of mappings that cannot be used, which is told elsewhere: whatever schemas they have are not known.
    let broken: Set<String>

    package init(schemas: [String: EventSchema], broken: Set<String> = []) {
        let builtIn = ["standard": EventSchema.standard, "gateway": EventSchema.gateway]
        self.schemas = schemas.merging(builtIn) { _, ours in ours }
        self.broken = broken
    }
}

/// What a configuration file says, and what is wrong with it.
package struct SettingsReading: Sendable {
    /// Nil when the file is no JSON.
    ///
    /// Where there are problems, this is what could be read all the same: only good for finding more of them.
    package let settings: GatewaySettings?
    /// In the order of the file.
    package let problems: [SettingsProblem]
    package let warnings: [SettingsProblem]
    /// Names of schemas that logs want and that a broken mapping should bring along.
    package let brokenSchemas: Set<String>

    init(settings: GatewaySettings?, _ validation: Validation) {
        self.settings = settings
        brokenSchemas = validation.brokenSchemas
        problems = validation.problems.inFileOrder
        warnings = validation.warnings.inFileOrder
    }
}
