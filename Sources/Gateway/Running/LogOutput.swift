internal import Glibc
internal import JSON
package import Logging
internal import Schema

/// Writes log messages to standard error, as text for people or as JSON lines for programs.
///
///     2026-11-23T12:00:00.000000Z info gateway: Listening url=http://127.0.0.1:8080
///     {"level":"info","logger":"gateway","message":"Listening","time":"…","url":"http://127.0.0.1:8080"}
package struct LogOutput: LogHandler {
    package enum Format: String, Sendable { case text, json }

    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    private let label: String
    private let format: Format

    package init(label: String, format: Format, level: Logger.Level) {
        self.label = label
        self.format = format
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var writer = JSONWriter()
        let values = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        switch format {
        case .json:
            writer.append(raw: "{\"time\":\"")
            Timestamp.append(microseconds: WallClock.now(), to: &writer.bytes)
            writer.append(raw: "\",\"level\":\"")
            writer.append(raw: Array(event.level.rawValue.utf8))
            writer.append(raw: "\",\"logger\":")
            writer.append(string: label)
            writer.append(raw: ",\"message\":")
            writer.append(string: event.message.description)
            for (key, value) in values {
                writer.append(raw: ",")
                writer.append(string: key)
                writer.append(raw: ":")
                writer.append(string: value.description)
            }
            writer.append(raw: "}\n")
        case .text:
            Timestamp.append(microseconds: WallClock.now(), to: &writer.bytes)
            writer.append(
                raw: Array(" \(event.level.rawValue) \(label): \(LogOutput.oneLine(event.message.description))".utf8)
            )
            for (key, value) in values {
                writer.append(raw: Array(" \(key)=\(LogOutput.quoted(value.description))".utf8))
            }
            writer.append(raw: "\n")
        }
        // One write a line, so that lines of several threads never mix.
        writer.bytes.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Text without control characters: a value that somebody else chose must not forge a line.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
    }

    private static func quoted(_ text: String) -> String {
        let line = oneLine(text)
        guard line.isEmpty || line.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else { return line }
        return "\"" + line.replacing("\"", with: "'") + "\""
    }
}
