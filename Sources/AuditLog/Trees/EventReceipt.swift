package import Merkle

/// What proves to anybody, without a network, that an event is in the log.
package struct EventReceipt: Sendable {
    /// Nil when it was erased, and then the salt is, too.
    package let event: StoredEvent?
    package let salt: [UInt8]?
    /// SHA-256 of the vendor's own record.
    package let rawHash: [UInt8]?
    package let entry: LogEntry
    package let receipt: InclusionReceipt

    package init(event: StoredEvent?, salt: [UInt8]?, rawHash: [UInt8]?, entry: LogEntry, receipt: InclusionReceipt) {
        self.event = event
        self.salt = salt
        self.rawHash = rawHash
        self.entry = entry
        self.receipt = receipt
    }
}
