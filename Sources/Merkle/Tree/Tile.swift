/// Where a tile stands in its tree (C2SP tlog-tiles): hash `i` of tile `number` at `level` covers the leaves
/// `[(number · 256 + i) · 256^level, … + 256^level)`.
package struct TileAddress: Hashable, Sendable {
    /// Hashes in a full tile.
    package static let width = 256
    /// Levels of the tree that one level of tiles spans.
    package static let height = 8

    package let level: Int
    package let number: UInt64

    package init(level: Int, number: UInt64) {
        self.level = level
        self.number = number
    }

    /// How many hashes the tile has in a tree of `size` leaves: 0 where there is none, 256 in a full one.
    package func width(inTreeOf size: UInt64) -> Int {
        // 256^8 leaves do not fit into 64 bits.
        let entries = level >= 8 ? 0 : size >> UInt64(level * TileAddress.height)
        let first = number.multipliedReportingOverflow(by: UInt64(TileAddress.width))
        guard !first.overflow, entries > first.partialValue else { return 0 }
        return Int(min(entries - first.partialValue, UInt64(TileAddress.width)))
    }

    /// The tile's number as tlog-tiles writes it: groups of three digits, all but the last with an `x` before them.
    ///
    ///     x001/x234/067
    package var path: String { TileAddress.path(of: number) }

    package static func path(of number: UInt64) -> String {
        var path = padded(number % 1000)
        var rest = number / 1000
        while rest > 0 {
            path = "x\(padded(rest % 1000))/\(path)"
            rest /= 1000
        }
        return path
    }

    /// The number that a path's groups say; nil for anything that ``path`` does not write.
    package static func number(ofPath groups: some BidirectionalCollection<Substring>) -> UInt64? {
        guard let last = groups.last, groups.count <= 7 else { return nil }
        var number: UInt64 = 0
        for group in groups.dropLast() {
            guard group.first == "x", let digits = digits(group.dropFirst()) else { return nil }
            number = number * 1000 + digits
        }
        guard let digits = digits(last), number <= (.max - digits) / 1000 else { return nil }
        number = number * 1000 + digits
        return path(of: number) == groups.joined(separator: "/") ? number : nil
    }

    private static func digits(_ text: Substring) -> UInt64? {
        guard text.utf8.count == 3, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            return nil
        }
        return UInt64(text)
    }

    private static func padded(_ group: UInt64) -> String {
        let digits = String(group)
        return String(repeating: "0", count: 3 - digits.count) + digits
    }
}
