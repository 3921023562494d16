internal import ArgumentParser
internal import Bench

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract:
            "Measure this program on this machine: rates, latency, processor time, memory, and that nothing is lost.",
        discussion: """
            Starts gateways of its own with empty stores, loads them over loopback and compares with what the machine \
            gives at all. Ends with 0 when every figure reaches its bar, 1 when one does not.

            Example:  audit-gateway bench --quick
            """
    )

    @Option(help: "The folder of mapping files.") var mappings = "Mappings"
    @Option(help: "The program to measure; this one by default.") var executable: String?
    @Option(help: "Where the stores are put for the time of the run: a folder on the disk to be measured.")
    var directory: String?
    @Flag(help: "Two seconds a load, one kill, 200,000 events to search in.") var quick = false
    @Option(help: "How long each load runs, in seconds.") var seconds: Double?
    @Option(help: "How many connections carry the load.") var connections = 32
    @Option(help: "How often a gateway is killed under load.") var kill: Int?
    @Option(help: "How many events the log that is searched has.") var events: Int?
    @Option(
        help: ArgumentHelp(
            "What to measure, separated by commas: \(Part.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "names"
        )
    )
    var only: String?
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
        var options = Options(mappings: mappings)
        if quick { options.hurry() }
        options.executable = executable
        options.directory = directory
        options.connections = connections
        if let seconds { options.seconds = seconds }
        if let kill { options.kills = kill }
        if let events { options.searchEvents = events }
        for name in (only ?? "").split(separator: ",") {
            guard let part = Part(rawValue: String(name)) else {
                throw CommandFailure.wrongUse(
                    "'\(name)' is none of \(Part.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            options.only.insert(part)
        }
        let report: Report
        do throws(BenchError) {
            report = try Benchmark.run(options) { Output.error($0) }
        } catch {
            throw CommandFailure.wrongUse(error.message)
        }
        if json { Output.bytes(report.json) } else { Output.bytes(Array(report.text.utf8)) }
        guard report.isPassed else { throw CommandFailure.no("") }
    }
}
