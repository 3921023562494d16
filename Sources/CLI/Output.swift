internal import Glibc

/// Why a command ends with another status than 0.
struct CommandFailure: Error {
    let status: Int32
    let message: String

    /// The answer is no.
    static func no(_ message: String) -> CommandFailure { CommandFailure(status: 1, message: message) }
    /// Wrong use or configuration.
    static func wrongUse(_ message: String) -> CommandFailure { CommandFailure(status: 2, message: message) }
}

/// What a command prints: answers on standard output, everything else on standard error.
enum Output {
    static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    static func bytes(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { _ = writeAll($0, to: STDOUT_FILENO) }
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { _ = writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Text with its control characters (C0, DEL, C1), which a terminal would obey, written as JSON escapes them: `\u001b`.
    ///
    /// - Parameters:
    ///   - text: what others wrote.
    ///   - keepsLines: whether line breaks and tabs stay as they are.
    /// - Returns: text that only shows.
    static func printable(_ text: String, keepsLines: Bool = false) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A: if keepsLines { shown.append(scalar) } else { shown.append(contentsOf: escape(scalar)) }
            case 0..<0x20, 0x7F...0x9F: shown.append(contentsOf: escape(scalar))
            default: shown.append(scalar)
            }
        }
        return String(shown)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String.UnicodeScalarView {
        let digits = String(scalar.value, radix: 16)
        return ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).unicodeScalars
    }
}

/// What a command reads.
enum Input {
    /// The bytes of a file, or of standard input for `-`.
    static func read(_ path: String) throws -> [UInt8] {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure.wrongUse("cannot read '\(path)': \(String(cString: strerror(errno)))")
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure.wrongUse("cannot read '\(path)': \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
