import Testing

@testable import Bench

@Suite struct `A ledger` {
    @Test func `counts each event once`() {
        var ledger = Ledger()
        #expect(ledger.nextID == 1)
        ledger.noteSent(first: 1, count: 10)
        ledger.noteSent(first: 11, count: 10)
        ledger.noteSent(first: 1, count: 10)
        ledger.noteAcknowledged(first: 11, count: 10)
        ledger.noteAcknowledged(first: 11, count: 10)
        #expect(ledger.nextID == 21)
        #expect(ledger.sentCount == 20)
        #expect(ledger.acknowledgedCount == 10)
        #expect(ledger.wasSent(1) && !ledger.wasAcknowledged(1))
        #expect(ledger.wasSent(20) && ledger.wasAcknowledged(20))
        #expect(!ledger.wasSent(0) && !ledger.wasSent(21) && !ledger.wasAcknowledged(-1))
    }
}

@Suite struct `A verification` {
    private func verification(_ ids: [Int?]) -> Verification {
        var ledger = Ledger()
        ledger.noteSent(first: 1, count: 4)
        ledger.noteAcknowledged(first: 1, count: 3)
        var arrivals = Arrivals()
        for id in ids { arrivals.note(id) }
        return Verification(ledger, arrivals)
    }

    @Test func `finds nothing where all is well`() {
        let result = verification([3, 1, 2])
        #expect(result.acknowledged == 3)
        #expect(result.isExactlyOnce && result.isAtLeastOnce)
        #expect(result.unacknowledged == 0)
    }

    @Test func `finds what was lost`() {
        let result = verification([1, 3])
        #expect(result.lost == 1)
        #expect(!result.isExactlyOnce && !result.isAtLeastOnce)
        #expect(verification([]).lost == 3)
    }

    @Test func `finds what came twice`() {
        let result = verification([1, 2, 2, 2, 3, 3])
        #expect(result.doubled == 3)
        #expect(!result.isExactlyOnce && result.isAtLeastOnce)
    }

    @Test func `lets arrive what was sent but not acknowledged`() {
        let result = verification([1, 2, 3, 4])
        #expect(result.unacknowledged == 1)
        #expect(result.isExactlyOnce)
    }

    @Test(arguments: [nil, 0, -7, 5, 1 << 40]) func `finds what was never sent`(id: Int?) {
        let result = verification([1, 2, 3, id])
        #expect(result.alien == 1)
        #expect(!result.isExactlyOnce && !result.isAtLeastOnce)
    }
}

@Suite struct `Percentiles of measured values` {
    @Test(arguments: [(0, 1), (0.01, 1), (0.5, 50), (0.501, 51), (0.99, 99), (0.999, 100), (1, 100)])
    func `are values by nearest rank`(share: Double, value: Int64) {
        #expect(Percentiles((1...100).reversed().map { $0 }).value(at: share) == value)
    }

    @Test func `of nothing are 0 and of one value are that`() {
        #expect(Percentiles([]).value(at: 0.5) == 0)
        #expect([0, 0.5, 0.99, 1].allSatisfy { Percentiles([7]).value(at: $0) == 7 })
    }
}
