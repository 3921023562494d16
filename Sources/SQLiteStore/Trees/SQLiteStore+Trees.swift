package import AuditLog
internal import GRDB
package import Merkle

// Each call reads one snapshot: sizes, events, tiles and roots of the same moment.
extension SQLiteStore {
    package func treeSizes(of log: LogID) throws(StoreError) -> TreeSizes {
        try read("read the sizes of trees") { try treeSizes(TreeTables($0, log: log)) }
    }

    func treeSizes(_ tables: TreeTables) throws(StoreError) -> TreeSizes {
        let newest = try tables.newestBuffer()
        return TreeSizes(
            head: try newestSequence(of: tables.log, in: tables.database),
            published: newest.map { $0.number + 1 } ?? 0,
            closed: newest?.sequences.upperBound ?? 0
        )
    }

    package func provenEvents(
        of log: LogID,
        sequences: [UInt64],
        at sizes: TreeSizes?
    ) throws(StoreError) -> ProvenEvents {
        try read("read events with proofs") { database in
            let tables = TreeTables(database, log: log)
            let sizes = try sizes ?? treeSizes(tables)
            var page = ProvenEvents()
            page.events = try events(of: log, sequences: sequences.filter { $0 <= sizes.head }, in: database)
            var prover = Prover(tables, sizes: sizes)
            for event in page.events { page.proofs.append(try prover.proof(of: event.sequence)) }
            page.root = try prover.publishedRoot()
            page.openRoot = try prover.openRoot()
            return page
        }
    }

    package func publishedRoot(of log: LogID, size: UInt64?) throws(StoreError) -> PublishedRoot? {
        try read("read a root") { database in
            let tables = TreeTables(database, log: log)
            guard let size else { return try tables.newestBuffer().map { try tables.root($0) } }
            guard size > 0 else { return nil }
            return try tables.buffer(number: size - 1).map { try tables.root($0) }
        }
    }

    package func treeSummary(of log: LogID) throws(StoreError) -> TreeSummary {
        try read("read the trees' summary") { database in
            let tables = TreeTables(database, log: log)
            let sizes = try treeSizes(tables)
            let prover = Prover(tables, sizes: sizes)
            return TreeSummary(
                sizes: sizes,
                root: try prover.publishedRoot(),
                openRoot: try prover.openRoot(),
                checkpoint: try tables.newestCheckpoint().flatMap { SignedNote($0.note) }
            )
        }
    }

    // MARK: - The public tree

    package func checkpoint(of log: LogID) throws(StoreError) -> SignedNote? {
        try read("read a checkpoint") { try TreeTables($0, log: log).newestCheckpoint() }
            .flatMap { SignedNote($0.note) }
    }

    package func publicTile(of log: LogID, at address: TileAddress, width: Int) throws(StoreError) -> [TreeHash]? {
        try read("read a tile") { database in
            let tables = TreeTables(database, log: log)
            let size = try tables.newestCheckpoint()?.size ?? 0
            guard width > 0, width <= address.width(inTreeOf: size) else { return nil }
            return Array(try tables.publicTile(address, count: width, TreeHasher(.rfc6962)).prefix(width))
        }
    }

    package func publicEntries(of log: LogID, bundle number: UInt64, width: Int) throws(StoreError) -> [LogEntry]? {
        try read("read entries") { database in
            let tables = TreeTables(database, log: log)
            let size = try tables.newestCheckpoint()?.size ?? 0
            guard width > 0, width <= TileAddress(level: 0, number: number).width(inTreeOf: size) else { return nil }
            var entries: [LogEntry] = []
            let first = number * UInt64(TileAddress.width) + 1
            try tables.forEachLeaf(from: first, count: width) { entries.append($0.entry) }
            return entries
        }
    }

    package func receipt(of log: LogID, sequence: UInt64) throws(StoreError) -> EventReceipt? {
        try read("make a receipt") { database in
            let tables = TreeTables(database, log: log)
            guard let checkpoint = try tables.newestCheckpoint(), let note = SignedNote(checkpoint.note),
                (1...checkpoint.size).contains(sequence)
            else { return nil }
            var entry: LogEntry?
            try tables.forEachLeaf(from: sequence, count: 1) { entry = $0.entry }
            guard let entry else { return nil }
            let path = try tables.publicTree(size: checkpoint.size)
                .path(index: sequence - 1, inTreeOf: checkpoint.size)
            let find = try RawStatement("SELECT salt, raw_hash, hash FROM event WHERE id = ?", in: database)
            find.bind(EventRow(log, sequence).rawValue, at: 1)
            defer { find.reset() }
            guard try find.step(), let identity = try findLog(log, in: database) else { return nil }
            return EventReceipt(
                log: identity,
                event: try events(of: log, sequences: [sequence], in: database).first,
                hash: find.bytes(at: 2),
                salt: find.isNull(at: 0) ? nil : find.bytes(at: 0),
                // Without the salt nothing would prove it.
                rawHash: find.isNull(at: 0) || find.isNull(at: 1) ? nil : find.bytes(at: 1),
                entry: entry,
                receipt: InclusionReceipt(index: sequence - 1, proof: path.map(\.hash), note: note)
            )
        }
    }
}

/// Makes membership proofs for events against the trees at some sizes.
private struct Prover {
    private let tables: TreeTables
    private let sizes: TreeSizes
    private let published: TreeView<StoreError>
    private let openBuffer: TreeView<StoreError>
    /// Of the closed buffer that was met last: pages of events mostly stay in one.
    private var closed: (buffer: ClosedBuffer, view: TreeView<StoreError>, path: [PathStep])?

    init(_ tables: TreeTables, sizes: TreeSizes) {
        self.tables = tables
        self.sizes = sizes
        published = tables.published(size: sizes.published)
        openBuffer = tables.buffer(sizes.published, first: sizes.closed + 1, size: sizes.head - sizes.closed)
    }

    mutating func proof(of sequence: UInt64) throws(StoreError) -> EventProof {
        if sequence > sizes.closed {
            let index = sequence - sizes.closed - 1
            return EventProof(leafIndex: nil, path: try openBuffer.path(index: index, inTreeOf: openBuffer.size))
        }
        if closed?.buffer.sequences.contains(sequence) != true {
            guard let buffer = try tables.buffer(containing: sequence) else {
                throw TreeTables.damaged("the buffer of event \(sequence)", of: tables.log)
            }
            closed = (
                buffer, tables.buffer(buffer.number, first: buffer.sequences.lowerBound, size: buffer.size),
                try published.path(index: buffer.number, inTreeOf: sizes.published)
            )
        }
        guard let closed else { preconditionFailure("a buffer was found") }
        let index = sequence - closed.buffer.sequences.lowerBound
        let inner = try closed.view.path(index: index, inTreeOf: closed.buffer.size)
        return EventProof(leafIndex: closed.buffer.number, path: inner + closed.path)
    }

    func publishedRoot() throws(StoreError) -> PublishedRoot? {
        guard sizes.published > 0 else { return nil }
        guard let buffer = try tables.buffer(number: sizes.published - 1) else {
            throw TreeTables.damaged("a buffer", of: tables.log)
        }
        return try tables.root(buffer)
    }

    func openRoot() throws(StoreError) -> OpenRoot? {
        try openBuffer.root(of: openBuffer.size).map { OpenRoot(size: openBuffer.size, hash: $0) }
    }
}
