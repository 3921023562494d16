extension Report {
    /// Tables for a terminal, with the verdict at the end.
    package var text: String {
        var text = heading
        if !scenarios.isEmpty { text += "\n" + scenarioTable.text }
        if !kills.isEmpty {
            text += "\nkill -9 under load (10 events a request), started again at once\n" + killTable.text
        }
        if let limits { text += "\n" + limitTable(limits).text + flushLine(limits) }
        if !mappings.isEmpty { text += "\n" + mappingTable.text }
        if let search { text += "\n" + searchTable(search).text + searchLine(search) }
        if !hostile.isEmpty { text += "\n" + hostileTable.text }
        return text + "\n" + verdict
    }

    private var heading: String {
        var text = """
            \(machine.processor), \(machine.cores) cores, Linux \(machine.kernel), \(machine.filesystem); \
            load average before: \(Figure.fixed(machine.loadAverage, 2))
            \(options.connections) connections, \(Figure.text(options.seconds)) s a load, events of \
            \(Figure.text(Payload().meanByteCount)) bytes, every fifth request a repeat; \
            load, sink and gateway share the cores

            """
        if machine.isInMemory {
            text += "NOTE: the store is in memory here, so that a flush costs nothing; name a folder on a disk\n"
        }
        return text
    }

    private var scenarioTable: Table {
        var table = Table([
            "", "requests/s", "events/s", "forwarded/s", "p50 ms", "p99 ms", "max ms", "CPU-s/1M", "MB idle", "MB peak",
            "disk B/event", "lost", "doubled", "alien", "failed",
        ])
        for figures in scenarios {
            let latency = figures.load.latency
            table.append([
                figures.title, Figure.text(figures.load.requestsPerSecond), Figure.text(figures.load.eventsPerSecond),
                Figure.text(figures.forwardedPerSecond) + (figures.isDrained ? "" : " (not all)"),
                Figure.milliseconds(latency.value(at: 0.5)), Figure.milliseconds(latency.value(at: 0.99)),
                Figure.milliseconds(latency.value(at: 1)), Figure.text(figures.processorSecondsPerMillion),
                Figure.megabytes(figures.idleBytes), Figure.megabytes(figures.peakBytes),
                Figure.text(figures.writtenPerEvent), Figure.text(max(figures.sink.lost, figures.log.lost)),
                Figure.text(max(figures.sink.doubled, figures.log.doubled)),
                Figure.text(max(figures.sink.alien, figures.log.alien)), Figure.text(figures.load.failures),
            ])
        }
        return table
    }

    private var killTable: Table {
        var table = Table([
            "", "acknowledged", "lost (log)", "doubled (log)", "lost (sink)", "doubled (sink)", "unanswered",
        ])
        for figures in kills {
            table.append([
                "round \(figures.round)", Figure.text(figures.log.acknowledged), Figure.text(figures.log.lost),
                Figure.text(figures.log.doubled), Figure.text(figures.sink.lost), Figure.text(figures.sink.doubled),
                Figure.text(figures.load.unanswered),
            ])
        }
        return table
    }

    private func limitTable(_ limits: Limits) -> Table {
        var table = Table(["limits of this machine", "events/s", "CPU-s/1M", "gateway ÷ limit", "CPU ÷ limit"])
        func row(_ title: String, _ rate: Double?, _ processor: Double?, _ eventsPerRequest: Int) {
            let gateway = scenarios.first { $0.eventsPerRequest == eventsPerRequest && $0.requestedRate == nil }
            func ratio(_ measured: Double?, _ limit: Double?) -> String {
                guard let measured, let limit, limit > 0 else { return "" }
                return Figure.fixed(measured / limit, 2)
            }
            table.append([
                title, rate.map { Figure.text($0) } ?? "", processor.map { Figure.text($0) } ?? "",
                ratio(gateway?.load.eventsPerSecond, rate), ratio(gateway?.processorSecondsPerMillion, processor),
            ])
        }
        for limit in limits.reading {
            row(
                "HTTP: read \(limit.eventsPerRequest) a request, answer",
                limit.eventsPerSecond,
                limit.processorSecondsPerMillion,
                limit.eventsPerRequest
            )
        }
        for limit in limits.parsing {
            row(
                "simdjson: parse \(limit.eventsPerRequest) a request",
                limit.eventsPerSecond,
                limit.microsecondsPerEvent,
                limit.eventsPerRequest
            )
        }
        for limit in limits.storing {
            let p99 = Figure.milliseconds(limit.latency.value(at: 0.99))
            row(
                "SQLite: \(limit.rowsPerCommit) rows a commit, p99 \(p99) ms",
                limit.rowsPerSecond,
                limit.processorSecondsPerMillion,
                limit.rowsPerCommit == 32 ? 1 : 100
            )
        }
        for count in Limits.eventsPerRequest {
            row("all three added up, \(count) a request", nil, limits.processorSecondsPerMillion(count), count)
        }
        return table
    }

    private var mappingTable: Table {
        var table = Table([
            "mapping, one core", "bodies", "B/event", "events/s", "CPU-s/1M", "simdjson alone", "mapping ÷ simdjson",
        ])
        for speed in mappings {
            table.append([
                speed.mapping, Figure.text(speed.bodyCount), Figure.text(speed.bytesPerEvent.rounded()),
                Figure.text(speed.eventsPerSecond), Figure.text(speed.microsecondsPerEvent),
                Figure.text(speed.parsingMicrosecondsPerEvent), Figure.fixed(speed.ratio, 2),
            ])
        }
        return table
    }

    private func searchTable(_ search: SearchSpeed) -> Table {
        var table = Table([
            "search in \(Figure.text(search.eventCount)) events, to the first page", "found", "p50 ms", "p95 ms",
            "max ms",
        ])
        for kind in search.kinds {
            table.append([
                kind.title, Figure.text(Int(kind.found.rounded())),
                Figure.milliseconds(kind.latency.value(at: 0.5)), Figure.milliseconds(kind.latency.value(at: 0.95)),
                Figure.milliseconds(kind.latency.value(at: 1)),
            ])
        }
        return table
    }

    private var hostileTable: Table {
        var table = Table([
            "hostile megabyte, one core", "in the fixture", "records", "ms", "of \(Figure.text(HostileSpeed.bar)) ms",
        ])
        for speed in hostile {
            table.append([
                speed.shape.rawValue, "\(speed.mapping)/\(speed.fixture), value \(speed.place)",
                Figure.text(speed.recordCount), Figure.text(speed.milliseconds),
                "\(Figure.fixed(speed.milliseconds / HostileSpeed.bar * 100, 0)) %",
            ])
        }
        return table
    }

    private func searchLine(_ search: SearchSpeed) -> String {
        """
        search index: \(Figure.text(search.indexBytesPerEvent)) bytes for an event of \
        \(Figure.text(search.eventBytes)), made in \(Figure.text(search.indexingMicrosecondsPerEvent)) µs of processor \
        time; \(Figure.megabytes(search.indexingBytes)) MB of memory while it is made, \
        \(Figure.megabytes(search.searchingBytes)) MB while it is searched

        """
    }

    private func flushLine(_ limits: Limits) -> String {
        let latency = limits.flushing.latency
        return """
            disk: 4 KiB appended and flushed in \(Figure.milliseconds(latency.value(at: 0.5))) ms, \
            p99 \(Figure.milliseconds(latency.value(at: 0.99))) ms

            """
    }

    private var verdict: String {
        var table = Table(["verdict", "measured", "bar", ""])
        for bar in bars {
            let word =
                switch bar.isReached {
                case .some(true): "PASS"
                case .some(false): "MISS"
                case .none: "not measured"
                }
            table.append([
                bar.title, bar.measured.map { "\(Figure.text($0)) \(bar.unit)" } ?? "", bar.demand, word,
            ])
        }
        var text = table.text
        for figures in scenarios where !figures.isDrained {
            text += "MISS: \(figures.title): the sink did not get everything in time\n"
        }
        for figures in scenarios {
            for (status, count) in figures.load.refused.sorted(by: { $0.key < $1.key }) {
                text += "MISS: \(figures.title): \(Figure.text(count)) requests were answered with \(status)\n"
            }
        }
        for figures in kills where !figures.isKept {
            text += "MISS: kill -9, round \(figures.round): not everything acknowledged was kept and forwarded\n"
        }
        return text
    }
}
