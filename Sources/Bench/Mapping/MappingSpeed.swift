internal import JSON
internal import Mapping
internal import Receiving

/// How fast a mapping reads the bodies of its fixtures on one core, beside simdjson alone on the same bytes.
///
/// Reading is all that a delivery needs before it is stored: cutting it into records, mapping, ids and keys. Checking who
/// sent it is left out.
struct MappingSpeed: Sendable {
    let mapping: String
    /// How many different bodies were read, and how long their events' records are on average.
    let bodyCount: Int
    let bytesPerEvent: Double
    /// Which are also seconds for a million events.
    let microsecondsPerEvent: Double
    let parsingMicrosecondsPerEvent: Double

    var eventsPerSecond: Double { 1e6 / microsecondsPerEvent }
    var ratio: Double { microsecondsPerEvent / parsingMicrosecondsPerEvent }

    /// The mappings that are always measured, where there are fixtures of them; the costliest other one joins them.
    static let named = ["auth0", "okta", "github"]
    private static let searchSeconds = 0.05, mostSeconds = 1.0

    /// Measures on the calling thread.
    static func measure(_ options: Options, progress: (String) -> Void) throws(BenchError) -> [MappingSpeed] {
        let library = MappingLibrary.load(folder: options.mappings)
        let fixtures: [MappingFixture]
        do throws(MappingFixture.Problem) {
            fixtures = try MappingFixture.load(folder: "\(options.mappings)/Fixtures")
        } catch {
            progress("mappings are not measured: \(error)")
            return []
        }
        var speeds: [MappingSpeed] = []
        var costliest: (trial: MappingTrial, microseconds: Double)?
        for name in named + library.mappings.keys.sorted().filter({ !named.contains($0) }) {
            guard let mapping = library.mappings[name],
                let trial = MappingTrial(mapping, fixtures.filter { $0.mapping == name })
            else { continue }
            if named.contains(name) {
                progress("mapping: \(name)")
                speeds.append(try trial.measure(seconds: min(options.seconds, mostSeconds)))
            } else {
                let speed = try trial.measure(seconds: searchSeconds)
                if speed.microsecondsPerEvent > costliest?.microseconds ?? 0 {
                    costliest = (trial, speed.microsecondsPerEvent)
                }
            }
        }
        if let trial = costliest?.trial {
            progress("mapping: \(trial.name), the costliest of the others")
            speeds.append(try trial.measure(seconds: min(options.seconds, mostSeconds)))
        }
        return speeds
    }
}

/// One mapping and the bodies that it is measured with.
private struct MappingTrial {
    let name: String
    private let cases: [MappingCase]
    private let eventCount: Int
    private let byteCount: Int
    private let reader = DeliveryReader()
    private let document = JSONDocument()
    /// How often each body is worked on between two looks at the clock, which is a call of the system.
    private static let roundsPerLook = 32

    /// - Returns: nil without a body that is one JSON value and gives events.
    init?(_ mapping: MappingFile, _ fixtures: [MappingFixture]) {
        var cases: [MappingCase] = []
        var eventCount = 0
        for fixture in fixtures {
            guard (try? document.parse(fixture.body)) != nil, let source = try? fixture.source(mapping) else {
                continue
            }
            let item = MappingCase(fixture, source)
            let count = item.read(reader)
            guard count > 0 else { continue }
            cases.append(item)
            eventCount += count
        }
        guard eventCount > 0 else { return nil }
        name = mapping.name
        self.cases = cases
        self.eventCount = eventCount
        byteCount = cases.reduce(0) { $0 + $1.body.count }
    }

    /// Both kinds of work take turns, so that what else the machine does touches both.
    func measure(seconds: Double) throws(BenchError) -> MappingSpeed {
        var reading: (nanoseconds: Int64, rounds: Int) = (0, 0)
        var parsing = reading
        let turn = Int64(seconds * Double(Nanoseconds.second) / 20)
        for _ in 0..<10 {
            try Interruption.check()
            add(to: &reading, turn) { _ = $0.read(reader) }
            add(to: &parsing, turn) { try? document.parse($0.body) }
        }
        func perEvent(_ work: (nanoseconds: Int64, rounds: Int)) -> Double {
            Double(work.nanoseconds) / 1000 / Double(work.rounds * eventCount)
        }
        return MappingSpeed(
            mapping: name,
            bodyCount: cases.count,
            bytesPerEvent: Double(byteCount) / Double(eventCount),
            microsecondsPerEvent: perEvent(reading),
            parsingMicrosecondsPerEvent: perEvent(parsing)
        )
    }

    /// Works on each body some times in a row, as a source's deliveries come.
    private func add(
        to work: inout (nanoseconds: Int64, rounds: Int),
        _ turn: Int64,
        _ body: (MappingCase) -> Void
    ) {
        let start = Nanoseconds.ofThread()
        var used: Int64 = 0
        repeat {
            for item in cases {
                for _ in 0..<MappingTrial.roundsPerLook { body(item) }
            }
            work.rounds += MappingTrial.roundsPerLook
            used = Nanoseconds.ofThread() - start
        } while used < turn
        work.nanoseconds += used
    }
}

/// A body, as the request that brings it: made once, since a server has it already.
private final class MappingCase {
    let body: UnsafeRawBufferPointer
    private let request: DeliveryRequest
    private let source: Source

    init(_ fixture: MappingFixture, _ source: Source) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: fixture.body.count, alignment: 8)
        memory.copyBytes(from: fixture.body)
        body = UnsafeRawBufferPointer(memory)
        request = fixture.request(body)
        self.source = source
    }

    deinit { body.deallocate() }

    /// How many events the body gives.
    func read(_ reader: DeliveryReader) -> Int {
        let outcome = reader.read(request, for: source, authentication: .done)
        if case .delivery(let delivery) = outcome { return delivery.keys.count }
        return 0
    }
}
