internal import CLinux
internal import Glibc

/// A gateway that runs as a process of its own, in a folder of its own.
///
/// It never outlives this object, nor the thread that started it.
final class GatewayProcess {
    /// Longest time until `/readyz` says yes.
    private static let patience = 20 * Nanoseconds.second

    let folder: String
    let port: UInt16
    private let executable: String
    private(set) var id: pid_t = -1

    init(executable: String, folder: String, configuration: GatewayConfiguration) throws(BenchError) {
        self.executable = executable
        self.folder = folder
        port = configuration.port
        try configuration.write(to: folder)
    }

    deinit { kill() }

    private var logPath: String { "\(folder)/gateway.log" }
    var storePath: String { "\(folder)/\(GatewayConfiguration.storePath)" }

    /// Starts the process, without waiting for it to listen.
    func start() throws(BenchError) {
        precondition(id < 0, "the gateway runs already as process \(id)")
        let output = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw .system("write '\(logPath)'", number: errno) }
        defer { close(output) }
        let arguments = [executable, "serve", "--config", "\(folder)/audit-gateway.json"]
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        id = clinux_start(executable, &pointers, folder, output)
        guard id > 0 else { throw .system("start '\(executable)'", number: errno) }
    }

    /// Waits until it can accept events.
    func waitUntilReady() throws(BenchError) {
        let end = Nanoseconds.now() + Self.patience
        while true {
            if Loopback.status(of: "/readyz", port: port) == 200 { return }
            try Interruption.check()
            guard isRunning else {
                throw BenchError(
                    code: .gatewayDidNotStart,
                    message: "'\(executable) serve' ended at once\(said)"
                )
            }
            guard Nanoseconds.now() < end else {
                throw BenchError(
                    code: .gatewayDidNotStart,
                    message: "'\(executable) serve' did not become ready within 20 seconds\(said)"
                )
            }
            pause(milliseconds: 10)
        }
    }

    /// Whether the process is still there; it is collected when it is not.
    var isRunning: Bool {
        guard id > 0 else { return false }
        var status: Int32 = 0
        guard waitpid(id, &status, WNOHANG) != 0 else { return true }
        id = -1
        return false
    }

    /// Throws ``BenchError`` when the process has ended by itself.
    func requireRunning() throws(BenchError) {
        guard !isRunning else { return }
        throw BenchError(code: .gatewayStopped, message: "the gateway ended while it was measured\(said)")
    }

    /// Kills the process as `kill -9` does, and waits for its end.
    func kill() {
        guard id > 0 else { return }
        Glibc.kill(id, SIGKILL)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        id = -1
    }

    /// Asks the process to end, and kills it when it has not within 20 seconds; whether it ended by itself.
    @discardableResult
    func stop() -> Bool {
        guard id > 0 else { return true }
        Glibc.kill(id, SIGTERM)
        let end = Nanoseconds.now() + 20 * Nanoseconds.second
        while isRunning {
            guard Nanoseconds.now() < end, !Interruption.isRequested else {
                kill()
                return false
            }
            pause(milliseconds: 10)
        }
        return true
    }

    /// The last lines of what it wrote, for an error's message.
    private var said: String {
        let lines = (textOfFile(logPath) ?? "").split(separator: "\n").suffix(8)
        return lines.isEmpty ? "; it wrote nothing" : "; it wrote:\n" + lines.joined(separator: "\n")
    }
}
