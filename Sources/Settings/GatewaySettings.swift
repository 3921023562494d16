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
    /// What works and should be looked at all the same.
    package let warnings: [SettingsProblem]

    /// Reads and checks a configuration file; nothing is opened or created but the file and those of its secrets.
    ///
    /// `schemas` are those that a log may name beside `standard` and `gateway`, such as `auth0`. Throws
    /// ``SettingsError`` with everything that is wrong.
    package static func load(
        file: String,
        environment: [String: String],
        schemas: [String: EventSchema] = [:]
    ) throws(SettingsError) -> GatewaySettings {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileText.read(file, limit: 16 << 20)
        } catch {
            let message = "cannot read the configuration: \(error.message); 'audit-gateway init' writes a new one"
            throw SettingsError(problems: [SettingsProblem(place: .file(file, nil), message: message)])
        }
        let directory = FileText.directory(of: file)
        return try parse(bytes, file: file, directory: directory, environment: environment, schemas: schemas)
    }

    /// Checks the text of a configuration file, as ``load(file:environment:schemas:)`` does.
    package static func parse(
        _ bytes: [UInt8],
        file: String,
        directory: String,
        environment: [String: String],
        schemas: [String: EventSchema] = [:]
    ) throws(SettingsError) -> GatewaySettings {
        let json: LocatedJSON
        do throws(LocatedJSONError) {
            json = try LocatedJSON.parse(bytes)
        } catch {
            let problem = SettingsProblem(place: .file(file, error.position), message: error.message)
            throw SettingsError(problems: [problem])
        }
        let validation = Validation(file: file, directory: directory, environment: environment)
        let settings = GatewaySettings(Section(json, path: "", in: validation), schemas: schemas)
        guard validation.problems.isEmpty else { throw SettingsError(problems: sorted(validation.problems)) }
        return settings
    }

    private init(_ root: Section<RootKey>, schemas: [String: EventSchema]) {
        let validation = root.validation
        let builtIn = ["standard": EventSchema.standard, "gateway": EventSchema.gateway]
        file = validation.file
        listen = Listen(root.section(.listen, ListenKey.self))
        store = Store(root.section(.store, StoreKey.self))
        mappingsFolder = validation.path(root.text(.mappings)?.value ?? "Mappings")
        let written = WrittenLogs(root, schemas: schemas.merging(builtIn) { _, ours in ours })
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
        validation.warnOfUnknownVariables()
        warnings = Self.sorted(validation.warnings)
    }

    /// In the order of the file, then the environment.
    private static func sorted(_ problems: [SettingsProblem]) -> [SettingsProblem] {
        func key(_ problem: SettingsProblem) -> (Int, SourcePosition) {
            let start = SourcePosition(line: 0, column: 0)
            switch problem.place {
            case .file(_, let position): return (0, position ?? start)
            case .environment: return (1, start)
            }
        }
        return problems.enumerated().sorted {
            let (a, b) = (key($0.element), key($1.element))
            return (a.0, a.1, $0.offset) < (b.0, b.1, $1.offset)
        }.map(\.element)
    }

    /// The log of that name.
    package func log(named name: String) -> Log? { logs.first { $0.name == name } }
}
