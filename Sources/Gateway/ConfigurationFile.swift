internal import Foundation
internal import JSON
package import Mapping
internal import Schema
package import Settings

/// A configuration and the mappings that it names, all of it checked.
package struct LoadedConfiguration: Sendable {
    package let settings: GatewaySettings
    package let mappings: MappingLibrary
    /// What works and should be looked at all the same, in settings and mappings.
    package let warnings: [SettingsProblem]
    /// Of the files that the mappings were read from.
    let mappingFiles: MappingWatch.Fingerprint
}

/// Finds, reads and first writes the configuration of a gateway.
package enum ConfigurationFile {
    /// The port of a first configuration, and of any that says none.
    package static let defaultPort = 8080

    /// Reads a configuration and its mappings and checks them together, as serving needs it; nothing is opened.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - port: takes the place of the file's and the environment's.
    ///   - servesBesideBroken: whether broken mapping files that nothing in the configuration names are warnings: a
    ///     gateway must not stay down for a file that nobody uses.
    /// - Returns: what can be served.
    /// - Throws: everything that is wrong: with mapping files first, then with the configuration in the order of the file.
    package static func load(
        _ path: String,
        port: Int? = nil,
        servesBesideBroken: Bool = false
    ) throws(SettingsError) -> LoadedConfiguration {
        let found = Found(path, port: port, skipsSchemasOfBrokenMappings: true)
        let unused = servesBesideBroken ? found.unusedMappingProblems : []
        let broken = servesBesideBroken ? found.usedMappingProblems : found.mappingProblems
        let problems = broken + (found.reading.problems + found.sourceProblems).inFileOrder
        guard problems.isEmpty, let settings = found.reading.settings, let files = found.files else {
            throw SettingsError(problems: problems, warnings: unused + found.warnings)
        }
        return LoadedConfiguration(
            settings: settings,
            mappings: found.library,
            warnings: unused + found.warnings,
            mappingFiles: files
        )
    }

    /// The settings alone, for commands that look into the store: a mapping or source that cannot be served does not keep
    /// them from it.
    package static func settings(_ path: String) throws(SettingsError) -> GatewaySettings {
        let found = Found(path, port: nil, skipsSchemasOfBrokenMappings: false)
        guard found.reading.problems.isEmpty, let settings = found.reading.settings else {
            throw SettingsError(problems: found.mappingProblems + found.reading.problems, warnings: found.warnings)
        }
        return settings
    }

    /// A file and its mappings, whatever is wrong with them.
    private struct Found {
        let path: String
        let reading: SettingsReading
        let library: MappingLibrary
        let files: MappingWatch.Fingerprint?

        /// - Parameters:
        ///   - path: the configuration file.
        ///   - port: takes the place of the file's and the environment's.
        ///   - skipsSchemasOfBrokenMappings: whether a log's schema that a broken mapping should bring is no problem of its
        ///     own, since the mapping's are told.
        init(_ path: String, port: Int?, skipsSchemasOfBrokenMappings: Bool) {
            var environment = ProcessInfo.processInfo.environment
            if let port { environment[EnvironmentOverride.listenPort.rawValue] = String(port) }
            var library = MappingLibrary()
            var files: MappingWatch.Fingerprint?
            reading = GatewaySettings.read(file: path, environment: environment) { folder in
                // Taken first: what changes while the files are read is seen at the next look.
                files = MappingWatch.Fingerprint(of: folder)
                library = MappingLibrary.load(folder: folder)
                return KnownSchemas(
                    schemas: ConfigurationFile.schemas(of: library),
                    broken: skipsSchemasOfBrokenMappings ? library.broken : []
                )
            }
            self.path = path
            self.library = library
            self.files = files
        }

        var mappingProblems: [SettingsProblem] { library.problems.map { SettingsProblem($0) } }

        var usedMappingProblems: [SettingsProblem] { library.problems.filter(isUsed).map { SettingsProblem($0) } }

        var unusedMappingProblems: [SettingsProblem] {
            library.problems.filter { !isUsed($0) }.map { SettingsProblem($0) }
        }

        /// Whether something in the configuration names the file's mapping; all are, as long as it cannot be read.
        private func isUsed(_ problem: MappingProblem) -> Bool {
            guard let settings = reading.settings else { return true }
            let name = MappingLibrary.name(of: problem.file)
            return settings.sources.contains { $0.mapping == name } || reading.brokenSchemas.contains(name)
        }

        var sourceProblems: [SettingsProblem] {
            guard let settings = reading.settings else { return [] }
            var problems: [SettingsProblem] = []
            if let missing = library.missingFolder, let place = settings.mappingsPlace {
                problems.append(SettingsProblem(place: place, message: missing.message))
            }
            for source in settings.sources { problems += SourceCheck(source: source, mappings: library).problems }
            return problems
        }

        var warnings: [SettingsProblem] {
            var warnings = reading.warnings
            // Without sources, nothing needs the folder that nobody named.
            if let missing = library.missingFolder, reading.settings?.mappingsPlace == nil {
                warnings.insert(SettingsProblem(place: .file(path, nil), message: missing.message), at: 0)
            }
            for log in reading.settings?.logs ?? [] {
                guard let vendor = log.schema.vendorID,
                    !library.mappings.values.contains(where: { $0.vendorSchema?.schema.vendorID == vendor })
                else { continue }
                let message =
                    "no mapping has a schema of the vendor '\(vendor)' of the log '\(log.name)'; /v1/log_stream answers "
                    + "InvalidSchema for it"
                warnings.append(SettingsProblem(place: .file(path, nil), message: message))
            }
            for mapping in library.mappings.values.sorted(by: { $0.name < $1.name }) {
                warnings += mapping.warnings.map { SettingsProblem($0) }
            }
            return warnings
        }
    }

    /// The schemas that mappings bring along, by their vendor's id.
    private static func schemas(of library: MappingLibrary) -> [String: EventSchema] {
        var schemas: [String: EventSchema] = [:]
        for mapping in library.mappings.values {
            guard let schema = mapping.vendorSchema?.schema, let vendor = schema.vendorID else { continue }
            schemas[vendor] = schema
        }
        return schemas
    }

    /// Writes a first configuration with secrets of its own (mode 0600), never over another.
    package static func create(_ path: String, port: Int = defaultPort) throws(SettingsError) -> InitialConfiguration {
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

extension SettingsProblem {
    fileprivate init(_ problem: MappingProblem) {
        self.init(place: .file(problem.file, problem.position), message: problem.message)
    }
}
