internal import Synchronization

/// How many bytes of request bodies all connections hold together, so that many slow senders of large bodies, who need no
/// secret for it, cannot fill the memory.
///
/// Only what is large counts: a body up to ``freeBytes`` is always taken, so that those senders keep nobody else out, and a
/// large one too when it is the only one.
final class HeldBodies: Sendable {
    /// Of each body, what does not count.
    static let freeBytes = 64 << 10

    private let limit: Int
    private let held = Atomic<Int>(0)

    /// - Parameter limit: most bytes at once.
    init(limit: Int) { self.limit = limit }

    /// Adds a part of a body to what its connection holds.
    ///
    /// - Parameters:
    ///   - count: bytes of the part.
    ///   - own: what the connection holds of the same body; grows by the part in any case.
    /// - Returns: false when there is no room for it.
    func hold(_ count: Int, of own: inout Int) -> Bool {
        let before = max(0, own - HeldBodies.freeBytes)
        own += count
        let counted = max(0, own - HeldBodies.freeBytes) - before
        guard counted > 0 else { return true }
        let total = held.add(counted, ordering: .relaxed).newValue
        return total <= limit || total == before + counted
    }

    /// Gives back what a connection holds.
    func release(_ own: inout Int) {
        let counted = own - HeldBodies.freeBytes
        own = 0
        if counted > 0 { held.subtract(counted, ordering: .relaxed) }
    }
}
