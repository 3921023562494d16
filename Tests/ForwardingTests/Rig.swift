import AuditLog
import Logging
import Telemetry
import Testing

@testable import Forwarding

/// A forwarder of one sink, over a log in memory and a server on loopback.
struct Rig {
    let log: MemoryLog
    let forwarder: Forwarder
    let metrics = MetricsRegistry(describesProcess: false)
    let lines: LogLines

    init(_ log: MemoryLog, to url: String, _ change: (inout SinkOptions) -> Void = { _ in }) throws {
        self.log = log
        let lines = LogLines()
        self.lines = lines
        var options = SinkOptions(
            name: "test",
            log: LogID(rawValue: 1),
            configurationID: "pci_sender",
            url: url,
            tokens: [BearerToken("first-token")]
        )
        options.batchEvents = 10
        options.linger = .milliseconds(1)
        options.maximumRetryDelay = .milliseconds(20)
        options.maximumPauseDelay = .milliseconds(20)
        change(&options)
        forwarder = try Forwarder(
            sinks: [options],
            log: log,
            metrics: metrics,
            logger: Logger(label: "test") { _ in lines }
        )
        forwarder.start()
    }

    var status: SinkStatus { forwarder.statuses()[0] }

    func waitForCursor(_ sequence: UInt64, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("the cursor did not reach \(sequence)", sourceLocation: sourceLocation) {
            log.cursor(of: "test") >= sequence
        }
    }

    /// A counter or a gauge, such as `sink_events_total{sink="test",outcome="dead"}`, as it stands; nil without one.
    func metric(_ name: String) -> String? {
        var text: [UInt8] = []
        metrics.write(into: &text)
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        let prefix = "audit_gateway_\(name) "
        return lines.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    func stop() async { await forwarder.stop(within: .seconds(5)) }
}

func answer(_ status: Int, _ body: String = "", _ headers: [String: String] = [:]) -> TestServer.Reply {
    .answer(status: status, headers: headers, body: Array(body.utf8))
}
