/// One piece of the benchmark, by the name that `--only` takes.
package enum Part: String, Sendable, CaseIterable {
    case single, ten, hundred
    case rate500 = "rate-500"
    case rate2000 = "rate-2000"
    case kill, limits, mapping, search
}

/// What is measured, and for how long.
package struct Options: Sendable {
    /// The gateway's program; this program itself when nil.
    package var executable: String?
    /// The folder of mapping files, which must hold `auth0.json`.
    package var mappings: String
    /// Where the store is put for the time of the run; on a disk that is to be measured.
    package var directory: String?
    /// How long each load runs, in seconds.
    package var seconds = 5.0
    package var connections = 32
    /// How often a gateway is killed under load.
    package var kills = 3
    /// How many events the log that is searched has.
    package var searchEvents = 1_000_000
    /// What to measure; everything when empty.
    package var only: Set<Part> = []

    package init(mappings: String) { self.mappings = mappings }

    /// Shortens everything: two seconds a load, one kill, a fifth of the events to search in.
    package mutating func hurry() {
        seconds = 2
        kills = 1
        searchEvents = 200_000
    }

    func includes(_ part: Part) -> Bool { only.isEmpty || only.contains(part) }

    /// Throws ``BenchError`` with what is wrong.
    func validate() throws(BenchError) {
        func require(_ isRight: Bool, _ message: String) throws(BenchError) {
            guard isRight else { throw BenchError(code: .badOptions, message: message) }
        }
        try require((0.5...600).contains(seconds), "seconds must be from 0.5 to 600")
        try require((1...4096).contains(connections), "connections must be from 1 to 4096")
        try require((0...100).contains(kills), "kills must be from 0 to 100")
        try require((10_000...100_000_000).contains(searchEvents), "events must be from 10,000 to 100,000,000")
    }
}
