import AuditLog
import Foundation
import JSON
import SQLiteStore
import Schema
import Testing

/// A store in a fresh temporary folder that is removed with it.
final class StoreFixture {
    let folder: URL
    private var opened: SQLiteStore?
    let log: LogIdentity
    static let start: Int64 = 1_700_000_000_000_000

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
        let store = try SQLiteStore(path: folder.appending(path: "audit.db").path)
        opened = store
        log = try store.openLog(named: "default")
    }

    var store: SQLiteStore {
        guard let opened else { preconditionFailure("the store could not be opened again") }
        return opened
    }

    /// Closes the store and opens it as a new process would.
    func reopen() throws {
        opened = nil
        opened = try SQLiteStore(path: path)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var path: String { folder.appending(path: "audit.db").path }

    /// An append of events with these messages; keys are made of the ids, when given.
    func request(_ messages: [String], ids: [String]? = nil, time: Int64? = nil, delivery: Bool = false)
        -> AppendRequest
    {
        var encoder = EventEncoder(schema: .standard)
        let field = EventSchema.standard.index(of: "message") ?? 0
        for message in messages {
            encoder.begin()
            encoder.append(field: field) { $0.append(string: message) }
            encoder.finish()
        }
        var request = AppendRequest(log: log.id, events: encoder.take())
        if let ids {
            request.keys = ids.map { id in
                var bytes = Array(id.utf8) + [UInt8](repeating: 0, count: 16)
                bytes = Array(bytes.prefix(16))
                return bytes.withUnsafeBytes { DeduplicationKey(time: time, digest: $0) }
            }
        }
        if delivery {
            let body = Array(messages.joined(separator: "\n").utf8)
            var ranges: [Range<Int>] = []
            var start = 0
            for message in messages {
                ranges.append(start..<start + message.utf8.count)
                start += message.utf8.count + 1
            }
            request.delivery = RawDelivery(
                source: "test",
                context: Array("{}".utf8),
                body: body,
                records: ranges,
                recordHashes: [UInt8](repeating: 7, count: 32 * messages.count),
                mappingVersion: "1"
            )
        }
        return request
    }

    @discardableResult
    func commit(_ requests: AppendRequest..., now: Int64 = StoreFixture.start) throws -> [AppendOutcome] {
        var batch = WriteBatch()
        batch.appends = requests
        return try store.commit(batch, now: now)
    }

    func messages(in log: LogIdentity? = nil) throws -> [String] {
        try store.readEvents(of: (log ?? self.log).id, from: 1, maximumCount: 10_000, maximumBytes: .max).map {
            String(decoding: $0.event, as: UTF8.self)
        }
    }
}
