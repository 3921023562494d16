internal import JSON

extension Report {
    /// The same for programs: one JSON object with seconds, bytes and counts, and latencies in milliseconds.
    package var json: [UInt8] {
        var members = [
            JSONMember(
                "machine",
                .object([
                    JSONMember("processor", .string(machine.processor)), JSONMember("cores", machine.cores),
                    JSONMember("kernel", .string(machine.kernel)),
                    JSONMember("filesystem", .string(machine.filesystem)),
                    JSONMember("load_average", machine.loadAverage),
                ])
            ),
            JSONMember("connections", options.connections),
            JSONMember("seconds", options.seconds),
            JSONMember("event_bytes", Payload().meanByteCount),
            JSONMember("scenarios", .array(scenarios.map(Self.json))),
            JSONMember("kills", .array(kills.map(Self.json))),
            JSONMember("mappings", .array(mappings.map(Self.json))),
            JSONMember("hostile_megabytes", .array(hostile.map(Self.json))),
            JSONMember("bars", .array(bars.map(Self.json))),
            JSONMember("passed", .bool(isPassed)),
        ]
        if let search { members.append(JSONMember("search", Self.json(search))) }
        if let limits { members.append(JSONMember("limits", Self.json(limits))) }
        var writer = JSONWriter()
        writer.append(canonical: .object(members))
        writer.append(byte: UInt8(ascii: "\n"))
        return writer.bytes
    }

    private static func json(_ figures: ScenarioFigures) -> JSONValue {
        .object([
            JSONMember("name", .string(figures.part.rawValue)),
            JSONMember("events_per_request", figures.eventsPerRequest),
            JSONMember("requested_per_second", figures.requestedRate.map { .double($0) } ?? .null),
            JSONMember("load", json(figures.load)),
            JSONMember("forwarded_per_second", figures.forwardedPerSecond),
            JSONMember("drained", .bool(figures.isDrained)),
            JSONMember("cpu_seconds", figures.processorSeconds),
            JSONMember("cpu_seconds_per_million_events", figures.processorSecondsPerMillion),
            JSONMember("written_bytes", figures.writtenBytes),
            JSONMember("idle_bytes", figures.idleBytes),
            JSONMember("peak_bytes", figures.peakBytes),
            JSONMember("sink", json(figures.sink)),
            JSONMember("log", json(figures.log)),
        ])
    }

    private static func json(_ figures: KillFigures) -> JSONValue {
        .object([
            JSONMember("round", figures.round), JSONMember("load", json(figures.load)),
            JSONMember("drained", .bool(figures.isDrained)), JSONMember("kept", .bool(figures.isKept)),
            JSONMember("sink", json(figures.sink)), JSONMember("log", json(figures.log)),
        ])
    }

    private static func json(_ load: LoadFigures) -> JSONValue {
        .object([
            JSONMember("seconds", load.seconds), JSONMember("requests", load.requests),
            JSONMember("events", load.events), JSONMember("requests_per_second", load.requestsPerSecond),
            JSONMember("events_per_second", load.eventsPerSecond),
            JSONMember("p50_ms", Double(load.latency.value(at: 0.5)) / 1e6),
            JSONMember("p99_ms", Double(load.latency.value(at: 0.99)) / 1e6),
            JSONMember("max_ms", Double(load.latency.value(at: 1)) / 1e6),
            JSONMember("unanswered", load.unanswered),
            JSONMember(
                "refused",
                .object(load.refused.map { JSONMember(String($0.key), .integer(Int64($0.value))) })
            ),
            JSONMember("generator_cpu_seconds", load.processorSeconds),
        ])
    }

    private static func json(_ verification: Verification) -> JSONValue {
        .object([
            JSONMember("acknowledged", verification.acknowledged), JSONMember("lost", verification.lost),
            JSONMember("doubled", verification.doubled), JSONMember("alien", verification.alien),
            JSONMember("unacknowledged", verification.unacknowledged),
        ])
    }

    private static func json(_ limits: Limits) -> JSONValue {
        .object([
            JSONMember(
                "reading",
                .array(
                    limits.reading.map {
                        .object([
                            JSONMember("events_per_request", $0.eventsPerRequest),
                            JSONMember("requests_per_second", $0.requestsPerSecond),
                            JSONMember("cpu_seconds_per_million_events", $0.processorSecondsPerMillion),
                        ])
                    }
                )
            ),
            JSONMember(
                "parsing",
                .array(
                    limits.parsing.map {
                        .object([
                            JSONMember("events_per_request", $0.eventsPerRequest),
                            JSONMember("cpu_seconds_per_million_events", $0.microsecondsPerEvent),
                        ])
                    }
                )
            ),
            JSONMember(
                "storing",
                .array(
                    limits.storing.map {
                        .object([
                            JSONMember("rows_per_commit", $0.rowsPerCommit),
                            JSONMember("rows_per_second", $0.rowsPerSecond),
                            JSONMember("cpu_seconds_per_million_events", $0.processorSecondsPerMillion),
                            JSONMember("p99_ms", Double($0.latency.value(at: 0.99)) / 1e6),
                        ])
                    }
                )
            ),
            JSONMember("flush_p50_ms", Double(limits.flushing.latency.value(at: 0.5)) / 1e6),
            JSONMember("flush_p99_ms", Double(limits.flushing.latency.value(at: 0.99)) / 1e6),
        ])
    }

    private static func json(_ speed: MappingSpeed) -> JSONValue {
        .object([
            JSONMember("mapping", .string(speed.mapping)), JSONMember("bodies", speed.bodyCount),
            JSONMember("bytes_per_event", speed.bytesPerEvent),
            JSONMember("events_per_second", speed.eventsPerSecond),
            JSONMember("cpu_seconds_per_million_events", speed.microsecondsPerEvent),
            JSONMember("parsing_cpu_seconds_per_million_events", speed.parsingMicrosecondsPerEvent),
            JSONMember("ratio", speed.ratio),
        ])
    }

    private static func json(_ search: SearchSpeed) -> JSONValue {
        .object([
            JSONMember("events", search.eventCount),
            JSONMember("event_bytes", search.eventBytes),
            JSONMember("index_bytes_per_event", search.indexBytesPerEvent),
            JSONMember("indexing_cpu_seconds_per_million_events", search.indexingMicrosecondsPerEvent),
            JSONMember("indexing_bytes", search.indexingBytes),
            JSONMember("searching_bytes", search.searchingBytes),
            JSONMember(
                "kinds",
                .array(
                    search.kinds.map {
                        .object([
                            JSONMember("title", .string($0.title)), JSONMember("found", $0.found),
                            JSONMember("p50_ms", Double($0.latency.value(at: 0.5)) / 1e6),
                            JSONMember("p95_ms", Double($0.latency.value(at: 0.95)) / 1e6),
                            JSONMember("max_ms", Double($0.latency.value(at: 1)) / 1e6),
                        ])
                    }
                )
            ),
        ])
    }

    private static func json(_ speed: HostileSpeed) -> JSONValue {
        .object([
            JSONMember("shape", .string(speed.shape.rawValue)), JSONMember("mapping", .string(speed.mapping)),
            JSONMember("fixture", .string(speed.fixture)), JSONMember("place", speed.place),
            JSONMember("records", speed.recordCount), JSONMember("ms", speed.milliseconds),
        ])
    }

    private static func json(_ bar: Bar) -> JSONValue {
        .object([
            JSONMember("title", .string(bar.title)), JSONMember("bound", bar.bound),
            JSONMember("unit", .string(bar.unit)), JSONMember("measured", bar.measured.map { .double($0) } ?? .null),
            JSONMember("passed", bar.isReached.map { .bool($0) } ?? .null),
        ])
    }
}

extension JSONMember {
    fileprivate init(_ name: String, _ value: Int) { self.init(name, .integer(Int64(value))) }
    fileprivate init(_ name: String, _ value: Double) { self.init(name, .double(value)) }
}
