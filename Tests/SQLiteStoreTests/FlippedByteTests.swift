import AuditLog
import Foundation
import Merkle
import SQLiteStore
import Synchronization
import Testing

/// Everything of a store that a verification attests, as readers get it.
///
/// Not in it, because no hash covers them: a log's name and its tree's, times of publishing, and what is beside the log.
private func attested(_ path: String) throws -> String {
    let store = try SQLiteStore(path: path, isReadOnly: true)
    var text = ""
    for (name, _) in try store.logSizes() {
        guard let log = try store.findLog(named: name) else { continue }
        let sizes = try store.treeSizes(of: log.id)
        let all: [UInt64] = Array(1...max(1, sizes.head))
        let page = try store.provenEvents(of: log.id, sequences: all, at: nil)
        text += "\(log.id) \(log.configurationID) \(sizes)\n"
        for (event, proof) in zip(page.events, page.proofs) { text += "\(event)\n\(proof)\n" }
        text += "\(page.root?.hash as Any) \(page.openRoot as Any)\n"
        for size in 0...sizes.published where size > 0 {
            let root = try store.publishedRoot(of: log.id, size: size)
            text += "\(root?.hash as Any) \(root?.consistencyProof as Any)\n"
        }
        text += "\(try store.checkpoint(of: log.id)?.encoded ?? "")\n"
        for sequence in all {
            guard let receipt = try store.receipt(of: log.id, sequence: sequence) else { continue }
            text +=
                "\(receipt.hash) \(receipt.salt ?? []) \(receipt.rawHash ?? []) \(receipt.entry) \(receipt.receipt)\n"
        }
        for record in try store.rawRecords(of: log.id, sequences: 1...max(1, sizes.head)) { text += "\(record)\n" }
    }
    return text
}

/// The same as it stands in the columns, which is quick to read; nil when it cannot be read.
///
/// Compressed deliveries are in it as they are: another text may still give the same records.
private func columns(_ path: String) -> String? {
    let tables: [(String, [String])] = [
        ("log", ["id", "config_id", "origin"]),
        (
            "event LEFT JOIN erased ON erased.event = event.id",
            [
                "id", "received_at", "event.event", "signature", "public_key", "err", "hash", "salt", "raw_hash",
                "erased.event", "commitment",
            ]
        ),
        ("raw", ["first", "last", "content"]),
        ("buffer", ["log", "number", "first", "last", "root", "published_root"]),
        ("tile", ["log", "tree", "level", "number", "hashes"]),
        ("checkpoint", ["log", "size", "root", "note"]),
        ("shown_root", ["log", "root", "size"]),
    ]
    let rows = tables.map { table, columns in
        "SELECT \(columns.map { "coalesce(hex(\($0)), '-')" }.joined(separator: " || ' ' || ")) AS line FROM \(table)"
    }
    return try? Connection(path).text("SELECT group_concat(line, '\n') FROM (\(rows.joined(separator: " UNION ALL ")))")
}

/// A file of which one byte at a time is changed.
private final class FlippableFile {
    private let handle: FileHandle
    private var bytes: [UInt8]
    let path: String

    init(_ bytes: [UInt8], at path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
        self.bytes = bytes
        self.path = path
        handle = try FileHandle(forUpdating: URL(filePath: path))
    }

    deinit { try? handle.close() }

    /// Calls `body` while one bit of the byte at `offset` is the other way round.
    func withFlipped<Result>(_ offset: Int, _ body: () throws -> Result) throws -> Result {
        try write(bytes[offset] ^ 1 << UInt8(offset % 8), at: offset)
        defer { try? write(bytes[offset], at: offset) }
        return try body()
    }

    private func write(_ byte: UInt8, at offset: Int) throws {
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: [byte])
    }
}

@Suite struct `A flipped byte` {
    /// Each byte of a store's file: either the verification finds it, or what readers get is the same without it.
    @Test func `anywhere in a store is found, or changes nothing that a verification attests`() throws {
        let store = try VerifiableStore(scale: 1)
        let folder = store.fixture.folder
        // The smallest pages, one file, no write-ahead log.
        let original = folder.appending(path: "small.db").path
        try store.fixture.execute("PRAGMA page_size = 512; VACUUM INTO '\(original)'")
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: original)))
        let expected = try attested(original)
        let expectedColumns = try #require(columns(original))
        #expect(expectedColumns.utf8.count > 5000)
        #expect(expected.utf8.count > 10_000)
        #expect(try StoreVerifier(path: original, threads: 1).verify(keys: [store.verifier]).isWhole)

        // Most zeros are room that no row has taken yet: unless FLIP_EVERY_BYTE is set, every eleventh of these, and every
        // byte that is none.
        let stride = ProcessInfo.processInfo.environment["FLIP_EVERY_BYTE"] == nil ? 11 : 1
        let offsets = bytes.indices.filter { bytes[$0] != 0 || $0.isMultiple(of: stride) }
        let verifier = store.verifier
        let counts = Mutex((found: 0, harmless: 0))
        let missed = Mutex<[Int]>([])
        let parts = 2
        DispatchQueue.concurrentPerform(iterations: parts) { part in
            do {
                let file = try FlippableFile(bytes, at: folder.appending(path: "flipped\(part).db").path)
                for (index, offset) in offsets.enumerated() where index % parts == part {
                    try file.withFlipped(offset) {
                        let isWhole =
                            (try? StoreVerifier(path: file.path, threads: 1).verify(keys: [verifier]).isWhole) ?? false
                        guard isWhole else { return counts.withLock { $0.found += 1 } }
                        // Most bytes that have no effect change no column either.
                        let isSame =
                            columns(file.path) == expectedColumns || (try? attested(file.path)) == expected
                        counts.withLock { $0.harmless += 1 }
                        if !isSame { missed.withLock { $0.append(offset) } }
                    }
                }
            } catch {
                Issue.record(error)
            }
        }
        let (found, harmless) = counts.withLock { $0 }
        print("flipped \(offsets.count) of \(bytes.count) bytes: \(found) found, \(harmless) without any effect")
        #expect(missed.withLock { $0 }.sorted() == [])
        #expect(found + harmless == offsets.count)
        #expect(found > bytes.count / 4)
    }
}
