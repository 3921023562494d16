import Foundation
import Schema

@testable import Settings

/// Reads a configuration's text as if it stood in `/etc/gateway/gateway.json`.
func settings(
    _ text: String,
    environment: [String: String] = [:],
    schemas: [String: EventSchema] = [:],
    directory: String = "/etc/gateway"
) throws(SettingsError) -> GatewaySettings {
    let validation = Validation(file: "gateway.json", directory: directory, environment: environment)
    return try GatewaySettings.read(Array(text.utf8), validation) { _ in KnownSchemas(schemas: schemas) }.checked()
}

extension SettingsReading {
    /// The settings when nothing is wrong with them; throws everything that is.
    fileprivate func checked() throws(SettingsError) -> GatewaySettings {
        guard let settings, problems.isEmpty else { throw SettingsError(problems: problems, warnings: warnings) }
        return settings
    }
}

/// Reads a configuration file.
func settings(file: String) throws(SettingsError) -> GatewaySettings {
    try GatewaySettings.read(file: file, environment: [:]) { _ in KnownSchemas(schemas: [:]) }.checked()
}

/// What is wrong with a configuration's text, one line a problem.
func problems(_ text: String, environment: [String: String] = [:], directory: String = "/etc/gateway") -> [String] {
    do throws(SettingsError) {
        _ = try settings(text, environment: environment, directory: directory)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

/// A fresh folder that goes when the closure is done.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
}
