import Testing

@testable import Bench

@Suite struct `A figure` {
    @Test(arguments: [
        (0, "0"), (0.0312, "0.031"), (7.6354, "7.64"), (40, "40"), (19.42, "19.4"), (999.6, "1,000"),
        (1_234_567, "1,234,567"), (-2.5, "-2.50"), (1, "1"),
    ])
    func `shows the digits that count`(value: Double, text: String) {
        #expect(Figure.text(value) == text)
    }

    @Test func `is rounded and padded`() {
        #expect(Figure.fixed(0.046, 2) == "0.05")
        #expect(Figure.fixed(12.999, 2) == "13.00")
        #expect(Figure.fixed(0.001, 2) == "0.00")
        #expect(Figure.milliseconds(1_500_000) == "1.50")
        #expect(Figure.megabytes(81_900_000) == "81.9")
    }
}

@Suite struct `A bar` {
    @Test(arguments: [
        (Bar.Direction.atLeast, 100, true), (.atLeast, 99.9, false), (.atMost, 100, true), (.atMost, 100.1, false),
        (.below, 99.9, true), (.below, 100, false),
    ])
    func `is reached or missed`(direction: Bar.Direction, measured: Double, isReached: Bool) {
        let bar = Bar(title: "a", direction: direction, bound: 100, unit: "/s", measured: measured)
        #expect(bar.isReached == isReached)
    }

    @Test func `is neither when nothing was measured`() {
        #expect(Bar(title: "a", direction: .atLeast, bound: 1, unit: "/s", measured: nil).isReached == nil)
    }
}

@Suite struct `A table` {
    @Test func `has columns as wide as their widest cell`() {
        var table = Table(["", "a"])
        table.append(["row", "1"])
        table.append(["longer row", "1,000"])
        let lines = table.text.split(separator: "\n")
        #expect(Set(lines.map(\.count)) == [17])
        #expect(lines[2] == "row             1")
    }
}
