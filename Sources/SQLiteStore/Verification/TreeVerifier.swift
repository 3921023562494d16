internal import AuditLog
internal import GRDB
internal import Merkle

/// Builds a log's trees anew from its events, and compares all that is stored of them: tiles, buffers' roots, published
/// roots, roots that writers saw, checkpoints.
///
/// Gets the events range by range, in order; used by one thread at a time.
final class TreeVerifier: @unchecked Sendable {
    // OrderedWork calls `add` from one thread at a time.

    private let connection: VerifierConnection
    private let facts: LogFacts
    private let keys: [NoteVerifier]
    private(set) var result: LogVerification

    private let publicTree = TreeBuilder(TreeHasher(.rfc6962))
    private let published = TreeBuilder(TreeHasher(.plain))
    private var buffer = TreeBuilder(TreeHasher(.plain))
    /// Tiles that still grow, by tree and level: what is stored of them is compared at the end.
    private var growing: [GrowingTile: TreeBuilder.ChangedTile] = [:]
    private var nextCheckpoint = 0
    private var receivedAt = Int64.min
    /// False once an event is missing: behind it no tree can be built.
    private var isComplete = true
    /// Trees with a tile of level 0 that differs, whose upper tiles and roots then differ, too.
    private var damagedTrees: Set<Int64> = []

    private struct GrowingTile: Hashable {
        let tree: Int64
        let level: Int
    }

    init(_ connection: VerifierConnection, _ facts: LogFacts, keys: [NoteVerifier]) {
        self.connection = connection
        self.facts = facts
        self.keys = keys
        result = LogVerification(facts.log)
        result.origin = facts.origin
        result.head = facts.head
        result.checkpoints = facts.checkpoints.count
        result.checkpointSize = facts.checkpoints.last?.size ?? 0
        for problem in facts.problems { result.add(problem) }
        checkNotes()
    }

    private func add(_ sequence: UInt64? = nil, _ message: String) { result.add(LogProblem(sequence, message)) }

    // MARK: - Events

    func add(_ findings: EventRangeFindings) throws(StoreError) {
        result.events += findings.events
        result.erased += findings.erased
        result.records += findings.records
        for problem in findings.problems { result.add(problem) }
        if let times = findings.receivedAt {
            if times.lowerBound <= receivedAt {
                add(findings.sequences.lowerBound, "its receipt time is not after the one before it")
            }
            receivedAt = times.upperBound
        }
        guard isComplete else { return }
        try connection.read { database in
            let tables = TreeTables(database, log: facts.log.id)
            if publicTree.size == 0 { checkCheckpoints() }
            for (leaf, hash) in zip(findings.leaves, findings.hashes) {
                try publicTree.append(leaf) { (tile) throws(StoreError) in
                    try compare(.publicTree, tile, firstSequence: 1, tables)
                }
                checkCheckpoints()
                try appendToBuffer(hash, tables)
            }
        }
        isComplete = findings.leaves.count == findings.sequences.count
        if !isComplete {
            add(publicTree.size + 1, "from here on the trees cannot be compared, as this event is missing or damaged")
        }
    }

    private func appendToBuffer(_ hash: TreeHash, _ tables: TreeTables) throws(StoreError) {
        let number = UInt64(published.size)
        let kind = TreeKind.buffer(number)
        let first = publicTree.size - buffer.size
        try buffer.append(hash) { (tile) throws(StoreError) in
            try compare(kind, tile, firstSequence: first, tables)
        }
        guard number < UInt64(facts.buffers.count) else { return checkShownRoots() }
        let closed = facts.buffers[Int(number)]
        guard publicTree.size == closed.sequences.upperBound else { return }
        let edge = buffer.edge
        if !edge.isEmpty {
            let address = TileAddress(level: 0, number: buffer.size / UInt64(TileAddress.width))
            let tile = TreeBuilder.ChangedTile(address: address, hashes: edge)
            try compareStored(kind, tile, firstSequence: first, tables)
        }
        guard let root = buffer.root else { return }
        if root != closed.root {
            add("the root of buffer \(number) (sequences \(first) to \(publicTree.size)) is not that of its events")
        }
        try published.append(root) { (tile) throws(StoreError) in
            try compare(.published, tile, firstSequence: nil, tables)
        }
        result.publishedRoots = published.size
        result.publishedRoot = published.root
        if published.root != closed.publishedRoot {
            add("the published root of size \(published.size) is not that of sequences 1 to \(publicTree.size)")
        }
        try compareGrowing(kind, tables)
        buffer = TreeBuilder(buffer.hasher)
    }

    private func checkShownRoots() {
        guard let roots = facts.shownRoots[buffer.size] else { return }
        for root in roots where root != buffer.root {
            add("a writer saw a root of the open buffer, of \(buffer.size) event(s), that is not that of its events")
        }
    }

    /// Ends the verification: all events of the log were added.
    func finish() throws(StoreError) {
        result.publicRoot = publicTree.root ?? TreeHash.emptyRoot
        if isComplete {
            try connection.read { database in
                let tables = TreeTables(database, log: facts.log.id)
                if publicTree.size == 0 { checkCheckpoints() }
                for kind in [.publicTree, .published, .buffer(published.size)] as [TreeKind] {
                    try compareGrowing(kind, tables)
                }
            }
        }
        result.sortProblems()
    }

    // MARK: - Tiles

    private func compare(
        _ tree: TreeKind,
        _ tile: TreeBuilder.ChangedTile,
        firstSequence: UInt64?,
        _ tables: TreeTables
    ) throws(StoreError) {
        let place = GrowingTile(tree: tree.number, level: tile.address.level)
        guard tile.hashes.count == TileAddress.width else {
            growing[place] = tile
            return
        }
        growing[place] = nil
        try compareStored(tree, tile, firstSequence: firstSequence, tables)
    }

    private func compareGrowing(_ tree: TreeKind, _ tables: TreeTables) throws(StoreError) {
        for place in growing.keys.filter({ $0.tree == tree.number }).sorted(by: { $0.level < $1.level }) {
            guard let tile = growing.removeValue(forKey: place) else { continue }
            try compareStored(tree, tile, firstSequence: nil, tables)
        }
    }

    /// Compares a tile with what is stored, of which a gateway that goes on writing may have more by now.
    private func compareStored(
        _ tree: TreeKind,
        _ tile: TreeBuilder.ChangedTile,
        firstSequence: UInt64?,
        _ tables: TreeTables
    ) throws(StoreError) {
        // That it is missing or too short was found when all tiles were counted.
        guard let stored = try tables.storedTile(tree, tile.address), stored.count >= tile.hashes.count else { return }
        guard let index = tile.hashes.indices.first(where: { stored[$0] != tile.hashes[$0] }) else { return }
        let name = TreeVerifier.name(of: tree)
        if tile.address.level == 0 {
            damagedTrees.insert(tree.number)
            let sequence = firstSequence.map { $0 + tile.address.number * UInt64(TileAddress.width) + UInt64(index) }
            add(sequence, "it is not what \(name) was built of (tile \(tile.address.number) of level 0)")
        } else if !damagedTrees.contains(tree.number) {
            add(
                "tile \(tile.address.number) of level \(tile.address.level) of \(name) is not what follows from the events"
            )
        }
    }

    private func add(_ message: String) { add(nil, message) }

    private static func name(of tree: TreeKind) -> String {
        switch tree {
        case .publicTree: "the public tree"
        case .published: "the published tree"
        case .buffer(let number): "buffer \(number)"
        }
    }

    // MARK: - Checkpoints

    /// Compares the checkpoints of the size that the public tree has now.
    private func checkCheckpoints() {
        while nextCheckpoint < facts.checkpoints.count, facts.checkpoints[nextCheckpoint].size == publicTree.size {
            let checkpoint = facts.checkpoints[nextCheckpoint]
            nextCheckpoint += 1
            guard checkpoint.root != publicTree.root ?? TreeHash.emptyRoot else { continue }
            add("the checkpoint of size \(checkpoint.size) has another root than the events: the log was changed since")
        }
    }

    /// That each signed text says what its row says, and who signed it.
    private func checkNotes() {
        let key = keys.first { $0.name == facts.origin }
        if key != nil { result.signatures = .checked }
        for row in facts.checkpoints {
            guard let note = SignedNote(row.note), note.encoded == row.note, let checkpoint = Checkpoint(note.text),
                checkpoint.text == note.text, checkpoint.size == row.size, checkpoint.root == row.root,
                checkpoint.origin == facts.origin
            else {
                add("the checkpoint of size \(row.size) is not what its row says")
                continue
            }
            if let key, !key.verify(note) { add("the checkpoint of size \(row.size) is not signed by '\(key.text)'") }
        }
    }
}
