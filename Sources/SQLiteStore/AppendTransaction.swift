internal import AuditLog
internal import Cryptography
internal import GRDB
internal import JSON
internal import Merkle
internal import Schema

/// What the writer knows of a log between two transactions.
struct LogHead: Equatable {
    var sequence: UInt64
    /// Microseconds since 1970 of the newest event.
    var receivedAt: Int64
}

/// The writer's tools, made once and used for every transaction by the writer's thread alone.
final class AppendTools {
    let hasher = SHA256Hasher()
    let compressor = ZstdCompressor(level: -5)
    var writer = JSONWriter()
    let salts = SaltPool()
    let recentKeys = RecentKeys()
    let stored = JSONDocument()
    let repeated = JSONDocument()
    /// Of the versions of mappings that were met.
    var mappingNumbers: [String: Int64] = [:]
    var trees: [LogID: LogTrees] = [:]
    /// Events at which an open buffer closes, of logs with a number of their own.
    var bufferEvents: [LogID: UInt64] = [:]

    /// The trees of a log, which have all its events up to `head`.
    func trees(of tables: TreeTables, head: UInt64, now: Int64) throws(StoreError) -> LogTrees {
        if let known = trees[tables.log] { return known }
        let limit = bufferEvents[tables.log] ?? SQLiteStore.maximumBufferEvents
        let read = try LogTrees(tables, maximumBufferEvents: limit)
        try read.grow(tables, to: head, now: now)
        trees[tables.log] = read
        return read
    }

    /// After a transaction that failed: what is known of the store may be ahead of the disk.
    func forget() {
        mappingNumbers.removeAll()
        trees.removeAll()
        recentKeys.forget()
    }
}

/// One transaction of the writer: deduplicates, numbers, hashes and inserts.
struct AppendTransaction {
    let database: Database
    let tools: AppendTools
    let now: Int64
    /// The logs' newest events as they will be when this transaction commits.
    private(set) var heads: [LogID: LogHead]
    private var blocks: [LogID: RawBlock] = [:]

    private let insertEvent: RawStatement
    let findEvent: RawStatement

    init(_ database: Database, heads: [LogID: LogHead], tools: AppendTools, now: Int64) throws(StoreError) {
        self.database = database
        self.heads = heads
        self.tools = tools
        self.now = now
        insertEvent = try RawStatement(
            """
            INSERT INTO event (id, received_at, event, signature, public_key, hash, salt, raw_hash, mapping, key, err)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            in: database
        )
        findEvent = try RawStatement(
            "SELECT received_at, hash, event, signature, public_key, mapping, err FROM event WHERE id = ?",
            in: database
        )
    }

    mutating func run(_ batch: WriteBatch) throws(StoreError) -> [AppendOutcome] {
        var outcomes: [AppendOutcome] = []
        outcomes.reserveCapacity(batch.appends.count)
        // By position: a loop over the elements would copy each of these large values.
        for index in batch.appends.indices { outcomes.append(try append(batch.appends[index])) }
        try tools.recentKeys.moveIfMany(in: database)
        for (log, block) in blocks { try insert(block, log: log) }
        for move in batch.cursors { try insert(move) }
        for letter in batch.deadLetters { try insert(letter) }
        for search in batch.searches { try insert(search) }
        return outcomes
    }
}

// MARK: - Events

extension AppendTransaction {
    private mutating func append(_ request: AppendRequest) throws(StoreError) -> AppendOutcome {
        if let idempotency = request.idempotency, let earlier = try repeated(idempotency, of: request) {
            if let asynchronous = request.asynchronous, !earlier.isIdempotencyMismatch {
                // The new request's id leads to the first one's outcome.
                try insert(asynchronous, log: request.log, sequences: earlier.events.map(\.sequence))
            }
            return earlier
        }
        var events: [AppendOutcome.Event] = []
        events.reserveCapacity(request.events.count)
        var records: [RawBlock.Record] = []
        // Of events that are stored already: their bytes lie there, and only there can erasing find them.
        var others: [Range<Int>] = []
        let mapping = try request.delivery.map { delivery throws(StoreError) in
            try mappingNumber(of: delivery.mappingVersion)
        }
        for index in 0..<request.events.count {
            let event = try append(index, of: request, mapping: mapping)
            if let delivery = request.delivery {
                if event.disposition == .stored {
                    records.append(RawBlock.Record(sequence: event.sequence, range: delivery.records[index]))
                } else {
                    others.append(delivery.records[index])
                }
            }
            events.append(event)
        }
        if let delivery = request.delivery, !records.isEmpty {
            let whole = RawBlock.Delivery(
                source: delivery.source,
                mappingVersion: delivery.mappingVersion,
                context: delivery.context,
                body: delivery.body,
                records: records
            )
            // A record that gave several events is kept for those that are new.
            let isShared = others.contains { other in records.contains { $0.range.overlaps(other) } }
            let kept = others.isEmpty || isShared ? whole : whole.cutting(others) ?? whole
            blocks[request.log, default: RawBlock()].deliveries.append(kept)
        }
        for entry in request.quarantine { try insert(entry) }
        let sequences = events.map(\.sequence)
        if let asynchronous = request.asynchronous { try insert(asynchronous, log: request.log, sequences: sequences) }
        if let idempotency = request.idempotency { try insert(idempotency, sequences: sequences) }
        return AppendOutcome(events: events)
    }

    /// Stores one event of a request, unless it is there already.
    ///
    /// - Parameters:
    ///   - index: which event of the request.
    ///   - request: the request.
    ///   - mapping: the number of the mapping's version; nil without a delivery.
    /// - Returns: what became of it.
    /// - Throws: ``StoreError``, which ends the transaction.
    private mutating func append(
        _ index: Int,
        of request: AppendRequest,
        mapping: Int64?
    ) throws(StoreError) -> AppendOutcome.Event {
        var head = heads[request.log] ?? LogHead(sequence: 0, receivedAt: 0)
        let row = EventRow(request.log, head.sequence + 1)
        let tables = TreeTables(database, log: request.log)
        let trees = try tools.trees(of: tables, head: head.sequence, now: now)
        let key = request.keys.isEmpty ? nil : request.keys[index]
        if let key, let stored = try tools.recentKeys.event(of: key, in: database) {
            return try duplicate(of: stored, index, of: request, mapping: mapping)
        }
        // A clock that steps back, or two events in one microsecond, must not break the order.
        head.receivedAt = max(now, head.receivedAt + 1)
        head.sequence += 1
        let inserted = try insert(row, at: head.receivedAt, index, of: request, mapping: mapping)
        if let key { tools.recentKeys.add(key, of: row) }
        heads[request.log] = head
        let entry = LogEntry(
            sequence: head.sequence,
            receivedAt: head.receivedAt,
            log: trees.logHash,
            commitment: inserted.commitment
        )
        try trees.appendPublic(entry.leaf(trees.publicTree.hasher), tables)
        try trees.appendToBuffer(inserted.hash.withUnsafeBytes { TreeHash($0) }, tables)
        let proof = try proof(of: row, for: request)
        try trees.closeIfFull(tables, now: head.receivedAt)
        return AppendOutcome.Event(
            disposition: .stored,
            sequence: head.sequence,
            receivedAt: head.receivedAt,
            hash: inserted.hash,
            proof: proof
        )
    }

    /// Stores the row of an event.
    ///
    /// - Returns: the event's hash, and what its entry in the public tree commits to it with.
    private mutating func insert(
        _ row: EventRow,
        at receivedAt: Int64,
        _ index: Int,
        of request: AppendRequest,
        mapping: Int64?
    ) throws(StoreError) -> (hash: [UInt8], commitment: TreeHash) {
        let signature = request.signatures.isEmpty ? nil : request.signatures[index]
        let range = request.events.range(of: index)
        tools.writer.removeAll()
        request.events.bytes.withUnsafeBytes {
            Envelope.append(
                event: UnsafeRawBufferPointer(rebasing: $0[range]),
                receivedAt: receivedAt,
                signature: signature,
                to: &tools.writer
            )
        }
        tools.hasher.update(tools.writer.bytes)
        let hash = tools.hasher.finish()

        let statement = insertEvent
        statement.bind(row.rawValue, at: 1)
        statement.bind(receivedAt, at: 2)
        if let mapping { statement.bind(mapping, at: 9) } else { statement.bindNull(at: 9) }
        if request.keys.isEmpty {
            statement.bindNull(at: 10)
        } else {
            statement.bind(copyOf: request.keys[index], at: 10)
        }
        if let text = signature?.signature {
            statement.bind(copyOf: String(decoding: text, as: UTF8.self), at: 4)
        } else {
            statement.bindNull(at: 4)
        }
        if let text = signature?.publicKey {
            statement.bind(copyOf: String(decoding: text, as: UTF8.self), at: 5)
        } else {
            statement.bindNull(at: 5)
        }
        let hasher = tools.hasher
        let result: Result<TreeHash, StoreError> = request.events.bytes.withUnsafeBytes { events in
            hash.withUnsafeBytes { hashBytes in
                tools.salts.withNext { salt in
                    let text = UnsafeRawBufferPointer(rebasing: events[range])
                    if let parts = MalformedEvent.split(text) {
                        statement.bind(text: parts.event, at: 3)
                        statement.bind(text: parts.errors, at: 11)
                    } else {
                        statement.bind(text: text, at: 3)
                        statement.bindNull(at: 11)
                    }
                    statement.bind(blob: hashBytes, at: 6)
                    statement.bind(blob: salt, at: 7)
                    guard let delivery = request.delivery else {
                        statement.bindNull(at: 8)
                        return Result { () throws(StoreError) in
                            try statement.run()
                            return LogEntry.commitment(salt: salt, hash: hashBytes, rawHash: nil, hasher)
                        }
                    }
                    return delivery.recordHashes.withUnsafeBytes { hashes in
                        let rawHash = UnsafeRawBufferPointer(rebasing: hashes[index * 32..<index * 32 + 32])
                        statement.bind(blob: rawHash, at: 8)
                        return Result { () throws(StoreError) in
                            try statement.run()
                            return LogEntry.commitment(salt: salt, hash: hashBytes, rawHash: rawHash, hasher)
                        }
                    }
                }
            }
        }
        return (hash, try result.get())
    }
}

// MARK: - Duplicates and conflicts

extension AppendTransaction {
    private mutating func duplicate(
        of row: EventRow,
        _ index: Int,
        of request: AppendRequest,
        mapping: Int64?
    ) throws(StoreError) -> AppendOutcome.Event {
        findEvent.bind(row.rawValue, at: 1)
        defer { findEvent.reset() }
        guard try findEvent.step() else {
            throw StoreError(code: .unusable, message: "event \(row.sequence) of log \(row.log.rawValue) is missing")
        }
        let isSame =
            findEvent.isNull(at: 2)
            || findEvent.withBytes(at: 2) { stored in
                request.events.withEvent(index) {
                    isEqual(stored, MalformedEvent.split($0)?.event ?? $0, except: request.volatileFields)
                }
            }
        var disposition = AppendOutcome.Disposition.duplicate
        // Another version of the mapping writes other content from the same record: that is no conflict.
        if !isSame, (findEvent.isNull(at: 5) ? nil : findEvent.integer(at: 5)) == mapping {
            disposition = .conflict
            try insert(conflict(index, of: request, with: row), contradicting: row)
        }
        return AppendOutcome.Event(
            disposition: disposition,
            sequence: row.sequence,
            receivedAt: findEvent.integer(at: 0),
            hash: findEvent.bytes(at: 1),
            storedEnvelope: request.wantsEnvelopes && !findEvent.isNull(at: 2) ? foundEnvelope() : nil,
            proof: try proof(of: row, for: request)
        )
    }

    /// Where a stored event stands in the open buffer, when a request wants to know.
    func proof(of row: EventRow, for request: AppendRequest) throws(StoreError) -> BufferProof? {
        guard let wanted = request.proof else { return nil }
        let tables = TreeTables(database, log: row.log)
        let trees = try tools.trees(of: tables, head: heads[row.log]?.sequence ?? 0, now: now)
        return try trees.proof(of: row.sequence, previousRoot: wanted.previousRoot, tables)
    }

    /// The number that stands for a mapping's version in the event rows.
    private func mappingNumber(of version: String) throws(StoreError) -> Int64 {
        if let known = tools.mappingNumbers[version] { return known }
        let insert = try RawStatement("INSERT OR IGNORE INTO mapping_version (version) VALUES (?)", in: database)
        insert.bind(copyOf: version, at: 1)
        try insert.run()
        let find = try RawStatement("SELECT id FROM mapping_version WHERE version = ?", in: database)
        find.bind(copyOf: version, at: 1)
        defer { find.reset() }
        guard try find.step() else {
            throw StoreError(code: .unusable, message: "a mapping's version vanished inside a transaction")
        }
        let number = find.integer(at: 0)
        tools.mappingNumbers[version] = number
        return number
    }

    private func conflict(_ index: Int, of request: AppendRequest, with row: EventRow) -> QuarantineEntry {
        let delivery = request.delivery
        return QuarantineEntry(
            source: delivery?.source ?? request.origin,
            cause: .conflict,
            reason: "an event with this id is stored as sequence \(row.sequence) with other content; it stays",
            body: delivery.map { [UInt8]($0.body[$0.records[index]]) }
                ?? request.events.withEvent(index) { [UInt8]($0) },
            context: delivery?.context ?? Array("{}".utf8),
            // A vendor's count of its own tries must not make an entry of each repeat.
            identity: request.keys[index].withBytes { Array($0) } + steadyContent(index, of: request)
        )
    }

    /// The envelope of the event that `findEvent` stands on.
    private func foundEnvelope() -> [UInt8] {
        StoredEvent(
            sequence: 0,
            receivedAt: findEvent.integer(at: 0),
            event: findEvent.bytes(at: 2),
            errors: findEvent.isNull(at: 6) ? nil : findEvent.bytes(at: 6),
            signature: ClientSignature(
                signature: findEvent.isNull(at: 3) ? nil : findEvent.bytes(at: 3),
                publicKey: findEvent.isNull(at: 4) ? nil : findEvent.bytes(at: 4)
            ),
            hash: []
        ).envelope
    }

    /// Whether two events in canonical JSON are the same but for some fields.
    private func isEqual(
        _ stored: UnsafeRawBufferPointer,
        _ repeated: UnsafeRawBufferPointer,
        except volatile: [String]
    ) -> Bool {
        if stored.elementsEqual(repeated) { return true }
        guard !volatile.isEmpty, (try? tools.stored.parse(stored)) != nil, (try? tools.repeated.parse(repeated)) != nil
        else { return false }
        return steady(tools.stored.root, without: volatile) == steady(tools.repeated.root, without: volatile)
    }

    /// An event in canonical JSON without what may differ when it comes again.
    private func steadyContent(_ index: Int, of request: AppendRequest) -> [UInt8] {
        request.events.withEvent(index) { text in
            let event = MalformedEvent.split(text)?.event ?? text
            guard !request.volatileFields.isEmpty, (try? tools.repeated.parse(event)) != nil else {
                return Array(event)
            }
            return steady(tools.repeated.root, without: request.volatileFields)
        }
    }

    private func steady(_ event: JSONValue, without volatile: [String]) -> [UInt8] {
        var writer = JSONWriter()
        let members = (event.members ?? []).filter { !volatile.contains(String(decoding: $0.name, as: UTF8.self)) }
        writer.append(canonical: .object(members))
        return writer.bytes
    }
}
