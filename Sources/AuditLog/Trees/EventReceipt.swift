package import Merkle

/// What proves to anybody, without a network, that an event is in the log.
package struct EventReceipt: Sendable {
    package let log: LogIdentity
    /// Nil when it was erased, and then the salt is, too.
    package let event: StoredEvent?
    /// The event's API hash, 32 bytes, which stays when the event is erased.
    package let hash: [UInt8]
    package let salt: [UInt8]?
    /// SHA-256 of the vendor's own record; nil without one, and without a salt, which alone could prove it.
    package let rawHash: [UInt8]?
    package let entry: LogEntry
    package let receipt: InclusionReceipt

    package init(
        log: LogIdentity,
        event: StoredEvent?,
        hash: [UInt8],
        salt: [UInt8]?,
        rawHash: [UInt8]?,
        entry: LogEntry,
        receipt: InclusionReceipt
    ) {
        self.log = log
        self.event = event
        self.hash = hash
        self.salt = salt
        self.rawHash = rawHash
        self.entry = entry
        self.receipt = receipt
    }
}
