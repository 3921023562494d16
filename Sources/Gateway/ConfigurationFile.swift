internal import Foundation
internal import JSON
internal import Mapping
internal import Schema
package import Settings

/// Finds, reads and first writes the configuration of a gateway.
package enum ConfigurationFile {
    /// Reads and checks a configuration, with the schemas that the mappings beside it bring along.
    package static func load(_ path: String) throws(SettingsError) -> GatewaySettings {
        let environment = ProcessInfo.processInfo.environment
        var schemas: [String: EventSchema] = [:]
        for mapping in MappingLibrary.load(folder: mappingsFolder(of: path)).mappings.values {
            guard let schema = mapping.vendorSchema?.schema, let vendor = schema.vendorID else { continue }
            schemas[vendor] = schema
        }
        return try GatewaySettings.load(file: path, environment: environment, schemas: schemas)
    }

    // The configuration's schemas may come from the mappings, whose place the configuration says: a first look at it.
    private static func mappingsFolder(of path: String) -> String {
        let named: String? =
            if let bytes = FileManager.default.contents(atPath: path),
                let json = try? LocatedJSON.parse(Array(bytes)), case .string(let text)? = json["mappings"]?.kind
            {
                text
            } else {
                nil
            }
        let folder = named ?? "Mappings"
        guard !folder.hasPrefix("/") else { return folder }
        return ((path as NSString).deletingLastPathComponent as NSString).appendingPathComponent(folder)
    }

    /// Writes a first configuration with secrets of its own (mode 0600), never over another.
    package static func create(_ path: String, port: Int = 8080) throws(SettingsError) -> InitialConfiguration {
        let folder = ((path as NSString).deletingLastPathComponent as NSString)
        let initial = GatewaySettings.initialConfiguration(
            port: port,
            mappings: bundledMappings(for: folder.length == 0 ? "." : folder as String)
        )
        try initial.write(to: path)
        return initial
    }

    /// The mappings beside the configuration, or else those that were installed or built with this executable.
    private static func bundledMappings(for folder: String) -> String {
        let files = FileManager.default
        if files.fileExists(atPath: "\(folder)/Mappings") { return "Mappings" }
        guard let executable = try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return "Mappings" }
        var parent = (executable as NSString).deletingLastPathComponent
        for _ in 0..<4 {
            for candidate in ["\(parent)/Mappings", "\(parent)/share/audit-gateway/Mappings"]
            where files.fileExists(atPath: candidate) {
                return candidate
            }
            parent = (parent as NSString).deletingLastPathComponent
        }
        return "Mappings"
    }
}
