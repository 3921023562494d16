import Logging
import Synchronization

/// Keeps what is logged.
final class LogLines: LogHandler {
    struct Line: Sendable {
        let level: Logger.Level
        /// Message and metadata, as an operator would see them.
        let text: String
    }

    private let kept = Mutex<[Line]>([])

    // What a logger adds by itself stays with it: the metadata of each line is enough here.
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadataProvider: Logger.MetadataProvider? {
        get { nil }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        kept.withLock { $0.append(Line(level: event.level, text: "\(event.message)\(metadata)")) }
    }

    var all: [Line] { kept.withLock { $0 } }

    func count(of text: String) -> Int { all.count { $0.text.contains(text) } }
}
