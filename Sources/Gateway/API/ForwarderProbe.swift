internal import AuditLog
internal import Forwarding
internal import JSON

/// Tries whether the sinks of a log would take its events, without any of them.
///
/// Each gets a call of its endpoint that holds no event. One that knows us refuses it with `ValidationError`, or takes it;
/// every other answer is what forwarding would meet too.
struct ForwarderProbe: Sendable {
    private static let timeout = Duration.seconds(5)
    private static let maximumReason = 200

    /// The sinks that are enabled.
    let sinks: [SinkOptions]

    /// Blocks until all sinks of the log have answered, or not in time.
    func answer(for log: LogID) -> CallAnswer {
        let sinks = sinks.filter { $0.log == log }
        guard !sinks.isEmpty else {
            return CallAnswer(status: .noForwarderConfigured, summary: "No forwarder is configured")
        }
        let results = sinks.map { ($0.name, failure(of: $0)) }
        var writer = JSONWriter()
        writer.append(
            canonical: .object([
                JSONMember(
                    "forwarders",
                    .array(
                        results.map { name, failure in
                            var members = [
                                JSONMember("name", .string(name)), JSONMember("succeeded", .bool(failure == nil)),
                            ]
                            if let failure { members.append(JSONMember("error", .string(failure))) }
                            return .object(members)
                        }
                    )
                )
            ])
        )
        let failed = results.compactMap { name, failure in failure.map { "\(name): \($0)" } }
        return CallAnswer(
            status: failed.isEmpty ? .success : .forwardingError,
            summary: failed.first ?? "Every forwarder answered",
            result: writer.bytes
        )
    }

    /// Why a sink would not take events; nil when it would.
    private func failure(of sink: SinkOptions) -> String? {
        guard let request = sink.request(body: body(for: sink), timeout: ForwarderProbe.timeout) else {
            return "the sink has no token that a header can carry"
        }
        do throws(ForwardingError) {
            return ForwarderProbe.failure(try request.send())
        } catch {
            return error.message
        }
    }

    private func body(for sink: SinkOptions) -> [UInt8] {
        var members: [JSONMember] = []
        switch sink.endpoint {
        case .log: break
        case .bulk, .asynchronous: members.append(JSONMember("events", .array([])))
        case .stream: return Array("[]".utf8)
        }
        if let id = sink.receiverConfigurationID { members.append(JSONMember("config_id", .string(id))) }
        var writer = JSONWriter()
        writer.append(canonical: .object(members))
        return writer.bytes
    }

    private static func failure(_ reply: SingleRequest.Reply) -> String? {
        let document = JSONDocument()
        let root = (try? document.parse(reply.body)) == nil ? JSONValue.null : document.root
        guard let status = root["status"]?.stringValue else { return "the answer \(reply.status) is not the API's" }
        let codes = root["result"]?["errors"]?.elements?.compactMap { $0["code"]?.stringValue } ?? []
        let isRefusedAsEmpty = status == "ValidationError" && !codes.contains("ConfigNotExist")
        if status == "Success" || status == "Accepted" || isRefusedAsEmpty { return nil }
        let summary = root["summary"]?.stringValue ?? ""
        return "the answer is \(reply.status) \(status): \(summary)".prefix(maximumReason).description
    }
}
