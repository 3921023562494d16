import Telemetry
import Testing

@Suite struct `An instrument` {
    private let registry = MetricsRegistry(describesProcess: false)

    @Test func `is the same for the same labels only`() {
        let labels = [("source", "okta"), ("outcome", "stored")]
        let counter = registry.counter(.records, labels: labels)
        #expect(registry.counter(.records, labels: labels) === counter)
        #expect(registry.counter(.records, labels: [("source", "okta"), ("outcome", "ignored")]) !== counter)
        #expect(registry.gauge(.queueBytes) === registry.gauge(.queueBytes))
        #expect(registry.histogram(.commitEvents) === registry.histogram(.commitEvents))
    }

    @Test func `counts`() {
        let counter = registry.counter(.commits)
        counter.increment()
        counter.increment(by: 41)
        counter.increment(by: 0)
        #expect(counter.value == 42)
    }

    @Test func `rises and falls`() {
        let gauge = registry.gauge(.queueBytes)
        gauge.set(7)
        gauge.add(5)
        gauge.add(-2.5)
        #expect(gauge.value == 9.5)
    }

    @Test func `loses nothing under eight threads`() async {
        let counter = registry.counter(.commits)
        let gauge = registry.gauge(.queueBytes)
        let histogram = registry.histogram(.commitEvents)
        let rounds = 20_000
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for round in 0..<rounds {
                        counter.increment(by: 3)
                        gauge.add(2)
                        gauge.add(-1)
                        histogram.observe(count: round % 2 == 0 ? 1 : 3)
                    }
                }
            }
        }
        #expect(counter.value == UInt64(8 * 3 * rounds))
        #expect(gauge.value == Double(8 * rounds))
        let exposition = Exposition(registry)
        #expect(exposition["audit_gateway_commit_events_bucket", ["le": "1"]] == Double(4 * rounds))
        #expect(exposition["audit_gateway_commit_events_bucket", ["le": "2"]] == Double(4 * rounds))
        #expect(exposition["audit_gateway_commit_events_bucket", ["le": "5"]] == Double(8 * rounds))
        #expect(exposition["audit_gateway_commit_events_count", [:]] == Double(8 * rounds))
        #expect(exposition["audit_gateway_commit_events_sum", [:]] == Double(4 * rounds * (1 + 3)))
    }

    @Test func `is found by eight threads at once`() async {
        let registry = registry
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for log in 0..<50 { registry.gauge(.logSize, labels: [("log", "\(log)")]).add(1) }
                    var output: [UInt8] = []
                    registry.write(into: &output)
                }
            }
        }
        let exposition = Exposition(registry)
        for log in 0..<50 { #expect(exposition["audit_gateway_log_size_events", ["log": "\(log)"]] == 8) }
    }
}

@Suite struct `A histogram` {
    private let registry = MetricsRegistry(describesProcess: false)

    private func count(_ bound: String) -> Double? {
        Exposition(registry)["audit_gateway_commit_duration_seconds_bucket", ["le": bound]]
    }

    @Test func `takes a bound itself into its bucket`() {
        let histogram = registry.histogram(.commitDuration)
        histogram.observe(seconds: 0.001)
        #expect(count("0.0005") == 0)
        #expect(count("0.001") == 1)
        histogram.observe(.nanoseconds(1_000_001))
        #expect(count("0.001") == 1)
        #expect(count("0.0025") == 2)
    }

    @Test func `takes anything`() {
        let histogram = registry.histogram(.commitDuration)
        histogram.observe(.seconds(-3))
        histogram.observe(seconds: -1)
        histogram.observe(seconds: .nan)
        histogram.observe(.seconds(100))
        #expect(count("0.0001") == 3)
        #expect(count("2.5") == 3)
        #expect(count("+Inf") == 4)
        #expect(Exposition(registry)["audit_gateway_commit_duration_seconds_sum", [:]] == 100)
        histogram.observe(seconds: .infinity)
        histogram.observe(.seconds(Int64.max))
        registry.histogram(.commitEvents).observe(count: -1)
        #expect(count("+Inf") == 6)
    }
}
