internal import AuditLog
internal import Foundation
internal import JSON
internal import Schema

/// Makes the file of one job, page by page: what is in memory at a time is a page of events and a piece of text.
struct ExportRunner {
    enum Ending {
        case done
        /// The gateway stops, or the job began anew or is gone; whoever wants it goes on later.
        case leftOff
    }

    /// Events that are read together.
    private static let pageEvents = 128
    /// Text that makes a member of the file: as much is lost, and made again, in a crash.
    private static let memberBytes = 1 << 20

    let store: SQLiteStore
    let catalog: ExportCatalog
    let folder: String
    let job: ExportJob
    let context: Exporter.JobContext
    /// Throws when there is too little room on the disk.
    let checkRoom: () throws(StoreError) -> Void
    let isStopping: () -> Bool

    /// Runs the job to its end, from where an earlier run left off.
    func run(from start: ExportCatalog.Progress) throws -> Ending {
        var progress = start
        // Nothing says which events a sorted file would go on with.
        if isSorted {
            progress.bytes = 0
            progress.position = 0
            progress.events = 0
        }
        let path = "\(folder)/\(progress.file)"
        guard let file = try ExportFile(path: path, bytes: progress.bytes) else {
            // The file is not what was noted of it: the whole job again.
            progress.bytes = 0
            progress.position = 0
            progress.events = 0
            guard try catalog.note(progress, of: job.id, state: .running) else { return .leftOff }
            return try run(from: progress)
        }
        var writer = EventFileWriter(job.format, schema: context.schema, isVerbose: job.isVerbose)
        if progress.bytes == 0 { writer.begin() }
        let isWhole = try forEachPage(from: progress.position) { sequences, position in
            guard !isStopping() else { return false }
            progress.events += try append(sequences, to: &writer)
            progress.position = position
            guard writer.text.bytes.count >= ExportRunner.memberBytes else { return true }
            return try flush(&writer, to: file, &progress, state: .running)
        }
        guard isWhole, try flush(&writer, to: file, &progress, state: .done) else { return .leftOff }
        return .done
    }

    private var isSorted: Bool {
        if case .range(_, .some, _) = job.content { true } else { false }
    }

    /// Writes what waits; false when the job began anew or is gone.
    private func flush(
        _ writer: inout EventFileWriter,
        to file: ExportFile,
        _ progress: inout ExportCatalog.Progress,
        state: ExportJob.State
    ) throws -> Bool {
        // Also an empty file is one.
        if !writer.text.bytes.isEmpty || progress.bytes == 0 {
            try checkRoom()
            try file.append(writer.text.bytes)
            writer.text.removeAll()
            progress.bytes = file.bytes
        }
        return try catalog.note(progress, of: job.id, state: state)
    }

    /// Appends some events.
    ///
    /// - Returns: how many of them the token may see.
    private func append(_ sequences: [UInt64], to writer: inout EventFileWriter) throws(StoreError) -> UInt64 {
        var count: UInt64 = 0
        if job.isVerbose && context.schema.isTamperProof {
            let page = try store.provenEvents(of: job.log, sequences: sequences, at: job.sizes)
            for (event, proof) in zip(page.events, page.proofs) where context.isVisible(event) {
                writer.append(event, proof: proof)
                count += 1
            }
        } else {
            for event in try store.events(of: job.log, sequences: sequences) where context.isVisible(event) {
                writer.append(event, proof: nil)
                count += 1
            }
        }
        return count
    }

    // MARK: - Pages

    private typealias Page = (_ sequences: [UInt64], _ position: Int64) throws -> Bool

    /// Calls `body` with the job's sequences in order from a position on, and the position behind them.
    ///
    /// - Returns: whether that was to the end.
    private func forEachPage(from position: Int64, _ body: Page) throws -> Bool {
        switch job.content {
        case .list(let sequences, _):
            var next = Int(position)
            while next < sequences.count {
                let end = min(next + ExportRunner.pageEvents, sequences.count)
                guard try body(Array(sequences[next..<end]), Int64(end)) else { return false }
                next = end
            }
            return true
        case .range(nil, _, _): return true
        case .range(let range?, nil, let isDescending):
            return try forEachPage(of: range, isDescending: isDescending, from: position, body)
        case .range(let range?, let field?, let isDescending):
            return try forEachSortedPage(of: range, by: field, isDescending: isDescending, body)
        }
    }

    private func forEachPage(
        of range: ClosedRange<UInt64>,
        isDescending: Bool,
        from position: Int64,
        _ body: Page
    ) throws -> Bool {
        let count = range.upperBound - range.lowerBound + 1
        var next = UInt64(clamping: position)
        while next < count {
            let end = min(next + UInt64(ExportRunner.pageEvents), count)
            let sequences =
                isDescending
                ? (next..<end).map { range.upperBound - $0 } : (next..<end).map { range.lowerBound + $0 }
            guard try body(sequences, Int64(clamping: end)) else { return false }
            next = end
        }
        return true
    }

    private func forEachSortedPage(
        of range: ClosedRange<UInt64>,
        by field: String,
        isDescending: Bool,
        _ body: Page
    ) throws -> Bool {
        guard let keys = EventSortKeys(field: field, of: context.schema) else {
            throw StoreError(code: .unusable, message: "the log's schema has no field '\(field)' any more")
        }
        let sorted = try SortFile(path: "\(folder)/\(job.id).sort", isDescending: isDescending)
        var inserted = 0
        let isRead = try forEachPage(of: range, isDescending: false, from: 0) { sequences, _ in
            inserted += 1
            if inserted % 64 == 0 { try checkRoom() }
            for event in try store.events(of: job.log, sequences: sequences) where context.isVisible(event) {
                try sorted.insert(keys.key(of: event), sequence: event.sequence)
            }
            return !isStopping()
        }
        guard isRead else { return false }
        var position: Int64 = 0
        var isWhole = true
        try sorted.forEachPage(of: ExportRunner.pageEvents) { sequences in
            position += Int64(sequences.count)
            isWhole = try body(sequences, position)
            return isWhole
        }
        return isWhole
    }
}
