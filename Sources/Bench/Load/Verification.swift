/// What was acknowledged against what arrived.
struct Verification: Equatable, Sendable {
    /// Different events answered with 2xx.
    var acknowledged = 0
    /// Acknowledged and never seen: must be 0.
    var lost = 0
    /// Seen beyond the first time.
    var doubled = 0
    /// Seen and never sent, or without an id: must be 0.
    var alien = 0
    /// Seen although nobody got a 2xx for them, which is allowed: the answer may have been lost.
    var unacknowledged = 0

    init(_ ledger: Ledger, _ arrivals: Arrivals) {
        acknowledged = ledger.acknowledgedCount
        alien = arrivals.withoutID
        for id in 0..<max(ledger.nextID, arrivals.ids.upperBound) {
            let count = arrivals.count(of: id)
            if count == 0 {
                if ledger.wasAcknowledged(id) { lost += 1 }
                continue
            }
            doubled += count - 1
            if !ledger.wasSent(id) {
                alien += 1
            } else if !ledger.wasAcknowledged(id) {
                unacknowledged += 1
            }
        }
    }

    var isExactlyOnce: Bool { lost == 0 && doubled == 0 && alien == 0 }
    var isAtLeastOnce: Bool { lost == 0 && alien == 0 }
}
