import Testing

@testable import Forwarding

@Suite struct `A follower's state` {
    @Test func `begins behind its cursor`() {
        let state = FollowerState(cursor: 41)
        #expect(state.cursor == 41)
        #expect(state.position == 42)
    }

    @Test func `moves its cursor to the lowest sequence that is not done`() {
        var state = FollowerState(cursor: 0)
        let first = state.take(through: 10)
        let second = state.take(through: 20)
        let third = state.take(through: 25)
        #expect([first, second, third] == [1...10, 11...20, 21...25])
        state.finish(second)
        #expect(state.cursor == 0)
        state.finish(1...4)
        #expect(state.cursor == 4)
        state.finish(6...10)
        #expect(state.cursor == 4)
        state.finish(5...5)
        #expect(state.cursor == 20)
        state.finish(third)
        #expect(state.cursor == 25)
        #expect(state.unfinished.isEmpty)
    }

    @Test(arguments: 0..<200) func `acknowledges each sequence once in any order and never passes one that is not done`(
        seed: Int
    ) {
        var random = SeededGenerator(seed: UInt64(seed))
        let start = UInt64.random(in: 0...5, using: &random)
        let end = start + 300
        var state = FollowerState(cursor: start)
        var waiting: [ClosedRange<UInt64>] = []
        var done: Set<UInt64> = []
        var cursor = start
        while state.cursor < end {
            let canTake = state.position <= end && waiting.count < 8
            if canTake && (waiting.isEmpty || Bool.random(using: &random)) {
                waiting.append(state.take(through: min(end, state.position + .random(in: 0...12, using: &random))))
            } else {
                let range = waiting.remove(at: .random(in: waiting.indices, using: &random))
                if range.count > 1 && Int.random(in: 0..<3, using: &random) == 0 {
                    // A bad batch: its halves go their own ways.
                    let middle = UInt64.random(in: range.lowerBound..<range.upperBound, using: &random)
                    waiting += [range.lowerBound...middle, (middle + 1)...range.upperBound]
                } else {
                    state.finish(range)
                    for sequence in range { #expect(done.insert(sequence).inserted) }
                }
            }
            #expect(state.cursor >= cursor)
            cursor = state.cursor
            // Nothing at or below the cursor is missing, and the next one is.
            #expect((start + 1..<cursor + 1).allSatisfy(done.contains))
            #expect(!done.contains(cursor + 1))
        }
        #expect(done.count == 300)
    }
}

/// SplitMix64, so that a failing seed fails again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
