internal import ArgumentParser
internal import AuditLog
internal import Foundation
internal import Gateway
internal import JSON
internal import Mapping
internal import SQLiteStore
internal import Schema
internal import Settings

/// `--config`, and what commands do with it.
struct ConfigurationOption: ParsableArguments {
    static let defaultPath = "audit-gateway.json"

    @Option(
        name: [.customLong("config"), .customShort("c")],
        help: "The configuration file. (default: \(ConfigurationOption.defaultPath))"
    )
    var named: String?

    var path: String { named ?? ConfigurationOption.defaultPath }

    /// The settings for commands that look into the store or ask a running gateway.
    func settings() throws -> GatewaySettings { try ConfigurationOption.settings(of: path) }

    /// The settings of a configuration file, which is read and checked.
    static func settings(of path: String) throws -> GatewaySettings {
        do throws(SettingsError) {
            return try ConfigurationFile.settings(path)
        } catch {
            throw ConfigurationOption.failure(error)
        }
    }

    /// Everything that serving needs, checked; every problem is told at once, and warnings are printed.
    func load(port: Int?, servesBesideBroken: Bool = false) throws -> LoadedConfiguration {
        do throws(SettingsError) {
            let configuration = try ConfigurationFile.load(path, port: port, servesBesideBroken: servesBesideBroken)
            for warning in configuration.warnings { Output.error("warning: \(warning)") }
            return configuration
        } catch {
            throw ConfigurationOption.failure(error)
        }
    }

    /// What a person is told: the warnings, then what has to be mended.
    private static func failure(_ error: SettingsError) -> CommandFailure {
        let warnings = error.warnings.map { "warning: \($0)" }
        return .wrongUse((warnings + [error.description]).joined(separator: "\n"))
    }

    /// Opens the store of the configuration for reading, beside a gateway that may be running.
    func openStore(_ settings: GatewaySettings) throws -> SQLiteStore {
        do {
            return try SQLiteStore(path: settings.store.path, isReadOnly: true)
        } catch {
            throw CommandFailure.wrongUse("\(error)")
        }
    }

    /// A log of the configuration by its name, the first one for nil.
    func log(_ name: String?, of settings: GatewaySettings, in store: SQLiteStore) throws -> (LogIdentity, EventSchema)
    {
        guard let log = name.map({ settings.log(named: $0) }) ?? settings.logs.first else {
            throw ConfigurationOption.unknownLog(name ?? "", settings)
        }
        guard let identity = try store.findLog(named: log.name) else {
            throw CommandFailure.no("the log '\(log.name)' is empty: the gateway has not served it yet")
        }
        return (identity, log.schema)
    }

    /// The source of that name.
    static func source(_ name: String, of settings: GatewaySettings) throws -> GatewaySettings.Source {
        if let source = settings.sources.first(where: { $0.name == name }) { return source }
        let known = settings.sources.map(\.name).joined(separator: ", ")
        throw CommandFailure.wrongUse("there is no source '\(name)'; the configuration has \(known)")
    }

    static func unknownLog(_ name: String, _ settings: GatewaySettings) -> CommandFailure {
        let known = settings.logs.map(\.name).joined(separator: ", ")
        return .wrongUse("there is no log '\(name)'; the configuration has \(known)")
    }
}

/// `--port`.
enum PortOption {
    /// Refuses what is no port.
    static func check(_ port: Int?) throws {
        guard let port, !(0...65_535).contains(port) else { return }
        throw CommandFailure.wrongUse("--port must be a whole number from 0 to 65535, not \(port)")
    }
}
