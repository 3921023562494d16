internal import Glibc
internal import Mapping
internal import Receiving

/// Measures a gateway on this machine, beside what the machine can do at all.
///
/// Each scenario starts a gateway as a process of its own with an empty store, loads it over loopback with made-up
/// Auth0 events, waits until everything has reached a sink, and compares sink and store with what was acknowledged.
/// Load, sink and gateway share the machine's cores. Nothing is left running or on disk, neither after an error nor
/// after SIGINT.
package enum Benchmark {
    /// Runs on the calling thread, for about two and a half minutes unless options say otherwise.
    ///
    /// - Parameters:
    ///   - options: what to measure.
    ///   - progress: is told what is being done, a line at a time.
    /// - Returns: all figures, whether they reach their bars or not.
    /// - Throws: ``BenchError`` when something could not be measured.
    package static func run(
        _ options: Options,
        progress: (String) -> Void = { _ in }
    ) throws(BenchError) -> Report {
        try options.validate()
        var options = options
        options.mappings = try absolute(options.mappings)
        let executable = try absolute(options.executable ?? "/proc/self/exe")
        let folder = try WorkingFolder(in: options.directory)
        return try Interruption.catching { () throws(BenchError) in
            try run(options, executable: executable, folder: folder, progress: progress)
        }
    }

    private static func run(
        _ options: Options,
        executable: String,
        folder: WorkingFolder,
        progress: (String) -> Void
    ) throws(BenchError) -> Report {
        let payload = Payload()
        var report = Report(machine: Machine(folder: folder), options: options, executable: executable)
        if options.includes(.limits) {
            report.limits = try Limits.measure(options, folder: folder, payload: payload, progress: progress)
        }
        if options.includes(.mapping) {
            report.mappings = try MappingSpeed.measure(options, progress: progress)
            let mappings = MappingLibrary.load(folder: options.mappings).mappings.values.sorted { $0.name < $1.name }
            let fixtures = (try? MappingFixture.load(folder: "\(options.mappings)/Fixtures")) ?? []
            report.hostile = try HostileSpeed.measure(mappings, fixtures, progress: progress)
        }
        if options.includes(.search) {
            report.search = try SearchSpeed.measure(options, folder: folder, progress: progress)
        }
        for scenario in Scenario.all where options.includes(scenario.part) {
            progress(scenario.title)
            report.scenarios.append(
                try inFreshGateway(scenario.part.rawValue, options, executable, folder, payload) {
                    trial throws(BenchError) in
                    try trial.measure(
                        scenario.part,
                        title: scenario.title,
                        eventsPerRequest: scenario.eventsPerRequest,
                        rate: scenario.rate
                    )
                }
            )
        }
        if options.includes(.kill) {
            for round in 0..<options.kills {
                progress("kill -9 under load, \(round + 1) of \(options.kills)")
                report.kills.append(
                    try inFreshGateway("kill-\(round)", options, executable, folder, payload) {
                        trial throws(BenchError) in try trial.kill(round: round)
                    }
                )
            }
        }
        return report
    }

    private static func inFreshGateway<Result>(
        _ name: String,
        _ options: Options,
        _ executable: String,
        _ folder: WorkingFolder,
        _ payload: Payload,
        _ body: (GatewayTrial) throws(BenchError) -> Result
    ) throws(BenchError) -> Result {
        let place = try folder.folder(name)
        defer { WorkingFolder.remove(place) }
        let trial = try GatewayTrial(options, executable: executable, folder: place, payload: payload)
        defer { trial.end() }
        return try body(trial)
    }

    private static func absolute(_ path: String) throws(BenchError) -> String {
        guard let resolved = realpath(path, nil) else {
            throw BenchError(code: .badOptions, message: "cannot find '\(path)': \(systemMessage(errno))")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// One way to load a gateway.
struct Scenario {
    let part: Part
    let title: String
    let eventsPerRequest: Int
    var rate: Double?

    static let all = [
        Scenario(part: .single, title: "1 event a request", eventsPerRequest: 1),
        Scenario(part: .ten, title: "10 events a request", eventsPerRequest: 10),
        Scenario(part: .hundred, title: "100 events a request", eventsPerRequest: 100),
        Scenario(part: .rate500, title: "500 requests a second", eventsPerRequest: 1, rate: 500),
        Scenario(part: .rate2000, title: "2,000 requests a second", eventsPerRequest: 1, rate: 2000),
    ]
}
