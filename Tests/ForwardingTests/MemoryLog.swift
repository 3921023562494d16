import AuditLog
import Forwarding
import Synchronization

/// A log in memory, with what a follower asked of it.
final class MemoryLog: ForwardingLog {
    struct Contents {
        /// Element `i` is sequence `i + 1`; nil is erased.
        var events: [StoredEvent?] = []
        var records: [UInt64: [UInt8]] = [:]
        var cursors: [String: UInt64] = [:]
        var moves: [CursorMove] = []
        var letters: [DeadLetter] = []
        var readFailures = 0
        /// Whether raw records can be read.
        var isRawReadable = true
        var rawReads = 0
        /// Whether cursors and dead letters reach the disk.
        var isWritable = true
        var waitingMoves: [CursorMove] = []
        var cursorReads = 0
        var mostRead: UInt64 = 0
        var headReads = 0

        mutating func move(_ move: CursorMove) {
            moves.append(move)
            guard isWritable else { return waitingMoves.append(move) }
            cursors[move.follower] = move.sequence
        }
    }

    let contents = Mutex(Contents())

    /// Appends events `{"message":"N"}` where N is their sequence.
    func append(_ count: Int, padding: Int = 0, hasRawRecord: Bool = false) {
        contents.withLock { contents in
            for _ in 0..<count {
                let sequence = UInt64(contents.events.count + 1)
                let filler = String(repeating: "x", count: padding)
                let text = padding == 0 ? "" : "\"action\":\"\(filler)\","
                contents.events.append(
                    StoredEvent(
                        sequence: sequence,
                        receivedAt: 1_700_000_000_000_000 + Int64(sequence),
                        event: Array("{\(text)\"message\":\"\(sequence)\"}".utf8),
                        signature: nil,
                        hash: [],
                        hasRawRecord: hasRawRecord
                    )
                )
            }
        }
    }

    func erase(_ sequences: some Sequence<UInt64>) {
        contents.withLock { for sequence in sequences { $0.events[Int(sequence) - 1] = nil } }
    }

    /// The disk has room again.
    func becomeWritable() {
        contents.withLock { contents in
            contents.isWritable = true
            for move in contents.waitingMoves { contents.cursors[move.follower] = move.sequence }
            contents.waitingMoves = []
        }
    }

    func cursor(of sink: String) -> UInt64 { contents.withLock { $0.cursors["sink:\(sink)"] ?? 0 } }

    var letters: [DeadLetter] { contents.withLock { $0.letters } }

    // MARK: - ForwardingLog

    func head(of log: LogID) throws(StoreError) -> UInt64 {
        let head: UInt64? = contents.withLock {
            $0.headReads += 1
            return $0.readFailures > 0 ? nil : UInt64($0.events.count)
        }
        guard let head else { throw failOnce() }
        return head
    }

    func readEvents(
        of log: LogID,
        from sequence: UInt64,
        maximumCount: Int,
        maximumBytes: Int
    ) throws(StoreError) -> [StoredEvent] {
        let found: [StoredEvent]? = contents.withLock { contents in
            guard contents.readFailures == 0 else { return nil }
            var found: [StoredEvent] = []
            var bytes = 0
            for event in contents.events.dropFirst(Int(sequence) - 1) {
                guard let event else { continue }
                bytes += event.event.count
                if found.count == maximumCount || (bytes > maximumBytes && !found.isEmpty) { break }
                found.append(event)
                contents.mostRead = max(contents.mostRead, event.sequence)
            }
            return found
        }
        guard let found else { throw failOnce() }
        return found
    }

    func rawRecords(of log: LogID, sequences: ClosedRange<UInt64>) throws(StoreError) -> [RawRecord] {
        let found: [RawRecord]? = contents.withLock { contents in
            contents.rawReads += 1
            guard contents.isRawReadable else { return nil }
            return sequences.compactMap { sequence in
                contents.records[sequence].map { RawRecord(sequence: sequence, bytes: $0) }
            }
        }
        guard let found else { throw StoreError(code: .inputOutput, message: "a damaged block") }
        return found
    }

    func cursor(of follower: String, log: LogID) throws(StoreError) -> UInt64? {
        contents.withLock {
            $0.cursorReads += 1
            return $0.cursors[follower]
        }
    }

    func moveCursor(_ move: CursorMove) {
        contents.withLock { $0.move(move) }
    }

    func addDeadLetters(_ letters: [DeadLetter], then move: CursorMove?) {
        contents.withLock {
            $0.letters += letters
            if let move { $0.move(move) }
        }
    }

    private func failOnce() -> StoreError {
        contents.withLock { $0.readFailures -= 1 }
        return StoreError(code: .inputOutput, message: "injected")
    }
}
