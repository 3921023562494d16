package import Restriction

extension GatewaySettings {
    /// What the gateway takes, and how long it waits.
    package struct Limits: Sendable {
        /// Of a request as it arrives.
        package let bodyBytes: Int
        /// Of a request's body once it is inflated.
        package let inflatedBytes: Int
        /// Records in one delivery.
        package let records: Int
        /// Of requests that wait for the disk; beyond it the answer is 503.
        package let queueBytes: Int
        /// Of a request's line and headers.
        package let headerBytes: Int
        /// From a request's first byte to its last.
        package let requestTimeout: Duration
        /// For what is under way when the gateway stops.
        package let shutdownTimeout: Duration
        /// Steps that the mapping of one record may take.
        package let mappingSteps: Int
        /// Bytes that the mapping of one record may build.
        package let mappingOutputBytes: Int

        init(_ section: Section<LimitsKey>) {
            // A body is kept whole in one row of the store, which holds a gigabyte at most.
            let body = 1 << 10...Int(1) << 29
            let size = 1 << 10...Int(1) << 32
            bodyBytes = section.byteCount(.bodyBytes, body) ?? 64 << 20
            inflatedBytes = section.byteCount(.inflatedBytes, body) ?? 64 << 20
            records = section.integer(.records, 1...10_000_000) ?? 10_000
            queueBytes = section.byteCount(.queueBytes, size) ?? 16 << 20
            headerBytes = section.byteCount(.headerBytes, 1 << 10...1 << 20) ?? 64 << 10
            let time = Duration.milliseconds(100)...Duration.seconds(3_600)
            requestTimeout = section.duration(.requestTimeout, time) ?? .seconds(30)
            shutdownTimeout = section.duration(.shutdownTimeout, .zero...(.seconds(3_600))) ?? .seconds(20)
            mappingSteps = section.integer(.mappingSteps, 100...1_000_000_000) ?? 100_000
            mappingOutputBytes = section.byteCount(.mappingOutputBytes, 1 << 10...1 << 30) ?? 4 << 20
        }
    }

    /// What the gateway's own log looks like.
    package struct Logging: Sendable {
        package enum Format: String, Sendable, CaseIterable { case text, json }
        package enum Level: String, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }

        package let format: Format
        package let level: Level

        init(_ section: Section<LoggingKey>) {
            var section = section
            section.override(.level, by: .logLevel)
            format = section.choice(.format, of: Format.self) ?? .text
            level = section.choice(.level, of: Level.self) ?? .info
        }
    }

    /// What is kept of deliveries that could not be stored as events.
    package struct Quarantine: Sendable {
        /// Beyond it the oldest go.
        package let bytes: Int
        package let retention: Duration

        init(_ section: Section<QuarantineKey>) {
            bytes = section.byteCount(.bytes, 1 << 20...Int(1) << 50) ?? 1 << 30
            retention = section.duration(.retention, .seconds(3_600)...longestRetention) ?? .seconds(90 * 86_400)
        }
    }

    /// How long things are kept, counted from receipt.
    package struct Retention: Sendable {
        /// Of deduplication keys: at least as long as vendors repeat.
        package let deduplication: Duration
        /// Of raw deliveries; zero keeps none.
        package let raw: Duration

        init(deduplication: Section<RetentionKey>, raw: Section<RetentionKey>) {
            self.deduplication = deduplication.duration(.retention, .seconds(60)...longestRetention) ?? month
            self.raw = raw.duration(.retention, .zero...longestRetention) ?? month
        }
    }

    /// Where requests may go whose URL comes out of a delivery or a mapping.
    package struct Outbound: Sendable {
        /// Something inside a private network that may be asked.
        package enum Permission: Equatable, Sendable {
            /// In lower case.
            case host(String)
            case network(IPNetwork)
        }

        package let allow: [Permission]
        /// A file of certificates (PEM) that count instead of the system's; nil for the system's.
        package let caFile: String?

        init(_ section: Section<OutboundKey>) {
            caFile = section.readableFile(.caFile)
            allow = section.texts(.allow).compactMap { text in
                if text.value.contains("/") || IPAddress(text.value) != nil {
                    return section.network(text).map { .network($0) }
                }
                if HostName.isValid(text.value) { return .host(text.value.lowercased()) }
                section.validation.problem(
                    "'\(text.value)' is neither a host's name nor a network such as 10.0.0.0/8",
                    at: text.place
                )
                return nil
            }
        }
    }

    private static let month = Duration.seconds(30 * 86_400)
    private static let longestRetention = Duration.seconds(36_500 * 86_400)
}
