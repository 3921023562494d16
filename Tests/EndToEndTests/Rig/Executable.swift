import Foundation

/// Where what is tested lies.
enum Executable {
    struct Missing: Error, CustomStringConvertible {
        var description: String {
            "there is no 'audit-gateway' beside the tests; build it, or set AUDIT_GATEWAY_EXECUTABLE to its path"
        }
    }

    /// The package's folder.
    static let packageFolder: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        return folder.path
    }()

    static let mappings = "\(packageFolder)/Mappings"

    /// The gateway's executable: the one the environment names, or the one built beside the running tests.
    static func path() throws -> String {
        if let named = ProcessInfo.processInfo.environment["AUDIT_GATEWAY_EXECUTABLE"], !named.isEmpty { return named }
        let files = FileManager.default
        let candidates =
            CommandLine.arguments + [(try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""]
        for candidate in candidates where candidate.hasPrefix("/") {
            var folder = URL(fileURLWithPath: candidate)
            while folder.path.count > 1 {
                folder.deleteLastPathComponent()
                let found = folder.appendingPathComponent("audit-gateway").path
                var isFolder: ObjCBool = false
                if files.fileExists(atPath: found, isDirectory: &isFolder), !isFolder.boolValue,
                    files.isExecutableFile(atPath: found)
                {
                    return found
                }
            }
        }
        throw Missing()
    }
}
