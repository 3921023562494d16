/// One figure that a gateway has to reach.
struct Bar: Sendable {
    enum Direction: Sendable { case atLeast, atMost, below }

    let title: String
    let direction: Direction
    let bound: Double
    let unit: String
    /// Nil when the run did not measure it.
    let measured: Double?

    /// Nil when it was not measured.
    var isReached: Bool? {
        guard let measured else { return nil }
        return switch direction {
        case .atLeast: measured >= bound
        case .atMost: measured <= bound
        case .below: measured < bound
        }
    }

    var demand: String {
        let sign =
            switch direction {
            case .atLeast: "≥"
            case .atMost: "≤"
            case .below: "<"
            }
        return bound == 0 ? "none" : "\(sign) \(Figure.text(bound)) \(unit)"
    }
}

extension Bar {
    /// The bars of this program, with what a run measured.
    static func all(_ report: Report) -> [Bar] {
        let single = report.scenario(.single)
        let hundred = report.scenario(.hundred)
        let peak = report.scenarios.map(\.peakBytes).max().map { Double($0) / 1e6 }
        return [
            Bar(
                title: "requests of one event",
                direction: .atLeast,
                bound: 20_000,
                unit: "/s",
                measured: single?.load.requestsPerSecond
            ),
            Bar(
                title: "events forwarded, 100 a request",
                direction: .atLeast,
                bound: 80_000,
                unit: "/s",
                measured: hundred?.forwardedPerSecond
            ),
            Bar(
                title: "processor, 1 event a request",
                direction: .atMost,
                bound: 40,
                unit: "s per million",
                measured: single?.processorSecondsPerMillion
            ),
            Bar(
                title: "processor, 100 events a request",
                direction: .atMost,
                bound: 14,
                unit: "s per million",
                measured: hundred?.processorSecondsPerMillion
            ),
            Bar(
                title: "p99 at 2,000 requests a second",
                direction: .below,
                bound: 2,
                unit: "ms",
                measured: report.scenario(.rate2000).map { Double($0.load.latency.value(at: 0.99)) / 1e6 }
            ),
            Bar(
                title: "search, p95 of the slowest kind",
                direction: .below,
                bound: 100,
                unit: "ms",
                measured: report.search?.slowest
            ),
            Bar(title: "memory at most", direction: .below, bound: 100, unit: "MB", measured: peak),
            Bar(
                title: "acknowledged and lost",
                direction: .atMost,
                bound: 0,
                unit: "events",
                measured: report.lost.map(Double.init)
            ),
            Bar(
                title: "doubled or never sent",
                direction: .atMost,
                bound: 0,
                unit: "events",
                measured: report.doubled.map(Double.init)
            ),
            Bar(
                title: "requests refused or unanswered",
                direction: .atMost,
                bound: 0,
                unit: "requests",
                measured: report.failures.map(Double.init)
            ),
        ]
    }
}

extension Report {
    func scenario(_ part: Part) -> ScenarioFigures? { scenarios.first { $0.part == part } }

    /// Nil when nothing was sent.
    fileprivate func sum(_ ofScenario: (ScenarioFigures) -> Int, _ ofKill: (KillFigures) -> Int) -> Int? {
        guard !scenarios.isEmpty || !kills.isEmpty else { return nil }
        return scenarios.reduce(0) { $0 + ofScenario($1) } + kills.reduce(0) { $0 + ofKill($1) }
    }

    /// What the log lost is missing at the sink too, so the larger number counts.
    fileprivate var lost: Int? { sum({ max($0.sink.lost, $0.log.lost) }, { max($0.sink.lost, $0.log.lost) }) }

    /// A sink may see an event again after a kill, when its answer was lost; the log may not.
    fileprivate var doubled: Int? {
        sum(
            { max($0.sink.doubled + $0.sink.alien, $0.log.doubled + $0.log.alien) },
            { max($0.sink.alien, $0.log.doubled + $0.log.alien) }
        )
    }

    /// Where nothing was killed.
    fileprivate var failures: Int? { scenarios.isEmpty ? nil : scenarios.reduce(0) { $0 + $1.load.failures } }
}
