internal import AuditLog
internal import GRDB
internal import Merkle

/// What a store says of a log beside its events, all of one moment.
///
/// What it says of the events up to ``head`` never changes afterwards but by an erasure, so that they may be read later,
/// piece by piece, while a gateway goes on writing.
struct LogFacts: Sendable {
    struct Checkpoint: Sendable {
        let size: UInt64
        let root: TreeHash
        let note: String
    }

    /// Sequences that are read in one piece.
    struct Piece: Sendable {
        let sequences: ClosedRange<UInt64>
        /// Whether none of them is there.
        let isMissing: Bool
    }

    /// Events of one piece of work, and of one reading transaction.
    private static let pieceEvents: UInt64 = 4096

    let log: LogIdentity
    /// All sequences up to ``head``, in order.
    var pieces: [Piece] = []
    var origin: String?
    var head: UInt64 = 0
    /// Closed buffers without a gap, from the first on.
    var buffers: [ClosedBuffer] = []
    /// By size, ascending.
    var checkpoints: [Checkpoint] = []
    /// Roots of the open buffer by size.
    var shownRoots: [UInt64: [TreeHash]] = [:]
    var mappings: Set<Int64> = []
    var problems: [LogProblem] = []

    init(_ log: LogIdentity) { self.log = log }

    /// The last sequence in a closed buffer.
    var closed: UInt64 { buffers.last?.sequences.upperBound ?? 0 }

    static func read(_ log: LogIdentity, in database: Database) throws -> LogFacts {
        var facts = LogFacts(log)
        let newest = try RawStatement("SELECT max(id) FROM event WHERE id BETWEEN ? AND ?", in: database)
        newest.bind(EventRow.first(of: log.id).rawValue, at: 1)
        newest.bind(EventRow.last(of: log.id).rawValue, at: 2)
        defer { newest.reset() }
        if try newest.step(), !newest.isNull(at: 0) { facts.head = EventRow(rawValue: newest.integer(at: 0)).sequence }
        facts.mappings = Set(try Int64.fetchAll(database, sql: "SELECT id FROM mapping_version"))
        try facts.plan(database)
        try facts.readBuffers(database)
        try facts.readCheckpoints(database)
        try facts.readShownRoots(database)
        try facts.readReferences(database)
        try facts.readTiles(database)
        return facts
    }

    private mutating func add(_ message: String) { problems.append(LogProblem(nil, message)) }

    /// Cuts the sequences into pieces; a gap is one piece however wide it is, as one damaged number may make it.
    private mutating func plan(_ database: Database) throws(StoreError) {
        let find = try RawStatement("SELECT min(id) FROM event WHERE id BETWEEN ? AND ?", in: database)
        var next: UInt64 = 1
        while next <= head {
            find.bind(EventRow(log.id, next).rawValue, at: 1)
            find.bind(EventRow.last(of: log.id).rawValue, at: 2)
            let isFound = try find.step() && !find.isNull(at: 0)
            let found = isFound ? EventRow(rawValue: find.integer(at: 0)).sequence : head + 1
            find.reset()
            if found >= next + LogFacts.pieceEvents {
                pieces.append(Piece(sequences: next...found - 1, isMissing: true))
                next = found
            } else {
                pieces.append(Piece(sequences: next...min(next + LogFacts.pieceEvents - 1, head), isMissing: false))
                next += LogFacts.pieceEvents
            }
        }
    }

    private mutating func readBuffers(_ database: Database) throws(StoreError) {
        let rows = try RawStatement(
            "SELECT number, first, last, root, published_root, published_at FROM buffer WHERE log = ? ORDER BY number",
            in: database
        )
        rows.bind(Int64(log.id.rawValue), at: 1)
        defer { rows.reset() }
        while try rows.step() {
            let number = UInt64(buffers.count)
            guard rows.integer(at: 0) == Int64(number), rows.integer(at: 1) == Int64(closed) + 1,
                closed < EventRow.sequenceMask,
                (rows.integer(at: 1)...EventRow.sequenceMask).contains(rows.integer(at: 2)),
                let root = rows.treeHash(at: 3),
                let published = rows.treeHash(at: 4)
            else {
                problems.append(LogProblem(closed + 1, "the buffer that begins here is missing or damaged"))
                return
            }
            buffers.append(
                ClosedBuffer(
                    number: number,
                    sequences: closed + 1...UInt64(clamping: rows.integer(at: 2)),
                    root: root,
                    publishedRoot: published,
                    publishedAt: rows.integer(at: 5)
                )
            )
        }
    }

    private mutating func readCheckpoints(_ database: Database) throws(StoreError) {
        let find = try RawStatement("SELECT origin FROM log WHERE id = ?", in: database)
        find.bind(Int64(log.id.rawValue), at: 1)
        defer { find.reset() }
        if try find.step(), !find.isNull(at: 0) { origin = find.text(at: 0) }
        let rows = try RawStatement("SELECT size, root, note FROM checkpoint WHERE log = ? ORDER BY size", in: database)
        rows.bind(Int64(log.id.rawValue), at: 1)
        defer { rows.reset() }
        while try rows.step() {
            guard let root = rows.treeHash(at: 1), let note = String(validating: rows.bytes(at: 2), as: UTF8.self),
                rows.integer(at: 0) >= 0
            else {
                add("the checkpoint of size \(rows.integer(at: 0)) is damaged")
                continue
            }
            checkpoints.append(Checkpoint(size: UInt64(rows.integer(at: 0)), root: root, note: note))
        }
        if origin != nil, checkpoints.isEmpty { add("it has a name to be signed under, but no checkpoint any more") }
        if origin == nil, !checkpoints.isEmpty { add("it has checkpoints, but no name that they are signed under") }
    }

    private mutating func readShownRoots(_ database: Database) throws(StoreError) {
        let rows = try RawStatement("SELECT size, root FROM shown_root WHERE log = ?", in: database)
        rows.bind(Int64(log.id.rawValue), at: 1)
        defer { rows.reset() }
        while try rows.step() {
            let size = rows.integer(at: 0)
            guard let root = rows.treeHash(at: 1), size > 0, UInt64(size) <= head - min(closed, head) else {
                add("a root of the open buffer that a writer saw is damaged, or of more events than there are")
                continue
            }
            shownRoots[UInt64(size), default: []].append(root)
        }
    }

    /// What refers to events behind the last one, as it does when events were cut off the end.
    private mutating func readReferences(_ database: Database) throws {
        var references = try SQLiteStore.references(to: log.id, in: database)
        if let size = checkpoints.last?.size { references.append(LogReference(name: "a checkpoint", sequence: size)) }
        if closed > 0 { references.append(LogReference(name: "a published root", sequence: closed)) }
        for reference in references where reference.sequence > head {
            add("events after sequence \(head) are missing: \(reference.name) refers to \(reference.sequence)")
        }
        let keys = try RawStatement(
            "SELECT min(event), min(length(key)), max(length(key)) FROM deduplication WHERE event BETWEEN ? AND ?",
            in: database
        )
        keys.bind(EventRow.first(of: log.id).rawValue, at: 1)
        keys.bind(EventRow.last(of: log.id).rawValue, at: 2)
        defer { keys.reset() }
        guard try keys.step(), !keys.isNull(at: 0) else { return }
        let isOne = EventRow(rawValue: keys.integer(at: 0)).sequence >= 1
        if !isOne || keys.integer(at: 1) != LogFacts.keyBytes || keys.integer(at: 2) != LogFacts.keyBytes {
            add("a deduplication key is damaged")
        }
    }

    /// Length of a deduplication key: four bytes of time and sixteen of a hash.
    private static let keyBytes: Int64 = 20

    /// That all tiles are there which the sizes of the trees ask for, as long as they must be, and no other; what they hold
    /// is compared later.
    private mutating func readTiles(_ database: Database) throws(StoreError) {
        guard closed <= head else { return }
        let rows = try RawStatement(
            "SELECT tree, level, number, length(hashes) FROM tile WHERE log = ? ORDER BY tree, level, number",
            in: database
        )
        rows.bind(Int64(log.id.rawValue), at: 1)
        defer { rows.reset() }
        var found: UInt64 = 0
        while try rows.step() {
            let width = expectedWidth(
                tree: rows.integer(at: 0),
                level: rows.integer(at: 1),
                number: rows.integer(at: 2)
            )
            guard width > 0, rows.integer(at: 3) == Int64(width * TreeHash.byteCount) else {
                add(
                    """
                    tile \(rows.integer(at: 2)) of level \(rows.integer(at: 1)) of tree \(rows.integer(at: 0)) does not \
                    belong to a log of \(head) event(s) and \(buffers.count) published root(s)
                    """
                )
                continue
            }
            found += 1
        }
        let expected = expectedTiles
        if found < expected { add("\(expected - found) tile(s) of its trees are missing") }
    }

    private func expectedWidth(tree: Int64, level: Int64, number: Int64) -> Int {
        guard level >= 0, level < 8, number >= 0, let (size, isClosed) = shape(ofTree: tree) else { return 0 }
        let width = TileAddress(level: Int(level), number: UInt64(number)).width(inTreeOf: size)
        // Of level 0 only full tiles are stored, and the last one of a buffer that was closed.
        return level > 0 || isClosed || width == TileAddress.width ? width : 0
    }

    /// How many leaves a tree has, and whether it is a closed buffer's.
    private func shape(ofTree tree: Int64) -> (size: UInt64, isClosed: Bool)? {
        if tree == TreeKind.publicTree.number { return (head, false) }
        if tree == TreeKind.published.number { return (UInt64(buffers.count), false) }
        guard tree >= TreeKind.buffer(0).number else { return nil }
        let number = UInt64(tree - TreeKind.buffer(0).number)
        if number < UInt64(buffers.count) { return (buffers[Int(number)].size, true) }
        return number == UInt64(buffers.count) ? (head - closed, false) : nil
    }

    private var expectedTiles: UInt64 {
        func count(_ size: UInt64, isClosed: Bool) -> UInt64 {
            let width = UInt64(TileAddress.width)
            var entries = size >> UInt64(TileAddress.height)
            var tiles = isClosed && !size.isMultiple(of: width) ? entries + 1 : entries
            while entries > 0 {
                tiles += (entries + width - 1) / width
                entries >>= UInt64(TileAddress.height)
            }
            return tiles
        }
        return buffers.reduce(
            count(head, isClosed: false) + count(UInt64(buffers.count), isClosed: false)
                + count(head - closed, isClosed: false)
        ) { $0 + count($1.size, isClosed: true) }
    }
}
