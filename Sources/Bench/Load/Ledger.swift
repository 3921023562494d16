/// Which events were sent, and which of them a 2xx acknowledged.
///
/// Ids begin at 1 and are dense, so a byte an event is enough.
struct Ledger {
    private enum Mark {
        static let sent: UInt8 = 1
        static let acknowledged: UInt8 = 2
    }

    private var marks: [UInt8] = [0]
    /// Different events that were sent.
    private(set) var sentCount = 0
    /// Different events that were acknowledged; repeats count once.
    private(set) var acknowledgedCount = 0

    /// The smallest id that is free.
    var nextID: Int { marks.count }

    mutating func noteSent(first: Int, count: Int) {
        let end = first + count
        if end > marks.count { marks.append(contentsOf: repeatElement(0, count: end - marks.count)) }
        for id in first..<end where marks[id] & Mark.sent == 0 {
            marks[id] |= Mark.sent
            sentCount += 1
        }
    }

    mutating func noteAcknowledged(first: Int, count: Int) {
        for id in first..<first + count where marks[id] & Mark.acknowledged == 0 {
            marks[id] |= Mark.acknowledged
            acknowledgedCount += 1
        }
    }

    func wasSent(_ id: Int) -> Bool { marks.indices.contains(id) && marks[id] & Mark.sent != 0 }
    func wasAcknowledged(_ id: Int) -> Bool { marks.indices.contains(id) && marks[id] & Mark.acknowledged != 0 }
}
