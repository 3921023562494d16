package import AuditLog
internal import Foundation
internal import GRDB
internal import Merkle

extension SQLiteStore {
    /// Events at which an open buffer closes by itself, unless its log says otherwise.
    package static let maximumBufferEvents: UInt64 = 65_536

    /// How many events of an older store enter the trees in one transaction.
    private static let growthEvents: UInt64 = 16_384

    /// Has the trees take in all events of a log: after an upgrade many, else those since the last full tile.
    ///
    /// Each step is a transaction of its own, so that one that is interrupted goes on from there.
    func growTrees(of log: LogID) throws(StoreError) {
        let now = Int64(Date().timeIntervalSince1970 * 1_000_000)
        var isDone = false
        while !isDone {
            isDone = try transaction { database throws(StoreError) in
                let head = try head(of: log, in: database).sequence
                let tables = TreeTables(database, log: log)
                if tools.trees[log] == nil {
                    let limit = tools.bufferEvents[log] ?? SQLiteStore.maximumBufferEvents
                    tools.trees[log] = try LogTrees(tables, maximumBufferEvents: limit)
                }
                guard let trees = tools.trees[log] else { return true }
                try trees.grow(tables, to: min(head, trees.head + SQLiteStore.growthEvents), now: now)
                return trees.head >= head
            }
        }
    }

    package func seal(_ request: SealRequest, now: Int64) throws(StoreError) -> SealOutcome {
        try transaction { database throws(StoreError) in
            let tables = TreeTables(database, log: request.log)
            let head = try head(of: request.log, in: database)
            let trees = try tools.trees(of: tables, head: head.sequence, now: now)
            let root = request.closesBuffer ? try trees.close(tables, now: max(now, head.receivedAt)) : nil
            let checkpoint = try request.signer.map { signer throws(StoreError) in
                try sign(trees, signer, tables, now: now)
            }
            return SealOutcome(root: root, checkpoint: checkpoint)
        }
    }

    /// Signs the public tree as it is, and keeps what was signed before anybody sees it.
    private func sign(
        _ trees: LogTrees,
        _ signer: CheckpointSigner,
        _ tables: TreeTables,
        now: Int64
    ) throws(StoreError) -> SignedNote {
        let hasher = trees.publicTree.hasher
        let newest = try tables.newestCheckpoint()
        let size = trees.publicTree.size
        if let newest {
            let view = trees.publicTree.view { (address, count) throws(StoreError) in
                try tables.publicTile(address, count: count, hasher)
            }
            // Two heads that contradict each other would tell everybody that the log was forged.
            guard newest.size <= size, try view.root(of: newest.size) ?? TreeHash.emptyRoot == newest.root else {
                throw StoreError(
                    code: .unusable,
                    message: """
                        the log's tree contradicts its checkpoint of size \(newest.size), so none is signed any more; \
                        run 'audit-gateway verify' and restore a backup that is newer than that checkpoint
                        """
                )
            }
            if newest.size == size, let note = SignedNote(newest.note) { return note }
        }
        let origin = try origin(tables, proposed: signer.origin)
        let root = trees.publicTree.root ?? TreeHash.emptyRoot
        let note = signer.signer(origin: origin).sign(Checkpoint(origin: origin, size: size, root: root).text)
        let insert = try RawStatement(
            "INSERT OR REPLACE INTO checkpoint (log, size, root, note, signed_at) VALUES (?, ?, ?, ?, ?)",
            in: tables.database
        )
        insert.bind(Int64(tables.log.rawValue), at: 1)
        insert.bind(Int64(clamping: size), at: 2)
        insert.bind(copyOf: root.bytes, at: 3)
        insert.bind(copyOf: note.encoded, at: 4)
        insert.bind(now, at: 5)
        try insert.run()
        return note
    }

    /// The name under which a log is signed, which stays what it was when its first checkpoint was made.
    private func origin(_ tables: TreeTables, proposed: String) throws(StoreError) -> String {
        let keep = try RawStatement("UPDATE log SET origin = coalesce(origin, ?) WHERE id = ?", in: tables.database)
        keep.bind(copyOf: proposed, at: 1)
        keep.bind(Int64(tables.log.rawValue), at: 2)
        try keep.run()
        let find = try RawStatement("SELECT origin FROM log WHERE id = ?", in: tables.database)
        find.bind(Int64(tables.log.rawValue), at: 1)
        defer { find.reset() }
        return try find.step() ? find.text(at: 0) : proposed
    }
}
