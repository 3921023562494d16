internal import AuditLog
internal import Cryptography
internal import GRDB
internal import JSON
internal import Merkle
internal import Schema

/// What a range of a log's events gives the trees above it, and what is wrong with the events themselves.
struct EventRangeFindings: Sendable {
    let sequences: ClosedRange<UInt64>
    /// Of the API's tree: the stored hashes, up to the first event that is missing.
    var hashes: [TreeHash] = []
    /// Of the public tree, one for each of ``hashes``.
    var leaves: [TreeHash] = []
    /// Receipt times of the first and the last event; nil without any.
    var receivedAt: ClosedRange<Int64>?
    var events: UInt64 = 0
    var erased: UInt64 = 0
    var records: UInt64 = 0
    var problems: [LogProblem] = []
}

/// Checks events and raw records, a range at a time, each range in one snapshot.
///
/// Belongs to one thread at a time.
final class EventRangeVerifier: @unchecked Sendable {
    // One thread uses it at a time: OrderedWork gives each thread a verifier of its own.

    private let connection: VerifierConnection
    private let facts: LogFacts
    private let hasher = SHA256Hasher()
    private let treeHasher = TreeHasher(.rfc6962)
    private let logHash: TreeHash
    private var writer = JSONWriter()
    /// Of each event of the range: the hash of its record, nil when it has none or was erased.
    private var rawHashes: [TreeHash?] = []

    init(_ connection: VerifierConnection, _ facts: LogFacts) {
        self.connection = connection
        self.facts = facts
        logHash = LogEntry.logHash(configurationID: facts.log.configurationID)
    }

    func findings(in piece: LogFacts.Piece) throws(StoreError) -> EventRangeFindings {
        let sequences = piece.sequences
        guard !piece.isMissing else {
            var findings = EventRangeFindings(sequences: sequences)
            findings.problems.append(missing(sequences))
            return findings
        }
        return try connection.read { database in
            var findings = EventRangeFindings(sequences: sequences)
            findings.hashes.reserveCapacity(sequences.count)
            findings.leaves.reserveCapacity(sequences.count)
            rawHashes = Array(repeating: nil, count: sequences.count)
            try readEvents(of: &findings, in: database)
            try readRecords(of: &findings, in: database)
            return findings
        }
    }

    // MARK: - Events

    private func readEvents(of findings: inout EventRangeFindings, in database: Database) throws(StoreError) {
        let sequences = findings.sequences
        let rows = try RawStatement(
            """
            SELECT event.id, event.received_at, event.event, event.signature, event.public_key, event.err, event.hash,
                event.salt, event.raw_hash, event.mapping, event.key, erased.event, erased.commitment
            FROM event LEFT JOIN erased ON erased.event = event.id WHERE event.id BETWEEN ? AND ? ORDER BY event.id
            """,
            in: database
        )
        // No log has an event 0, but a damaged file may.
        let first = sequences.lowerBound == 1 ? 0 : sequences.lowerBound
        rows.bind(EventRow(facts.log.id, first).rawValue, at: 1)
        rows.bind(EventRow(facts.log.id, sequences.upperBound).rawValue, at: 2)
        defer { rows.reset() }
        var next = sequences.lowerBound
        var isComplete = true
        while try rows.step() {
            let sequence = EventRow(rawValue: rows.integer(at: 0)).sequence
            guard sequence >= next else {
                findings.problems.append(LogProblem(sequence, "its row stands out of order"))
                continue
            }
            if sequence > next {
                findings.problems.append(missing(next...sequence - 1))
                isComplete = false
            }
            next = sequence + 1
            findings.events += 1
            let receivedAt = rows.integer(at: 1)
            if let last = findings.receivedAt?.upperBound, receivedAt <= last {
                findings.problems.append(LogProblem(sequence, "its receipt time is not after the one before it"))
            }
            findings.receivedAt = min(findings.receivedAt?.lowerBound ?? receivedAt, receivedAt)...receivedAt
            let leaf = leaf(of: rows, sequence, receivedAt, &findings)
            guard isComplete, let leaf else { isComplete = false; continue }
            findings.hashes.append(leaf.hash)
            findings.leaves.append(leaf.leaf)
        }
        if next <= sequences.upperBound { findings.problems.append(missing(next...sequences.upperBound)) }
    }

    private func missing(_ sequences: ClosedRange<UInt64>) -> LogProblem {
        LogProblem(
            sequences.lowerBound,
            sequences.count == 1 ? "it is missing" : "it and all up to \(sequences.upperBound) are missing"
        )
    }

    /// Checks a row; nil when the trees cannot go on without it.
    private func leaf(
        of row: RawStatement,
        _ sequence: UInt64,
        _ receivedAt: Int64,
        _ findings: inout EventRangeFindings
    ) -> (hash: TreeHash, leaf: TreeHash)? {
        func bad(_ message: String) { findings.problems.append(LogProblem(sequence, message)) }
        guard let hash = row.treeHash(at: 6) else {
            bad("its hash does not have 32 bytes")
            return nil
        }
        let rawHash = row.treeHash(at: 8)
        if rawHash == nil, !row.isNull(at: 8) { bad("its raw record's hash does not have 32 bytes") }
        if !row.isNull(at: 9), !facts.mappings.contains(row.integer(at: 9)) {
            bad("it names a mapping version that is not there")
        }
        if !row.isNull(at: 10), row.withBytes(at: 10, DeduplicationKey.init(bytes:)) == nil {
            bad("its deduplication key is damaged")
        }
        let commitment: TreeHash?
        if row.isNull(at: 2) {
            commitment = erasedCommitment(of: row, bad)
            findings.erased += 1
        } else {
            check(row, hash: hash, receivedAt, bad)
            rawHashes[Int(sequence - findings.sequences.lowerBound)] = rawHash
            let salt = row.treeHash(at: 7)
            if salt == nil { bad("its salt does not have 32 bytes") }
            commitment = salt.map { self.commitment(salt: $0, hash: hash, rawHash: rawHash) }
        }
        guard let commitment else { return nil }
        let entry = LogEntry(sequence: sequence, receivedAt: receivedAt, log: logHash, commitment: commitment)
        return (hash, entry.leaf(treeHasher))
    }

    /// Of an event without a body: what its erasure kept; the trees tell whether hash and commitment are the old ones.
    private func erasedCommitment(of row: RawStatement, _ bad: (String) -> Void) -> TreeHash? {
        guard !row.isNull(at: 11) else {
            bad("its body is gone, and no erasure is recorded")
            return nil
        }
        if !row.isNull(at: 3) || !row.isNull(at: 4) || !row.isNull(at: 5) || !row.isNull(at: 7) {
            bad("it was erased, but its signature or salt is still there")
        }
        guard let commitment = row.treeHash(at: 12) else {
            bad("it was erased, and what it left in the public tree does not have 32 bytes")
            return nil
        }
        return commitment
    }

    private func check(_ row: RawStatement, hash: TreeHash, _ receivedAt: Int64, _ bad: (String) -> Void) {
        if !row.isNull(at: 11) { bad("its erasure is recorded, but its body is still there") }
        let errors = row.isNull(at: 5) ? nil : row.bytes(at: 5)
        if errors != nil, !row.isText(at: 5) { bad("its list of faults is not text") }
        if !row.isText(at: 2) || !row.withBytes(at: 2, CanonicalEvent.isCanonical) {
            bad("its text is not canonical JSON")
        }
        let signature = row.isNull(at: 3) ? nil : row.bytes(at: 3)
        let publicKey = row.isNull(at: 4) ? nil : row.bytes(at: 4)
        for text in [signature, publicKey] {
            if let text, String(validating: text, as: UTF8.self) == nil { bad("its signature is not UTF-8") }
        }
        writer.removeAll()
        row.withBytes(at: 2) {
            Envelope.append(
                event: $0,
                errors: errors,
                receivedAt: receivedAt,
                signature: signature == nil && publicKey == nil
                    ? nil : ClientSignature(signature: signature, publicKey: publicKey),
                to: &writer
            )
        }
        if writer.bytes.withUnsafeBytes(digest) != hash { bad("its hash does not belong to what is stored") }
    }

    private func commitment(salt: TreeHash, hash: TreeHash, rawHash: TreeHash?) -> TreeHash {
        salt.withBytes { salt in
            hash.withBytes { hash in
                guard let rawHash else { return LogEntry.commitment(salt: salt, hash: hash, rawHash: nil, hasher) }
                return rawHash.withBytes { LogEntry.commitment(salt: salt, hash: hash, rawHash: $0, hasher) }
            }
        }
    }

    private func digest(_ bytes: UnsafeRawBufferPointer) -> TreeHash {
        hasher.update(bytes)
        return withUnsafeTemporaryAllocation(byteCount: TreeHash.byteCount, alignment: 8) { output in
            hasher.finish(into: output)
            return TreeHash(UnsafeRawBufferPointer(output))
        }
    }

    // MARK: - Raw records

    /// Compares the vendors' records of the range with their hashes.
    ///
    /// Deliveries go from the oldest on when their time is over: from the first that is there, each event must have its
    /// record.
    private func readRecords(of findings: inout EventRangeFindings, in database: Database) throws(StoreError) {
        let sequences = findings.sequences
        let blocks = try RawStatement(
            """
            SELECT first, last, content, (SELECT min(first) FROM raw WHERE first >= ?3) FROM raw
            WHERE first <= ?1 AND first >= coalesce((SELECT max(first) FROM raw WHERE first BETWEEN ?3 AND ?2), ?2)
            ORDER BY first
            """,
            in: database
        )
        blocks.bind(EventRow(facts.log.id, sequences.upperBound).rawValue, at: 1)
        blocks.bind(EventRow(facts.log.id, sequences.lowerBound).rawValue, at: 2)
        blocks.bind(EventRow.first(of: facts.log.id).rawValue, at: 3)
        defer { blocks.reset() }
        var seen = [Bool](repeating: false, count: sequences.count)
        var isDamaged = [Bool](repeating: false, count: sequences.count)
        var oldest: UInt64?
        var end: UInt64 = 0
        while try blocks.step() {
            let first = EventRow(rawValue: blocks.integer(at: 0)).sequence
            let last = EventRow(rawValue: blocks.integer(at: 1))
            oldest = EventRow(rawValue: blocks.integer(at: 3)).sequence
            let isOurs = first >= sequences.lowerBound
            guard last.log == facts.log.id, first > end, first > 0, first <= last.sequence else {
                if isOurs { findings.problems.append(LogProblem(first, "its raw delivery overlaps another")) }
                continue
            }
            end = last.sequence
            guard let block = RawBlock.decompressed(blocks.bytes(at: 2), first: first) else {
                if isOurs {
                    findings.problems.append(LogProblem(first, "its raw delivery is damaged (sequences to \(end))"))
                }
                for sequence in max(first, sequences.lowerBound)...max(min(end, sequences.upperBound), first)
                where sequences.contains(sequence) {
                    isDamaged[Int(sequence - sequences.lowerBound)] = true
                }
                continue
            }
            for delivery in block.deliveries {
                for record in delivery.records {
                    guard (first...end).contains(record.sequence) else {
                        if isOurs {
                            findings.problems.append(
                                LogProblem(first, "its raw delivery holds records of other events")
                            )
                        }
                        continue
                    }
                    guard sequences.contains(record.sequence) else { continue }
                    check(record, delivery, &seen, &findings)
                }
            }
        }
        guard let oldest else { return }
        for index in rawHashes.indices where rawHashes[index] != nil && !seen[index] && !isDamaged[index] {
            let sequence = sequences.lowerBound + UInt64(index)
            if sequence >= oldest { findings.problems.append(LogProblem(sequence, "its raw record is missing")) }
        }
    }

    private func check(
        _ record: RawBlock.Record,
        _ delivery: RawBlock.Delivery,
        _ seen: inout [Bool],
        _ findings: inout EventRangeFindings
    ) {
        let index = Int(record.sequence - findings.sequences.lowerBound)
        let isFirst = !seen[index]
        seen[index] = true
        findings.records += 1
        guard isFirst else {
            findings.problems.append(LogProblem(record.sequence, "it has two raw records"))
            return
        }
        guard let expected = rawHashes[index] else {
            findings.problems.append(
                LogProblem(record.sequence, "it has a raw record that it should not have, or no more")
            )
            return
        }
        let hash = delivery.body.withUnsafeBytes { digest(UnsafeRawBufferPointer(rebasing: $0[record.range])) }
        if hash != expected {
            findings.problems.append(
                LogProblem(record.sequence, "its raw record does not have the hash that it came with")
            )
        }
    }
}

extension RawStatement {
    /// A hash; nil when the value does not have 32 bytes.
    func treeHash(at column: Int32) -> TreeHash? {
        withBytes(at: column) { $0.count == TreeHash.byteCount ? TreeHash($0) : nil }
    }
}
