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

    @Option(name: [.customLong("config"), .customShort("c")], help: "The configuration file.")
    var path = ConfigurationOption.defaultPath

    /// Reads and checks the configuration; every problem is told at once.
    func load() throws -> GatewaySettings {
        do throws(SettingsError) {
            return try ConfigurationFile.load(path)
        } catch {
            throw CommandFailure.wrongUse(error.description)
        }
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
            let known = settings.logs.map(\.name).joined(separator: ", ")
            throw CommandFailure.wrongUse("there is no log '\(name ?? "")'; the configuration has \(known)")
        }
        guard let identity = try store.findLog(named: log.name) else {
            throw CommandFailure.no("the log '\(log.name)' is empty: the gateway has not served it yet")
        }
        return (identity, log.schema)
    }
}
