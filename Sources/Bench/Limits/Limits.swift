/// What the machine gives to programs that do one part of a gateway's work each, measured in the same run.
struct Limits: Sendable {
    let reading: [ReadingLimit]
    let parsing: [ParsingLimit]
    let storing: [StoringLimit]
    let flushing: FlushLimit

    static let eventsPerRequest = [1, 10, 100]

    static func measure(
        _ options: Options,
        folder: WorkingFolder,
        payload: Payload,
        progress: (String) -> Void
    ) throws(BenchError) -> Limits {
        let seconds = min(options.seconds, 3)
        var reading: [ReadingLimit] = []
        var parsing: [ParsingLimit] = []
        var storing: [StoringLimit] = []
        for count in eventsPerRequest {
            progress("limit: a server that only reads, \(count) a request")
            reading.append(
                try ReadingLimit.measure(
                    eventsPerRequest: count,
                    connections: options.connections,
                    seconds: seconds,
                    payload: payload
                )
            )
            parsing.append(
                try ParsingLimit.measure(eventsPerRequest: count, seconds: min(seconds / 4, 0.5), payload: payload)
            )
        }
        // 32 requests of one event share a commit when 32 connections wait; more of them do with larger requests.
        for count in [32, 100] {
            progress("limit: SQLite alone, \(count) rows a commit")
            storing.append(
                try StoringLimit.measure(
                    rowsPerCommit: count,
                    seconds: seconds,
                    folder: try folder.folder("rows-\(count)")
                )
            )
        }
        progress("limit: the disk")
        let flushing = try FlushLimit.measure(seconds: 0.5, folder: folder.path)
        return Limits(reading: reading, parsing: parsing, storing: storing, flushing: flushing)
    }

    func reading(_ eventsPerRequest: Int) -> ReadingLimit? {
        reading.first { $0.eventsPerRequest == eventsPerRequest }
    }

    func parsing(_ eventsPerRequest: Int) -> ParsingLimit? {
        parsing.first { $0.eventsPerRequest == eventsPerRequest }
    }

    /// For one event a request, 32 of which share a commit, or for more.
    func storing(_ eventsPerRequest: Int) -> StoringLimit? {
        storing.first { $0.rowsPerCommit == (eventsPerRequest == 1 ? 32 : 100) }
    }

    /// Reading, parsing and storing added up, in seconds for a million events.
    func processorSecondsPerMillion(_ eventsPerRequest: Int) -> Double? {
        guard let reading = reading(eventsPerRequest), let parsing = parsing(eventsPerRequest),
            let storing = storing(eventsPerRequest)
        else { return nil }
        return reading.processorSecondsPerMillion + parsing.microsecondsPerEvent + storing.processorSecondsPerMillion
    }
}
