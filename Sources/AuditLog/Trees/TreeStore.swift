package import Merkle

/// What a store tells of the trees over its logs.
///
/// Two trees stand over the same sequence: the audit API's, of buffers in a published tree (audit API contract, section
/// 6), and a public one of RFC 6962 whose leaves are ``LogEntry``. Each call reads one moment.
package protocol TreeStore: Sendable {
    /// Publishes and signs; called by the writer's thread.
    ///
    /// - Throws: ``StoreError`` when it could not be stored, or when the tree contradicts the checkpoint that was signed
    ///   last, which then is not followed by another.
    func seal(_ request: SealRequest, now: Int64) throws(StoreError) -> SealOutcome

    /// The events of some sequences with proofs, in the order given; missing and erased ones are left out.
    ///
    /// They are proven against the roots of an earlier moment whose sizes are given, or of now for nil.
    func provenEvents(of log: LogID, sequences: [UInt64], at sizes: TreeSizes?) throws(StoreError) -> ProvenEvents

    func treeSizes(of log: LogID) throws(StoreError) -> TreeSizes

    /// The published root of a size, or the newest one; nil when there is none.
    func publishedRoot(of log: LogID, size: UInt64?) throws(StoreError) -> PublishedRoot?

    func treeSummary(of log: LogID) throws(StoreError) -> TreeSummary

    /// The newest signed checkpoint of the public tree.
    func checkpoint(of log: LogID) throws(StoreError) -> SignedNote?

    /// Hashes of a tile of the public tree, as far as the newest checkpoint reaches; nil when it has not as many.
    func publicTile(of log: LogID, at address: TileAddress, width: Int) throws(StoreError) -> [TreeHash]?

    /// Entries of the public tree from `256 · number` on, as far as the newest checkpoint reaches; nil when it has not as many.
    func publicEntries(of log: LogID, bundle number: UInt64, width: Int) throws(StoreError) -> [LogEntry]?

    /// Everything that proves an event offline; nil when it is beyond the newest checkpoint or not there.
    func receipt(of log: LogID, sequence: UInt64) throws(StoreError) -> EventReceipt?
}
