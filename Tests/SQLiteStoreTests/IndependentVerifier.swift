import Foundation

/// `Scripts/verify-log`, which shares no code with what it checks.
enum IndependentVerifier {
    /// Runs the script; nil, with a line that says so, when Python or OpenSSL's command is not here.
    static func run(_ arguments: String...) throws -> (status: Int32, output: String)? {
        for tool in ["python3", "openssl"] where !isInstalled(tool) {
            print("skipped: the independent verifier needs \(tool), which is not installed")
            return nil
        }
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", root.appending(path: "Scripts/verify-log").path] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    private static func isInstalled(_ tool: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)")
        }
    }
}
