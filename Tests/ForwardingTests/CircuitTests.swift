import Testing

@testable import Forwarding

@Suite struct `A retry policy` {
    @Test(arguments: [(1, 0.2), (2, 0.4), (3, 0.8), (8, 15), (9, 15), (1_000_000, 15)])
    func `doubles up to its cap`(failures: Int, seconds: Double) {
        let policy = RetryPolicy(base: .milliseconds(200), cap: .seconds(15))
        #expect(policy.delay(after: failures, chance: 1) == .seconds(seconds))
        #expect(policy.delay(after: failures, chance: 0) == .zero)
    }

    @Test func `leaves its floor alone`() {
        let policy = RetryPolicy(base: .seconds(1), cap: .seconds(60), floor: 0.5)
        #expect(policy.delay(after: 4, chance: 0) == .seconds(4))
        #expect(policy.delay(after: 4, chance: 1) == .seconds(8))
    }
}

@Suite struct `A circuit` {
    let start = ContinuousClock.now
    var circuit = Circuit(
        retry: RetryPolicy(base: .seconds(1), cap: .seconds(8)),
        pause: RetryPolicy(base: .seconds(2), cap: .seconds(60), floor: 0.5)
    )

    @Test func `lets everything through while all is well`() {
        #expect(circuit.permission(at: start) == .free)
    }

    @Test mutating func `opens with a failure and lets one request try`() {
        circuit.failed(.failing, at: start, wasTrial: false, chance: 1)
        #expect(circuit.trouble == .failing)
        #expect(circuit.permission(at: start) == .wait(until: start + .seconds(1)))
        #expect(circuit.permission(at: start + .seconds(1)) == .trial)
        circuit.beginTrial()
        #expect(circuit.permission(at: start + .seconds(1)) == .wait(until: nil))
    }

    @Test mutating func `counts requests that were on their way as one failure`() {
        for _ in 0..<4 { circuit.failed(.failing, at: start, wasTrial: false, chance: 1) }
        #expect(circuit.failures == 1)
    }

    @Test mutating func `waits longer after each failed trial and closes after a good one`() {
        var now = start
        circuit.failed(.failing, at: now, wasTrial: false, chance: 1)
        for seconds in [2, 4, 8, 8] {
            now = now + .seconds(10)
            circuit.beginTrial()
            circuit.failed(.failing, at: now, wasTrial: true, chance: 1)
            #expect(circuit.permission(at: now) == .wait(until: now + .seconds(seconds)))
        }
        circuit.beginTrial()
        circuit.answered()
        #expect(circuit.trouble == nil)
        #expect(circuit.permission(at: now) == .free)
    }

    @Test mutating func `keeps away as long as the sink asked, whatever other requests say`() {
        circuit.failed(.failing, at: start, retryAfter: .seconds(30), wasTrial: false, chance: 0)
        circuit.answered()
        #expect(circuit.permission(at: start + .seconds(29)) == .wait(until: start + .seconds(30)))
        #expect(circuit.hold(at: start + .seconds(29)) == start + .seconds(30))
        #expect(circuit.permission(at: start + .seconds(30)) == .free)
        #expect(circuit.hold(at: start + .seconds(30)) == nil)
    }

    @Test mutating func `keeps away an hour at most`() {
        circuit.failed(.failing, at: start, retryAfter: .seconds(1_000_000_000), wasTrial: false, chance: 0)
        #expect(circuit.permission(at: start) == .wait(until: start + .seconds(3600)))
    }

    @Test mutating func `pauses with growing gaps when our token is refused`() {
        circuit.failed(.refusing, at: start, wasTrial: false, chance: 1)
        #expect(circuit.trouble == .refusing)
        var now = start
        for seconds in [4, 8, 16, 32, 60, 60] {
            now = now + .seconds(100)
            #expect(circuit.permission(at: now) == .trial)
            circuit.beginTrial()
            circuit.failed(.refusing, at: now, wasTrial: true, chance: 1)
            #expect(circuit.permission(at: now) == .wait(until: now + .seconds(seconds)))
        }
    }

    @Test mutating func `tries again when a trial said nothing`() {
        circuit.failed(.failing, at: start, wasTrial: false, chance: 0)
        circuit.beginTrial()
        circuit.endTrial(wasTrial: true)
        #expect(circuit.permission(at: start) == .trial)
    }
}

@Suite struct `Trouble with reading the log` {
    let start = ContinuousClock.now
    var reading = ReadingTrouble()

    @Test mutating func `grows while only the head can be read`() {
        var now = start
        for milliseconds in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            reading.failed(.events, "a damaged block", at: now, chance: 1)
            #expect(reading.retryAt == now + .milliseconds(milliseconds))
            reading.worked(.head)
            #expect(reading.reason == "a damaged block")
            now = now + .seconds(10)
        }
        reading.worked(.events)
        #expect(reading.reason == nil)
        #expect(reading.retryAt == nil)
    }

    @Test mutating func `with the head ends when the head can be read`() {
        reading.failed(.head, "no", at: start, chance: 1)
        reading.worked(.head)
        #expect(reading.reason == nil)
        reading.failed(.head, "no", at: start, chance: 1)
        reading.failed(.events, "no", at: start, chance: 1)
        reading.failed(.head, "no", at: start, chance: 1)
        reading.worked(.head)
        #expect(reading.reason == "no")
    }
}

@Suite struct `A backlog of dead letters` {
    var backlog = LetterBacklog()

    @Test mutating func `waits until the stored cursor is where it was moved to after them`() {
        backlog.add(3)
        // The cursor cannot pass them yet: it may wait for another batch.
        #expect(backlog.waiting == 0)
        backlog.moved(to: 10)
        backlog.moved(to: 12)
        backlog.add(4)
        backlog.moved(to: 20)
        #expect(backlog.waiting == 7)
        backlog.stored(9)
        #expect(backlog.waiting == 7)
        backlog.stored(12)
        #expect(backlog.waiting == 4)
        backlog.stored(25)
        #expect(backlog.waiting == 0)
    }
}
