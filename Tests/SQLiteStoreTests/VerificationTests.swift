import AuditLog
import Cryptography
import Foundation
import JSON
import Merkle
import SQLiteStore
import Synchronization
import Testing

/// A store with all that a verification looks at, and the key that signs its checkpoints.
final class VerifiableStore {
    let fixture: StoreFixture
    let key: Ed25519.PrivateKey
    static let origin = "audit.example.com/default"

    var path: String { fixture.path }
    var verifier: NoteVerifier { NoteVerifier(name: VerifiableStore.origin, key: key.publicKey) }

    /// Several buffers, tiles of two levels, raw records, signatures, checkpoints, an open buffer that a writer saw, and an
    /// erased event.
    init(scale: Int = 100) throws {
        fixture = try StoreFixture()
        key = try Ed25519.PrivateKey.random()
        try seal()
        for (round, count) in [3 * scale, 1, 4 * scale].enumerated() {
            try store((0..<count).map { "\(round).\($0) round" })
            try seal(closesBuffer: round < 2)
        }
        try storeSigned()
        try seal(closesBuffer: false)
        try erase(2)
        var shown = fixture.request(["a root that was seen"])
        shown.proof = ProofRequest(previousRoot: nil)
        try fixture.commit(shown)
    }

    private func store(_ messages: [String]) throws {
        for start in stride(from: 0, to: messages.count, by: 90) {
            let part = Array(messages[start..<min(start + 90, messages.count)])
            var request = fixture.request(part, ids: part, delivery: start.isMultiple(of: 180))
            request.requireHashes()
            try fixture.commit(request)
        }
    }

    private func storeSigned() throws {
        var request = fixture.request(["signed \u{7F}\u{2028}\u{1F600} \"\\\n\u{1}", "unsigned"])
        request.signatures = [
            ClientSignature(signature: Array("c2ln".utf8), publicKey: Array(#"{"key":"pem\n"}"#.utf8)),
            ClientSignature(signature: nil, publicKey: nil),
        ]
        try fixture.commit(request)
    }

    @discardableResult
    func seal(closesBuffer: Bool = true) throws -> SealOutcome {
        let key = key
        let signer = CheckpointSigner(origin: VerifiableStore.origin) { NoteSigner(name: $0, key: key) }
        let request = SealRequest(log: fixture.log.id, closesBuffer: closesBuffer, signer: signer)
        return try fixture.store.seal(request, now: StoreFixture.start)
    }

    /// Takes an event's body, salt and record away, as an erasure does.
    func erase(_ sequence: UInt64) throws {
        let receipt = try fixture.store.receipt(of: fixture.log.id, sequence: sequence)
        let commitment = try #require(receipt).entry.commitment.hex
        let event = "(1 << 40 | \(sequence))"
        try fixture.execute("INSERT INTO erased VALUES (\(event), x'\(commitment)', 1, 'a test')")
        try fixture.execute(
            "UPDATE event SET event = NULL, salt = NULL, signature = NULL, public_key = NULL WHERE id = \(event)"
        )
        try fixture.execute("DELETE FROM raw WHERE first <= \(event) AND last >= \(event)")
    }

    func verify(threads: Int = 2, keys: [NoteVerifier]? = nil) throws -> StoreVerification {
        try StoreVerifier(path: path, threads: threads).verify(keys: keys ?? [verifier])
    }
}

extension AppendRequest {
    /// Gives each record of the delivery the hash that the gateway would give it.
    fileprivate mutating func requireHashes() {
        guard let delivery else { return }
        self.delivery = RawDelivery(
            source: delivery.source,
            context: delivery.context,
            body: delivery.body,
            records: delivery.records,
            recordHashes: delivery.records.flatMap { SHA256Hasher.hash(Array(delivery.body[$0])) },
            mappingVersion: delivery.mappingVersion
        )
    }
}

@Suite struct `Verifying a store` {
    @Test(arguments: [1, 2, 5]) func `finds a whole one whole`(threads: Int) throws {
        let store = try VerifiableStore()
        let verification = try store.verify(threads: threads)
        #expect(verification.problems == [])
        let log = try #require(verification.logs.first)
        #expect(log.problems == [])
        #expect(log.isWhole)
        #expect(log.head == 704 && log.events == 704 && log.erased == 1)
        #expect(log.records == 90 + 90 + 1 + 90 + 90 + 40 - 90)
        #expect(log.publishedRoots == 2)
        let served = try store.fixture.store.publishedRoot(of: store.fixture.log.id, size: nil)
        #expect(log.publishedRoot == served?.hash)
        #expect(log.checkpoints == 5)
        #expect(log.checkpointSize == 703)
        #expect(log.signatures == .checked)
        #expect(log.firstBadSequence == nil)
        let unchecked = try store.verify(keys: [])
        #expect(unchecked.isWhole && unchecked.logs.first?.signatures == .unchecked)
    }

    @Test func `finds more than one range of events whole, and tells how far it is`() throws {
        let fixture = try StoreFixture()
        for round in 0..<9 { try fixture.commit(fixture.request((0..<1000).map { "\(round) \($0)" })) }
        let told = Mutex<[UInt64]>([])
        let verification = try StoreVerifier(path: fixture.path, threads: 3).verify { _, done, _ in
            told.withLock { $0.append(done) }
        }
        #expect(verification.isWhole)
        #expect(verification.logs.first?.events == 9000)
        #expect(told.withLock { $0 } == [4096, 8192, 9000])
    }

    @Test func `finds an empty log whole, and a store of no logs`() throws {
        let fixture = try StoreFixture()
        let verification = try StoreVerifier(path: fixture.path).verify()
        #expect(verification.isWhole)
        #expect(verification.logs.map(\.events) == [0])
    }

    @Test func `goes well beside a writer that goes on`() throws {
        let store = try VerifiableStore()
        let path = store.path
        let verifier = store.verifier
        let found = Mutex<[StoreVerification]>([])
        let isDone = Atomic<Bool>(false)
        let ended = DispatchSemaphore(value: 0)
        Thread {
            repeat {
                guard let verification = try? StoreVerifier(path: path).verify(keys: [verifier]) else { continue }
                found.withLock { $0.append(verification) }
            } while !isDone.load(ordering: .sequentiallyConsistent)
            ended.signal()
        }.start()
        for round in 0..<60 {
            try store.fixture.commit(store.fixture.request((0..<70).map { "beside \(round) \($0)" }))
            try store.seal(closesBuffer: round.isMultiple(of: 3))
        }
        isDone.store(true, ordering: .sequentiallyConsistent)
        ended.wait()
        let verifications = found.withLock { $0 }
        #expect(!verifications.isEmpty)
        for verification in verifications {
            #expect(verification.problems == [])
            #expect(verification.logs.first?.problems == [])
        }
    }

    private static let event = "(1 << 40 | 300)"

    /// A change to a whole store, the first bad sequence, and a part of what is said of it.
    private static let changes: [(sql: String, sequence: UInt64?, said: String)] = [
        (
            "UPDATE event SET event = replace(event, 'round', 'Round') WHERE id = \(event)", 300,
            "its hash does not belong"
        ),
        ("UPDATE event SET event = '{\"message\": \"x\"}' WHERE id = \(event)", 300, "not canonical JSON"),
        ("UPDATE event SET event = CAST(event AS BLOB) WHERE id = \(event)", 300, "not canonical JSON"),
        ("UPDATE event SET received_at = received_at - 1 WHERE id = \(event)", 300, "receipt time is not after"),
        (
            "UPDATE event SET hash = randomblob(32) WHERE id = \(event)", 300,
            "it is not what the public tree was built of"
        ),
        ("UPDATE event SET hash = x'00' WHERE id = \(event)", 300, "its hash does not have 32 bytes"),
        (
            "UPDATE event SET salt = randomblob(32) WHERE id = \(event)", 300,
            "it is not what the public tree was built of"
        ),
        ("UPDATE event SET salt = NULL WHERE id = \(event)", 300, "its salt does not have 32 bytes"),
        ("UPDATE event SET raw_hash = NULL WHERE id = (1 << 40 | 310)", 310, "a raw record that it should not have"),
        (
            "UPDATE event SET raw_hash = randomblob(32) WHERE id = (1 << 40 | 310)", 310,
            "not have the hash that it came"
        ),
        ("UPDATE event SET signature = 'x' WHERE id = \(event)", 300, "its hash does not belong"),
        ("UPDATE event SET err = '[]' WHERE id = \(event)", 300, "its hash does not belong"),
        ("UPDATE event SET mapping = 77 WHERE id = \(event)", 300, "a mapping version that is not there"),
        ("UPDATE event SET key = x'01' WHERE id = \(event)", 300, "its deduplication key is damaged"),
        ("UPDATE event SET event = NULL, salt = NULL WHERE id = \(event)", 300, "no erasure is recorded"),
        (
            "UPDATE event SET event = substr(event, 1, length(event) - 1) || ',\"public_key\":\"k\"}' WHERE id = \(event)",
            300, "its hash does not belong"
        ),
        ("DELETE FROM event WHERE id = \(event)", 300, "it is missing"),
        ("DELETE FROM event WHERE id BETWEEN \(event) AND \(event) + 9", 300, "up to 309 are missing"),
        ("UPDATE event SET id = id + (1 << 38) WHERE id = (1 << 40 | 704)", 704, "up to 274877907647 are missing"),
        (
            "DELETE FROM event WHERE id > \(event)", nil,
            "events after sequence 300 are missing: a checkpoint refers to 703"
        ),
        ("DELETE FROM event", nil, "events after sequence 0 are missing"),
        ("UPDATE erased SET commitment = randomblob(32)", 2, "it is not what the public tree was built of"),
        ("UPDATE erased SET event = event + 1", 2, "no erasure is recorded"),
        ("DELETE FROM erased", 2, "no erasure is recorded"),
        ("UPDATE event SET salt = randomblob(32) WHERE event IS NULL", 2, "signature or salt is still there"),
        ("UPDATE raw SET content = x'00' WHERE last = (1 << 40 | 391)", 302, "its raw delivery is damaged"),
        ("DELETE FROM raw WHERE last = (1 << 40 | 391)", 302, "its raw record is missing"),
        ("UPDATE raw SET last = last + 100 WHERE last = (1 << 40 | 391)", 482, "overlaps another"),
        ("UPDATE tile SET hashes = zeroblob(8192) WHERE tree = 0 AND level = 0 AND number = 1", 257, "public tree"),
        (
            "UPDATE tile SET hashes = zeroblob(64) WHERE tree = 0 AND level = 1", nil,
            "tile 0 of level 1 of the public tree"
        ),
        ("UPDATE tile SET hashes = zeroblob(8192) WHERE tree = 2 AND level = 0 AND number = 0", 1, "what buffer 0 was"),
        (
            "UPDATE tile SET hashes = zeroblob(1408) WHERE tree = 2 AND level = 0 AND number = 1", 257,
            "what buffer 0 was"
        ),
        ("DELETE FROM tile WHERE tree = 2 AND number = 1", nil, "1 tile(s) of its trees are missing"),
        ("INSERT INTO tile VALUES (1, 0, 0, 2, zeroblob(8192))", nil, "does not belong to a log of 704"),
        ("INSERT INTO tile VALUES (1, 99, 0, 2, zeroblob(8192))", nil, "does not belong to a log of 704"),
        ("UPDATE buffer SET root = randomblob(32) WHERE number = 1", nil, "root of buffer 1 (sequences 301 to"),
        ("UPDATE buffer SET published_root = randomblob(32) WHERE number = 1", nil, "published root of size 2"),
        ("UPDATE buffer SET last = last + 1 WHERE number = 1", 303, "root of buffer 1 (sequences 301 to"),
        ("DELETE FROM buffer WHERE number = 0", 1, "the buffer that begins here is missing"),
        ("DELETE FROM buffer WHERE number = 1", nil, "does not belong to a log"),
        ("UPDATE shown_root SET root = randomblob(32)", nil, "a writer saw a root"),
        ("UPDATE shown_root SET size = 9999", nil, "of more events than there are"),
        ("UPDATE checkpoint SET root = randomblob(32) WHERE size = 301", nil, "size 301 is not what its row says"),
        (
            "UPDATE checkpoint SET note = replace(note, '301', '302') WHERE size = 301", nil,
            "301 is not what its row says"
        ),
        ("DELETE FROM checkpoint", nil, "no checkpoint any more"),
        ("UPDATE log SET origin = 'other.example.com'", nil, "no log is signed under the name of the key"),
        ("UPDATE log SET config_id = 'pci_'", 1, "it is not what the public tree was built of"),
        ("INSERT INTO deduplication VALUES (x'01', \(event))", nil, "a deduplication key is damaged"),
        (
            "INSERT INTO deduplication VALUES (randomblob(20), \(event) + 999)", nil,
            "a deduplication key refers to 1299"
        ),
        ("INSERT INTO deduplication VALUES (randomblob(20), 5 << 40)", nil, "'deduplication' has rows of a log"),
        (
            "INSERT INTO event SELECT 7 << 40, received_at, event, NULL, NULL, NULL, hash, salt, NULL, NULL, NULL FROM event LIMIT 1",
            nil, "'event' has rows of a log"
        ),
        (
            "INSERT INTO event SELECT 1 << 40, received_at - 9, event, NULL, NULL, NULL, hash, salt, NULL, NULL, NULL FROM event LIMIT 1",
            0, "out of order"
        ),
        ("INSERT INTO erased VALUES (1 << 40 | 9999, zeroblob(32), 1, '')", nil, "'erased' has rows of a log"),
        ("CREATE TRIGGER late AFTER INSERT ON event BEGIN SELECT 1; END", nil, "a trigger 'late'"),
        ("DROP VIEW events", nil, "the view 'events' is not as this version makes it"),
        ("DELETE FROM grdb_migrations WHERE identifier = '0003-trees'", nil, "an older version's"),
        ("INSERT INTO grdb_migrations VALUES ('9999-later')", nil, "a newer version"),
    ]

    @Test(arguments: changes.indices) func `finds what was changed, and where`(index: Int) throws {
        let change = `Verifying a store`.changes[index]
        let store = try VerifiableStore()
        try store.fixture.execute(change.sql)
        let verification = try store.verify()
        #expect(!verification.isWhole, "\(change.sql)")
        let said = verification.problems + verification.logs.flatMap { $0.problems.map(\.description) }
        #expect(said.contains { $0.contains(change.said) }, "\(change.sql): \(said.prefix(5))")
        #expect(verification.logs.first?.firstBadSequence == change.sequence, "\(change.sql): \(said.prefix(5))")
    }

    @Test func `finds a history that was written anew, tiles and roots and all, by the signed checkpoints`() throws {
        let store = try VerifiableStore()
        let other = try VerifiableStore()
        // Everything as another gateway would have it, with another key.
        let verification = try other.verify(keys: [store.verifier])
        #expect(verification.logs.first?.problems.contains { $0.message.contains("is not signed by") } == true)
        #expect(try other.verify(keys: [other.verifier]).isWhole)
        #expect(try other.verify(keys: []).isWhole)
    }

    @Test func `says so when the file is no store or not there`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "verify-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "x.db").path
        #expect(throws: StoreError.self) { try StoreVerifier(path: path) }
        try Data(repeating: 65, count: 9000).write(to: URL(filePath: path))
        let isGood = (try? StoreVerifier(path: path).verify().isWhole) ?? false
        #expect(!isGood)
    }
}
