import AuditLog
import Cryptography
import Foundation
import JSON
import Merkle
import SQLiteStore
import Testing

/// Checks every event of a log against the roots that the same answer holds.
private func verifyAll(_ fixture: StoreFixture, of log: LogIdentity? = nil, at sizes: TreeSizes? = nil) throws {
    let log = log ?? fixture.log
    let head = try sizes?.head ?? fixture.store.head(of: log.id)
    let page = try fixture.store.provenEvents(of: log.id, sequences: Array(1...max(head, 1)), at: sizes)
    let hasher = TreeHasher(.plain)
    #expect(page.events.count == page.proofs.count)
    for (event, proof) in zip(page.events, page.proofs) {
        let leaf = try #require(TreeHash(event.hash))
        #expect(SHA256Hasher.hash(event.envelope) == event.hash)
        let root = proof.leafIndex == nil ? page.openRoot?.hash : page.root?.hash
        #expect(proof.path.root(from: leaf, hasher) == root, "event \(event.sequence)")
    }
}

extension StoreFixture {
    fileprivate func store(_ count: Int, into log: LogIdentity? = nil, at now: Int64 = StoreFixture.start) throws {
        let head = try Int(store.head(of: (log ?? self.log).id))
        var request = request((0..<count).map { "event \(head + $0)" })
        if let log {
            var other = AppendRequest(log: log.id, events: request.events)
            other.delivery = request.delivery
            request = other
        }
        try commit(request, now: now)
    }

    @discardableResult
    fileprivate func publish(_ log: LogIdentity? = nil, at now: Int64 = StoreFixture.start) throws -> PublishedRoot? {
        try store.seal(SealRequest(log: (log ?? self.log).id, closesBuffer: true, signer: nil), now: now).root
    }

    /// Takes away all that a store of an older version does not have.
    fileprivate func forgetTrees() throws {
        for table in ["tile", "buffer", "checkpoint", "shown_root"] { try execute("DELETE FROM \(table)") }
    }
}

@Suite struct `Trees of a log` {
    @Test func `give proofs for every event, open and published, whatever the sizes`() throws {
        let fixture = try StoreFixture()
        for count in [1, 2, 5, 255, 1, 256, 300, 3] {
            try fixture.store(count)
            try verifyAll(fixture)
            try fixture.publish()
            try verifyAll(fixture)
        }
        try fixture.store(700)
        try verifyAll(fixture)
        let sizes = try fixture.store.treeSizes(of: fixture.log.id)
        #expect(sizes == TreeSizes(head: 1523, published: 8, closed: 823))
    }

    @Test func `are the contract's, byte for byte`() throws {
        guard let vectors = contractVectors("two-level-tree.json") else { return }
        let fixture = try StoreFixture()
        let events = try #require(vectors["events"]?.elements)
        let bufferSizes = vectors["buffer_sizes"]?.elements?.compactMap(\.integerValue) ?? []
        #expect(bufferSizes.count == 9)
        let roots = try #require(vectors["published_roots"]?.elements)
        let start = Int64(1_704_067_200_000_000)
        var index = 0
        for (buffer, size) in bufferSizes.enumerated() {
            var previous: TreeHash?
            for _ in 0..<size {
                let event = events[index]
                let message = try #require(event["envelope"]?["event"]?["message"]?.stringValue)
                var request = fixture.request([message])
                request.proof = ProofRequest(previousRoot: previous)
                let text = try #require(event["envelope"]?["received_at"]?.stringValue)
                let micros = try #require(Int64(text.dropLast().suffix(6)))
                let seconds = try #require(Int64(text.dropFirst(17).prefix(2)))
                let minutes = try #require(Int64(text.dropFirst(14).prefix(2)))
                let outcome = try fixture.commit(request, now: start + (minutes * 60 + seconds) * 1_000_000 + micros)
                let stored = outcome[0].events[0]
                #expect(Hex.encode(stored.hash) == event["hash"]?.stringValue)
                let proof = try #require(stored.proof)
                #expect(proof.root.hex == event["unpublished_root_when_logged"]?.stringValue)
                let path = event["membership_proof_in_open_buffer_when_logged"]?.stringValue
                #expect(MembershipProof.text(proof.path) == path)
                let expected = event["consistency_proof_from_previous_log_in_same_buffer"]?.elements
                #expect(proof.consistencyProof?.texts == expected?.compactMap(\.stringValue))
                previous = proof.root
                index += 1
            }
            let closed = try fixture.publish()
            let published = try #require(closed)
            #expect(published.size == UInt64(buffer + 1))
            #expect(published.hash.hex == roots[buffer]["root_hash"]?.stringValue)
            let proof = roots[buffer]["consistency_proof"]?.elements?.compactMap(\.stringValue)
            #expect(published.consistencyProof?.texts == proof)
        }
        let page = try fixture.store.provenEvents(of: fixture.log.id, sequences: Array(1...UInt64(index)), at: nil)
        for (event, proof) in zip(events, page.proofs) {
            #expect(proof.leafIndex == event["leaf_index"]?.integerValue.map { UInt64($0) })
            let path = event["membership_proof_against_latest_root"]?.stringValue
            #expect(MembershipProof.text(proof.path) == path)
        }
    }

    @Test func `go on after a restart, and after a transaction that failed`() throws {
        let fixture = try StoreFixture()
        let twin = try StoreFixture()
        for count in [3, 300, 20, 513, 1] {
            try fixture.store(count)
            try fixture.reopen()
            _ = try fixture.store.openLog(named: "default")
            try fixture.execute("CREATE TRIGGER refusal BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no'); END")
            #expect(throws: StoreError.self) { try fixture.store(4) }
            try fixture.execute("DROP TRIGGER refusal")
            try fixture.store(2)
            try fixture.publish()
            try twin.store(count)
            try twin.store(2)
            try twin.publish()
        }
        try verifyAll(fixture)
        let summary = try fixture.store.treeSummary(of: fixture.log.id)
        #expect(try summary.sizes == twin.store.treeSizes(of: twin.log.id))
        #expect(summary.openRoot == nil)
        #expect(summary.root?.size == 5)
    }

    @Test func `close a buffer at its limit, in the commit that fills it`() throws {
        let fixture = try StoreFixture()
        let log = try fixture.store.openLog(named: "small", maximumBufferEvents: 10)
        try fixture.store(34, into: log)
        let sizes = try fixture.store.treeSizes(of: log.id)
        #expect(sizes == TreeSizes(head: 34, published: 3, closed: 30))
        try verifyAll(fixture, of: log)
        for size in 2...3 as ClosedRange<UInt64> {
            let foundRoot = try fixture.store.publishedRoot(of: log.id, size: size)
            let root = try #require(foundRoot)
            let foundBefore = try fixture.store.publishedRoot(of: log.id, size: size - 1)
            let before = try #require(foundBefore)
            #expect(root.consistencyProof?.verify(old: before.hash, new: root.hash, TreeHasher(.plain)) == true)
        }
        #expect(try fixture.store.publishedRoot(of: log.id, size: 4) == nil)
        #expect(try fixture.store.publishedRoot(of: log.id, size: 0) == nil)
        #expect(try fixture.store.publishedRoot(of: log.id, size: nil)?.size == 3)
    }

    @Test func `grow over an older store of 100,000 events, also when that is interrupted`() throws {
        let fixture = try StoreFixture()
        for _ in 0..<100 { try fixture.store(1000) }
        let before = try fixture.store.treeSummary(of: fixture.log.id)
        try fixture.forgetTrees()
        // Half of the way: as a process would leave it that ended between two steps.
        try fixture.reopen()
        _ = try fixture.store.openLog(named: "default")
        try fixture.execute("DELETE FROM tile WHERE number >= 64 AND tree = 0 AND level = 0")
        try fixture.execute("UPDATE tile SET hashes = substr(hashes, 1, 64 * 32) WHERE tree = 0 AND level = 1")
        try fixture.execute("DELETE FROM tile WHERE tree = 0 AND level = 1 AND number > 0")
        try fixture.reopen()
        _ = try fixture.store.openLog(named: "default")
        let after = try fixture.store.treeSummary(of: fixture.log.id)
        #expect(after.sizes == before.sizes)
        #expect(after.sizes == TreeSizes(head: 100_000, published: 1, closed: 65_536))
        #expect(after.root?.hash == before.root?.hash)
        #expect(after.openRoot == before.openRoot)
        try fixture.store(10)
        let page = try fixture.store.provenEvents(of: fixture.log.id, sequences: [1, 65_536, 65_537, 100_010], at: nil)
        for (event, proof) in zip(page.events, page.proofs) {
            let root = proof.leafIndex == nil ? page.openRoot?.hash : page.root?.hash
            let leaf = try #require(TreeHash(event.hash))
            #expect(proof.path.root(from: leaf, TreeHasher(.plain)) == root)
        }
    }

    @Test func `prove against the roots of an earlier moment`() throws {
        let fixture = try StoreFixture()
        try fixture.store(40)
        try fixture.publish()
        try fixture.store(300)
        let sizes = try fixture.store.treeSizes(of: fixture.log.id)
        let then = try fixture.store.provenEvents(of: fixture.log.id, sequences: [5, 100, 340], at: sizes)
        try fixture.store(300)
        try fixture.publish()
        try fixture.store(7)
        try verifyAll(fixture, at: sizes)
        let again = try fixture.store.provenEvents(of: fixture.log.id, sequences: [5, 100, 340], at: sizes)
        #expect(again.proofs == then.proofs)
        #expect(again.root == then.root)
        #expect(again.openRoot == then.openRoot)
    }

    @Test func `lead from any root that a writer saw to the newest, until the buffer closes`() throws {
        let fixture = try StoreFixture()
        let hasher = TreeHasher(.plain)
        var roots: [TreeHash] = []
        func log(previous: TreeHash?) throws -> BufferProof {
            var request = fixture.request(["event \(roots.count)"])
            request.proof = ProofRequest(previousRoot: previous)
            let outcome = try fixture.commit(request)
            return try #require(outcome[0].events[0].proof)
        }
        for index in 0..<300 {
            let proof = try log(previous: roots.isEmpty ? nil : roots[index / 2])
            if index > 0 {
                let consistency = try #require(proof.consistencyProof)
                #expect(consistency.verify(old: roots[index / 2], new: proof.root, hasher))
            }
            roots.append(proof.root)
        }
        try fixture.reopen()
        #expect(try log(previous: roots[17]).consistencyProof != nil)
        #expect(try log(previous: TreeHash([UInt8](repeating: 3, count: 32))).consistencyProof == nil)
        try fixture.publish()
        let proof = try log(previous: roots[17])
        #expect(proof.consistencyProof == nil)
        #expect(proof.path.isEmpty)
    }
}

@Suite struct `Checkpoints of a log` {
    private let key = try? Ed25519.PrivateKey.random()

    private func signer(_ origin: String = "audit.example.com/default") throws -> CheckpointSigner {
        let key = try #require(key)
        return CheckpointSigner(origin: origin) { NoteSigner(name: $0, key: key) }
    }

    private func sign(_ fixture: StoreFixture, origin: String = "audit.example.com/default") throws -> SignedNote {
        let request = SealRequest(log: fixture.log.id, closesBuffer: false, signer: try signer(origin))
        let outcome = try fixture.store.seal(request, now: StoreFixture.start)
        return try #require(outcome.checkpoint)
    }

    @Test func `are consistent, verify, and are made again only when the log has grown`() throws {
        let fixture = try StoreFixture()
        let first = try sign(fixture)
        let empty = try #require(Checkpoint(first.text))
        #expect(empty.size == 0 && empty.root == TreeHash.emptyRoot)
        var notes: [SignedNote] = []
        for count in [1, 300, 256, 44] {
            try fixture.store(count)
            let note = try sign(fixture)
            #expect(try sign(fixture) == note)
            #expect(try fixture.store.checkpoint(of: fixture.log.id) == note)
            notes.append(note)
            try fixture.reopen()
        }
        let verifier = try signer().signer(origin: "audit.example.com/default").verifier
        #expect(notes.allSatisfy(verifier.verify))
        #expect(notes.compactMap { Checkpoint($0.text)?.size } == [1, 301, 557, 601])
        // The origin stays what it was first.
        try fixture.store(1)
        let later = try sign(fixture, origin: "other.example.com")
        #expect(Checkpoint(later.text)?.origin == "audit.example.com/default")
    }

    @Test func `are made of what the public reads: tiles and entries`() throws {
        let fixture = try StoreFixture()
        try fixture.store(700)
        let note = try sign(fixture)
        let checkpoint = try #require(Checkpoint(note.text))
        try fixture.store(50)
        let log = fixture.log.id
        let hasher = TreeHasher(.rfc6962)
        var leaves: [TreeHash] = []
        for (bundle, width) in [256, 256, 188].enumerated() {
            let read = try fixture.store.publicEntries(of: log, bundle: UInt64(bundle), width: width)
            let entries = try #require(read)
            let address = TileAddress(level: 0, number: UInt64(bundle))
            #expect(try fixture.store.publicTile(of: log, at: address, width: width) == entries.map { $0.leaf(hasher) })
            leaves += entries.map { $0.leaf(hasher) }
            for entry in entries { #expect(entry.withBytes { LogEntry($0) } == entry) }
        }
        let builder = TreeBuilder(hasher)
        for leaf in leaves { builder.append(leaf) { _ in } }
        #expect(builder.root == checkpoint.root)
        let above = try fixture.store.publicTile(of: log, at: TileAddress(level: 1, number: 0), width: 2)
        #expect(above?.count == 2)
        // What no checkpoint covers is nobody's business yet.
        #expect(try fixture.store.publicTile(of: log, at: TileAddress(level: 0, number: 2), width: 189) == nil)
        #expect(try fixture.store.publicEntries(of: log, bundle: 2, width: 189) == nil)
        #expect(try fixture.store.publicTile(of: log, at: TileAddress(level: 0, number: 3), width: 1) == nil)
        #expect(try fixture.store.publicTile(of: log, at: TileAddress(level: 1, number: 0), width: 3) == nil)
    }

    @Test func `come with receipts that prove an event offline`() throws {
        let fixture = try StoreFixture()
        try fixture.commit(fixture.request(["one", "two", "three"], delivery: true))
        let note = try sign(fixture)
        let foundReceipt = try fixture.store.receipt(of: fixture.log.id, sequence: 2)
        let receipt = try #require(foundReceipt)
        let verifier = try signer().signer(origin: "audit.example.com/default").verifier
        #expect(receipt.receipt.note == note)
        #expect(receipt.entry.withBytes { receipt.receipt.verify(entry: $0, key: verifier) })
        let event = try #require(receipt.event)
        let salt = try #require(receipt.salt)
        let rawHash = try #require(receipt.rawHash)
        let commitment = salt.withUnsafeBytes { salt in
            event.hash.withUnsafeBytes { hash in
                rawHash.withUnsafeBytes { LogEntry.commitment(salt: salt, hash: hash, rawHash: $0, SHA256Hasher()) }
            }
        }
        #expect(commitment == receipt.entry.commitment)
        try fixture.store(1)
        #expect(try fixture.store.receipt(of: fixture.log.id, sequence: 4) == nil)
        #expect(try fixture.store.receipt(of: fixture.log.id, sequence: 0) == nil)
    }

    @Test func `are not signed over a log that contradicts the last one`() throws {
        let fixture = try StoreFixture()
        try fixture.store(600)
        let note = try sign(fixture)
        // Somebody rewrites history, tiles and all.
        try fixture.execute("UPDATE event SET salt = randomblob(32) WHERE id & 1099511627775 = 300")
        try fixture.execute("DELETE FROM tile WHERE tree = 0")
        try fixture.reopen()
        _ = try fixture.store.openLog(named: "default")
        try fixture.store(1)
        #expect(throws: StoreError.self) { try sign(fixture) }
        #expect(try fixture.store.checkpoint(of: fixture.log.id) == note)
        // A log that was cut off, as by an old backup.
        try fixture.execute("DELETE FROM event WHERE id & 1099511627775 > 500")
        try fixture.reopen()
        #expect(throws: StoreError.self) { try sign(fixture) }
    }
}
