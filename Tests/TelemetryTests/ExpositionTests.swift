import Foundation
import Telemetry
import Testing

@Suite struct `The text of metrics` {
    /// A registry with one series of every metric but those of the process.
    private func everything() -> MetricsRegistry {
        let registry = MetricsRegistry(describesProcess: true)
        for metric in Metric.all where !metric.name.hasPrefix("process_") {
            let labels = metric.labels.map { ($0, "a") }
            switch metric.kind {
            case .counter: registry.counter(metric, labels: labels).increment()
            case .gauge: registry.gauge(metric, labels: labels).set(1.5)
            case .histogram: registry.histogram(metric, labels: labels).observe(count: 3)
            }
        }
        return registry
    }

    @Test func `has every metric with its help and type`() {
        let exposition = Exposition(everything())
        for metric in Metric.all {
            #expect(exposition.helps[metric.name] == metric.help)
            let type =
                switch metric.kind {
                case .counter: "counter"
                case .gauge: "gauge"
                case .histogram: "histogram"
                }
            #expect(exposition.types[metric.name] == type)
        }
        #expect(exposition.types.count == Metric.all.count)
    }

    @Test func `is this one, byte for byte`() {
        let registry = MetricsRegistry(describesProcess: false)
        registry.counter(.deliveries, labels: [("source", "okta"), ("outcome", "accepted")]).increment(by: 1027)
        registry.counter(.deliveries, labels: [("source", "okta"), ("outcome", "refused")]).increment(by: 3)
        registry.histogram(.commitEvents).observe(count: 7)
        registry.gauge(.sinkLagSeconds, labels: [("sink", "siem")]).set(0.25)
        var output: [UInt8] = []
        registry.write(into: &output)
        #expect(
            String(decoding: output, as: UTF8.self) == """
                # HELP audit_gateway_deliveries_total Requests to /in/{source} by how they ended.
                # TYPE audit_gateway_deliveries_total counter
                audit_gateway_deliveries_total{source="okta",outcome="accepted"} 1027
                audit_gateway_deliveries_total{source="okta",outcome="refused"} 3
                # HELP audit_gateway_commit_events Events in one appending transaction.
                # TYPE audit_gateway_commit_events histogram
                audit_gateway_commit_events_bucket{le="1"} 0
                audit_gateway_commit_events_bucket{le="2"} 0
                audit_gateway_commit_events_bucket{le="5"} 0
                audit_gateway_commit_events_bucket{le="10"} 1
                audit_gateway_commit_events_bucket{le="20"} 1
                audit_gateway_commit_events_bucket{le="50"} 1
                audit_gateway_commit_events_bucket{le="100"} 1
                audit_gateway_commit_events_bucket{le="200"} 1
                audit_gateway_commit_events_bucket{le="500"} 1
                audit_gateway_commit_events_bucket{le="1000"} 1
                audit_gateway_commit_events_bucket{le="5000"} 1
                audit_gateway_commit_events_bucket{le="+Inf"} 1
                audit_gateway_commit_events_sum 7
                audit_gateway_commit_events_count 1
                # HELP audit_gateway_sink_lag_seconds Age of the oldest event that a sink has not taken; 0 when it has \
                taken all.
                # TYPE audit_gateway_sink_lag_seconds gauge
                audit_gateway_sink_lag_seconds{sink="siem"} 0.25

                """
        )
    }

    @Test(arguments: ["a\"b", "a\\", "\\n", "line\nbreak", "\"", "", "é{},=", "a\r\nb", "\\\"\n"])
    func `escapes labels so that they come back`(value: String) {
        let registry = MetricsRegistry(describesProcess: false)
        registry.gauge(.sinkPaused, labels: [("sink", value)]).set(1)
        #expect(Exposition(registry)["audit_gateway_sink_paused", ["sink": value]] == 1)
    }

    @Test(arguments: [
        0, -0.0, 1, -1, 0.1, 1e-9, 123_456_789_012, 0x1p53, 1e300, -2.5e-7, .infinity, -.infinity,
    ])
    func `writes numbers so that they come back`(value: Double) {
        let registry = MetricsRegistry(describesProcess: false)
        registry.gauge(.queueBytes).set(value)
        #expect(Exposition(registry)["audit_gateway_queue_bytes", [:]] == value)
        registry.gauge(.queueBytes).set(.nan)
        #expect(Exposition(registry)["audit_gateway_queue_bytes", [:]]?.isNaN == true)
    }

    @Test func `has no family without a series`() {
        #expect(Exposition(MetricsRegistry(describesProcess: false)).types.isEmpty)
    }

    @Test func `tells about the process`() throws {
        let exposition = Exposition(MetricsRegistry())
        let now = Date().timeIntervalSince1970
        let start = try #require(exposition["process_start_time_seconds", [:]])
        // The kernel tells the machine's start in whole seconds.
        #expect(start > now - 86_400 && start < now + 2)
        #expect(try #require(exposition["process_resident_memory_bytes", [:]]) > 0x1p20)
        #expect(try #require(exposition["process_cpu_seconds_total", [:]]) > 0)
        #expect(try #require(exposition["process_open_fds", [:]]) >= 1)
    }

    @Test func `is appended to what is there`() {
        var output = Array("before".utf8)
        MetricsRegistry(describesProcess: false).write(into: &output)
        #expect(output == Array("before".utf8))
    }
}

@Suite struct `Each metric` {
    @Test(arguments: Metric.all)
    func `has a name with its unit, and a sentence of help`(metric: Metric) throws {
        #expect(try /[a-z][a-z0-9]*(_[a-z0-9]+)*/.wholeMatch(in: metric.name) != nil)
        #expect(metric.name.hasPrefix("audit_gateway_") || metric.name.hasPrefix("process_"))
        #expect(metric.help.hasSuffix("."))
        switch metric.kind {
        case .counter: #expect(metric.name.hasSuffix("_total"))
        case .gauge: #expect(try /.*_(bytes|events|seconds|paused|info|fds)/.wholeMatch(in: metric.name) != nil)
        case .histogram(let buckets):
            #expect(metric.name.hasSuffix(buckets.unit == .seconds ? "_seconds" : "_events"))
            #expect(zip(buckets.bounds, buckets.bounds.dropFirst()).allSatisfy { $0 < $1 })
        }
        #expect(try metric.labels.allSatisfy { try /[a-z]+/.wholeMatch(in: $0) != nil && $0 != "le" })
    }

    @Test func `has a name of its own`() {
        #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
    }
}
