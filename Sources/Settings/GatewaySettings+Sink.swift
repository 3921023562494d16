internal import Glibc
internal import JSON

extension GatewaySettings {
    /// Another audit log that a log is forwarded to.
    package struct Sink: Sendable {
        /// What protocol the sink speaks.
        package enum Kind: String, Sendable, CaseIterable {
            /// The Secure Audit Log API.
            case audit
        }

        package enum Endpoint: String, Sendable, CaseIterable {
            case log = "/v1/log"
            case bulk = "/v2/log"
            case asynchronous = "/v2/log_async"
            case stream = "/v1/log_stream"
        }

        /// Where a sink begins that has never been sent anything.
        package enum Start: String, Sendable, CaseIterable {
            case beginning
            /// With what is appended from then on.
            case now
        }

        package enum HTTPVersion: String, Sendable, CaseIterable {
            case http1 = "1.1"
            /// Over TLS only.
            case http2 = "2"
        }

        /// What is sent in one request, at most.
        package struct Batch: Sendable {
            package let events: Int
            package let bytes: Int
            /// How long the first event waits for others.
            package let linger: Duration
        }

        package let name: String
        package let kind: Kind
        package let url: HTTPURL
        package let endpoint: Endpoint
        package let token: Secret
        /// The log that is forwarded.
        package let log: String
        /// The other side's `config_id`, where its token sees several.
        package let configID: String?
        package let batch: Batch
        package let connections: Int
        /// Of a whole request.
        package let timeout: Duration
        package let start: Start
        package let httpVersion: HTTPVersion
        /// A file of certificates (PEM) to trust in place of the system's.
        package let caFile: String?
        /// A sink that is not keeps its cursor and holds nothing back.
        package let isEnabled: Bool

        static func all(_ sections: [Section<SinkKey>], logs: WrittenLogs) -> [Sink] {
            var unique = UniqueNames(kind: "sink")
            return sections.compactMap { section in
                let name = section.name(.name)
                if let name { unique.insert(name, in: section.validation) }
                return Sink(section, name: name?.value, logs: logs)
            }
        }

        private init?(_ section: Section<SinkKey>, name: String?, logs: WrittenLogs) {
            kind = section.choice(.type, of: Kind.self) ?? .audit
            endpoint = section.choice(.endpoint, of: Endpoint.self) ?? .bulk
            log = section.log(.log, logs: logs) ?? "default"
            configID = section.text(.configID)?.value
            let batch = section.section(.batch, BatchKey.self)
            let events = batch.integer(.events, 1...1_000)
            if endpoint == .log, let events, events > 1, let json = batch[.events] {
                section.validation.problem(
                    "/v1/log takes one event a request; remove batch.events or use /v2/log",
                    at: section.validation.place(json.position)
                )
            }
            self.batch = Batch(
                events: endpoint == .log ? 1 : events ?? 500,
                bytes: batch.byteCount(.bytes, 1 << 10...16 << 20) ?? 256 << 10,
                linger: batch.duration(.linger, .zero...(.seconds(60))) ?? .milliseconds(20)
            )
            connections = section.integer(.connections, 1...16) ?? 4
            timeout = section.duration(.timeout, .seconds(1)...(.seconds(600))) ?? .seconds(30)
            start = section.choice(.start, of: Start.self) ?? .beginning
            httpVersion = section.choice(.httpVersion, of: HTTPVersion.self) ?? .http1
            isEnabled = section.bool(.enabled) ?? true
            caFile = section.readableFile(.caFile)
            let url = section.requires(.url) ? section.url(.url) : nil
            let token = Self.token(section)
            guard let url else { return nil }
            if httpVersion == .http2, url.scheme == .http, let json = section[.httpVersion] {
                section.validation.problem(
                    "HTTP/2 needs an https URL; remove http_version",
                    at: section.validation.place(json.position)
                )
            }
            if url.scheme == .http, !HostName.isLoopback(url.host) {
                section.validation.warning(
                    "the sink's token travels in clear text; use https",
                    at: section.place
                )
            }
            guard let name, let token else { return nil }
            self.name = name
            self.url = url
            self.token = token
        }

        private static func token(_ section: Section<SinkKey>) -> Secret? {
            let secrets = section.secrets(.token)
            for secret in secrets { section.checkHeaderText(secret) }
            if secrets.count > 1 {
                section.validation.problem("a sink is sent one token; list only that", at: secrets[1].place)
            }
            return secrets.first?.value
        }
    }
}
