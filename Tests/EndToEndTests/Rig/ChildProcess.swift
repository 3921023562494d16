import Foundation
import Glibc
import Synchronization

/// A process that a test started, with its output in files.
final class ChildProcess: @unchecked Sendable {
    struct SpawnError: Error {
        let executable: String
        let number: Int32
    }

    let id: pid_t
    // Holds the status once the process was waited for; every access holds the lock.
    private let lock = NSLock()
    private var status: Int32?

    private static let living = Mutex<Set<pid_t>>([])
    // However the run ends, nothing that it started stays.
    private static let killsAtExit: Void = {
        atexit { for id in ChildProcess.living.withLock({ $0 }) { kill(id, SIGKILL) } }
    }()

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: its path.
    ///   - arguments: without its name.
    ///   - folder: where it runs.
    ///   - input: a file for its standard input.
    ///   - output: a file for its standard output, added to.
    ///   - error: a file for its standard error, added to.
    ///   - environment: more variables, `NAME=value`.
    /// - Throws: ``SpawnError``.
    init(
        _ executable: String,
        _ arguments: [String],
        in folder: String,
        input: String = "/dev/null",
        output: String = "/dev/null",
        error: String = "/dev/null",
        environment: [String] = []
    ) throws {
        _ = ChildProcess.killsAtExit
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // The child begins as from a shell, whatever this process ignores or blocks.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // Each becomes the next and keeps the process's id. `env` changes the folder; `setpriv` sees to it that the child
        // ends with this process's thread, and the tests' threads live as long as the run does.
        let words =
            ["env", "--chdir=\(folder)", "setpriv", "--pdeathsig", "KILL", "env"] + environment + [executable]
            + arguments
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var id = pid_t()
        let result = posix_spawnp(&id, "env", &actions, &attributes, &pointers, environ)
        guard result == 0 else { throw SpawnError(executable: executable, number: result) }
        self.id = id
        ChildProcess.living.withLock { _ = $0.insert(id) }
    }

    deinit { end() }

    func signal(_ number: Int32) {
        lock.withLock { if status == nil { _ = kill(id, number) } }
    }

    /// Waits for its end.
    ///
    /// - Returns: its exit status, 128 and the signal's number when one ended it, nil when it still runs.
    func wait(within seconds: Double) -> Int32? {
        _ = eventually(within: seconds) { isEnded }
        return lock.withLock { status }
    }

    private var isEnded: Bool {
        lock.withLock {
            guard status == nil else { return true }
            var raw: Int32 = 0
            guard waitpid(id, &raw, WNOHANG) == id else { return false }
            let signal = raw & 0x7F
            status = signal == 0 ? (raw >> 8) & 0xFF : 128 + signal
            ChildProcess.living.withLock { _ = $0.remove(id) }
            return true
        }
    }

    /// Kills it if it still runs.
    func end() {
        guard !isEnded else { return }
        signal(SIGKILL)
        _ = wait(within: 10)
    }

    /// Memory in RAM, in bytes; nil once it has ended.
    var residentBytes: Int? { memory("VmRSS:") }

    /// The most that was resident at any time so far.
    var peakBytes: Int? { memory("VmHWM:") }

    private func memory(_ field: String) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(field) }
        let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
        return kibibytes.map { $0 << 10 }
    }
}

/// A program that ran to its end.
struct Finished: Sendable {
    /// nil when it did not end in time and was killed.
    let status: Int32?
    let output: String
    let error: String

    /// Runs a program to its end.
    static func run(
        _ executable: String,
        _ arguments: [String],
        in folder: String,
        input: [UInt8] = [],
        within seconds: Double = 30
    ) throws -> Finished {
        let files = try TestFolder()
        defer { files.remove() }
        try Data(input).write(to: URL(fileURLWithPath: files.file("in")))
        let child = try ChildProcess(
            executable,
            arguments,
            in: folder,
            input: files.file("in"),
            output: files.file("out"),
            error: files.file("err")
        )
        let status = child.wait(within: seconds)
        child.end()
        return Finished(status: status, output: files.text(of: "out"), error: files.text(of: "err"))
    }

    /// Runs a Python program with its arguments and standard input; standard output is what it is for.
    static func python(_ program: String, _ arguments: [String] = [], input: [UInt8] = []) throws -> Finished {
        try run("python3", ["-c", program] + arguments, in: "/", input: input)
    }
}
