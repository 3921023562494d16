internal import AuditLog
internal import Foundation
internal import GRDB

/// A connection of a verifier's own, that can only read.
final class VerifierConnection: Sendable {
    private let queue: DatabaseQueue

    init(path: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(2)
        configuration.label = "verify"
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY") }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StoreError(error, doing: "open the store '\(path)' for reading")
        }
    }

    /// Reads one moment of the store.
    func read<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do {
            return try queue.read(body)
        } catch {
            throw StoreError(error, doing: "read the store")
        }
    }
}
